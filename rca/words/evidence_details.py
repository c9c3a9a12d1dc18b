"""What stands behind each piece of evidence, copied out of the case: numbers, lines, spans, differences.

Everything is bounded, and text from outside is stripped of control characters and secrets on its way.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from domain.investigation.diagnosis import Diagnosis
from domain.investigation.diagnosis_report import EvidenceDetail
from domain.investigation.evidence import Change, EvidenceItem, IncidentCase, LogTable, RunFacts, SpanTable
from domain.ports.diagnostician import SourceLink, SourceLinks
from rca.findings import clean, clean_diff, figure

_MOST_ROWS = 40
_LINES_AROUND = 6
_MOST_LINE = 400
_MOST_DIFF = 6_000
_MOST_EVIDENCE = 60


def details(
    diagnosis: Diagnosis,
    case: IncidentCase,
    run: RunFacts | None,
    where_from: dict[str, str],
    links: SourceLinks | None = None,
) -> tuple[EvidenceDetail, ...]:
    """Return the detail of every piece of evidence that a claim, step or change names."""
    found = []
    for item in diagnosis.evidence[:_MOST_EVIDENCE]:
        link = SourceLink() if links is None else links.find(item, case, run, where_from)
        more = {"where_from": where_from.get(item.kind.value, ""), "link": link.url, "command": link.command}
        found.append(_detail(item, case, run).model_copy(update=more))
    return tuple(found)


def _detail(item: EvidenceItem, case: IncidentCase, run: RunFacts | None) -> EvidenceDetail:
    kind, _, name = item.reference.partition(":")
    plain = EvidenceDetail(evidence_id=item.evidence_id, title=clean(item.text))
    if kind == "metric":
        return _of_series(plain, case, name, item.at)
    if kind == "log" and name.isdigit():
        return _of_lines(plain, case, case.telemetry.logs, int(name))
    if kind == "span":
        return _of_spans(plain, case.telemetry.spans, name)
    if kind == "change":
        changes = (*case.changes, *(run.changes if run else ()))
        found = next((change for change in changes if change.change_id == name), None)
        return plain if found is None else _of_change(plain, found)
    if kind == "run" and run is not None:
        return _of_run(plain, run, name)
    if kind == "schema" and run is not None:
        return _of_schema(plain, run)
    if kind == "pattern" and name.isdigit() and int(name) < len(case.patterns):
        pattern = case.patterns[int(name)]
        rows = (("count", figure(pattern.count)), ("more than usual", figure(pattern.excess)))
        quoted = clean(pattern.signature, _MOST_LINE)
        return plain.model_copy(update={"columns": ("what", "value"), "rows": rows, "quoted": quoted})
    if kind == "edge" and (calls := _of_calls(plain, case.telemetry.spans, *name.partition(">")[::2])).rows:
        return calls
    if kind in ("silence", "edge", "onset"):
        return _of_service(plain, case, name)
    if kind == "alert":
        said = clean(case.alert.summary, _MOST_LINE)
        rows = (("service", clean(case.alert.service, 60)), ("series", clean(case.alert.metric, 80)))
        return plain.model_copy(update={"columns": ("alert", ""), "rows": rows, "quoted": said})
    return plain


def _of_series(plain: EvidenceDetail, case: IncidentCase, name: str, at: float | None) -> EvidenceDetail:
    service, _, metric = name.rpartition("|")
    values = case.telemetry.metrics.series.get((service, metric))
    if values is None:
        return plain
    times = case.telemetry.metrics.times
    middle = at if at is not None else case.anomaly_time
    near = sorted(range(len(times)), key=lambda row: abs(times[row] - middle))[:_MOST_ROWS]
    rows = tuple((_clock(times[row]), _number(values[row])) for row in sorted(near))
    return plain.model_copy(update={"columns": ("UTC", clean(name, 80)), "rows": rows})


def _of_service(plain: EvidenceDetail, case: IncidentCase, name: str) -> EvidenceDetail:
    rows = []
    for (service, metric), values in sorted(case.telemetry.metrics.series.items()):
        if service != name:
            continue
        known = [row for row, value in enumerate(values) if math.isfinite(value)]
        last = _clock(case.telemetry.metrics.times[known[-1]]) if known else "never"
        rows.append((clean(metric, 60), last, _number(values[known[-1]]) if known else ""))
    return plain.model_copy(
        update={"columns": ("series", "last sample, UTC", "value"), "rows": tuple(rows[:_MOST_ROWS])}
    )


def _of_lines(plain: EvidenceDetail, case: IncidentCase, logs: LogTable, row: int) -> EvidenceDetail:
    if row >= len(logs):
        return plain
    same = [n for n in _around(row, len(logs)) if logs.service[n] == logs.service[row]]
    near = sorted(same, key=lambda n: abs(n - row))[: 2 * _LINES_AROUND + 1]
    lines = [
        f"{'>' if n == row else ' '} {_clock(case.anomaly_time + logs.t_ms[n] / 1000.0)}"
        f" {clean(logs.level[n], 10)} {clean(logs.message[n], _MOST_LINE)}"
        for n in sorted(near)
    ]
    return plain.model_copy(update={"quoted": "\n".join(lines)})


def _around(row: int, count: int) -> Iterator[int]:
    yield from range(max(0, row - 200), min(count, row + 201))


def _of_spans(plain: EvidenceDetail, spans: SpanTable, name: str) -> EvidenceDetail:
    service, bar, operation = name.partition("|")
    trace = name.rpartition("/")[0]
    found = [
        row
        for row in range(len(spans))
        if (bar and spans.service[row] == service and spans.operation[row] == operation)
        or (not bar and spans.trace[row] == trace)
    ]
    if bar:
        found = sorted(found, key=lambda row: (-spans.failed[row], -spans.duration_us[row]))
    else:
        found = sorted(found, key=lambda row: spans.start_ms[row])
    rows = tuple(
        (
            clean(str(spans.trace[row]), 40),
            clean(spans.service[row], 60),
            clean(spans.operation[row], 80),
            f"{spans.start_ms[row] / 1000.0:+.3f} s",
            f"{spans.duration_us[row] / 1000.0:.1f} ms",
            "failed" if spans.failed[row] else "",
        )
        for row in found[:_MOST_ROWS]
    )
    columns = ("trace", "service", "operation", "start, from the alert", "took", "")
    return plain.model_copy(update={"columns": columns, "rows": rows})


def _of_calls(plain: EvidenceDetail, spans: SpanTable, caller: str, callee: str) -> EvidenceDetail:
    """Return the calls of one service by another, those first that the caller waited longest beyond."""
    callers = {
        (spans.trace[row], spans.span[row]): row for row in range(len(spans)) if spans.service[row] == caller
    }
    calls = [
        (spans.duration_us[above] - spans.duration_us[row], row, above)
        for row in range(len(spans))
        if spans.service[row] == callee
        and (above := callers.get((spans.trace[row], spans.parent[row]))) is not None
    ]
    rows = tuple(
        (
            clean(str(spans.trace[row]), 40),
            f"{spans.start_ms[above] / 1000.0:+.3f} s",
            f"{spans.duration_us[above] / 1000.0:.1f} ms",
            f"{spans.duration_us[row] / 1000.0:.1f} ms",
        )
        for _, row, above in sorted(calls, key=lambda call: call[0], reverse=True)[:_MOST_ROWS]
    )
    columns = ("trace", "start, from the alert", f"{clean(caller, 60)} took", f"{clean(callee, 60)} took")
    return plain.model_copy(update={"columns": columns, "rows": rows})


def _of_change(plain: EvidenceDetail, change: Change) -> EvidenceDetail:
    rows = [
        ("what", change.kind.value),
        ("id", clean(change.change_id, 60)),
        ("took effect", _clock(change.at)),
    ]
    rows += [("service", clean(change.service, 60))] if change.service else []
    rows += [("in words", clean(change.summary, 200))] if change.summary else []
    rows += [("file", clean(path, 120)) for path in change.files[:20]]
    diff = clean_diff(change.diff[:_MOST_DIFF], _MOST_DIFF, 200)
    return plain.model_copy(update={"columns": ("", ""), "rows": tuple(rows), "quoted": diff[:_MOST_DIFF]})


def _of_run(plain: EvidenceDetail, run: RunFacts, name: str) -> EvidenceDetail:
    upstream = next((other for other in run.upstream if other.feed == name), None)
    if upstream is not None:
        finished = "" if upstream.finished_at is None else _clock(upstream.finished_at)
        rows: tuple[tuple[str, ...], ...] = (
            (clean(upstream.feed, 60), upstream.status, _clock(upstream.due_at), finished),
        )
        return plain.model_copy(
            update={"columns": ("upstream", "status", "due, UTC", "finished"), "rows": rows}
        )
    now = (
        clean(run.run_id, 40),
        run.status,
        _clock(run.started_at),
        "" if run.finished_at is None else f"{run.finished_at - run.started_at:.0f} s",
        "" if run.rows is None else f"{run.rows:,}",
        "",
    )
    before = tuple(
        (
            clean(past.run_id, 40),
            past.status,
            _clock(past.started_at),
            "" if past.seconds is None else f"{past.seconds:.0f} s",
            "" if past.rows is None else f"{past.rows:,}",
            clean(past.error, 80),
        )
        for past in run.earlier[-_MOST_ROWS + 1 :]
    )
    columns = ("run", "status", "started, UTC", "took", "rows", "error")
    log = "\n".join(_marked(run.log, name))
    return plain.model_copy(update={"columns": columns, "rows": (*before, now), "quoted": log[:8000]})


def _marked(log: Sequence[str], name: str) -> list[str]:
    _, _, line = name.rpartition("#")
    at = int(line) if line.isdigit() else len(log) - 1
    rows = range(max(0, at - 2 * _LINES_AROUND), min(len(log), at + _LINES_AROUND + 1))
    return [f"{'>' if row == at else ' '} {clean(log[row], _MOST_LINE)}" for row in rows]


def _of_schema(plain: EvidenceDetail, run: RunFacts) -> EvidenceDetail:
    names = [*run.usual_columns, *(name for name in run.columns if name not in run.usual_columns)]
    differ = [name for name in names if run.usual_columns.get(name) != run.columns.get(name)]
    same = [name for name in names if name not in differ]
    rows = tuple(
        (clean(name, 60), run.usual_columns.get(name, "absent"), run.columns.get(name, "absent"))
        for name in [*differ, *same][:_MOST_ROWS]
    )
    return plain.model_copy(update={"columns": ("column", "usually", "this time"), "rows": rows})


def _clock(at: float) -> str:
    if not math.isfinite(at):
        return "unknown"
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _number(value: float) -> str:
    return figure(value) if math.isfinite(value) else "no sample"
