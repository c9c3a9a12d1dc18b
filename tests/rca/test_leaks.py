"""Who holds connections and gives none back is named; who holds more because a store is slow is not."""

from dataclasses import replace

import pytest

from domain.investigation.evidence import Alert, IncidentCase
from rca.diagnostician import Diagnostician
from tests.rca.builders import ANOMALY, a_case, a_deploy, a_series, logs_of, wobble

CALLS = (("web", "orders"), ("web", "search"), ("orders", "books-db"), ("search", "books-db"))
FULL = "FATAL: remaining connection slots are reserved"


def growing(level: float, most: float, *, since: int = 8) -> list[float]:
    """By and by from the row `since` on, until the trouble begins at row 20."""
    return [
        (level + (most - level) * min(max(row - since, 0) / (20 - since), 1.0)) * wobble(row, 2)
        for row in range(26)
    ]


def case(*, line: str = "", stores: list[float] | None = None, **held: list[float]) -> IncidentCase:
    failing = {(name, "error_ratio"): 0.4 for name in ("web", "orders", "search")}
    made = a_case(failing)
    table = made.telemetry.metrics
    series = {key: values for key, values in table.series.items() if key[0] != "stock"}
    series |= {("books-db", "cpu_pct"): a_series(20.0, 20.0)}
    series |= {(name, "hikaricp_connections_active"): values for name, values in held.items()}
    series |= {("books-db", "pg_stat_activity_count"): stores} if stores else {}
    rows = [(4_000.0 * n, name, "error", line) for n in range(40) for name in ("orders", "search") if line]
    told = replace(made.telemetry, metrics=replace(table, series=series), logs=logs_of(rows))
    return replace(made, telemetry=told, calls=CALLS, reference=None, alert=Alert())


def first(of: IncidentCase) -> tuple[str, float]:
    found = Diagnostician().diagnose(of)
    return found.hypotheses[0].service, found.confidence


def test_who_holds_more_and_more_since_before_the_store_is_full_is_named() -> None:
    leak = case(line=FULL, stores=growing(20, 130), search=growing(6, 110), orders=a_series(6, 7))
    found = Diagnostician().diagnose(leak)

    assert found.hypotheses[0].service == "search"
    said = " ".join(claim.text for claim in found.hypotheses[0].claims)
    assert "holds more and more: hikaricp_connections_active rose from 6" in said
    assert "since before anybody suffered, and pg_stat_activity_count of books-db from 2" in said


def test_who_holds_more_since_the_store_is_slow_by_and_by_did_not_do_it_before_anybody_suffered() -> None:
    slow = case(line=FULL, stores=growing(20, 130), search=growing(6, 110))
    slow.telemetry.metrics.series["books-db", "latency_p95_ms"] = growing(5, 400)  # type: ignore[index]
    slow.telemetry.metrics.series["search", "latency_p95_ms"] = growing(40, 900)  # type: ignore[index]
    found = Diagnostician().diagnose(slow)

    assert "since before anybody suffered" not in " ".join(c.text for h in found.hypotheses for c in h.claims)
    assert found.hypotheses[0].service != "search" or found.confidence < 0.8


def test_without_any_map_the_one_that_grew_as_the_store_did_is_named_and_not_the_store() -> None:
    leak = case(line=FULL, stores=growing(20, 130), search=growing(6, 110))

    assert first(replace(leak, calls=()))[0] == "search"


def test_who_was_changed_as_the_stores_connections_began_to_grow_is_named_as_perhaps() -> None:
    leak = replace(case(line=FULL, stores=growing(20, 130)), changes=(a_deploy("v2", 13.0, "search"),))

    service, sure = first(leak)

    assert (service, sure < 0.8) == ("search", True)


@pytest.mark.parametrize("minutes", [300.0, -20.0], ids=["long before", "after"])
def test_a_change_at_another_time_is_not(minutes: float) -> None:
    leak = replace(case(line=FULL, stores=growing(20, 130)), changes=(a_deploy("v2", minutes, "search"),))

    assert first(leak)[0] != "search"


def test_where_nothing_tells_who_holds_them_the_store_is_no_more_than_perhaps() -> None:
    found = Diagnostician().diagnose(case(stores=growing(20, 130)))

    assert found.confidence < 0.8


@pytest.mark.parametrize(
    "held",
    [
        {"search": a_series(6, 60), "orders": a_series(6, 55)},
        {"search": a_series(6, 8), "orders": a_series(6, 7)},
    ],
    ids=["all hold more since they wait", "hardly more"],
)
def test_who_holds_no_more_than_others_do_is_not_named(held: dict[str, list[float]]) -> None:
    found = Diagnostician().diagnose(case(line=FULL, **held))

    assert "holds more and more" not in " ".join(claim.text for h in found.hypotheses for claim in h.claims)


def test_who_is_asked_for_as_much_more_holds_more_by_right() -> None:
    busy = case(line=FULL, stores=growing(20, 130), search=growing(6, 110), orders=a_series(6, 7))
    busy.telemetry.metrics.series["search", "requests_per_s"] = growing(100, 1_900)  # type: ignore[index]

    found = Diagnostician().diagnose(busy)

    assert "holds more and more" not in " ".join(claim.text for h in found.hypotheses for claim in h.claims)


def test_a_store_that_is_ill_itself_is_not_explained_by_who_holds_its_connections() -> None:
    ill = case(stores=growing(20, 130), search=growing(6, 110), orders=a_series(6, 7))
    ill.telemetry.metrics.series["books-db", "cpu_pct"] = a_series(20.0, 99.0)  # type: ignore[index]

    assert first(ill)[0] == "books-db"


def test_the_moment_is_the_one_of_the_case() -> None:
    leak = case(line=FULL, stores=growing(20, 130), search=growing(6, 110), orders=a_series(6, 7))

    assert Diagnostician().diagnose(leak).onset == ANOMALY
