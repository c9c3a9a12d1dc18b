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


APART = "got slow each for itself"
TWO = {
    ("orders", "latency_p95_ms"): 900.0,
    ("search", "latency_p95_ms"): 300.0,
    ("web", "latency_p95_ms"): 930.0,
}


def test_two_who_got_slow_each_for_itself_are_no_more_than_perhaps() -> None:
    found = Diagnostician().diagnose(replace(a_case(TWO), calls=CALLS))

    assert f"orders and search {APART}" in " ".join(found.would_decide)
    assert found.confidence < 0.8


def test_two_who_wait_for_a_processor_are_no_more_than_perhaps_without_a_map_too() -> None:
    of = replace(a_case({**TWO, ("web", "latency_p95_ms"): 41.0}), calls=())
    for name, level in (("orders", 70.0), ("search", 30.0)):
        of.telemetry.metrics.series[name, "cpu_pressure_waiting_pct"] = a_series(2.0, level)  # type: ignore[index]

    found = Diagnostician().diagnose(of)

    assert found.hypotheses[0].service == "orders"
    assert found.confidence < 0.8


@pytest.mark.parametrize(
    ("changed", "calls"),
    [
        (TWO, (*CALLS, ("search", "orders"))),
        ({**TWO, ("orders", "cpu_pct"): 97.0, ("orders", "error_ratio"): 0.4}, CALLS),
        ({**TWO, ("search", "latency_p95_ms"): 41.0}, CALLS),
    ],
    ids=["one needs the other", "the first fails", "one alone"],
)
def test_who_explains_the_other_or_shows_more_is_not_said_to_be_slow_for_itself(
    changed: dict[tuple[str, str], float], calls: tuple[tuple[str, str], ...]
) -> None:
    assert APART not in " ".join(Diagnostician().diagnose(replace(a_case(changed), calls=calls)).would_decide)


def test_a_far_end_that_only_its_caller_measures_is_nobody_beside_it() -> None:
    of = replace(
        a_case({**TWO, ("search", "latency_p95_ms"): 40.0}), calls=(*CALLS, ("web", "api.far.example.com"))
    )
    of.telemetry.metrics.series["api.far.example.com", "latency_p95_ms"] = a_series(40.0, 300.0)  # type: ignore[index]

    assert APART not in " ".join(Diagnostician().diagnose(of).would_decide)


def test_of_two_who_wait_for_a_processor_and_one_calls_the_other_no_more_is_said_than_the_map_tells() -> None:
    of = replace(a_case(TWO), calls=(*CALLS, ("orders", "search")))
    for name in ("orders", "search"):
        of.telemetry.metrics.series[name, "cpu_pressure_waiting_pct"] = a_series(2.0, 60.0)  # type: ignore[index]

    said = " ".join(Diagnostician().diagnose(of).would_decide)

    assert APART in said
    assert "need one another not" not in said
