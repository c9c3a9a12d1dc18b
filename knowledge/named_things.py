"""Learn from the titles near a question which of its words are names: of a product, a bank, a town.

Nobody can list the names of a house's own products. Where people write titles as sentences, a name is what
has a capital inside of them and is never written without one in running text.
"""

import re
from collections.abc import Iterable

from knowledge.fences import FENCED
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


def names_near(near: Iterable[Prepared]) -> frozenset[str]:
    """Return the words of titles that are names, as the index splits them."""
    articles = list(near)
    small = {
        word
        for one in articles
        for word in _WORD.findall(_prose(f"{one.article.title}\n{one.article.text[:_LONGEST_READ]}"))
        if word.islower()
    }
    inside = [word for one in articles for word in _INSIDE.findall(one.article.title) if len(word) >= _LEAST]
    capitals = [word for word in inside if word[0].isupper()]
    if len(capitals) > _TITLED * len(inside):
        return frozenset()
    return frozenset(term for word in capitals if word.lower() not in small for term in terms(word))


def words_of_article(one: Prepared) -> frozenset[str]:
    """Return all words of an article."""
    return frozenset(terms(f"{one.article.title} {one.article.path} {one.article.text}"))


def _prose(text: str) -> str:
    return _CODE.sub(" ", FENCED.sub(" ", text))
