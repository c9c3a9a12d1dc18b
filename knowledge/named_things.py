"""Learn from the titles near a question which of its words are names: of a product, a bank, a town.

Nobody can list the names of a house's own products. Where people write titles as sentences, a name is what
has a capital inside of them and is never written without one in running text.
"""

import re
from collections.abc import Iterable

from knowledge.codes import ABBREVIATIONS
from knowledge.fences import FENCED
from knowledge.languages import foreign_language
from knowledge.prepared import Prepared
from knowledge.tasks import is_task
from knowledge.words import terms

_WORD = re.compile(r"[^\W\d_][\w-]*")
_ALONE = re.compile(r"(?<![\w.@/:-])[^\W\d_][\w-]*(?![.@/:]\w)")
"""A word of running text: that of `sftp.example.org` says nothing of how SFTP is written."""
# Behind a colon a title begins anew, as it does behind the number of a step.
_INSIDE = re.compile(r"(?<=[^\W_][ (])[^\W\d_][\w-]*|(?<=[^\W_][,)] )[^\W\d_][\w-]*|(?<=\s\()[^\W\d_][\w-]*")
_CODE = re.compile(r"`[^`\n]{1,200}`")
_TITLED = 0.6
"""From this share of capitals on, titles here have them in all of their words."""
_PASTED = re.compile(r"\w[._:/#=]\w")
"""Inside of words such as `/dags/load.py` and `dag_id`."""
_LEAST = 3
_LONGEST_READ = 8_000
_TOLD_BY = 400
"""Signs of an article by which its language is told."""


def names_near(near: Iterable[Prepared]) -> frozenset[str]:
    """Return the words of titles that are names, as the index splits them.

    A title's first word has a capital anyway: it is a name where running text writes it so inside a sentence.
    """
    articles = list(near)
    prose = [_prose(f"{one.article.title}\n{one.article.text[:_LONGEST_READ]}") for one in articles]
    small = {word for text in prose for word in _ALONE.findall(text) if word.islower()}
    told = [
        (one.article.title, text) for one, text in zip(articles, prose, strict=True) if _has_small_words(one)
    ]
    inside = [word for title, _ in told for word in _INSIDE.findall(title) if len(word) >= _LEAST]
    capitals = [word for word in inside if word[0].isupper()]
    if len(capitals) > _TITLED * len(inside):
        return frozenset()
    written = {word for _, text in told for word in _INSIDE.findall(text)}
    begins = (word for title, _ in told if not is_task(title) for word in _WORD.findall(title)[:1])
    first = [word for word in begins if len(word) >= _LEAST and word[0].isupper() and word in written]
    names = (
        word
        for word in [*capitals, *first]
        if word.lower() not in small and word.upper() not in ABBREVIATIONS
    )
    return frozenset(term for word in names for term in _name_terms(word))


def _name_terms(word: str) -> set[str]:
    """Return a name whole, in both forms of the index: parts such as the Wi of Wi-Fi are no names."""
    return {term for term in with_wholes(word) if term.startswith("=")} | set(terms(_joined(word)))


def with_wholes(text: str) -> frozenset[str]:
    """Return the words of a text, and each that has parts as one plain word, too: `WiFi` is wifi."""
    found = terms(text)
    return frozenset(found) | {one for term in found if term.startswith("=") for one in terms(term[1:])}


def words_of_article(one: Prepared) -> frozenset[str]:
    """Return all words of an article."""
    return with_wholes(f"{one.article.title} {one.article.path} {one.article.text}")


def words_that_name(question: str) -> frozenset[str]:
    """Return the words of a question that may name what it is about, as parts of paths do not."""
    return with_wholes(" ".join(word for word in question.split() if not _PASTED.search(word)))


def _joined(word: str) -> str:
    return re.sub(r"\W", "", word).lower()


def _has_small_words(one: Prepared) -> bool:
    """Tell whether capitals mean something in a title: not in German, and not in one that is all capitals."""
    title = one.article.title
    inside = [word for word in _INSIDE.findall(title) if len(word) >= _LEAST]
    if title.isupper() or (len(inside) >= _LEAST and all(word[0].isupper() for word in inside)):
        return False
    return foreign_language(f"{title}\n{one.article.text[:_TOLD_BY]}") != "German"


def _prose(text: str) -> str:
    return _CODE.sub(" ", FENCED.sub(" ", text))
