"""Curation: how much is cut and how much labelled evidence stays, beside random and recency cuts of the
same size.

`python -m benchmarks.curation --data DIR --json FILE`. Labelled evidence of a case are the labelled series
(or the true service's series of the alerted metric, or failing that all its series), the kinds of spans and
the distinct error lines of the true service after the anomaly, and the culprit commit. It is taken from the
labels only.
"""

import random
import sys
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.report import arguments, table, write
from domain.errors import BadInput
from domain.investigation.evidence import IncidentCase, MetricTable, Telemetry
from rca.cases.case_files import find_cases, find_data_sets, read_case
from rca.cases.case_labels import Label, read_labels
from rca.curation import curate, size_of
from rca.logs.log_templates import blank, says_error

Item = tuple[str, ...]


def labelled_evidence(case: IncidentCase, label: Label) -> set[Item]:
    """Return what a reader would need to see to find the labelled cause."""
    true = set(label.services)
    present = {f"{service}|{metric}" for service, metric in case.telemetry.metrics.series}
    series = present & set(label.metrics)
    if not series:
        series = {
            name for name in present if name.rpartition("|")[0] in true and name.endswith(case.alert.metric)
        }
    items: set[Item] = {("series", name) for name in series}
    spans, logs = case.telemetry.spans, case.telemetry.logs
    for service, operation, start in zip(spans.service, spans.operation, spans.start_ms, strict=True):
        if service in true and start >= 0:
            items.add(("span", service, operation))
    for service, level, message, at in zip(logs.service, logs.level, logs.message, logs.t_ms, strict=True):
        if service in true and at >= 0 and says_error(level, message):
            items.add(("line", service, blank(message)))
    items |= {("change", c.change_id) for c in case.changes if c.change_id == label.change}
    return items


def cut_rows(case: IncidentCase, share: float, *, newest: bool) -> IncidentCase:
    """Return the case with about `share` of every table's rows, the newest ones or random ones."""
    chance = random.Random(case.case_id)  # noqa: S311  a seeded sample, nothing secret
    window = case.telemetry

    def pick(count: int, times: list[float]) -> list[int]:
        wanted = int(share * count)
        if newest:
            return sorted(sorted(range(count), key=lambda row: -times[row])[:wanted])
        return sorted(chance.sample(range(count), wanted))

    keys = sorted(window.metrics.series)
    kept = [keys[row] for row in pick(len(keys), [0.0] * len(keys))]
    spans = pick(len(window.spans), list(window.spans.start_ms))
    lines = pick(len(window.logs), list(window.logs.t_ms))
    changes = pick(len(case.changes), [change.at for change in case.changes])
    return replace(
        case,
        telemetry=Telemetry(
            MetricTable(window.metrics.times, {key: window.metrics.series[key] for key in kept}),
            window.spans.take(spans),
            window.logs.take(lines),
        ),
        changes=tuple(case.changes[row] for row in changes),
    )


def main(argv: list[str]) -> int:
    """Curate every case and write the figures."""
    options = arguments("Telemetry cut and evidence kept, ours beside random and recency cuts.").parse_args(
        argv
    )
    figures: dict[str, float] = {}
    peers: dict[str, dict[str, float]] = {"random": {}, "recency": {}}
    totals = {"ours": [0, 0], "random": [0, 0], "recency": [0, 0]}
    before = after = 0
    slowest = 0.0
    for data_set in find_data_sets(options.data):
        scored = _run_set(data_set)
        for name, (kept, wanted) in scored["evidence"].items():
            totals[name][0] += kept
            totals[name][1] += wanted
            row = figures if name == "ours" else peers[name]
            row[f"evidence_kept_{data_set.name}"] = kept / wanted if wanted else 1.0
        ((was, now),) = scored["bytes"].values()
        before, after = before + was, after + now
        figures[f"reduction_{data_set.name}"] = 1.0 - now / was if was else 0.0
        slowest = max(slowest, *(second for second, _ in scored["seconds"].values()))
    figures["evidence_kept"] = totals["ours"][0] / max(1, totals["ours"][1])
    figures["reduction"] = 1.0 - after / before if before else 0.0
    figures["slowest_s"] = slowest
    for name in ("random", "recency"):
        peers[name]["evidence_kept"] = totals[name][0] / max(1, totals[name][1])
        peers[name]["reduction"] = figures["reduction"]
    print(table("evidence kept at the same reduction", {"ours": figures, **peers}))
    write(
        options.json,
        data={"sets": [path.name for path in find_data_sets(options.data)]},
        figures=figures,
        peers=peers,
    )
    return 0


def _run_set(data_set: Path) -> dict[str, dict[str, tuple[float, float]]]:
    labels = read_labels(data_set)
    evidence = {"ours": (0.0, 0.0), "random": (0.0, 0.0), "recency": (0.0, 0.0)}
    was = now = 0.0
    slowest = 0.0
    for folder in find_cases(data_set):
        label = labels.get(folder.name)
        if label is None:
            continue
        try:
            case = read_case(folder)
        except BadInput as error:
            print(error.sentence())
            continue
        wanted = labelled_evidence(case, label)
        begun = time.perf_counter()
        curated = curate(case)
        slowest = max(slowest, time.perf_counter() - begun)
        share = 1.0 - curated.reduction
        was, now = was + size_of(case), now + curated.bytes_after
        for name, smaller in (
            ("ours", curated.case),
            ("random", cut_rows(case, share, newest=False)),
            ("recency", cut_rows(case, share, newest=True)),
        ):
            kept = len(wanted & labelled_evidence(smaller, label))
            evidence[name] = (evidence[name][0] + kept, evidence[name][1] + len(wanted))
    return {"evidence": evidence, "bytes": {"all": (was, now)}, "seconds": {"slowest": (slowest, 0.0)}}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
