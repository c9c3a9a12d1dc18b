"""The words that tell most: a query's rarest ones, and the alert or error that it names."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.prepared import Ints, Prepared
from knowledge.question import Asked, Rarity

_RAREST = 4
TELLING_COLUMNS = (
    "rarest_covered", "name_in_title", "name_in_path", "name_in_heading", "name_in_article",
    "name_whole_in_title", "name_whole_in_article",
)  # fmt: skip
_TITLE, _PATH, _HEADING = 0, 1, 2


def telling_columns(
    candidates: Sequence[Prepared], asked: Asked, rarity: Rarity
) -> dict[str, NDArray[np.floating]]:
    """Return how far each candidate holds the rarest words of a query, and the name that it gives.

    A name counts by the rarity of its parts, and once more whole: `KubePodCrashLooping` standing in an
    article says more than its four words apart.
    """
    rare, rare_value, rare_mass = _rarest(asked)
    parts = np.array([word for word in asked.name_parts if word >= 0], np.int32)
    value = rarity.of(parts)
    mass = float(value.sum()) + asked.name_unknown * rarity.of_unknown + 1e-6
    whole = asked.name_whole
    rows = []
    for one in candidates:
        met = _places(one, rare)
        row = [float(rare_value[met >= 0].sum()) / rare_mass]
        row += _name_row(one, parts, value, mass) if asked.has_name else [0.0] * 4
        place = int(_places(one, np.array([whole], np.int32))[0]) if whole >= 0 else -1
        row += [float(place >= 0 and one.counts[_TITLE, place] > 0), float(place >= 0)]
        rows.append(row)
    table = np.array(rows, np.float64).reshape(-1, len(TELLING_COLUMNS))
    return {name: table[:, number] for number, name in enumerate(TELLING_COLUMNS)}


def _rarest(asked: Asked) -> tuple[Ints, NDArray[np.float32], float]:
    """Return the known ones among the rarest words; unknown ones weigh in what could have been met."""
    order = np.argsort(-asked.rarity, kind="stable")[:_RAREST]
    words, value = asked.words[order], asked.rarity[order]
    unknown = min(asked.unknown_mass, float(_RAREST * (value.max() if len(value) else 1.0)))
    return words, value, float(value.sum()) + unknown + 1e-6


def _name_row(one: Prepared, parts: Ints, value: NDArray[np.float32], mass: float) -> list[float]:
    place = _places(one, parts)
    inside = place >= 0
    counts = one.counts[:, place[inside]] > 0
    found = value[inside]
    fields = [float(found[counts[field]].sum()) / mass for field in (_TITLE, _PATH, _HEADING)]
    return [*fields, float(found.sum()) / mass]


def _places(one: Prepared, words: Ints) -> NDArray[np.int64]:
    """Return where each word stands among an article's distinct words, -1 for one that it lacks."""
    if not len(words) or not len(one.words):
        return np.full(len(words), -1, np.int64)
    at = np.minimum(np.searchsorted(one.words, words), len(one.words) - 1)
    return np.where(one.words[at] == words, at, -1)
