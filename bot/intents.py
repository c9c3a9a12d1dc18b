"""From words to a command: exact verbs first, then the three most likely ones.

Each room of commands registers here; nothing else maps text to what is done.
"""

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bot.bare_names import without_quotes
from bot.cards.model import Reply
from bot.happenings import is_about_asker
from bot.questions import without_manners
from bot.several_questions import questions_in
from bot.turn import Preparation, Turn

_PLEASE = re.compile(r"(?i)^(?:(?:hey|hi|hello|dogwatch|please|pls|bitte|ok|okay|now)\b[\s,:]*)+")
_LONG_ENOUGH = 5
_NEAR = 0.84
_MOST_LIKELY = 3
_RESEMBLES = 0.7
"""Letters in common of one word and a verb; a word of its purpose alone is more than that."""
_SLASHED = re.compile(r"^/(?=\w+(?:\s|$))")
"""A command as other bots want it; `/srv/exports` is a path."""
_POINTS_BACK = frozenset({"it", "this", "that"})
_NAMED_ALONE = frozenset({"revert", "retire", "kb sync", "kb disconnect"})
"""What opens a change, or is of no feed, is done to what is named, and to nothing spoken of before."""
_SMALL = frozenset(
    re.findall(
        r"\w+",
        "a an the all of in on at to for from with and or is are was it its what which me my you your i"
        " can do",
    )
)

IN_INCIDENT = "in an incident's thread: "
"""How the purpose of a verb begins that counts only there."""

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
    is_harmless: bool = False
    """Changes nothing by itself: asked for politely or with a slip of the pen, it counts too."""
    fits: Callable[[str], bool] = lambda rest: True
    """Whether what follows the verb makes it this command; else its first word is one like any other, and the
    text is read as a question: "link to the dashboard" links no account."""
    is_bare: bool = False
    """What follows the verb may be a question about something else, which is read first."""


@dataclass(frozen=True)
class Area:
    """The verbs and buttons of one part of the house."""

    verbs: tuple[Verb, ...] = ()
    buttons: Mapping[str, Command] = field(default_factory=dict)
    preparations: Mapping[str, Preparation] = field(default_factory=dict)
    """By the name of a button."""
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
        self.fallback: Verb | None = None
        """Takes what is said to us and begins with no verb."""
        self.going_on: Verb | None = None
        """Takes a question that goes on after one to us, in a thread where nobody mentions us again."""
        self._in_thread = [area.in_thread for area in areas if area.in_thread]
        self.overheard = next((area.overheard for area in areas if area.overheard), None)

    def find(self, text: str) -> tuple[Verb, tuple[str, ...]] | None:
        """Return the verb that a text begins with and the words after it, or None.

        One that asks several things, or goes on after a bare verb, begins with none: the fallback reads it.
        """
        found, said = self.begins(text), clean(text)
        if found is None or (found[0].is_bare and found[1]) or len(questions_in(said)) > 1:
            return None
        if self.points_back(text) or not found[0].fits(" ".join(found[1])):
            return None
        if said.lower().startswith("why ") and is_about_asker(said):
            return None
        return found

    def points_back(self, text: str) -> bool:
        """Return whether a text begins with a verb that takes a name, and has "it" in the name's place."""
        found = self.begins(text)
        if found is None or not found[1] or found[0].purpose.startswith(IN_INCIDENT):
            return False
        if found[0].words[0] in _NAMED_ALONE:
            return False
        return "NAME" in found[0].usage and found[1][0].lower() in _POINTS_BACK

    def begins(self, text: str) -> tuple[Verb, tuple[str, ...]] | None:
        """Return the verb that a text begins with, whatever follows, and the words after it, or None."""
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

    def meant(self, text: str) -> tuple[Verb, tuple[str, ...]] | None:
        """Return the verb after a "please", or the harmless one that a text asks for or misspells."""
        if (asked_for := self.begins(re.sub(_PLEASE, "", clean(text)))) is not None:
            return asked_for
        # In quotation marks a command may be somebody else's words: only a harmless one is done.
        said = without_manners(clean(without_quotes(clean(text))))
        found = self.begins(said)
        if found is not None:
            return found if found[0].is_harmless else None
        words = said.split()
        near = [
            (difflib.SequenceMatcher(None, " ".join(words[:length]).lower(), word).ratio(), verb, length)
            for verb in self.verbs
            if verb.is_harmless
            for word in verb.words
            if len(word) >= _LONG_ENOUGH and len(words) >= (length := len(word.split()))
        ]
        best = max(near, key=lambda one: one[0], default=(0.0, None, 0))
        return (best[1], tuple(words[best[2] :])) if best[1] is not None and best[0] >= _NEAR else None

    def answer_in_thread(self, turn: Turn) -> Reply | None:
        """Return what the area answers whose thread this is, None when none has an answer."""
        for answer in self._in_thread:
            if (reply := answer(turn)) is not None:
                return reply
        return None

    def likely(self, text: str, *, in_thread: bool) -> list[tuple[str, str]]:
        """Return usage and purpose of the few verbs that a text resembles most, of those that count there.

        Empty where none comes near: three commands at random would help nobody.
        """
        said = set(re.findall(r"[\w'-]+", without_manners(clean(text)).lower())) - _SMALL

        def resemblance(verb: Verb) -> float:
            known = set(re.findall(r"[\w'-]+", " ".join([*verb.words, verb.purpose]).lower())) - _SMALL
            shared = len(said & known)
            close = max(
                (difflib.SequenceMatcher(None, a, b).ratio() for a in said for b in verb.words), default=0.0
            )
            return shared + close

        here = [one for one in self.verbs if in_thread or not one.purpose.startswith(IN_INCIDENT)]
        near = [(alike, verb) for verb in here if (alike := resemblance(verb)) >= _RESEMBLES]
        ranked = sorted(near, key=lambda one: one[0], reverse=True)
        return [(verb.usage, verb.purpose) for _, verb in ranked[:_MOST_LIKELY]]


def clean(text: str) -> str:
    """Return the text without mentions, punctuation at its ends and doubled spaces."""
    without_mentions = re.sub(
        r"<@[^>]{1,60}>|<at>[^<]{0,80}</at>|(?<!\S)[@/]dogwatch\b", " ", text, flags=re.IGNORECASE
    )
    return _SLASHED.sub("", " ".join(without_mentions.split())[:2000].strip(" ?!.:,;"))
