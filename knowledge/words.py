"""Turn text into the words the exact index knows.

An identifier counts twice: whole (`=nodefilesystemfull`) and as its parts, because people type both
`NodeFilesystemFull` and "node filesystem full". Values that an alert's template filled in (addresses,
pod names, percentages) say nothing about the kind of trouble, so a query counts them little.
"""

import re
import threading
from collections import OrderedDict
from functools import lru_cache
from typing import Protocol, cast

LONGEST_QUERY = 4_000
"""Characters of a query that are read; a pasted log says what it is about long before that."""

_STOP_WORDS = """
a an and are as at be been but by can could did do does for from had has have he her his how i if in
into is it its may me might more most my no nor not of on or our own she should so some such than that
the their them then there these they this those to too up us was we were what when where which who whom
why will with would you your am about after again all also any because before being below between both
down during each few further here just once only other out over same through under until very while
"""
_STOP = frozenset(_STOP_WORDS.split())
_WORD = re.compile(r"[^\W_]+(?:[._:/#\-]+[^\W_]+)*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\dA-Za-z_]+")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_FILLED_IN = re.compile(
    r"\d+(?:\.\d+){1,3}(?::\d+)?|.*\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}.*|[\w-]+:\d{4,5}"
    r"|(?:[a-z]+-)+\d+(?::\d+)?|.*-[a-z0-9]{8,10}-[a-z0-9]{5}"
)
_FILLED_IN_WEIGHT = 0.25
_REPEATS_COUNTED = 2.5
_LONGEST_WORD = 80
_MOST_TOLD = 8


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802  the library's name


_OF_THREAD = threading.local()


def _stemmer() -> _Stemmer:
    # It works on a word within itself: two threads at one stemmer would keep stems of each other's words.
    found = getattr(_OF_THREAD, "stemmer", None)
    if found is None:
        import snowballstemmer

        found = _OF_THREAD.stemmer = snowballstemmer.stemmer("english")
    return cast(_Stemmer, found)


@lru_cache(maxsize=200_000)
def _stem(word: str) -> str:
    if len(word) > 3 and word.isascii() and word.isalpha():
        return _stemmer().stemWord(word)
    return word


@lru_cache(maxsize=400_000)
def _terms_of(word: str) -> tuple[str, ...]:
    word = word[:_LONGEST_WORD]
    if _UNSPACED.search(word):
        return tuple(word[i : i + 2] for i in range(max(len(word) - 1, 1)))
    parts = [word] if word.isalpha() and not word.isascii() else _PART.findall(word)
    if len(parts) <= 1:
        low = word.lower()
        return () if low in _STOP else (_stem(low),)
    whole = "=" + re.sub(r"[\W_]", "", word.lower())
    kept = [part.lower() for part in parts]
    return (whole, *(_stem(p) for p in kept if p not in _STOP and (len(p) > 1 or p.isdigit())))


def terms(text: str) -> list[str]:
    """Return the words of a text in order, stemmed, identifiers whole and in parts, stop words left out."""
    found: list[str] = []
    for word in _WORD.findall(text):
        found.extend(_terms_of(word))
    return found


def words_of(text: str) -> list[str]:
    """Return the words of a query as they were written."""
    return _WORD.findall(text[:LONGEST_QUERY])


def told_words(text: str) -> tuple[str, ...]:
    """Return the words of a text that are looked for, as they were written, each once."""
    found = (word for word in _WORD.findall(text[:LONGEST_QUERY]) if _terms_of(word))
    return tuple(dict.fromkeys(word[:_LONGEST_WORD] for word in found))[:_MOST_TOLD]


def query_terms(text: str) -> "OrderedDict[str, float]":
    """Return a query's words with their weight: how often they stand there, filled-in values little."""
    weights: OrderedDict[str, float] = OrderedDict()
    for word in _WORD.findall(text[:LONGEST_QUERY]):
        weight = _FILLED_IN_WEIGHT if _FILLED_IN.fullmatch(word) else 1.0
        for term in _terms_of(word):
            weights[term] = min(weights.get(term, 0.0) + weight, _REPEATS_COUNTED)
    return weights


def proper_terms(text: str) -> list[str]:
    """Return the words that look like names of things: a capital inside a sentence, or inside the word.

    A text that is all capitals, or titled word by word, tells nothing of the kind and brings many; the
    ranker sees shares, so that does no harm.
    """
    found: list[str] = []
    for match in _WORD.finditer(text[:LONGEST_QUERY]):
        word = match.group()
        if _FILLED_IN.fullmatch(word) or not any(letter.isupper() for letter in word):
            continue
        begins = not text[: match.start()].strip() or text[: match.start()].rstrip()[-1:] in ".!?:\n"
        if any(letter.isupper() for letter in word[1:]) or not begins:
            terms_here = _terms_of(word)
            found.append(terms_here[0]) if terms_here else None
    return found


def is_name(word: str) -> bool:
    """Say whether a word is an identifier of several parts, such as `CLR-041` or `NodeNotReady`."""
    return any(term.startswith("=") for term in _terms_of(word))


def spaced(identifier: str) -> str:
    """Return `KubePodCrashLooping` as "Kube Pod Crash Looping", for readers that know only words."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", identifier)


def is_question(text: str) -> bool:
    """Say whether a text reads like a person's question rather than a machine's report."""
    opening = r"\s*(?:how|what|why|can|is|are|do|does|which|when|where|who|should|will|i )\b"
    return bool(re.match(opening, text.lower())) or text.rstrip().endswith("?")
