"""The same cases with something spoiled: names, clocks, samples, kinds of telemetry, noise, strangers.

Each spoiling takes a case and a seeded source of chance and returns another case with the same true answer.
A ranking that has learned a system instead of what faults look like falls here first.
"""

import math
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from domain.investigation.evidence import ENTRY, IncidentCase, LogTable, MetricTable, SpanTable, Telemetry
from rca.cases.case_labels import Label
from rca.collect import service_names
from rca.families import Family, family_of
from rca.verdict.ranking import is_far_end

Chance = random.Random
Spoiled = tuple[IncidentCase, Label]
Spoiling = Callable[[IncidentCase, Label, Chance], Spoiled]
Rows = dict[tuple[str, str], Sequence[float]]
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]")
_NOISY, _STRANGERS, _SKEW_MS = 300, 50, 180_000.0


def _tables(case: IncidentCase, change: Callable[[Telemetry], Telemetry]) -> IncidentCase:
    reference = None if case.reference is None else change(case.reference)
    return replace(case, telemetry=change(case.telemetry), reference=reference)


def renamed(case: IncidentCase, label: Label, chance: Chance) -> Spoiled:
    """Give every service a meaningless name, also inside log lines, changes and the label.

    A host name stays a host name: that it is the far end of a call is no knowledge of the system.
    """
    names = sorted(service_names(case) | set(label.services) | {case.alert.service} - {"", ENTRY})
    letters = "bcdfghklmnprstvz"
    new = {
        name: "".join(chance.choice(letters) + chance.choice("aeiou") for _ in range(4))
        + (f"{number}.example.com" if is_far_end(name) else str(number))
        for number, name in enumerate(names)
    }

    def one(name: str) -> str:
        return ">".join(new.get(part, part) for part in name.split(">"))

    def text(line: str) -> str:
        return _WORD.sub(lambda match: new.get(match.group(0), match.group(0)), line)

    def tables(window: Telemetry) -> Telemetry:
        series = {(one(service), metric): row for (service, metric), row in window.metrics.series.items()}
        return Telemetry(
            MetricTable(window.metrics.times, series),
            replace(
                window.spans,
                service=[one(name) for name in window.spans.service],
                operation=[text(line) for line in window.spans.operation],
            ),
            replace(
                window.logs,
                service=[one(name) for name in window.logs.service],
                message=[text(line) for line in window.logs.message],
            ),
        )

    case = _tables(case, tables)
    case = replace(
        case,
        alert=replace(case.alert, service=one(case.alert.service), summary=text(case.alert.summary)),
        calls=tuple((one(caller), one(callee)) for caller, callee in case.calls),
        changes=tuple(replace(change, service=one(change.service)) for change in case.changes),
        patterns=tuple(
            replace(each, service=one(each.service), signature=text(each.signature)) for each in case.patterns
        ),
    )
    series = tuple(
        "|".join((one(name.rpartition("|")[0]), name.rpartition("|")[2])) for name in label.metrics
    )
    return case, replace(label, services=tuple(map(one, label.services)), metrics=series)


def skewed_clocks(case: IncidentCase, label: Label, chance: Chance) -> Spoiled:
    """Move the clock of each service's spans and log lines by up to three minutes."""
    skew = {name: chance.uniform(-_SKEW_MS, _SKEW_MS) for name in sorted(service_names(case))}
    window = case.telemetry
    spans, logs = window.spans, window.logs
    moved = Telemetry(
        window.metrics,
        replace(
            spans,
            start_ms=[at + skew.get(of, 0.0) for at, of in zip(spans.start_ms, spans.service, strict=True)],
        ),
        replace(logs, t_ms=[at + skew.get(of, 0.0) for at, of in zip(logs.t_ms, logs.service, strict=True)]),
    )
    return replace(case, telemetry=moved), label


def traces_lost(case: IncidentCase, label: Label, chance: Chance) -> Spoiled:
    """Keep the spans of every third trace only, as a sampling collector does."""

    def tables(window: Telemetry) -> Telemetry:
        kept = {trace for trace in dict.fromkeys(window.spans.trace) if chance.random() < 0.34}
        rows = [row for row, trace in enumerate(window.spans.trace) if trace in kept]
        return replace(window, spans=window.spans.take(rows))

    return _tables(case, tables), label


def a_fifth_lost(case: IncidentCase, label: Label, chance: Chance) -> Spoiled:
    """Lose a fifth of the samples, of the spans and of the log lines."""

    def tables(window: Telemetry) -> Telemetry:
        series: Rows = {
            key: [math.nan if chance.random() < 0.2 else value for value in values]
            for key, values in window.metrics.series.items()
        }
        spans = [row for row in range(len(window.spans)) if chance.random() >= 0.2]
        lines = [row for row in range(len(window.logs)) if chance.random() >= 0.2]
        return Telemetry(
            MetricTable(window.metrics.times, series), window.spans.take(spans), window.logs.take(lines)
        )

    return _tables(case, tables), label


