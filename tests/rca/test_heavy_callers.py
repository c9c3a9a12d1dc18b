"""Whose calls flood a store or ask it what takes long is named before the store, and nobody else is."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.investigation.evidence import IncidentCase, SpanTable
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_deploy, wobble

Row = tuple[str, str, str, str, str, float, float]


def calls(caller: str, begin_ms: float, count: int, took_us: float, *, of: str = "stock-pg") -> list[Row]:
    rows: list[Row] = []
    for number in range(count):
        trace, at, took = (
            f"{caller}{begin_ms}/{number}",
            begin_ms + 90.0 * number,
            took_us * wobble(number, 5),
        )
        rows.append((trace, "a", "-1", caller, "handle", at, took + 2_000.0))
        rows.append((trace, "b", "a", of, "query", at + 1, took))
    return rows


def case(*rows: list[Row], of: str = "stock-pg") -> IncidentCase:
    flat = [row for part in rows for row in part]
    table: Sequence[list[object]] = [list(column) for column in zip(*flat, strict=True)]
    spans = SpanTable(*table, failed=[False] * len(flat))  # type: ignore[arg-type]
    slow = a_case()
    metrics = slow.telemetry.metrics
    series = {(of if who == "stock" else who, what): row for (who, what), row in metrics.series.items()}
    told = replace(slow.telemetry, metrics=replace(metrics, series=series), spans=spans)
    return replace(slow, telemetry=told, calls=(), reference=None)


def usual(of: str = "stock-pg", *, then: float = 5_000.0, now: float = 30_000.0) -> list[Row]:
    both = ("orders", "search")
    before = [row for name in both for row in calls(name, -60_000.0, 100, then, of=of)]
    return before + [row for name in both for row in calls(name, 0.0, 60, now, of=of)]


def first_of(of: IncidentCase) -> tuple[str, float, str]:
    found = Diagnostician().diagnose(of)
    first = found.hypotheses[0]
    return first.service, found.confidence, " ".join(claim.text for claim in first.claims)


def test_who_calls_a_store_since_the_trouble_alone_and_much_is_named_as_perhaps() -> None:
    service, sure, said = first_of(case(usual(), calls("month-end", 0.0, 80, 90_000.0)))

    assert service == "month-end"
    assert sure < 0.8
    assert "calls stock-pg since the trouble began, 80 of 200 calls of it, and never before" in said


@pytest.mark.parametrize(
    "more",
    [calls("month-end", 0.0, 4, 90_000.0), calls("month-end", -50_000.0, 80, 9_000.0)],
    ids=["hardly ever", "before, too"],
)
def test_who_calls_it_seldom_or_as_ever_is_not(more: list[Row]) -> None:
    assert first_of(case(usual(), more))[0] == "stock-pg"


def slow_question(of: str = "stock-pg") -> list[Row]:
    rows = [
        *calls("orders", -60_000.0, 100, 5_000.0, of=of),
        *calls("search", -60_000.0, 100, 5_000.0, of=of),
    ]
    return [*rows, *calls("orders", 0.0, 60, 400_000.0, of=of), *calls("search", 0.0, 60, 7_000.0, of=of)]


def test_whose_calls_alone_take_many_times_as_long_asks_a_slow_question() -> None:
    service, sure, said = first_of(case(slow_question()))

    assert (service, sure < 0.8) == ("orders", True)
    assert "its calls of stock-pg take 399.8 ms, before 5 ms; those of others take 1.399 times" in said


def test_it_is_surer_where_that_one_was_changed_just_before() -> None:
    changed = replace(case(slow_question()), changes=(a_deploy("v2", 4.0, "orders"),))

    service, sure, said = first_of(changed)

    assert (service, sure >= 0.8) == ("orders", True)
    assert "and it was changed just before" in said


def test_a_store_that_was_changed_itself_may_be_slow_for_one_caller() -> None:
    both = (a_deploy("v2", 4.0, "orders"), a_deploy("v3", 5.0, "stock-pg"))

    assert first_of(replace(case(slow_question()), changes=both))[0] == "stock-pg"


def test_a_service_that_is_slow_for_one_caller_may_have_a_slow_operation_of_its_own() -> None:
    assert first_of(case(slow_question("stockkeeping"), of="stockkeeping"))[0] == "stockkeeping"


def test_a_store_that_is_slow_for_all_is_the_cause() -> None:
    assert first_of(case(usual(now=400_000.0)))[0] == "stock-pg"
