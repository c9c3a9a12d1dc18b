"""A query as the index sees it: weighted words, their order, and its first sentence."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.knowledge.articles import Query
from domain.text.pasted_alerts import alert_name, as_words, without_name
from knowledge.prepared import PAIR, Vocabulary
from knowledge.sayings import SHARE, also_meant
from knowledge.words import LONGEST_QUERY, is_question, proper_terms, query_terms, terms, words_of

_WORDS_USED = 60
_SEQUENCE_USED = 300
_SHORTEST_NAME, _SHORTEST_HALF = 4, 2


class Rarity:
    """How telling each word is: the probabilistic inverse document frequency over all articles."""

    def __init__(self, documents: NDArray[np.float32], articles: int) -> None:
        self.articles = articles
        self._present = documents > 0
        self._values = np.log(1 + (articles - documents + 0.5) / (documents + 0.5)).astype(np.float32)
        self.of_unknown = float(np.log(1 + (articles + 0.5) / 0.5))

    def stand_somewhere(self, words: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which words stand in any article now: numbers outlive the articles that brought them."""
        found = np.zeros(len(words), np.bool_)
        inside = (words >= 0) & (words < len(self._present))
        found[inside] = self._present[words[inside]]
        return found

    def of(self, words: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return the rarity of known words; words newer than these figures count as unknown."""
        if not len(words) or int(words.max()) < len(self._values):
            return np.asarray(self._values[words], np.float32)
        inside = words < len(self._values)
        found = np.full(len(words), self.of_unknown, np.float32)
        found[inside] = self._values[words[inside]]
        return found


@dataclass(frozen=True)
class Asked:
    """The query's known words with weights, and what its unknown words weigh together."""

    text: str
    words: NDArray[np.int32]
    weights: NDArray[np.float32]
    rarity: NDArray[np.float32]
    unknown_mass: float
    sequence: tuple[int, ...]
    opening: NDArray[np.int32]
    pairs: NDArray[np.int64]
    looks_like_question: bool
    distinct_words: int
    also: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """Words that were not said and mean the same as one that was, with their weights and rarity."""
    also_weights: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    also_rarity: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    met_mass: float = 0.0
    """What of the unknown words stands in other words in some article."""
    opening_words: tuple[tuple[int, float], ...] = ()
    """The words of the opening with their rarity."""
    proper: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """Words that look like names of products or things: capitals inside a sentence, or inside a word."""
    proper_unknown: int = 0
    """How many such words stand in no article."""
    identifiers: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    """Class names, error codes, options: identifiers that stand in some article, whole."""
    identifiers_unknown: int = 0
    name_parts: tuple[int, ...] = ()
    """Words of the name that the query gives, -1 for one that stands in no article."""
    name_whole: int = -1

    @property
    def has_name(self) -> bool:
        """Say whether the query names an alert or error."""
        return bool(self.name_parts)

    @property
    def name_unknown(self) -> int:
        """How many words of the name stand in no article."""
        return sum(1 for word in self.name_parts if word < 0)

    @property
    def unknown_share(self) -> float:
        """Share of the query's telling words that stand in no article, 0 to 1."""
        return (self.unknown_mass - self.met_mass) / self.mass

    @property
    def mass(self) -> float:
        """How much there is to find: weighted rarity of all words, known or not."""
        return float((self.weights * self.rarity).sum()) + self.unknown_mass + 1e-6


def as_told(query: Query, as_meant: Callable[[str], str]) -> Query:
    """Return a query whose text is as it was meant, with the name of the alert that it tells of apart."""
    text = as_words(query.text)
    name = query.name or alert_name(text)
    said = text if query.name or not name else without_name(text, name)
    return query.model_copy(update={"name": name, "text": as_meant(said)})


def full_text(query: Query) -> str:
    """Return the identifier and the words of a query as one text."""
    return f"{query.name}. {query.text}" if query.name else query.text


def opening_of(text: str) -> str:
    """Return the first sentence or line of a text."""
    return re.split(r"(?<=[.!?])\s|\n", text.strip(), maxsplit=1)[0]


def ask(query: Query, vocabulary: Vocabulary, rarity: Rarity) -> Asked:
    """Read a query; at most 4,000 characters and the 60 most telling words are used."""
    text = full_text(query)[:LONGEST_QUERY]
    written = _as_written_here(text, vocabulary, rarity)
    weighted = {
        name: weight for term, weight in query_terms(text).items() for name in written.get(term, (term,))
    }
    numbers = np.array([vocabulary.find(term) for term in weighted], np.int32)
    weights = np.array(list(weighted.values()), np.float32)
    known = rarity.stand_somewhere(numbers)
    words, weights_known = numbers[known], weights[known]
    rare = rarity.of(words)
    if len(words) > _WORDS_USED:
        best = np.argsort(-weights_known * rare, kind="stable")[:_WORDS_USED]
        words, weights_known, rare = words[best], weights_known[best], rare[best]
    sequence = tuple(vocabulary.find(term) for term in _renamed(terms(text), written))[:_SEQUENCE_USED]
    begins = _renamed(terms(opening_of(text)), written)
    opening = [vocabulary.find(term) for term in begins]
    neighbours = {a * PAIR + b for a, b in pairwise(sequence) if a >= 0 and b >= 0}
    first = np.unique(np.array([w for w in opening if w >= 0], np.int32))
    also, stands_for = _also(text, vocabulary, rarity)
    meant = np.array([SHARE * weighted.get(term, 0.0) for term in stands_for], np.float32)
    unknown = {term for term, is_known in zip(weighted, known.tolist(), strict=True) if not is_known}
    met = sum(SHARE * weighted[term] for term in unknown & set(stands_for)) * rarity.of_unknown
    proper, proper_unknown = _known(_renamed(proper_terms(text), written), vocabulary, rarity)
    whole_ones, whole_unknown = _known([t for t in weighted if t.startswith("=")], vocabulary, rarity)
    name = list(dict.fromkeys(terms(query.name))) if query.name else []
    parts = [vocabulary.find(term) for term in name if not term.startswith("=")]
    whole = next((vocabulary.find(term) for term in name if term.startswith("=")), -1)
    return Asked(
        text=text,
        words=words,
        weights=weights_known,
        rarity=rare,
        unknown_mass=float(weights[~known].sum()) * rarity.of_unknown,
        sequence=sequence,
        opening=first,
        also=also,
        also_weights=meant,
        also_rarity=rarity.of(also),
        met_mass=met,
        opening_words=(
            *zip(first.tolist(), rarity.of(first).tolist(), strict=True),
            *(
                (word, SHARE * rare)
                for word, rare, of in zip(also.tolist(), rarity.of(also).tolist(), stands_for, strict=True)
                if of in begins and word not in opening
            ),
        ),
        proper=proper,
        proper_unknown=proper_unknown,
        identifiers=whole_ones,
        identifiers_unknown=whole_unknown,
        pairs=np.array(sorted(neighbours), np.int64),
        looks_like_question=is_question(query.text),
        distinct_words=len(weighted),
        name_parts=tuple(parts),
        name_whole=whole,
    )


def _forms(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """Yield each plain word of a text as one word, as a whole name, and as the index splits what was written.

    `RabbitMQ` is a name of two parts in the index, and `rabbitmq` one word.
    """
    for word in dict.fromkeys(words_of(text)):
        low = word.lower()
        one, said = terms(low), terms(word)
        if low.isalpha() and low.isascii() and len(low) >= _SHORTEST_NAME and one and said:
            yield one[0], f"={low}", said


def _as_written_here(text: str, vocabulary: Vocabulary, rarity: Rarity) -> dict[str, tuple[str, ...]]:
    """Return terms of a query that stand nowhere, each with those by which the articles write the same."""

    def stands(term: str) -> bool:
        return bool(rarity.stand_somewhere(np.array([vocabulary.find(term)], np.int32))[0])

    found: dict[str, tuple[str, ...]] = {}
    for one, whole, said in _forms(text):
        if said[0] == one and not stands(one) and stands(whole):
            halves = ((whole[1:at], whole[at:]) for at in range(_SHORTEST_HALF + 1, len(whole) - 1))
            parts = ([*terms(first), *terms(second)] for first, second in halves)
            found[one] = (whole, *next((both for both in parts if all(map(stands, both))), ()))
        elif said[0] == whole and not stands(whole) and stands(one):
            found |= {part: () for part in said[1:] if not stands(part)} | {whole: (one,)}
    return found


def _written_otherwise(text: str) -> dict[str, str]:
    """Return the other form of each plain word, with the one that was written."""
    return {(whole if said[0] == one else one): said[0] for one, whole, said in _forms(text)}


def _renamed(found: Sequence[str], written: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [name for term in found for name in written.get(term, (term,))]


def _also(text: str, vocabulary: Vocabulary, rarity: Rarity) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Return known words that mean what was said, and the word that each stands for."""
    meant = also_meant(terms(text)[:_SEQUENCE_USED]) | _written_otherwise(text)
    numbers = np.array([vocabulary.find(term) for term in meant], np.int32)
    known = rarity.stand_somewhere(numbers)
    stands_for = tuple(of for of, is_known in zip(meant.values(), known.tolist(), strict=True) if is_known)
    return numbers[known], stands_for


def _known(found: Sequence[str], vocabulary: Vocabulary, rarity: Rarity) -> tuple[NDArray[np.int32], int]:
    """Return the numbers of the terms that stand in some article, and how many stand in none."""
    numbers = np.array([vocabulary.find(term) for term in dict.fromkeys(found)], np.int32)
    known = rarity.stand_somewhere(numbers)
    return numbers[known], int((~known).sum())
