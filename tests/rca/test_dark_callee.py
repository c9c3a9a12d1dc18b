"""A callee of which nothing is told is found by who suffers, or by its callers' spans."""

from dataclasses import replace

from domain.investigation.diagnosis import Diagnosis
from domain.investigation.evidence import IncidentCase, SpanTable
from rca.diagnostician import Diagnostician
from rca.spans.far_ends import with_far_ends
from rca.spans.span_index import index_spans
from tests.rca.builders import a_case

CALLS = (("web", "orders"), ("web", "search"), ("orders", "ledger"), ("search", "ledger"))
BOTH_SLOW = {
    ("orders", "latency_p95_ms"): 400.0,
    ("search", "latency_p95_ms"): 420.0,
    ("web", "latency_p95_ms"): 800.0,
}


def diagnosed(changed: dict[tuple[str, str], float], calls: tuple[tuple[str, str], ...] = CALLS) -> Diagnosis:
    return Diagnostician().diagnose(replace(a_case(changed), calls=calls))


def is_said(found: Diagnosis) -> bool:
    return any("nothing is told of it" in item.text for item in found.evidence)


def test_what_all_who_suffer_need_is_named_and_never_as_most_likely() -> None:
    found = diagnosed(BOTH_SLOW)

    assert found.hypotheses[0].service == "ledger"
    assert is_said(found)
    assert 0.5 <= found.confidence < 0.8


def test_a_lone_caller_a_well_one_or_one_short_of_something_points_at_nobody() -> None:
    assert not is_said(diagnosed({("orders", "latency_p95_ms"): 400.0}))
    assert not is_said(diagnosed(BOTH_SLOW, (*CALLS, ("stock", "ledger"))))
    assert not is_said(diagnosed({**BOTH_SLOW, ("orders", "cpu_pct"): 99.0}))


def test_where_all_who_suffer_are_asked_for_more_it_is_no_dark_callee() -> None:
    crowd = {(name, "requests_per_s"): 240.0 for name in ("web", "orders", "search", "stock")}

    assert not is_said(diagnosed({**BOTH_SLOW, **crowd}))


def test_two_dark_callees_or_a_sick_one_below_point_at_nobody() -> None:
    assert not is_said(diagnosed(BOTH_SLOW, (*CALLS, ("orders", "cellar"), ("search", "cellar"))))
    below = {**BOTH_SLOW, ("stock", "latency_p95_ms"): 380.0}
    assert not is_said(diagnosed(below, (*CALLS, ("orders", "stock"), ("search", "stock"))))


def test_who_calls_something_dark_and_only_waits_is_no_more_than_perhaps() -> None:
    lone = diagnosed({("orders", "latency_p95_ms"): 400.0, ("web", "latency_p95_ms"): 440.0})

    assert lone.hypotheses[0].service == "orders"
    assert lone.confidence < 0.8


def calling(operation: str, *, is_entrance: bool = False, has_child: bool = False) -> SpanTable:
    """`orders` makes a span for each call; it gets slow at 0."""
    rows: list[tuple[str, str, str, str, str, float, float]] = []
    for number in range(-60, 60):
        trace, took = f"t{number}", 5_000.0 if number < 0 else 400_000.0
        start = number * 10_000.0
        rows.append((trace, "a", "-1", "web", "GET /", start, took + 4_000.0))
        if is_entrance:
            rows.append((trace, "c", "a", "orders", operation, start, took))
            continue
        rows.append((trace, "b", "a", "orders", "place", start, took + 2_000.0))
        rows.append((trace, "c", "b", "orders", operation, start, took))
        if has_child:
            rows.append((trace, "d", "c", "orders", "parse", start, took / 2))
    columns = [list(column) for column in zip(*rows, strict=True)]
    return SpanTable(*columns, failed=[False] * len(rows))  # type: ignore[arg-type]


def traced(spans: SpanTable) -> IncidentCase:
    case = a_case({("orders", "latency_p95_ms"): 440.0, ("web", "latency_p95_ms"): 480.0})
    return replace(
        case,
        telemetry=replace(case.telemetry, spans=spans),
        reference=None,
        calls=(("web", "orders"), ("orders", "ledger")),
    )


def test_a_span_made_for_a_call_is_the_time_of_whom_it_calls() -> None:
    case = traced(calling("POST ledger"))
    found = Diagnostician().diagnose(case)

    assert found.hypotheses[0].service == "ledger"
    item = next(e for e in found.evidence if e.service == "ledger")
    assert item.text.startswith("orders calls it: time of “POST ledger”")
    assert item.reference == "span:orders|POST ledger"


def test_a_route_a_span_with_children_and_who_makes_spans_itself_are_no_far_ends() -> None:
    names = frozenset({"web", "orders", "ledger"})

    def far(spans: SpanTable, traced: frozenset[str] = frozenset({"web", "orders"})) -> bool:
        return bool(with_far_ends(index_spans(spans), names, traced).made_by)

    assert far(calling("POST ledger"))
    assert not far(calling("POST ledger", is_entrance=True))
    assert not far(calling("POST ledger", has_child=True))
    assert not far(calling("POST ledger"), names)
    assert not far(calling("POST ledgers"))
