"""Incidents of made-up systems that hardly resemble each other: vocabulary, units, sampling, gaps, kinds of
telemetry, faults and innocent events are drawn from a seed.

The truth is known because it was made; whether anything of it can be seen is known too, because the same
seed without the fault shows what the fault's own service would have reported.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.rca_world_run import (
    CODE_FAULTS,
    FAULTS,
    Fault,
    Floats,
    Herrings,
    Rows,
    System,
    make_system,
    run,
)
from benchmarks.rca_world_spans import Manner, requests_of
from benchmarks.rca_world_words import Spelling, service_names, vocabulary
from domain.investigation.evidence import (
    ENTRY,
    Alert,
    Change,
    ChangeKind,
    IncidentCase,
    MetricTable,
    Telemetry,
)
from rca.cases.case_labels import Label

_START = 1_700_000_000.0
_SAMPLINGS = (
    (1.0, 300, 300), (5.0, 120, 60), (10.0, 60, 30), (15.0, 80, 24), (30.0, 60, 12), (60.0, 40, 8),
    (60.0, 8, 5), (60.0, 120, 3), (300.0, 3, 3), (300.0, 24, 4),
)  # fmt: skip
_REFERENCE = 240


@dataclass(frozen=True, slots=True)
class Collecting:
    """How samples are collected: averaged over some, repeated between scrapes, lost, reset."""

    average: int
    hold: int
    lost: float
    resets: bool


@dataclass(frozen=True, slots=True)
class _Draw:
    system: System
    words: dict[str, Spelling]
    collecting: Collecting
    manner: Manner | None
    sample: float
    before: int
    after: int
    fault: Fault
    herrings: Herrings
    seeds: tuple[int, int, int, int]


def _drawn(chance: np.random.Generator) -> _Draw:
    names = service_names(int(chance.choice([3, 5, 8, 12, 20, 35, 60])), chance)
    system = make_system(names, chance)
    sample, before, after = _SAMPLINGS[int(chance.integers(len(_SAMPLINGS)))]
    manner = _manner(chance) if chance.random() < 0.55 else None
    words = vocabulary(chance)
    kinds = [kind for kind in FAULTS if kind != "early_return" or (manner is not None and manner.with_spans)]
    begin = before + int(chance.integers(-min(2, before // 3), 2))
    if before >= 60 and chance.random() < 0.2:
        begin = before - int(chance.integers(5, before // 3))  # the alert came late
    service = int(chance.integers(len(names)))
    kind = kinds[int(chance.integers(len(kinds)))]
    strength = np.exp(chance.normal([1.4, 0.0], [0.6, 1.0]))
    herrings = Herrings(
        surge_at=begin + int(chance.integers(-3, 2)) if chance.random() < 0.2 else -1,
        surge=float(chance.uniform(1.3, 2.5)),
        batch_service=int(chance.integers(len(names))) if chance.random() < 0.2 else -1,
        batch_at=max(0, begin - int(chance.integers(0, 5))),
    )
    collecting = Collecting(
        average=int(chance.choice([1, 1, 2, 4])) if before >= 24 else 1,
        hold=int(chance.choice([1, 5, 15])) if sample == 1.0 else 1,
        lost=float(chance.choice([0.0, 0.01, 0.1])),
        resets=bool(chance.random() < 0.2),
    )
    fault = Fault(kind, begin, service, float(strength[0]), float(strength[1]))
    seeds = tuple(int(seed) for seed in chance.integers(2**31, size=4))
    return _Draw(
        system,
        words,
        collecting,
        manner,
        sample,
        before,
        after,
        fault,
        herrings,
        (seeds[0], seeds[1], seeds[2], seeds[3]),
    )


def _manner(chance: np.random.Generator) -> Manner:
    kept = chance.random()
    return Manner(
        requests=int(chance.choice([40, 150, 400])),
        with_client_spans=bool(chance.random() < 0.4),
        with_spans=bool(kept < 0.75),
        with_logs=bool(kept > 0.3),
        joined=bool(chance.random() < 0.5),
        names_callee=int(chance.integers(3)),
        has_levels=bool(chance.random() < 0.7),
    )


def _window(draw: _Draw, length: int, zero: int, fault: Fault | None, number: int) -> tuple[Rows, Telemetry]:
    herrings = draw.herrings if number == 0 else Herrings()
    rows = run(draw.system, length, draw.sample, fault, herrings, np.random.default_rng(draw.seeds[number]))
    times = np.asarray(_START + (np.arange(length) - zero) * draw.sample)
    table = _table(draw, rows, times, np.random.default_rng(draw.seeds[number + 2]))
    if draw.manner is None:
        return rows, Telemetry(table)
    chance = np.random.default_rng(draw.seeds[number] + 1)
    kind = fault.kind if fault is not None else ""
    spans, logs = requests_of(draw.system, rows, (times - _START) * 1000.0, kind, draw.manner, chance)
    return rows, Telemetry(table, spans, logs)


def _table(draw: _Draw, rows: Rows, times: Floats, chance: np.random.Generator) -> MetricTable:
    collecting, series = draw.collecting, {}
    silent = chance.random(len(draw.system.names)) < 0.05  # only others speak of them
    silent[draw.fault.service] = False
    for number, name in enumerate(draw.system.names):
        for thing, spelling in draw.words.items():
            values = _spelled(
                rows[thing][number], rows["load"][number] * draw.sample, thing, spelling, chance
            )
            values = _collected(values, spelling, collecting, chance)
            if not silent[number]:
                series[(name, spelling.name)] = values.tolist()
    series[(ENTRY, "latency_p90")] = _collected(rows["p90"][0], Spelling(""), collecting, chance).tolist()
    series[(ENTRY, "error_ratio")] = _collected(rows["errors"][0], Spelling(""), collecting, chance).tolist()
    return MetricTable(times.tolist(), series)


def _spelled(
    values: Floats, requests: Floats, thing: str, spelling: Spelling, chance: np.random.Generator
) -> Floats:
    """Return values in the spelling's unit; shares of failures come from whole requests."""
    if thing in ("errors", "success"):
        bad = np.nan_to_num(values if thing == "errors" else 1.0 - values)
        seen = np.maximum(np.round(np.nan_to_num(requests)), 1.0)
        failed = np.minimum(chance.poisson(np.clip(bad * seen, 0, 1e9)), seen)
        if spelling.is_count or spelling.is_counter:
            shown = failed
        else:
            shown = spelling.factor * (failed / seen if thing == "errors" else 1.0 - failed / seen)
        return np.where(np.isnan(values), np.nan, shown)
    if thing == "load" and spelling.is_count:
        return np.round(requests)
    return values * spelling.factor


