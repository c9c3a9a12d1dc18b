"""How often a question wants something to have happened: more than twice, at least once, never. Pure."""

import re
from dataclasses import dataclass

_NUMBERS = {
    "once": 1, "twice": 2, "thrice": 3, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "a": 1,
}  # fmt: skip
_WORDS = r"one|two|three|four|five|six|seven|eight|nine|ten"
_COUNT = rf"(once|twice|thrice|(?:\d{{1,4}}|{_WORDS}|a) (?:times?|x)\b|\d{{1,4}}x\b)"
_NO_MORE = r"(?! (?:slower|faster|longer|bigger|as|a|per)\b)"
"""Behind a number of times: how much, or how often in each span, not how often in all."""
_MORE = re.compile(rf"\b(?:more (?:often )?than|over) {_COUNT}{_NO_MORE}")
_LEAST = re.compile(
    rf"\b(?:at least|no less than) {_COUNT}{_NO_MORE}|\b{_COUNT} or more\b"
    rf"|\b(\d{{1,4}}|{_WORDS}) or more times\b"
)
_BARE = re.compile(rf"\b(?:fail\w*|late|broke|crash\w*) {_COUNT}{_NO_MORE}(?! or\b)")
_NOT = r"(?:n['\u2019]?t| not)"
_NEVER = re.compile(
    rf"\b(?:never|not once|have{_NOT}(?: ever)?|has{_NOT}(?: ever)?|did{_NOT})"
    r"(?: (?:been|ever|once|yet|had a|have a))* (?=(?:fail|late|break|broken|broke|crash)\w*)"
    r"|\b(?:with no|without(?: any| a)?|had no|have no) (?=(?:failures?|failed runs?|late runs?|errors)\b)"
)


@dataclass(frozen=True)
class Times:
    """How often at least; `is_never` where not once."""

    at_least: int = 0
    is_never: bool = False


def times_in(said: str) -> tuple[Times, str]:
    """Return how often a text asks for, and the text without that.

    Args:
        said: In small letters.
    """
    if never := _NEVER.search(said):
        return Times(is_never=True), _without(said, never)
    if more := _MORE.search(said):
        return Times(at_least=_number(more[1]) + 1), _without(said, more)
    if least := _LEAST.search(said):
        return Times(at_least=_number(next(filter(None, least.groups())))), _without(said, least)
    if bare := _BARE.search(said):
        return Times(at_least=_number(bare[1])), f"{said[: bare.start(1)]}{said[bare.end(1) :]}"
    return Times(), said


def _number(said: str) -> int:
    word = said.split()[0].removesuffix("x")
    return _NUMBERS.get(word, 0) or int(word)


def _without(said: str, found: re.Match[str]) -> str:
    return " ".join(f"{said[: found.start()]} {said[found.end() :]}".split())
