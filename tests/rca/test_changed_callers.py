"""The only caller of a busy store that was changed minutes before is named as perhaps, if it waits most."""

from dataclasses import replace

import pytest

from domain.investigation.evidence import IncidentCase
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_deploy, a_series

CALLS = (("web", "orders"), ("web", "search"), ("orders", "stock"), ("search", "stock"))
USUAL = {
    ("stock", "cpu_pct"): 97.0,
    ("stock", "latency_p95_ms"): 90.0,
    ("orders", "latency_p95_ms"): 900.0,
    ("search", "latency_p95_ms"): 80.0,
    ("web", "latency_p95_ms"): 980.0,
}


def case(*changed: tuple[str, float], **latency: float) -> IncidentCase:
    levels = USUAL | {(name, "latency_p95_ms"): level for name, level in latency.items()}
    changes = tuple(a_deploy(f"v{row}", minutes, name) for row, (name, minutes) in enumerate(changed))
    return replace(a_case(levels), calls=CALLS, changes=changes)


def first_of(of: IncidentCase) -> tuple[str, float, str]:
    found = Diagnostician().diagnose(of)
    first = found.hypotheses[0]
    return first.service, found.confidence, " ".join(claim.text for claim in first.claims)


def test_the_only_caller_that_was_changed_and_waits_far_longer_is_named_as_perhaps() -> None:
    service, sure, said = first_of(case(("orders", 4.0)))

    assert (service, sure < 0.8) == ("orders", True)
    assert "was changed 4 min before stock, which it calls, got slow or busy" in said


def test_a_store_that_is_asked_for_more_is_busy_by_that() -> None:
    busy = case(("orders", 4.0))
    busy.telemetry.metrics.series["stock", "requests_per_s"] = a_series(100.0, 400.0)  # type: ignore[index]

    assert "was changed" not in first_of(busy)[2]


def test_waiting_is_compared_by_what_both_tell() -> None:
    alike = case(("orders", 4.0))
    series = alike.telemetry.metrics.series
    del series["search", "latency_p95_ms"]  # type: ignore[attr-defined]
    series["search", "latency_p95_seconds"] = a_series(0.04, 0.85)  # type: ignore[index]

    assert "was changed" not in first_of(alike)[2]


def test_who_fails_and_waits_no_longer_than_ever_is_not_said_to_wait() -> None:
    failing = case(("orders", 4.0), orders=40.0, search=40.0, web=40.0)
    failing.telemetry.metrics.series["orders", "error_ratio"] = a_series(0.002, 0.4)  # type: ignore[index]

    said = " ".join(c.text for h in Diagnostician().diagnose(failing).hypotheses for c in h.claims)
    assert "waits far longer" not in said


def test_only_those_are_named_who_tell_how_long_they_wait() -> None:
    more = case(("orders", 4.0))
    more.telemetry.metrics.series["ledger", "cpu_pct"] = a_series(20.0, 20.0)  # type: ignore[index]

    service, _, said = first_of(replace(more, calls=(*CALLS, ("ledger", "stock"))))

    assert service == "orders"
    assert said.endswith("waits far longer than search") or "waits far longer than search " in said


@pytest.mark.parametrize(
    "other",
    [
        case(),
        case(("orders", 90.0)),
        case(("orders", -10.0)),
        case(("orders", 4.0), ("search", 5.0)),
        case(("orders", 4.0), ("stock", 5.0)),
        case(("orders", 4.0), search=800.0),
        case(("orders", 4.0), orders=41.0),
    ],
    ids=[
        "none",
        "long before",
        "after",
        "both callers",
        "the store too",
        "all wait alike",
        "it waits for nothing",
    ],
)
def test_another_change_accuses_nobody(other: IncidentCase) -> None:
    assert "was changed" not in first_of(other)[2]
