"""Find who owns a thing: the articles about it say so in one line, in words that no question uses."""

import re

from knowledge.fences import FENCED
from knowledge.prepared import Prepared
from knowledge.words import terms

_ASKS = re.compile(
    r"(?i)^\s*(?:and )?(?:who|which team) (?:owns|maintains|runs|looks after|is responsible for"
    r"|is in charge of|is the owner of)\s+(\S[^?!]{0,100})"
)
_SAYS = re.compile(
    r"(?i)\b(?:(?:owners?|maintainers?|responsible|zust\u00e4ndig|responsables?)\b"
    r"[*_ ]{0,4}(?::(?=[\s*_@#<\[]|$)|is\b|are\b)"
    r"|(?:owned|maintained) by\b)"
)
_OF_NO_THING = frozenset(terms("the our this that a an system service team"))


def thing_owned(question: str) -> frozenset[str]:
    """Return the words of the thing whose owner is asked for; none when something else is asked."""
    asked = _ASKS.match(question)
    return frozenset(terms(asked[1].lower())) - _OF_NO_THING if asked else frozenset()


def owner_passage(one: Prepared, thing: frozenset[str]) -> int | None:
    """Return the passage in which an article about a thing says who owns it."""
    named = f"{one.article.title} {one.article.path}"
    if not thing or not thing <= {*terms(named), *terms(named.lower())}:
        return None
    return next(
        (number for number, cut in enumerate(one.cuts) if _SAYS.search(FENCED.sub("", cut.text))), None
    )
