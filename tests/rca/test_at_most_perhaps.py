"""When nobody is called most likely, and when nobody is named: what can't be told from the first."""

from dataclasses import replace

import pytest

from benchmarks.rca_calibrate import judge
from domain.investigation.diagnosis import Diagnosis, Verdict
from domain.investigation.evidence import ENTRY
from rca.cases.case_labels import Label
from rca.diagnostician import Diagnostician
from rca.verdict.confidence import load_calibration
from tests.rca.builders import SERVICES, a_case, a_series


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
