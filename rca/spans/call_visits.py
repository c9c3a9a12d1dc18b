"""Which calls each visit of a service made, and how long they took: what a caller asks of others.

A visit begins with the span by which a service was entered; spans of its own below that belong to it. Only
visits that call somebody are told.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rca.spans.span_index import SpanIndex

_DEEPEST = 64
"""Spans that name each other as parents are no endless visit."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a service: where it was entered, how many milliseconds after the onset, how many each call
    took, by callee, and whether anything failed in its trace."""

    service: str
    operation: str
    since_ms: float
    calls: Mapping[str, Sequence[float]]
    failed: bool

    @property
    def is_late(self) -> bool:
        """Return whether it began at the onset or after it."""
        return self.since_ms >= 0


def view_visits(index: SpanIndex, onset_ms: float) -> tuple[Visit, ...]:
    """Return the visits that called somebody, in the order of their spans."""
    calls: dict[int, dict[str, list[float]]] = defaultdict(dict)
    for row in np.flatnonzero(index.parent_row >= 0).tolist():
        parent, callee = int(index.parent_row[row]), index.kinds[row][0]
        if index.kinds[parent][0] != callee:
            took_ms = float(index.duration_us[row]) / 1000.0
            calls[_entrance(index, parent)].setdefault(callee, []).append(took_ms)
    traces, failed = index.table.trace, index.table.failed
    broken = {traces[row] for row in range(index.kept) if failed[row] and traces[row]}
    return tuple(
        Visit(*index.kinds[at], float(index.start_ms[at]) - onset_ms, of, traces[at] in broken)
        for at, of in sorted(calls.items())
    )


def _entrance(index: SpanIndex, row: int) -> int:
    service = index.kinds[row][0]
    for _ in range(_DEEPEST):
        above = int(index.parent_row[row])
        if above < 0 or index.kinds[above][0] != service:
            break
        row = above
    return row
