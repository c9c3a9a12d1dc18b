"""From words to a command: exact verbs first, then the three most likely ones.

Each room of commands registers here; nothing else maps text to what is done.
"""

import difflib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.cards.model import Reply
from bot.turn import Turn

Command = Callable[[Turn], Reply]


@dataclass(frozen=True)
class Verb:
    """One thing people can say."""

    words: tuple[str, ...]
    """Ways to begin it; the first is the one that help shows."""
    usage: str
    purpose: str
    command: Command
    writes: bool = True
    """False when it only reads, so that it need not wait for the database's writer."""


class Phrasebook:
    """All verbs, and the buttons."""

    def __init__(self, verbs: Sequence[Verb], buttons: dict[str, Command]) -> None:
        self.verbs = tuple(verbs)
        self.buttons = dict(buttons)

    def find(self, text: str) -> tuple[Verb, tuple[str, ...]] | None:
        """Return the verb that a text begins with and the words after it, or None."""
        said = clean(text)
        lowered = said.lower()
        matches = [
            (verb, word)
            for verb in self.verbs
            for word in verb.words
            if lowered == word or lowered.startswith(f"{word} ")
        ]
        if not matches:
            return None
        verb, word = max(matches, key=lambda match: len(match[1]))
        return verb, tuple(said[len(word) :].split())

    def likely(self, text: str, count: int = 3) -> list[tuple[str, str]]:
        """Return usage and purpose of the verbs that a text most resembles."""
        said = set(clean(text).lower().split())

        def resemblance(verb: Verb) -> float:
            known = " ".join([*verb.words, verb.purpose]).lower()
            shared = len(said & set(known.split()))
            close = max(
                (difflib.SequenceMatcher(None, a, b).ratio() for a in said for b in verb.words), default=0.0
            )
            return shared + close

        ranked = sorted(self.verbs, key=resemblance, reverse=True)
        return [(verb.usage, verb.purpose) for verb in ranked[:count]]

    def usages(self) -> list[tuple[str, str]]:
        """Return every usage with its purpose, in the order of registration."""
        return [(verb.usage, verb.purpose) for verb in self.verbs]


def clean(text: str) -> str:
    """Return the text without mentions, punctuation at its ends and doubled spaces."""
    without_mentions = re.sub(
        r"<@[^>]{1,60}>|<at>[^<]{0,80}</at>|(?<!\S)[@/]dogwatch\b", " ", text, flags=re.IGNORECASE
    )
    return " ".join(without_mentions.split())[:2000].strip(" ?!.:,;")
