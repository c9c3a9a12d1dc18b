"""Put right what somebody mistyped, where the library knows the word that was meant.

One letter too many, too few, wrong or swapped; the first one is taken as right. Nothing is guessed for names,
numbers, identifiers and short words: a wrong guess there answers about something that the library does not
know. What machines wrote is long, full of strange words, and left alone.
"""

import re
from collections.abc import Callable, Iterator, Set
from string import ascii_lowercase

_SHORTEST = 5
_MOST_WORDS = 4
_LONGEST_TEXT = 400
_MANNERS = re.compile(r"(?i)(?<![\w.`'-])(?:please|pls|plz|plss|kindly|asap|thx|thanks)(?![\w.'`-]*\w)[,!.]*")
_WORD = re.compile(r"(?<![^\W_])(?<![._:/#-])[A-Za-z]+(?![^\W_])(?![._:/#-][^\W_])")


def without_manners(text: str) -> str:
    """Return a question without the words of politeness, which are looked for in no article."""
    bare = _MANNERS.sub(" ", text) if len(text) <= _LONGEST_TEXT else text
    return bare if _WORD.search(bare) else text


def plain_words(text: str) -> frozenset[str]:
    """Return the plain words of a text, in small letters, that a mistyped one may stand for."""
    return frozenset(word.lower() for word in _WORD.findall(text) if len(word) >= _SHORTEST - 1)


def put_right(text: str, known: Set[str], rarity_of: Callable[[str], float | None]) -> str:
    """Return a question with its first few mistyped words as they were meant, the commonest of what is near.

    Args:
        text: What was asked.
        known: Plain words of the library, in small letters.
        rarity_of: How rare a word is in the articles of now, None for one that stands in none.
    """
    if len(text) > _LONGEST_TEXT:
        return text
    left = _MOST_WORDS

    def meant(match: re.Match[str]) -> str:
        nonlocal left
        word = match.group().lower()
        if left <= 0 or not _may_be_mistyped(match) or rarity_of(word) is not None:
            return match.group()
        left -= 1
        near = {
            one: rare for one in _one_slip_away(word) if one in known and (rare := rarity_of(one)) is not None
        }
        return min(sorted(near), key=lambda one: near[one], default=match.group())

    return _WORD.sub(meant, text)


def _may_be_mistyped(match: re.Match[str]) -> bool:
    word, before = match.group(), match.string[: match.start()].rstrip()
    begins = not before or before[-1] in ".!?:\n"
    return len(word) >= _SHORTEST and (word.islower() or word.isupper() or (begins and word.istitle()))


def _one_slip_away(word: str) -> Iterator[str]:
    for at in range(1, len(word) + 1):
        head, tail = word[:at], word[at:]
        yield from (head + letter + tail for letter in ascii_lowercase)
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in ascii_lowercase)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
