"""The words that tell most: a query's rarest ones, the names of things in it, the alert that it names."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from knowledge.prepared import Ints, Prepared
from knowledge.question import Asked, Rarity

_RAREST = 4
_NAME_COLUMNS = (
    "name_in_title", "name_in_path", "name_in_heading", "name_in_article",
    "name_whole_in_title", "name_whole_in_article", "name_whole_in_path", "name_whole_in_heading",
    "title_is_name", "begins_name", "begins_name_at_all", "stands_in_name",
)  # fmt: skip
_LEADING = {
    "name_in_title_leads": "name_in_title",
    "name_in_path_leads": "name_in_path",
    "proper_leads": "proper_in_article",
}
TELLING_COLUMNS = (
    "rarest_covered", "proper_missing", "proper_in_article", "proper_in_title", "proper_in_path",
    "identifiers_in_article",
    *_NAME_COLUMNS, *_LEADING,
)  # fmt: skip
_NAME_IN_TITLE = TELLING_COLUMNS.index("name_in_title")
_TITLE, _PATH, _HEADING = 0, 1, 2


class _Telling:
    """What is looked for in every candidate, and what each word is worth, made once per query."""

    def __init__(self, asked: Asked, rarity: Rarity) -> None:
        self.rare, self.rare_value, self.rare_mass = _rarest(asked)
        self.proper, self.identifiers = asked.proper, asked.identifiers
        self.proper_value, self.proper_mass = _worth(self.proper, asked.proper_unknown, rarity)
        self.identifier_value, self.identifier_mass = _worth(
            self.identifiers, asked.identifiers_unknown, rarity
        )
        self.parts = np.array([word for word in asked.name_parts if word >= 0], np.int32)
        self.part_value, self.part_mass = _worth(self.parts, asked.name_unknown, rarity)
        self.has_proper = len(asked.proper) + asked.proper_unknown > 0
        self.has_name, self.name = asked.has_name, asked.name_parts
        self.whole = np.array([asked.name_whole] if asked.name_whole >= 0 else [], np.int32)
        groups = (self.rare, self.proper, self.identifiers, self.parts, self.whole)
        self.everything = np.concatenate(groups).astype(np.int32)
        self._ends = np.cumsum([0] + [len(group) for group in groups]).tolist()

    def row(self, one: Prepared, rarity: Rarity) -> list[float]:
        """Return one candidate's values, without the columns that compare candidates."""
        at = _places(one, self.everything)
        rare, proper, identifiers, parts, whole = (at[low:high] for low, high in pairwise(self._ends))
        values = [
            float(self.rare_value[rare >= 0].sum()) / self.rare_mass,
            1 - float(self.proper_value[proper >= 0].sum()) / self.proper_mass if self.has_proper else 0.0,
            float(self.proper_value[proper >= 0].sum()) / self.proper_mass,
            *_by_field(one, proper, self.proper_value, self.proper_mass, (_TITLE, _PATH)),
            float(self.identifier_value[identifiers >= 0].sum()) / self.identifier_mass,
        ]
        if not self.has_name:
            return values + [0.0] * len(_NAME_COLUMNS)
        values += _by_field(one, parts, self.part_value, self.part_mass, (_TITLE, _PATH, _HEADING))
        values.append(float(self.part_value[parts >= 0].sum()) / self.part_mass)
        values += _whole(one, whole)
        title_mass = float(rarity.of(one.title_words).sum()) + 1e-6
        both = values[_NAME_IN_TITLE] * self.part_mass
        values.append(both / (title_mass + self.part_mass - both + 1e-6))
        return values + self._naming(one, rarity)

    def _naming(self, one: Prepared, rarity: Rarity) -> list[float]:
        """Return how much of the name the article's own names make up: `GitServiceDown` begins with "Git"."""
        begins = inside = 0.0
        for phrase in one.names:
            at = [n for n in range(len(self.name)) if self.name[n : n + len(phrase)] == phrase]
            if at:
                share = float(rarity.of(np.array(phrase, np.int32)).sum()) / self.part_mass
                inside = max(inside, share)
                begins = max(begins, share if at[0] == 0 else 0.0)
        return [begins, float(begins > 0), inside]


def telling_columns(
    candidates: Sequence[Prepared], asked: Asked, rarity: Rarity
) -> dict[str, NDArray[np.floating]]:
    """Return how far each candidate holds the telling words of a query, and the name that it gives.

    A name counts by the rarity of its parts, and once more whole: `KubePodCrashLooping` standing in an
    article says more than its four words apart. The columns that end in `leads` say by how much a candidate
    falls behind the best of them.
    """
    telling = _Telling(asked, rarity)
    own = TELLING_COLUMNS[: -len(_LEADING)]
    table = np.array([telling.row(one, rarity) for one in candidates], np.float64).reshape(-1, len(own))
    found: dict[str, NDArray[np.floating]] = {name: table[:, number] for number, name in enumerate(own)}
    for name, of in _LEADING.items():
        found[name] = found[of] - found[of].max(initial=0.0)
    return found


def _worth(words: Ints, unknown: int, rarity: Rarity) -> tuple[NDArray[np.float32], float]:
    """Return what each word is worth, and what all are together with those that stand nowhere."""
    value = rarity.of(words)
    return value, float(value.sum()) + unknown * rarity.of_unknown + 1e-6


def _rarest(asked: Asked) -> tuple[Ints, NDArray[np.float32], float]:
    """Return the known ones among the rarest words; unknown ones weigh in what could have been met."""
    order = np.argsort(-asked.rarity, kind="stable")[:_RAREST]
    words, value = asked.words[order], asked.rarity[order]
    unknown = min(asked.unknown_mass, float(_RAREST * (value.max() if len(value) else 1.0)))
    return words, value, float(value.sum()) + unknown + 1e-6


def _by_field(
    one: Prepared, at: NDArray[np.int64], value: NDArray[np.float32], mass: float, fields: Sequence[int]
) -> list[float]:
    inside = at >= 0
    counts, found = one.counts[:, at[inside]] > 0, value[inside]
    return [float(found[counts[field]].sum()) / mass for field in fields]


def _whole(one: Prepared, at: NDArray[np.int64]) -> list[float]:
    if not len(at) or at[0] < 0:
        return [0.0] * 4
    counts = one.counts[:, int(at[0])] > 0
    return [float(counts[_TITLE]), 1.0, float(counts[_PATH]), float(counts[_HEADING])]


def _places(one: Prepared, words: Ints) -> NDArray[np.int64]:
    """Return where each word stands among an article's distinct words, -1 for one that it lacks."""
    if not len(words) or not len(one.words):
        return np.full(len(words), -1, np.int64)
    at = np.minimum(np.searchsorted(one.words, words), len(one.words) - 1)
    return np.where(one.words[at] == words, at, -1)
