"""When nobody is called most likely, and when nobody is named: what can't be told from the first."""

from dataclasses import replace

import pytest

from benchmarks.rca_calibrate import judge
from domain.investigation.diagnosis import Diagnosis, Verdict
from domain.investigation.evidence import ENTRY, Alert, IncidentCase
from rca.cases.case_labels import Label
from rca.diagnostician import Diagnostician
from rca.verdict.confidence import load_calibration
from tests.rca.builders import SERVICES, a_case, a_series, spans_of, steady, with_spans


def diagnosed(changed: dict[tuple[str, str], float]) -> Diagnosis:
    case = a_case(changed)
    return Diagnostician().diagnose(replace(case, alert=replace(case.alert, service=ENTRY, metric="")))


def test_two_who_look_alike_are_no_more_than_perhaps() -> None:
    alone = {("stock", "latency_p95_ms"): 900.0, ("stock", "cpu_pct"): 97.0}
    twice = {**alone, ("search", "latency_p95_ms"): 880.0, ("search", "cpu_pct"): 97.0}

    assert diagnosed(alone).confidence >= 0.8
    assert 0.5 <= diagnosed(twice).confidence < 0.8


@pytest.mark.parametrize(
    ("own", "caller", "load", "is_said"),
    [(40_000.0, 40.0, 100.0, True), (40_000.0, 40_050.0, 100.0, False), (90.0, 40.0, 100.0, False),
     (40_000.0, 40.0, 5.0, False)],
)  # fmt: skip
def test_who_takes_far_longer_than_who_waits_for_it_may_count_in_another_unit(
    own: float, caller: float, load: float, is_said: bool
) -> None:
    case = a_case({("stock", "latency_p95_ms"): own, ("orders", "latency_p95_ms"): caller})
    case.telemetry.metrics.series["stock", "requests_per_s"] = a_series(load, load)
    found = Diagnostician().diagnose(replace(case, alert=replace(case.alert, service=ENTRY, metric="")))

    assert any("another unit" in said for said in found.would_decide) is is_said
    assert not is_said or found.verdict is Verdict.INCONCLUSIVE


def test_failures_that_come_as_much_more_often_as_requests_are_no_failures() -> None:
    def strongest(requests: float) -> float:
        case = a_case({("stock", "requests_per_s"): requests})
        for name in SERVICES:
            failed = 24.0 if name == "stock" else 8.0
            case.telemetry.metrics.series[name, "http_5xx"] = a_series(8.0, failed, salt=len(name))
        found = Diagnostician().diagnose(replace(case, reference=None))
        return max(
            (e.weight for e in found.evidence if "http_5xx rose" in e.text and e.service == "stock"),
            default=0.0,
        )

    assert strongest(100.0) > 0.5
    assert strongest(300.0) < 0.2


def test_the_record_of_confidence_counts_diagnoses_as_people_read_them() -> None:
    alone = {("stock", "latency_p95_ms"): 900.0, ("stock", "cpu_pct"): 97.0}
    twice = {**alone, ("search", "latency_p95_ms"): 880.0, ("search", "cpu_pct"): 97.0}
    label = Label("case-1", ("stock",))

    for changed in (alone, twice, {("stock", "cpu_pct"): 97.0}):
        case = replace(a_case(changed), alert=replace(a_case().alert, service=ENTRY, metric=""))
        said = judge("set", case, label).sure(load_calibration())
        assert round(said, 4) == Diagnostician().diagnose(case).confidence


@pytest.mark.parametrize(
    ("failing", "waiting", "own", "most"),
    [
        (0.3, 60.0, {}, 0.69),
        (0.3, 900.0, {}, 1.0),
        (0.001, 60.0, {}, 1.0),
        (0.3, 60.0, {"error_ratio": 0.4}, 1.0),
    ],
    ids=["slow beside failures", "users wait too", "nothing fails", "it fails itself"],
)
def test_who_is_only_slow_while_calls_fail_for_users_who_wait_no_longer_is_no_more_than_perhaps(
    failing: float, waiting: float, own: dict[str, float], most: float
) -> None:
    slow = {
        ("stock", "latency_p95_ms"): 900.0,
        ("orders", "latency_p95_ms"): 940.0,
        ("web", "latency_p95_ms"): 980.0,
    }
    case = a_case(slow | {("stock", name): level for name, level in own.items()})
    series = case.telemetry.metrics.series
    series[ENTRY, "error_ratio"] = a_series(0.001, failing)  # type: ignore[index]
    series[ENTRY, "latency_p90"] = a_series(60.0, waiting)  # type: ignore[index]
    found = Diagnostician().diagnose(replace(case, alert=replace(case.alert, service=ENTRY, metric="")))

    assert found.hypotheses[0].service == "stock"
    assert (found.confidence <= 0.69) is (most < 1.0)


def test_other_steps_alone_are_no_more_than_perhaps_where_no_older_time_is_known() -> None:
    took = {"web": 2_000.0, "orders": 3_000.0}
    seldom = [
        (at, of if number % 20 == 0 else {name: of[name] for name in took})
        for number, (at, of) in enumerate(steady(300, -60_000.0, **took, stock=4_000.0))
    ]
    spans = spans_of([*seldom, *steady(100, 0.0, **took, stock=4_000.0)])
    case = replace(with_spans(a_case({}), spans, spans_of(seldom)), alert=Alert())

    assert Diagnostician().diagnose(case).confidence >= 0.8
    assert Diagnostician().diagnose(replace(case, reference=None)).confidence < 0.8


SLOW = {("stock", "latency_p95_ms"): 900.0, ("orders", "latency_p95_ms"): 500.0}


def test_who_is_slow_and_no_more_is_no_more_than_perhaps_where_nothing_tells_whom_it_calls() -> None:
    found = Diagnostician().diagnose(replace(a_case(SLOW), calls=()))

    assert found.confidence < 0.8
    assert "stock is slow and shows no more, and nothing tells whom it calls" in " ".join(found.would_decide)


@pytest.mark.parametrize(
    "other",
    [
        a_case(SLOW),
        replace(a_case({**SLOW, ("stock", "cpu_pct"): 97.0}), calls=()),
        replace(a_case({**SLOW, ("stock", "error_ratio"): 0.4}), calls=()),
    ],
    ids=["a map", "its own processor", "it fails"],
)
def test_who_shows_more_or_is_placed_on_a_map_may_be_most_likely(other: IncidentCase) -> None:
    found = Diagnostician().diagnose(other)

    assert found.hypotheses[0].service == "stock"
    assert "nothing tells whom it calls" not in " ".join(found.would_decide)
    assert found.confidence >= 0.8
