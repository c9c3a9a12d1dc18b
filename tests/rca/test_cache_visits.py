"""An emptied cache is the cause of what is behind it, seen by spans alone; other reasons are none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from domain.investigation.evidence import IncidentCase, SpanTable
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_deploy, wobble

Row = tuple[str, str, str, str, str, float, float]


def visits(
    begin_ms: float, count: int, asked_on: float, *, cache: str = "memo-redis", behind_us: float
) -> list[Row]:
    """Requests of web to orders, which asks the cache and, of so many in hundred, `stock` behind it."""
    rows: list[Row] = []
    for number in range(count):
        trace, at = f"{begin_ms}/{number}", begin_ms + 100.0 * number
        goes_on = (number * 37) % 100 < 100 * asked_on
        inner = behind_us * wobble(number, 1) if goes_on else 0.0
        rows.append((trace, "a", "-1", "web", "GET /", at, 9_000.0 + inner))
        rows.append((trace, "b", "a", "orders", "place", at + 1, 7_000.0 + inner))
        rows.append((trace, "c", "b", cache, "GET", at + 2, 400.0 * wobble(number, 2)))
        if goes_on:
            rows.append((trace, "d", "b", "stock", "query", at + 3, inner))
    return rows


def others(begin_ms: float, count: int) -> list[Row]:
    """Requests of web to search, which asks the cache and never anybody behind it."""
    rows: list[Row] = []
    for number in range(count):
        trace, at = f"search{begin_ms}/{number}", begin_ms + 100.0 * number
        rows.append((trace, "a", "-1", "web", "GET /", at, 9_000.0))
        rows.append((trace, "b", "a", "search", "find", at + 1, 7_000.0))
        rows.append((trace, "c", "b", "memo-redis", "GET", at + 2, 400.0 * wobble(number, 2)))
    return rows


OTHERS = [*others(-60_000.0, 300), *others(0.0, 60)]


def case(
    before: float, now: float, *more: Row, failed: frozenset[str] = frozenset(), **facts: str
) -> IncidentCase:
    rows = visits(-60_000.0, 300, before, behind_us=5_000.0, **facts)
    rows += [*visits(0.0, 100, now, behind_us=40_000.0, **facts), *more]
    table: Sequence[list[object]] = [list(column) for column in zip(*rows, strict=True)]
    spans = SpanTable(*table, failed=[row[0] in failed and row[1] == "d" for row in rows])  # type: ignore[arg-type]
    slow = a_case()
    return replace(slow, telemetry=replace(slow.telemetry, spans=spans), calls=(), reference=None)


def first_of(of: IncidentCase) -> tuple[str, str]:
    first = Diagnostician().diagnose(of).hypotheses[0]
    return first.service, " ".join(claim.text for claim in first.claims)


def test_a_cache_whose_callers_have_to_ask_on_stands_before_who_is_asked_instead() -> None:
    service, said = first_of(case(0.1, 0.97))

    assert service == "memo-redis"
    assert "of orders's visits that ask it 97% have to ask stock too, before 10%" in said


@pytest.mark.parametrize(
    "other",
    [
        case(0.9, 0.97),
        case(0.2, 0.25),
        case(0.1, 0.97, cache="accounts"),
        replace(case(0.1, 0.97), changes=(a_deploy("v2", 3.0, "orders"),)),
    ],
    ids=["always asked on", "hardly more", "no cache", "its only caller was changed"],
)
def test_who_is_asked_as_ever_or_is_no_cache_is_not_accused(other: IncidentCase) -> None:
    service, said = first_of(other)

    assert service not in ("memo-redis", "accounts")
    assert "have to ask" not in said


def test_who_asks_the_cache_and_nobody_behind_it_is_not_said_to_ask_on() -> None:
    service, said = first_of(case(0.1, 0.97, *OTHERS))

    assert service == "memo-redis"
    assert "so have" not in said


def test_a_new_version_of_who_asks_on_is_no_emptied_cache_where_others_ask_the_cache_too() -> None:
    changed = replace(case(0.1, 0.97, *OTHERS), changes=(a_deploy("v2", 3.0, "orders"),))

    assert "have to ask" not in first_of(changed)[1]


@pytest.mark.parametrize("is_failed", [True, False], ids=["failed", "slow"])
def test_traces_that_are_kept_since_they_failed_or_were_slow_are_no_emptied_cache(is_failed: bool) -> None:
    kept = visits(5.0, 150, 1.0, behind_us=40_000.0)
    failed = frozenset(row[0] for row in kept) if is_failed else frozenset()
    service, said = first_of(case(0.1, 0.1, *kept, failed=failed))

    assert service == "stock"
    assert "have to ask" not in said


def test_who_was_never_asked_behind_the_cache_may_stand_in_for_somebody_else() -> None:
    found = Diagnostician().diagnose(case(0.0, 0.97))

    assert found.hypotheses[0].service == "memo-redis"
    assert found.confidence < 0.8
    assert Diagnostician().diagnose(case(0.1, 0.97)).confidence >= 0.8


def test_three_visits_by_chance_are_no_emptied_cache() -> None:
    few = case(0.5, 0.97)
    spans = few.telemetry.spans
    kept = [row for row, at in enumerate(spans.start_ms) if at < 250.0]
    few = replace(few, telemetry=replace(few.telemetry, spans=spans.take(kept)))

    assert first_of(few)[0] != "memo-redis"