def _collected(values: Floats, spelling: Spelling, how: Collecting, chance: np.random.Generator) -> Floats:
    if spelling.is_counter:
        values = np.cumsum(np.nan_to_num(values)) + 1e3
        reset = int(chance.integers(values.size))
        values = (
            np.where(np.arange(values.size) >= reset, values - values[reset], values)
            if how.resets
            else values
        )
    elif how.average > 1:
        values = np.convolve(values, np.full(how.average, 1.0 / how.average))[: values.size]
        values[: how.average - 1] = values[how.average - 1]
    if how.hold > 1:
        values = values[np.arange(values.size) // how.hold * how.hold]
    return np.where(chance.random(values.size) < how.lost, np.nan, values)


def _changes(draw: _Draw, chance: np.random.Generator, *, is_faulty: bool) -> tuple[Change, ...]:
    """Return deploys near the trouble, most of them innocent, the guilty one among them if there is one."""
    if chance.random() < 0.6:
        return ()
    names = draw.system.names
    begin = _START + (draw.fault.at - draw.before) * draw.sample
    found = [
        Change(
            f"v{row}", ChangeKind.DEPLOY, begin - float(chance.uniform(-600, 7200)), str(chance.choice(names))
        )
        for row in range(int(chance.integers(1, 4)))
    ]
    if is_faulty and draw.fault.kind in CODE_FAULTS:
        found.append(Change("v9", ChangeKind.DEPLOY, begin - 20.0, names[draw.fault.service]))
    return tuple(found)


def _alert(draw: _Draw, chance: np.random.Generator) -> Alert:
    """Return what fired: users' view mostly, sometimes the first service, seldom the faulty one."""
    metric = str(chance.choice(["", "", "latency_p90"]))
    where = chance.random()
    if where < 0.7:
        return Alert(ENTRY, metric)
    if where < 0.85:
        return Alert(draw.system.names[0], metric)
    callers = [row for row, below in enumerate(draw.system.callees) if draw.fault.service in below]
    hit = int(chance.choice([*callers, draw.fault.service]))
    return Alert(draw.system.names[hit], metric)


def incident(seed: int) -> tuple[IncidentCase, Label, bool]:
    """Return the incident of a seed, its truth, and whether its service shows anything of it."""
    chance = np.random.default_rng(seed)
    draw = _drawn(chance)
    window, healthy = _around(draw, draw.fault), _around(draw, None)
    name = draw.system.names[draw.fault.service]
    case = _case(f"world-{seed}", draw, window, chance, is_faulty=True)
    return case, Label(case.case_id, (name,), fault=draw.fault.kind), _shows(window, healthy, name, draw)


def calm(seed: int) -> IncidentCase:
    """Return what is seen where somebody asks why although nothing is wrong: the incident without its fault.

    Surges, batches, deploys and neighbours that always fail are there as ever.
    """
    chance = np.random.default_rng(seed)
    draw = _drawn(chance)
    return _case(f"calm-{seed}", draw, _around(draw, None), chance, is_faulty=False)


def _around(draw: _Draw, fault: Fault | None) -> Telemetry:
    return _window(draw, draw.before + draw.after, draw.before, fault, 0)[1]


def _case(
    case_id: str, draw: _Draw, window: Telemetry, chance: np.random.Generator, *, is_faulty: bool
) -> IncidentCase:
    reference = None
    if draw.before < 20 or chance.random() < 0.3:
        reference = _window(draw, _REFERENCE, _REFERENCE, None, 1)[1]
    return IncidentCase(
        case_id=case_id,
        anomaly_time=_START,
        sample_seconds=draw.sample,
        alert=_alert(draw, chance),
        telemetry=window,
        reference=reference,
        calls=draw.system.edges if chance.random() < 0.5 else (),
        changes=_changes(draw, chance, is_faulty=is_faulty),
    )


def _shows(window: Telemetry, healthy: Telemetry, name: str, draw: _Draw) -> bool:
    """Return whether the fault moved any series of its service beyond twice that series' own variation, or
    left lines or spans there that would not be."""
    begin = draw.fault.at
    for key, values in window.metrics.series.items():
        if key[0] != name:
            continue
        now, then = np.asarray(values), np.asarray(healthy.metrics.series[key])
        if key[1] in {word.name for word in draw.words.values() if word.is_counter}:
            now, then = np.diff(now), np.diff(then)
        if np.isnan(now[begin:]).mean() > np.isnan(then[begin:]).mean() + 0.3:
            return True
        if np.isnan(now[begin:]).all() or np.isnan(then[begin:]).all():
            continue
        moved = abs(np.nanmean(now[begin:]) - np.nanmean(then[begin:]))
        spread = float(np.nanstd(then)) + 0.02 * abs(float(np.nanmean(then))) + 1e-9
        if moved > 2.0 * spread:
            return True
    return _said(window, name) > _said(healthy, name) + 2 or _own(window, name) > 1.5 * _own(healthy, name)


def _said(window: Telemetry, name: str) -> int:
    logs, spans = window.logs, window.spans
    lines = sum(
        service == name and not message.startswith(("handling", "done", "call to"))
        for service, message in zip(logs.service, logs.message, strict=True)
    )
    return lines + sum(
        failed and service == name for service, failed in zip(spans.service, spans.failed, strict=True)
    )


def _own(window: Telemetry, name: str) -> float:
    spans = window.spans
    took: NDArray[np.float64] = np.asarray(
        [
            t
            for of, t, at in zip(spans.service, spans.duration_us, spans.start_ms, strict=True)
            if of == name and at > 0
        ]
    )
    return float(np.median(took)) if took.size > 5 else 0.0


def incidents(count: int, first: int = 0) -> Iterator[tuple[IncidentCase, Label, bool]]:
    """Yield so many incidents, seeds from `first`, each with its truth and whether it shows."""
    for seed in range(first, first + count):
        yield incident(seed)


def calms(count: int, first: int = 0) -> Iterator[IncidentCase]:
    """Yield so many moments at which nothing is wrong, seeds from `first`."""
    for seed in range(first, first + count):
        yield calm(seed)
