"""Find the place in an article that a question is about, by the words that tell its passages apart.

The words of a title stand all over its article. They find it, and say nothing about which passage answers.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass

from knowledge.place_names import other_names
from knowledge.prepared import Prepared
from knowledge.sayings import also_meant
from knowledge.words import terms

_CLEARLY = 1.2
"""A passage takes another's place when what it holds of the question tells so many times more."""


_THING = r"\s+(?:the |a |an |our )?((?:[\w./:-]+\s+)?[\w./:-]+)\W*$"
_ON = re.compile(rf"(?i)\bon{_THING}")
_SORTS = r"(?:region|zone|site|office|plant|campus|data ?cent(?:er|re))"
_PLACE = re.compile(
    rf"(?i)\b(?:in|at|for|of|from|into|inside|enter|visit)\s+(?:the |our )?"
    rf"(?:([\w-]+)\s+({_SORTS})|({_SORTS})\s+([\w-]+))\b(?![.-]?\d)"
)
_AND_FOR = re.compile(rf"(?i)\b(?:and|what about|how about)\s+(?:on|for|in|with){_THING}")


_AND = re.compile(rf"(?i)^(?:and|what about|how about){_THING}")
_GOES_ON = re.compile(
    r"(?i)\b(?:how|what|why|when|who|whom|where|which|whether|then|next|last|if|not|after|before|only|also|else"
    r"|so|yes|no|thanks?|please|it|its|this|that|these|those|there|here|for|on|in|with|at|of|by|to|from"
    r"|again|instead|otherwise|(?:after|for)wards?|(?:manual|automatical|quick|safe|ful|final|usual|normal"
    r"|exact|immediate|eventual|real|proper|clean|graceful|remote|local|partial|complete|permanent|entire)ly)\b"
)
"""What makes of the words behind *and* more than the name of a thing."""


_NO_THINGS = frozenset(
    terms(
        "one ones other others rest all both me you team customer user example case detail general today"
        " production prod staging stage test testing dev development uat qa live now tomorrow night weekend"
        " monday tuesday wednesday thursday friday saturday sunday"
    )
)
"""What changes nothing in what to do: who, when, and in which environment."""


_NO_PLACES = frozenset(
    terms(
        "same new old main primary secondary backup remote local whole entire every each any which single"
        " availability time web customer head hosted dns landing another affected impacted failed failing"
        " lost broken standby passive active healthy unhealthy second current former nearest next last"
        " wrong right respective given certain"
    )
)


_WHERE = re.compile(r"\b(?:in|at|for|from|to)\s+(?:the\s+|our\s+)?([^\W\d_][\w-]{2,})")
_NO_WHERE = (
    _NO_THINGS
    | _NO_PLACES
    | frozenset(
        terms(
            "january february march april may june july august september october november december easter"
            " christmas english german french dutch spanish windows linux macos"
        )
    )
)


@dataclass(frozen=True)
class Thing:
    """What a question says at its end that it is about; `is_another` where a thread's question named one."""

    words: frozenset[str]
    is_another: bool
    sort: str = ""
    """What sort of place it is, such as a region; empty for what is none."""


def thing_asked_of(question: str) -> Thing | None:
    """Return the place or the thing that a question is about, or None.

    A thing stands at its end: “disk full on Windows”, “and for Kafka?”. A place says of which sort it is:
    “in the Tokyo region”.
    """
    place = _PLACE.search(question)
    if place is not None:
        words = frozenset(terms(place[1] or place[4])) - _NO_THINGS - _NO_PLACES
        goes_on = _AND_FOR.search(question.strip()) is not None
        if words:
            return Thing(words, goes_on, (place[2] or place[3]).lower())
    another = _AND_FOR.search(question.strip()) or _another_in(question.strip())
    named = another or _ON.search(question.strip())
    if named is None or any(char.isdigit() for char in named[1]):
        return None  # one of many alike, such as a host: the article about them need not name it
    words = frozenset(terms(named[1])) - _NO_THINGS
    return Thing(words, another is not None) if words else None


def _another_in(question: str) -> re.Match[str] | None:
    """Return what goes on with another thing and nothing else: “and the gateway?”."""
    found = _AND.search(question)
    return None if found is None or _GOES_ON.search(found[1]) else found


def holds_all(one: Prepared, words: frozenset[str]) -> bool:
    """Tell whether all of these words stand in an article, or another name of the place that they name."""
    held = set(terms(f"{one.article.title} {one.article.path} {one.article.text}"))
    return words <= held or any(name <= held for name in other_names(words))


def holds_in_other_words(one: Prepared, words: frozenset[str]) -> bool:
    """Tell whether an article holds each word, or one that means the same: *rollback* and *undo*."""
    held = set(terms(f"{one.article.title} {one.article.path} {one.article.text}"))
    return all(word in held or not held.isdisjoint(also_meant([word])) for word in words)


def has_place_for(one: Prepared, thing: Thing) -> bool:
    """Tell whether an article says what to do on a thing: its words stand there, one of them as a heading."""
    told = set(terms(" ".join([one.article.title, *(cut.heading for cut in one.cuts)])))
    return holds_all(one, thing.words) and (thing.is_another or bool(thing.words & told))


def is_on_another_place(one: Prepared, thing: Thing) -> bool:
    """Tell whether an article's title says that it is about another place of the sort that is asked about."""
    if not thing.sort or holds_all(one, thing.words):
        return False
    named = re.search(
        rf"(?i:\b{thing.sort})\s+[A-Z][\w-]+|\b[A-Z][\w-]+\s+(?i:{thing.sort})\b", one.article.title
    )
    return named is not None


def where_in(text: str) -> tuple[str, ...]:
    """Return the words of a text that may say where or for what, as they were written: “in Leipzig”."""
    return tuple(word for word in _WHERE.findall(text) if terms(word) and not _NO_WHERE & set(terms(word)))


def is_elsewhere(
    one: Prepared, asked: tuple[str, ...], names: frozenset[str], said: frozenset[str] = frozenset()
) -> bool:
    """Tell whether a title says where by one name, the question by another that the article does not know.

    Args:
        said: All words of the question: a name that is among them is no other one.
    """
    missing = [
        word
        for word in asked
        if (word[0].isupper() or names & set(terms(word))) and not holds_all(one, frozenset(terms(word)))
    ]
    here = (word for word in where_in(one.article.title) if word[0].isupper() and names & set(terms(word)))
    others = (word for word in here if not said & set(terms(word)))
    return bool(missing) and any(word.lower() not in map(str.lower, asked) for word in others)


def passage_of_its_own(one: Prepared, by_words: int, question: str) -> int:
    """Return the passage that holds what the question says beyond the title, or the one found before."""
    asked = set(terms(question)) - set(terms(one.article.title))
    held = [asked & set(terms(f"{cut.heading} {cut.text}")) for cut in one.cuts]
    often = Counter(word for words in held for word in words)
    worth = [sum(math.log(1 + len(held) / often[word]) for word in words) for words in held]
    best = max(range(len(worth)), key=lambda n: (worth[n], n == by_words), default=by_words)
    return best if worth and worth[best] > _CLEARLY * worth[by_words] else by_words
