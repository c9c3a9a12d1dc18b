"""Past incidents alike: same suspects, same families of evidence, same words, newest first among equals.

A weighted Jaccard over what the diagnoses say, so that it works with ten past incidents as with ten
thousand and every part of the likeness can be shown. Nothing is learned.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from domain.investigation.diagnosis import Diagnosis

_WORD = re.compile(r"[A-Za-z][A-Za-z_]{2,}")
_FIRST, _OTHERS, _METRICS, _WORDS = 3.0, 1.0, 1.5, 1.0
_LEAST = 0.2


@dataclass(frozen=True, slots=True)
class PastIncident:
    """A closed incident: what it looked like, what people found, when."""

    incident_id: str
    fingerprint: frozenset[tuple[str, str]]
    cause: str
    closed_at: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """A past incident with how alike it is, 0 to 1, and what the two share."""

    past: PastIncident
    score: float
    shared: tuple[str, ...]


def fingerprint(diagnosis: Diagnosis) -> frozenset[tuple[str, str]]:
    """Return the features of a diagnosis as (kind, value) pairs."""
    pairs: set[tuple[str, str]] = set()
    for place, hypothesis in enumerate(diagnosis.hypotheses[:4]):
        if hypothesis.claims:
            pairs.add(("first" if place == 0 else "other", hypothesis.service))
    for metric in diagnosis.metrics[:5]:
        pairs.add(("metric", metric))
    for item in diagnosis.evidence[:8]:
        pairs.update(("word", word.lower()) for word in _WORD.findall(item.text)[:12])
    return frozenset(pairs)


def find_similar(diagnosis: Diagnosis, past: Iterable[PastIncident], most: int = 5) -> list[Likeness]:
    """Return the most alike past incidents, best first; those that share little are left out."""
    mine = fingerprint(diagnosis)
    found = []
    for incident in past:
        both, either = mine & incident.fingerprint, mine | incident.fingerprint
        score = _weight(both) / _weight(either) if either else 0.0
        if score >= _LEAST:
            shared = tuple(sorted(value for kind, value in both if kind != "word"))
            found.append(Likeness(incident, score, shared[:6]))
    found.sort(
        key=lambda likeness: (-round(likeness.score, 6), -likeness.past.closed_at, likeness.past.incident_id)
    )
    return found[:most]


def _weight(pairs: frozenset[tuple[str, str]]) -> float:
    weights = {"first": _FIRST, "other": _OTHERS, "metric": _METRICS, "word": _WORDS}
    return math.fsum(weights[kind] * (0.2 if kind == "word" else 1.0) for kind, _ in pairs)
