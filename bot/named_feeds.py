"""Which feeds a text names, also with blanks, dashes or nothing for underscores, and what else it says."""

import difflib
import re
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from bot.question_words import SMALL, VOCABULARY
from domain.clock.day_words import Window

_LONG_ENOUGH, _LIKE = 5, 0.86
_LONG_NAME = 6
_NEAR_A_NAME, _LONGER = 0.84, 3
_RIGHT = frozenset(
    re.findall(
        r"\w+",
        "approve approver approves approvers unapproved arrive broke configurator confirmation confirmations"
        " deliver delivers equality filed finishes forecaster headline headlines incidental scheduled"
        " scheduler undelivered unfinished",
    )
)
"""Words that resemble those of questions and are meant as they are."""


def content_of(text: str, feeds: Sequence[str], window: Window | None) -> set[str]:
    """Return the words of a text that are neither small nor a feed nor a time."""
    left = without_names(text.lower(), feeds)
    left = left.replace(window.said, " ") if window else left
    return set(re.findall(r"[^\W_]+(?:-[^\W_]+)*", left)) - SMALL


def without_names(text: str, feeds: Sequence[str]) -> str:
    """Return a text without feeds that it names."""
    for name in feeds:
        text = re.sub(re.escape(str(name)).replace("_", "[_ -]"), " ", text)
    return text


def feeds_in(text: str, names: Collection[str]) -> tuple[str, ...]:
    """Return the feeds that a text names, also with blanks or dashes for underscores, in its order."""
    words = re.findall(r"[a-z0-9_.-]+", text.lower())
    found: dict[str, None] = {}
    at = 0
    while at < len(words):
        for length in (4, 3, 2, 1):
            name = "_".join(words[at : at + length]).replace("-", "_").strip("._")
            if at + length <= len(words) and name in names and (length > 1 or name not in SMALL):
                found[name] = None
                at += length - 1
                break
        at += 1
    return tuple(found)


def comes_near(word: str, names: Collection[str]) -> bool:
    """Return whether a word is written much like a name."""
    return bool(difflib.get_close_matches(word, names, n=1, cutoff=0.75))


def misspelt_in(text: str, names: Collection[str]) -> str:
    """Return a word that looks like the name of a feed, best one that comes near; empty without such."""
    like_a_name = r"[a-z][a-z0-9_.-]*[_0-9][a-z0-9_]*|(?<=feed )[a-z][a-z0-9_-]{2,}"
    words = [found.group() for found in re.finditer(like_a_name, text.lower())]
    for word in words:
        if word not in names and comes_near(word, names):
            return word
    return next((word for word in words if "_" in word and names), "")


def part_of_a_name(words: Iterable[str], names: Collection[str]) -> str:
    """Return a word that is a part of a feed's name, or comes near a whole one; empty without such.

    For a question that nothing else answers: "payroll" may be `hr_payroll`, which is then asked back.
    """
    parts = {part for name in names for part in name.split("_") if len(part) >= _LONG_ENOUGH} - VOCABULARY
    long = [word for word in words if len(word) >= _LONG_ENOUGH]
    return next((word for word in long if word in parts or is_near_a_name(word, names)), "")


def pair_near_a_name(text: str, names: Collection[str]) -> str:
    """Return two words as they stand that together come near a feed's name: "fx tradse"; empty without."""
    for one, other in pairwise(re.finditer(r"[a-z0-9]+", text)):
        joined = f"{one.group()}_{other.group()}"
        is_pair = other.start() - one.end() == 1 and not {one.group(), other.group()} & SMALL
        if is_pair and len(joined) >= _LONG_NAME and joined not in names and is_near_a_name(joined, names):
            return text[one.start() : other.end()]
    return ""


def is_near_a_name(word: str, names: Collection[str]) -> bool:
    """Return whether a word is a feed's name but for a letter or two that are not its first."""
    alike = [name for name in names if name[:1] == word[:1] and abs(len(name) - len(word)) <= _LONGER]
    return bool(difflib.get_close_matches(word, alike, n=1, cutoff=_NEAR_A_NAME))


def with_words_right(text: str, names: Collection[str]) -> str:
    """Return a question about feeds with names that were run together and mistyped words put right.

    Words of a text that neither names a feed nor speaks of feeds stay: the library looks for them.
    """
    together = _run_together(frozenset(names))
    said = re.sub(
        r"(?<![\w.-])[A-Za-z0-9]+(?![\w-])",
        lambda word: together.get(word.group().lower(), word.group()),
        text,
    )
    if not feeds_in(said, names) and not re.search(r"(?i)\bfeeds?\b", said):
        return said

    def meant(word: re.Match[str]) -> str:
        found = word.group()
        if len(found) < _LONG_ENOUGH or found in names or found.lower() in VOCABULARY | _RIGHT:
            return found
        near = difflib.get_close_matches(found.lower(), VOCABULARY, n=1, cutoff=_LIKE)
        return near[0] if near and near[0].rstrip("s") != found.lower().rstrip("s") else found

    return re.sub(r"(?<![\w.-])[A-Za-z]+(?![\w.-])", meant, said)


@lru_cache(maxsize=4)
def _run_together(names: frozenset[str]) -> dict[str, str]:
    return {
        short: name
        for name in sorted(names)
        if len(short := name.replace("_", "")) >= _LONG_NAME and short != name and short not in names
    }
