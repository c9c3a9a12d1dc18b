"""Who takes the processor beside several who got slow is named as perhaps, unless something explains them."""

from dataclasses import replace

import pytest

from domain.investigation.evidence import IncidentCase
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_series

CALLS = (("web", "orders"), ("web", "search"), ("cron", "stock"))
BESIDE = {
    ("stock", "cpu_pct"): 95.0,
    ("orders", "latency_p95_ms"): 300.0,
    ("search", "latency_p95_ms"): 280.0,
    ("web", "latency_p95_ms"): 330.0,
}


def case(calls: tuple[tuple[str, str], ...] = CALLS, **more: dict[str, float]) -> IncidentCase:
    levels = BESIDE | {(name, metric): level for name, of in more.items() for metric, level in of.items()}
    return replace(a_case(levels), calls=calls)


def first_of(of: IncidentCase) -> tuple[str, float, str]:
    found = Diagnostician().diagnose(of)
    first = found.hypotheses[0]
    return first.service, found.confidence, " ".join(claim.text for claim in first.claims)


def test_who_works_many_times_as_much_since_others_are_slow_is_named_as_perhaps() -> None:
    service, sure, said = first_of(case())

    assert (service, sure < 0.8) == ("stock", True)
    assert "asked for as ever, while orders and search got slow, which do not need it" in said


def test_that_they_wait_for_a_processor_is_said() -> None:
    waiting = case()
    for name in ("orders", "search"):
        waiting.telemetry.metrics.series[name, "cpu_pressure_waiting_pct"] = a_series(2.0, 60.0)  # type: ignore[index]

    assert "orders and search wait for a processor" in first_of(waiting)[2]


@pytest.mark.parametrize(
    "other",
    [
        case((*CALLS, ("orders", "stock"))),
        case(stock={"cpu_pct": 95.0, "requests_per_s": 400.0}),
        case(search={"cpu_pct": 96.0}),
        case((("web", "orders"), ("web", "search"), ("orders", "search"), ("cron", "stock"))),
        case((*CALLS, ("orders", "books"), ("search", "books"))),
        case(()),
    ],
    ids=[
        "it is needed",
        "asked for more",
        "another works as much",
        "one explains both",
        "all need one untold",
        "no map",
    ],
)
def test_where_something_else_explains_them_nobody_is_called_a_neighbour(other: IncidentCase) -> None:
    said = " ".join(claim.text for h in Diagnostician().diagnose(other).hypotheses for claim in h.claims)

    assert "asked for as ever, while" not in said
