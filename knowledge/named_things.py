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
from knowledge.words import terms

_WORD = re.compile(r"[^\W\d_][\w-]*")
# Behind a colon a title begins anew, as it does behind the number of a step.
_INSIDE = re.compile(r"(?<=[^\W_][ (])[^\W\d_][\w-]*|(?<=[^\W_][,)] )[^\W\d_][\w-]*|(?<=\s\()[^\W\d_][\w-]*")
_CODE = re.compile(r"`[^`\n]{1,200}`")
_TITLED = 0.6
"""From this share of capitals on, titles here have them in all of their words."""
_LEAST = 3
_LONGEST_READ = 8_000
_TOLD_BY = 400
"""Signs of an article by which its language is told."""


def names_near(near: Iterable[Prepared]) -> frozenset[str]:
    """Return the words of titles that are names, as the index splits them."""
    articles = list(near)
    small = {
        word
        for one in articles
        for word in _WORD.findall(_prose(f"{one.article.title}\n{one.article.text[:_LONGEST_READ]}"))
        if word.islower()
    }
    titles = [one.article.title for one in articles if _has_small_words(one)]
    inside = [word for title in titles for word in _INSIDE.findall(title) if len(word) >= _LEAST]
    capitals = [word for word in inside if word[0].isupper()]
    if len(capitals) > _TITLED * len(inside):
        return frozenset()
    names = (word for word in capitals if word.lower() not in small and word.upper() not in ABBREVIATIONS)
    return frozenset(term for word in names for term in terms(word) if not term.isdigit())


def _has_small_words(one: Prepared) -> bool:
    """Tell whether capitals mean something in a title: not in German, and not in one that is all capitals."""
    title = one.article.title
    inside = [word for word in _INSIDE.findall(title) if len(word) >= _LEAST]
    if title.isupper() or (len(inside) >= _LEAST and all(word[0].isupper() for word in inside)):
        return False
    return foreign_language(f"{title}\n{one.article.text[:_TOLD_BY]}") != "German"


def words_of_article(one: Prepared) -> frozenset[str]:
    """Return all words of an article."""
    return frozenset(terms(f"{one.article.title} {one.article.path} {one.article.text}"))


def _prose(text: str) -> str:
    return _CODE.sub(" ", FENCED.sub(" ", text))
