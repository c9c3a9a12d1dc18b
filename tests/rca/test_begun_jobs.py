"""A job that began with the trouble is named, no surer than perhaps; what else begins then is not."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from domain.investigation.evidence import EvidenceKind, IncidentCase
from rca.collect import Sources, collect
from rca.culprits.begun_jobs import begun_job_findings
from rca.diagnostician import Diagnostician
from rca.findings import Finding
from tests.rca.builders import CALLS, a_case, a_series

ABSENT = [math.nan] * 20
WITH_JOB = (*CALLS, ("month-end", "stock"))


def case(
    calls: Sequence[tuple[str, str]] = WITH_JOB, name: str = "month-end", **series: Sequence[float]
) -> IncidentCase:
    made = a_case()
    told: Mapping[tuple[str, str], Sequence[float]] = {
        **made.telemetry.metrics.series,
        **{(name, metric): values for metric, values in series.items()},
    }
    table = replace(made.telemetry.metrics, series=told)
    return replace(made, telemetry=replace(made.telemetry, metrics=table), calls=tuple(calls))


def first_of(of: IncidentCase) -> tuple[str, float, str]:
    found = Diagnostician().diagnose(of)
    first = found.hypotheses[0]
    return first.service, found.confidence, " ".join(claim.text for claim in first.claims)


@pytest.mark.parametrize(
    "read",
    [[*ABSENT, *[2_000.0] * 6], a_series(0.0, 2_000.0), a_series(5.0, 2_000.0)],
    ids=["new", "idle", "little"],
)
@pytest.mark.parametrize("calls", [WITH_JOB, ()], ids=["map", "no map"])
def test_a_job_that_began_with_the_trouble_is_named_as_perhaps(
    read: list[float], calls: tuple[tuple[str, str], ...]
) -> None:
    service, sure, said = first_of(case(calls, rows_read_per_s=read))

    assert (service, sure < 0.8) == ("month-end", True)
    assert "when the trouble did, and orders, stock and web suffer" in said


@pytest.mark.parametrize(
    "other",
    [
        case(rows_read_per_s=a_series(1_000.0, 2_000.0)),
        case(rows_read_per_s=[2_000.0 if row in range(4, 10) or row >= 20 else 0.0 for row in range(26)]),
        case((*CALLS, ("month-end", "search")), rows_read_per_s=a_series(0.0, 2_000.0)),
        case(CALLS, cpu_pct=[*ABSENT, *[90.0] * 6]),
        case((*CALLS, ("web", "month-end")), rows_read_per_s=a_series(0.0, 2_000.0)),
        case((*CALLS, ("orders-2", "stock")), "orders-2", rows_read_per_s=[*ABSENT, *[2_000.0] * 6]),
        case((), "dead-letter-reader", rows_read_per_s=a_series(0.0, 2_000.0)),
    ],
    ids=[
        "always at work",
        "at work before",
        "needs nobody ill",
        "needs who knows whom",
        "is called",
        "a replica",
        "works by others' failures",
    ],
)
def test_what_else_begins_to_work_is_not(other: IncidentCase) -> None:
    said = " ".join(claim.text for h in Diagnostician().diagnose(other).hypotheses for claim in h.claims)

    assert "when the trouble did" not in said


def test_where_users_ask_for_more_who_begins_to_write_is_no_job() -> None:
    busy = case((), rows_read_per_s=a_series(0.0, 2_000.0))
    for name in ("web", "orders", "search"):
        busy.telemetry.metrics.series[name, "requests_per_s"] = a_series(100.0, 300.0)  # type: ignore[index]

    assert "when the trouble did" not in first_of(busy)[2]


def test_a_job_that_takes_long_by_its_own_work_is_no_victim() -> None:
    of = case(rows_read_per_s=a_series(0.0, 2_000.0))
    seen = collect(of, Sources())
    others = [finding for finding in seen.findings if finding.service != "month-end"]
    works = Finding("month-end", "own_time", 10.0, EvidenceKind.SPAN, "own time", "span:month-end|run")
    fails = replace(works, family="failed_spans")

    def named(*more: Finding) -> list[str]:
        found = begun_job_findings(of, seen.metrics, [*others, *more], WITH_JOB)
        return [finding.service for finding in found]

    assert named(works) == ["month-end"]
    assert named(works, fails) == []
