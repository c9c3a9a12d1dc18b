"""From words to a command: exact verbs first, then the three most likely ones.

Each room of commands registers here; nothing else maps text to what is done.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.cards.model import Reply
from bot.turn import Preparation, Turn

Command = Callable[[Turn], Reply]


@dataclass(frozen=True)
class Verb:
    """One thing people can say."""

    words: tuple[str, ...]
    """Ways to begin it; the first is the one that help shows."""
    usage: str
    purpose: str
    command: Command
    prepare: Preparation | None = None
    """Runs before the transaction; what it returns is `turn.prepared`. For what asks another process."""
    unasked: Callable[[Turn], bool] | None = None
    """Whether it counts when people say it to each other in a thread, not to us; None: always."""


@dataclass(frozen=True)
class Area:
    """The verbs and buttons of one part of the house."""

    verbs: tuple[Verb, ...] = ()
    buttons: Mapping[str, Command] = field(default_factory=dict)
    preparations: Mapping[str, Preparation] = field(default_factory=dict)
    """By the name of a button."""
    fallback: Verb | None = None
    """Takes what is said to us and begins with no verb; at most one area has one."""
    overheard: Command | None = None
    """Takes what people say to each other in a thread that we are part of; at most one area has one."""
    shortcuts: Mapping[str, Command] = field(default_factory=dict)
    """Entries of a message's menu, by the name that manifests give them."""
    in_thread: Callable[[Turn], Reply | None] | None = None
    """Answers words without a verb in a thread that it knows; None when they are about something else."""


class Phrasebook:
    """All verbs, and the buttons, of all areas."""

    def __init__(self, areas: Sequence[Area]) -> None:
        self.verbs = tuple(verb for area in areas for verb in area.verbs)
        self.buttons = {name: command for area in areas for name, command in area.buttons.items()}
        self.preparations = {name: found for area in areas for name, found in area.preparations.items()}
        self.shortcuts = {name: command for area in areas for name, command in area.shortcuts.items()}
        self.fallback = next((area.fallback for area in areas if area.fallback), None)
        self._in_thread = [area.in_thread for area in areas if area.in_thread]
        self.overheard = next((area.overheard for area in areas if area.overheard), None)

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

    def answer_in_thread(self, turn: Turn) -> Reply | None:
        """Return what the area answers whose thread this is, None when none has an answer."""
        for answer in self._in_thread:
            if (reply := answer(turn)) is not None:
                return reply
        return None

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
