"""Whom trouble points at although nothing tells how it answers and no map says who calls it."""

from dataclasses import replace

from domain.investigation.evidence import IncidentCase
from rca.diagnostician import Diagnostician
from rca.series.nearest_rows import MOST_LINES
from tests.rca.builders import a_case, a_series, logs_of


def beside_a_busy_store(changed: dict[tuple[str, str], float], *, late_by: int = 0) -> IncidentCase:
    """`orders` is slow; of `ledger` nothing but its own work is told, and nobody knows who calls it."""
    case = a_case({("orders", "latency_p95_ms"): 400.0, **changed})
    busy = a_series(20.0, 95.0, before=20 + late_by, late=6 - late_by)
    case.telemetry.metrics.series[("ledger", "cpu_pct")] = busy
    return replace(case, alert=replace(case.alert, metric=""), reference=None, calls=())


def first_of(case: IncidentCase) -> tuple[str, bool]:
    diagnosis = Diagnostician().diagnose(case)
    return diagnosis.hypotheses[0].service, any(
        "nothing tells how it answers" in e.text for e in diagnosis.evidence
    )


def test_a_busy_store_of_unknown_callers_stands_before_who_only_is_slow() -> None:
    assert first_of(beside_a_busy_store({})) == ("ledger", True)


def test_it_does_not_beside_a_busy_service_where_it_turned_later_or_where_a_line_names_another() -> None:
    busy = beside_a_busy_store({("orders", "cpu_pct"): 97.0})
    late = beside_a_busy_store({}, late_by=3)
    quiet = beside_a_busy_store({})
    lines = [(3_000.0 * n, "orders", "error", "call to stock:8080 timed out") for n in range(40)]
    told = replace(quiet, telemetry=replace(quiet.telemetry, logs=logs_of(lines)))

    assert first_of(busy) == ("orders", False)
    assert not first_of(late)[1]
    assert not first_of(told)[1]


def needing_a_ledger(
    disk: float, *, load: float = 50.0, others: tuple[str, ...] = (), resource: str = "disk_used_percent"
) -> str:
    """What is said of `ledger`, which tells how slow it is and not how often it fails; `orders` fails."""
    case = a_case({("orders", "error_ratio"): 0.5})
    case.telemetry.metrics.series.update(
        {
            ("ledger", "pg_query_duration_ms_p95"): a_series(6.0, 6.0),
            ("ledger", resource): a_series(40.0, disk, salt=3),
            ("ledger", "pg_xact_rate"): a_series(50.0, load, salt=5),
            ("blind", "disk_used_percent"): a_series(40.0, 40.0, salt=4),
        }
    )
    calls = tuple((caller, "ledger") for caller in ("orders", *others))
    found = Diagnostician().diagnose(replace(case, reference=None, calls=calls))
    mine = next(one for one in found.hypotheses if one.service == "ledger")
    return " ".join(claim.text for claim in mine.claims)


def test_a_store_that_tells_no_failures_is_pointed_at_by_callers_that_fail() -> None:
    told = "its callers suffer, orders, and nothing tells how often it fails"

    assert told in needing_a_ledger(90.0)
    assert told in needing_a_ledger(90.0, others=("blind",))
    assert told not in needing_a_ledger(40.0)
    assert told not in needing_a_ledger(90.0, others=("web", "search"))
    assert told not in needing_a_ledger(90.0, load=600.0)


def test_who_is_busy_and_answers_as_fast_as_ever_does_not_make_its_callers_fail() -> None:
    assert "its callers suffer" not in needing_a_ledger(90.0, resource="cpu_pct")


def complaining_of(line: str, *, early: int = 0) -> tuple[str, str]:
    """Who is first, and its first claim, where `orders` fails and writes a line so often."""
    case = a_case({("orders", "error_ratio"): 0.1, ("orders", "latency_p95_ms"): 60.0})
    case = replace(case, calls=(("web", "orders"), ("orders", "pay.example.com")), reference=None)
    rows = [(3_000.0 * n, "orders", "error", line) for n in range(60)]
    quiet = [(-90_000.0 + 9_000.0 * n, "orders", "info", "handled 40 requests") for n in range(20)]
    quiet += [(-900_000.0 + 300_000.0 * n / early, "web", "info", "served") for n in range(early)]
    logs = logs_of(sorted([*rows, *quiet]))
    first = (
        Diagnostician().diagnose(replace(case, telemetry=replace(case.telemetry, logs=logs))).hypotheses[0]
    )
    return first.service, first.claims[0].text


def test_who_is_complained_of_by_name_and_tells_nothing_stands_before_who_complains() -> None:
    service, said = complaining_of("POST https://pay.example.com/v2/charge -> 503 Service Unavailable")

    assert (service, said) == (
        "pay.example.com",
        "its callers suffer, orders, and nothing tells how it answers them",
    )
    assert complaining_of("order 17 has no amount")[0] == "orders"


def test_who_complains_is_known_of_a_longer_table_than_is_read() -> None:
    service, said = complaining_of("POST https://pay.example.com/v2/charge -> 503", early=MOST_LINES)

    assert (service, said) == (
        "pay.example.com",
        "its callers suffer, orders, and nothing tells how it answers them",
    )
