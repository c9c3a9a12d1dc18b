"""Spans joined to their parents once: row of the parent, self time, and the gap on calls between services.

Span ids are only unique within a trace. Timestamps of two services are never subtracted from each other to
time a call, because their clocks differ; durations are compared instead.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.investigation.evidence import SpanTable

Kind = tuple[str, str]
"""Service and operation."""


@dataclass(frozen=True, slots=True)
class SpanIndex:
    """Columns of a span table as arrays, in the order of the table.

    Args:
        parent_row: Row of the parent, -1 for a root, -2 when the parent is named but missing.
        self_us: Duration less that of the children, never negative.
        kinds: Key (service, operation) of each row.
        kept: Rows.
    """

    table: SpanTable
    parent_row: NDArray[np.int64]
    start_ms: NDArray[np.float64]
    duration_us: NDArray[np.float64]
    self_us: NDArray[np.float64]
    kinds: list[tuple[str, str]]
    kept: int


def index_spans(table: SpanTable) -> SpanIndex:
    """Join spans to their parents; a loop or a span that is its own parent counts as a root."""
    kept = len(table)
    rows = {
        (trace, span): row
        for row, (trace, span) in enumerate(zip(table.trace[:kept], table.span[:kept], strict=True))
    }
    parent_row = np.full(kept, -1, dtype=np.int64)
    for row, (trace, parent) in enumerate(zip(table.trace[:kept], table.parent[:kept], strict=True)):
        if parent not in ("-1", ""):
            found = rows.get((trace, parent), -2)
            parent_row[row] = -1 if found == row else found
    duration = np.nan_to_num(
        np.asarray(table.duration_us[:kept], dtype=float), nan=0.0, posinf=0.0, neginf=0.0
    )
    duration = np.maximum(duration, 0.0)
    children = np.zeros(kept)
    has = parent_row >= 0
    np.add.at(children, parent_row[has], duration[has])
    return SpanIndex(
        table=table,
        parent_row=parent_row,
        start_ms=np.asarray(table.start_ms[:kept], dtype=float),
        duration_us=duration,
        self_us=np.maximum(duration - children, 0.0),
        kinds=list(zip(table.service[:kept], table.operation[:kept], strict=True)),
        kept=kept,
    )


def calls_between(index: SpanIndex) -> Iterable[tuple[str, str]]:
    """Yield (caller, callee) of every span whose parent belongs to another service."""
    for row in np.flatnonzero(index.parent_row >= 0):
        caller, callee = index.kinds[int(index.parent_row[row])][0], index.kinds[row][0]
        if caller != callee:
            yield caller, callee


def waits_for_calls(index: SpanIndex) -> tuple[NDArray[np.float64], list[str]]:
    """Return how long each call of another service took beyond its work, and its key: caller, callee and
    whether the caller's entrance waits for it itself, so that its own work is in the gap.

    A caller may make spans for some of its calls only: what waits alone is never judged beside what works
    too. Calls side by side, which together took longer than the caller, are taken off one by one.
    """
    gaps, keys = np.zeros(index.kept), [""] * index.kept
    for row in np.flatnonzero(index.parent_row >= 0):
        parent = int(index.parent_row[row])
        caller, callee = index.kinds[parent][0], index.kinds[row][0]
        if caller == callee:
            continue
        gaps[row] = index.self_us[parent] or max(index.duration_us[parent] - index.duration_us[row], 0.0)
        above = int(index.parent_row[parent])
        is_entrance = above < 0 or index.kinds[above][0] != caller
        keys[row] = f"{caller}\x00{callee}\x00{'work' if is_entrance else ''}"
    return gaps, keys


def only_waits(index: SpanIndex) -> dict[Kind, str]:
    """Return the kinds of spans that do nothing but call one other service, and which: below a span of their
    own service and with nothing but that one below them."""
    below: dict[Kind, set[str]] = defaultdict(set)
    entrances = set()
    for row in range(index.kept):
        parent = int(index.parent_row[row])
        if parent < 0 or index.kinds[parent][0] != index.kinds[row][0]:
            entrances.add(index.kinds[row])
        if parent >= 0:
            below[index.kinds[parent]].add(index.kinds[row][0])
    return {
        kind: next(iter(found))
        for kind, found in below.items()
        if len(found) == 1 and kind not in entrances and kind[0] not in found
    }
