"""A visit: what one span did, as steps from one of its log lines to the next and as the calls it made.

Comparing how often each step is taken before and after finds early returns, swallowed calls and new error
branches that no latency shows. Log lines and calls are two streams, because their clocks interleave at
random; log steps are counted over visits that have any log line, because whole requests lack their lines in
real collections. The idea of patterns over joined spans and logs is Nezha's (Yu et al., ESEC/FSE 2023); we
compare per visit and kind, judge by two-proportion z, and leave out requests that met an error known from
fault-free times.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from domain.investigation.evidence import LogTable
from rca.logs.log_templates import blank, says_error
from rca.spans.span_index import SpanIndex

Kind = tuple[str, str]
Step = tuple[str, str]
CALLS, ENDS_AFTER, NOTHING = "calls", "ends after", "nothing"
_BEGIN, _END = "(begin)", "(end)"
_LONGEST_VISIT = 60
_SOON_KNOWN = 10.0
_PLENTY, _HARDLY, _OFTEN, _LEFT_OUT = 20, 0.02, 0.3, 1.5


@dataclass(slots=True)
class Visits:
    """Steps of every span, in the order of the span index.

    Args:
        calls: Steps of the calls a visit made.
        lines: Steps between its log lines; None for a visit without any.
        errors: Error templates met anywhere in the visit's trace, names blanked.
        log_row: A row of the log table that shows an event, by (service, event).
    """

    kinds: list[Kind]
    start_ms: NDArray[np.float64]
    calls: list[frozenset[Step]]
    lines: list[frozenset[Step] | None]
    errors: list[frozenset[str]]
    log_row: dict[tuple[str, str], int] = field(default_factory=dict)


def read_visits(index: SpanIndex, logs: LogTable, names: frozenset[str]) -> Visits:
    """Return one visit per span."""
    table = index.table
    rows = {(table.trace[row], table.span[row]): row for row in range(index.kept)} if len(logs) else {}
    lines: dict[int, list[tuple[float, str]]] = defaultdict(list)
    errors: dict[str, set[str]] = defaultdict(set)
    log_row: dict[tuple[str, str], int] = {}
    for number in range(len(logs)):
        visit = rows.get((logs.trace[number], logs.span[number]))
        if visit is None:
            continue
        template = blank(logs.message[number], names)
        is_error = says_error(logs.level[number], logs.message[number])
        event = f"{'ERROR ' if is_error else ''}{template}"
        lines[visit].append((logs.t_ms[number], event))
        log_row.setdefault((table.service[visit], event), number)
        if is_error:
            errors[logs.trace[number]].add(template)
    met = {trace: frozenset(found) for trace, found in errors.items()}
    nothing: frozenset[str] = frozenset()
    return Visits(
        kinds=index.kinds,
        start_ms=index.start_ms,
        calls=_call_steps(index),
        lines=[_line_steps(lines.get(row)) for row in range(index.kept)],
        errors=[met.get(trace, nothing) for trace in table.trace[: index.kept]],
        log_row=log_row,
    )


def _call_steps(index: SpanIndex) -> list[frozenset[Step]]:
    calls: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for row in range(index.kept):
        parent = int(index.parent_row[row])
        if parent >= 0:
            service, operation = index.kinds[row]
            near = service == index.kinds[parent][0]
            calls[parent].append(
                (float(index.start_ms[row]), operation if near else f"{service} {operation}")
            )
    alone = frozenset({(CALLS, NOTHING)})
    return [_called(calls[row]) if row in calls else alone for row in range(index.kept)]


def _called(calls: list[tuple[float, str]]) -> frozenset[Step]:
    counts = Counter(name for _, name in calls)
    steps = {(CALLS, name) for name in counts}
    steps.update(("calls again", name) for name, count in counts.items() if count > 1)
    steps.add((ENDS_AFTER, max(calls)[1]))
    return frozenset(steps)


def _line_steps(events: list[tuple[float, str]] | None) -> frozenset[Step] | None:
    if not events:
        return None
    ordered = [_BEGIN, *(event for _, event in sorted(events)[:_LONGEST_VISIT]), _END]
    return frozenset(pairwise(ordered))


@dataclass(frozen=True, slots=True)
class StepCounts:
    """Visits, visits with log lines, and taken steps by kind."""

    visits: Counter[Kind]
    logged: Counter[Kind]
    calls: Counter[tuple[Kind, Step]]
    lines: Counter[tuple[Kind, Step]]

    def __add__(self, other: "StepCounts") -> "StepCounts":
        """Return both together."""
        return StepCounts(
            self.visits + other.visits,
            self.logged + other.logged,
            self.calls + other.calls,
            self.lines + other.lines,
        )


def count_steps(visits: Visits, low_ms: float, high_ms: float, noise: frozenset[str]) -> StepCounts:
    """Count the visits that began in [low, high) and met no noise, and the steps they took."""
    counts = StepCounts(Counter(), Counter(), Counter(), Counter())
    inside = (visits.start_ms >= low_ms) & (visits.start_ms < high_ms)
    for row in np.flatnonzero(inside):
        if noise and visits.errors[row] & noise:
            continue
        kind = visits.kinds[row]
        counts.visits[kind] += 1
        for step in visits.calls[row]:
            counts.calls[(kind, step)] += 1
        lines = visits.lines[row]
        if lines is not None:
            counts.logged[kind] += 1
            for step in lines:
                counts.lines[(kind, step)] += 1
    return counts


def known_errors(reference: Visits | None) -> frozenset[str]:
    """Return the error templates that occur in fault-free times: they explain nothing."""
    if reference is None:
        return frozenset()
    return frozenset().union(*set(reference.errors)) if reference.errors else frozenset()


@dataclass(frozen=True, slots=True)
class StepChange:
    """A step taken more or less often than it was."""

    kind: Kind
    step: Step
    z: float
    share_before: float
    share_after: float
    visits_after: int
    is_line: bool

    @property
    def strength(self) -> float:
        """Return surprise times size times novelty.

        A sure change of a few percent is drift of the request mix; a step that was sometimes taken before
        says less than one that never (or always) was; a new line that reports an error says more.
        """
        size = abs(self.share_after - self.share_before)
        novelty = abs(1.0 - 2.0 * min(self.share_before, 1.0 - self.share_before))
        is_error = self.is_line and self.z > 0 and self.step[1].startswith("ERROR ")
        return abs(self.z) * size * (0.3 + 0.7 * novelty) * (1.5 if is_error else 1.0)


Changes = dict[tuple[Kind, Step], StepChange]


def changed_steps(after: StepCounts, ground: StepCounts, fewest: int = 3) -> Changes:
    """Return every step of kinds that both sides know, seen at least `fewest` times on each."""
    changes: Changes = {}
    for is_line in (False, True):
        now_steps, then_steps = (after.lines, ground.lines) if is_line else (after.calls, ground.calls)
        now_seen, then_seen = (after.logged, ground.logged) if is_line else (after.visits, ground.visits)
        for key in sorted(now_steps.keys() | then_steps.keys()):  # ties must not hang on the order of a set
            kind, step = key
            now, then = now_seen.get(kind, 0), then_seen.get(kind, 0)
            if now >= fewest and then >= fewest:
                changes[key] = _compare(kind, step, now_steps[key], now, then_steps[key], then, is_line)
    return changes


def _compare(kind: Kind, step: Step, took: int, now: int, had: int, then: int, is_line: bool) -> StepChange:
    after, before = (took + 0.5) / (now + 1), (had + 0.5) / (then + 1)
    pooled = (took + had + 1) / (now + then + 2)
    error = (pooled * (1 - pooled) * (1 / (now + 1) + 1 / (then + 1))) ** 0.5
    # A step that was now and then taken (or left out) in usual times is another mix of requests.
    known = 1.0 + min(had, then - had) / _SOON_KNOWN
    # No mix leaves a call out altogether; a line is missing also where a cache is warm or less is logged.
    if not is_line and now >= _PLENTY and took <= _HARDLY * now and had >= _OFTEN * then:
        known = min(known, _LEFT_OUT)
    return StepChange(kind, step, (after - before) / error / known, before, after, now, is_line)


def compare_visits(visits: Visits, reference: Visits | None, onset_ms: float = 0.0) -> list[StepChange]:
    """Return the changed steps after the onset, each with the strength of its fairest comparison.

    The ground is the reference together with the visits before the onset, twice: up to the onset, and up to a
    minute before it, because labels and clocks are off by up to two minutes. Where enough visits before the
    onset show the step as common as after it, the change is drift since the reference and is cut down.
    """
    noise = known_errors(reference)
    after = count_steps(visits, onset_ms, float("inf"), noise)
    best: Changes = {}
    for lead_ms in (0.0, 60_000.0):
        before = count_steps(visits, float("-inf"), onset_ms - lead_ms, noise)
        ground = (
            before
            if reference is None
            else before + count_steps(reference, float("-inf"), float("inf"), noise)
        )
        alone = changed_steps(after, before, fewest=6)
        for key, change in changed_steps(after, ground).items():
            near = alone.get(key)
            fair = change if near is None or change.strength <= 1.0 + 2.0 * near.strength else near
            if key not in best or fair.strength > best[key].strength:
                best[key] = fair
    return list(best.values())
