"""Put the clocks of services right where their spans show that they differ.

A callee works while its caller waits, so the middle of its span lies near the middle of the caller's. Where
the usual distance of the two is longer than the call itself, one of the clocks is off; a callee that begins
later by now this and now that has waited in a queue. Offsets are summed up along calls; what most services
agree on counts as right. Log lines move with their service.
"""

from collections import defaultdict, deque
from dataclasses import replace

import numpy as np

from domain.investigation.evidence import LogTable, SpanTable, Telemetry
from rca.spans.span_index import SpanIndex, index_spans

_LEAST_MS = 2_000.0
_FEWEST = 5
_STEADY = 0.05
"""A clock that is off is off by the same: so much of it may differ from call to call."""


def aligned(window: Telemetry) -> tuple[Telemetry, dict[str, float]]:
    """Return the window with clocks put right, and by how many milliseconds each wrong one was ahead."""
    if len(window.spans) == 0:
        return window, {}
    ahead = _offsets(index_spans(window.spans))
    if not ahead:
        return window, {}
    return replace(window, spans=_spans(window.spans, ahead), logs=_logs(window.logs, ahead)), ahead


def _offsets(index: SpanIndex) -> dict[str, float]:
    edges = _edges(index)
    if all(abs(offset) < _LEAST_MS for offset in edges.values()):
        return {}
    near: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for (caller, callee), offset in sorted(edges.items()):
        near[caller].append((callee, offset))
        near[callee].append((caller, -offset))
    ahead: dict[str, float] = {}
    for start in sorted(near):
        if start in ahead:
            continue
        part = _reach(start, near)
        middle = float(np.median(list(part.values())))
        ahead.update({name: offset - middle for name, offset in part.items()})
    return {name: offset for name, offset in ahead.items() if abs(offset) >= _LEAST_MS}


def _reach(start: str, near: dict[str, list[tuple[str, float]]]) -> dict[str, float]:
    found, todo = {start: 0.0}, deque([start])
    while todo:
        here = todo.popleft()
        for other, offset in near[here]:
            if other not in found:
                found[other] = found[here] + offset
                todo.append(other)
    return found


def _edges(index: SpanIndex) -> dict[tuple[str, str], float]:
    """Return the usual distance between callee's and caller's clock, nothing where the call's length hides
    it."""
    distances: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for row in np.flatnonzero(index.parent_row >= 0):
        parent = int(index.parent_row[row])
        caller, callee = index.kinds[parent][0], index.kinds[row][0]
        if caller == callee:
            continue
        took, inner = float(index.duration_us[parent]) / 1000.0, float(index.duration_us[row]) / 1000.0
        apart = float(index.start_ms[row] - index.start_ms[parent]) + (inner - took) / 2.0
        if np.isfinite(apart):
            distances[(caller, callee)].append((apart, max(took, inner)))
    offsets = {}
    for edge, found in distances.items():
        if len(found) < _FEWEST:
            continue
        apart, took = (float(np.median(column)) for column in zip(*found, strict=True))
        varies = float(np.median([abs(each - apart) for each, _ in found]))
        waited = apart > 0 and varies > max(took, _STEADY * apart)
        offsets[edge] = apart if abs(apart) > took and not waited else 0.0
    return offsets


def _spans(table: SpanTable, ahead: dict[str, float]) -> SpanTable:
    pairs = zip(table.start_ms, table.service, strict=True)
    return replace(table, start_ms=[at - ahead.get(service, 0.0) for at, service in pairs])


def _logs(table: LogTable, ahead: dict[str, float]) -> LogTable:
    pairs = zip(table.t_ms, table.service, strict=True)
    return replace(table, t_ms=[at - ahead.get(service, 0.0) for at, service in pairs])