def _without(kind: str) -> Spoiling:
    def spoil(case: IncidentCase, label: Label, chance: Chance) -> Spoiled:
        empty: dict[str, object] = {"metrics": MetricTable(), "spans": SpanTable(), "logs": LogTable()}
        return _tables(case, lambda window: replace(window, **{kind: empty[kind]})), label  # type: ignore[arg-type]

    return spoil


def no_graph(case: IncidentCase, label: Label, chance: Chance) -> Spoiled:
    """Take the declared calls away; those that spans and edges show stay."""
    return replace(case, calls=()), label


def no_reference(case: IncidentCase, label: Label, chance: Chance) -> Spoiled:
    """Put the newest fault-free samples before the case instead of beside it, as one window would have
    them."""
    if case.reference is None:
        return case, label
    usual, now = case.reference.metrics, case.telemetry.metrics
    count = min(len(usual.times), 60)
    step = case.sample_seconds or 60.0
    begin = (now.times[0] if now.times else case.anomaly_time) - step * count
    gap = [math.nan] * count
    series: Rows = {
        key: [*list(usual.series.get(key, gap))[-count:], *row] for key, row in now.series.items()
    }
    times = [*(begin + step * row for row in range(count)), *now.times]
    return replace(
        case, reference=None, telemetry=replace(case.telemetry, metrics=MetricTable(times, series))
    ), label


def half_the_samples(case: IncidentCase, label: Label, chance: Chance) -> Spoiled:
    """Sample half as often."""

    def tables(window: Telemetry) -> Telemetry:
        first = len(window.metrics.times) % 2  # the newest sample stays
        series: Rows = {key: list(row)[first::2] for key, row in window.metrics.series.items()}
        return replace(window, metrics=MetricTable(list(window.metrics.times)[first::2], series))

    return replace(_tables(case, tables), sample_seconds=2.0 * case.sample_seconds), label


def busier(case: IncidentCase, label: Label, chance: Chance) -> Spoiled:
    """Let the whole window be busier than the reference by 40 %, in load and in all that follows load."""
    driven = {Family.LOAD, Family.NETWORK, Family.CPU, Family.DISK}
    series: Rows = {
        key: [value * 1.4 for value in row] if family_of(key[1]) in driven else row
        for key, row in case.telemetry.metrics.series.items()
    }
    table = MetricTable(case.telemetry.metrics.times, series)
    return replace(case, telemetry=replace(case.telemetry, metrics=table)), label


def _noise(chance: Chance, length: int, kind: int) -> list[float]:
    if kind == 0:  # heavy tails
        return [abs(chance.gauss(0, 1)) / max(chance.random(), 0.02) for _ in range(length)]
    if kind == 1:  # a walk
        level, row = 100.0, []
        for _ in range(length):
            level *= math.exp(chance.gauss(0, 0.05))
            row.append(level)
        return row
    if kind == 2:  # gaps
        return [math.nan if chance.random() < 0.5 else chance.gauss(10, 1) for _ in range(length)]
    return [float(chance.random() < 0.05) for _ in range(length)]  # rare events


_NAMES = ("custom_metric_{}", "app_gauge_{}", "worker_batch_{}_size", "cache_entries_{}")


def noisy(case: IncidentCase, label: Label, chance: Chance) -> Spoiled:
    """Add three hundred series that mean nothing to the services that are there."""
    names = sorted({of for of, _ in case.telemetry.metrics.series if ">" not in of and of != ENTRY})
    if not names:
        return case, label
    drawn = [
        (chance.choice(names), chance.choice(_NAMES).format(number), number % 4) for number in range(_NOISY)
    ]
    return _with_series(case, drawn, chance), label


def _with_series(case: IncidentCase, drawn: list[tuple[str, str, int]], chance: Chance) -> IncidentCase:
    def tables(window: Telemetry) -> Telemetry:
        length = len(window.metrics.times)
        more: Rows = {(of, metric): _noise(chance, length, kind) for of, metric, kind in drawn}
        return replace(window, metrics=MetricTable(window.metrics.times, {**window.metrics.series, **more}))

    return _tables(case, tables)


def strangers(case: IncidentCase, label: Label, chance: Chance) -> Spoiled:
    """Add fifty healthy services with the usual series."""

    def tables(window: Telemetry) -> Telemetry:
        series: Rows = dict(window.metrics.series)
        for number in range(_STRANGERS):
            for metric, level in (("cpu_pct", 20.0), ("latency_p95", 50.0), ("requests_per_s", 30.0)):
                series[(f"other-{number}", metric)] = [
                    level * math.exp(chance.gauss(0, 0.1)) for _ in window.metrics.times
                ]
        return replace(window, metrics=MetricTable(window.metrics.times, series))

    return _tables(case, tables), label


SPOILINGS: Mapping[str, Spoiling] = {
    "renamed": renamed,
    "skewed_clocks": skewed_clocks,
    "traces_lost": traces_lost,
    "a_fifth_lost": a_fifth_lost,
    "no_metrics": _without("metrics"),
    "no_spans": _without("spans"),
    "no_logs": _without("logs"),
    "no_graph": no_graph,
    "no_reference": no_reference,
    "half_the_samples": half_the_samples,
    "busier": busier,
    "noisy": noisy,
    "strangers": strangers,
}
