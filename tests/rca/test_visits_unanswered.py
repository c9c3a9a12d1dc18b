"""A call that was made and not answered is its callee's trouble, and not that of who made it."""

from dataclasses import replace

import pytest

from domain.investigation.evidence import ENTRY, Alert, SpanTable
from rca.diagnostician import Diagnostician
from rca.spans.span_index import index_spans, only_waits
from rca.spans.vanished_spans import vanished_findings
from tests.rca.builders import ANOMALY, a_case

Row = tuple[str, str, str, str, str, float, float, bool]


def calls_of(*, answered: bool, works: bool = False, made: bool = True) -> SpanTable:
    """`web` calls `orders`, which calls `stock` by a span of its own, `GET stock`, until 0."""
    rows: list[Row] = []
    for number in range(-60, 60):
        trace, start, late = f"t{number}", number * 10_000.0, number >= 0
        fails = late and not answered
        rows.append((trace, "a", "-1", "web", "GET /", start, 90_000.0, fails))
        rows.append((trace, "b", "a", "orders", "place", start, 60_000.0, fails))
        if late and not made:
            continue
        rows.append((trace, "c", "b", "orders", "GET stock", start, 40_000.0, fails))
        if answered or not late:
            rows.append((trace, "d", "c", "stock", "reserve", start, 30_000.0, False))
        if works:
            rows.append((trace, "e", "c", "web", "render", start, 1_000.0, False))
    columns = [list(column) for column in zip(*rows, strict=True)]
    return SpanTable(*columns)


def first_of(spans: SpanTable) -> tuple[str, str]:
    case = a_case({})
    telemetry = replace(case.telemetry, spans=spans, metrics=replace(case.telemetry.metrics, series={}))
    case = replace(case, alert=Alert(ENTRY), telemetry=telemetry, reference=None, calls=())
    assert case.anomaly_time == ANOMALY
    first = Diagnostician().diagnose(case).hypotheses[0]
    return first.service, " ".join(claim.text for claim in first.claims)


def test_who_does_not_answer_is_charged_with_the_calls_of_it() -> None:
    service, said = first_of(calls_of(answered=False))

    assert service == "stock"
    assert (
        "60 of 60 spans failed with no failed child, calls of it that were not answered too, before 0%"
        in said
    )


def test_who_makes_no_calls_any_more_is_charged_itself() -> None:
    assert first_of(calls_of(answered=False, made=False))[0] == "orders"


@pytest.mark.parametrize(
    ("spans", "waits"),
    [
        (calls_of(answered=True), {("orders", "GET stock"): "stock"}),
        (calls_of(answered=True, works=True), {}),  # it calls somebody else, too
    ],
)
def test_only_a_span_between_its_own_service_and_one_other_does_nothing_but_wait(
    spans: SpanTable, waits: dict[tuple[str, str], str]
) -> None:
    assert only_waits(index_spans(spans)) == waits


@pytest.mark.parametrize(("others", "gone"), [(False, []), (True, ["stock"])])
def test_who_is_gone_is_missed_by_whoever_still_asks(others: bool, gone: list[str]) -> None:
    """`orders` calls `stock` no more, `search` asks it as ever, and nothing comes of it."""
    rows: list[Row] = []
    for number in range(-60, 60):
        trace, start = f"t{number}", number * 10_000.0
        rows.append((trace, "a", "-1", "web", "GET /", start, 90_000.0, False))
        rows.append((trace, "b", "a", "orders", "place", start, 60_000.0, False))
        rows.append((trace, "f", "a", "search", "find", start, 60_000.0, False))
        if number < 0:
            rows.append((trace, "c", "b", "orders", "GET stock", start, 40_000.0, False))
            rows.append((trace, "d", "c", "stock", "reserve", start, 30_000.0, False))
            rows += [(trace, "g", "f", "stock", "look", start, 30_000.0, False)] * others
    index = index_spans(SpanTable(*[list(column) for column in zip(*rows, strict=True)]))

    found = vanished_findings(index, None, 0.0, only_waits(index))

    assert [finding.service for finding in found] == gone
