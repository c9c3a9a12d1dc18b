"""A store without connections left is where it shows: who holds them is told, and nobody named for sure."""

from dataclasses import replace

from domain.investigation.diagnosis import Diagnosis
from domain.investigation.evidence import Alert, IncidentCase
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_series, logs_of

CALLS = (("web", "orders"), ("web", "search"), ("orders", "stock-pg"), ("search", "stock-pg"))
FULL = "psycopg2.OperationalError: FATAL:  sorry, too many clients already"


def full(line: str = FULL, **held: tuple[float, float]) -> IncidentCase:
    case = a_case({(name, "error_ratio"): 0.4 for name in ("web", "orders", "search")})
    table = case.telemetry.metrics
    series = {key: values for key, values in table.series.items() if key[0] != "stock"}
    series |= {("stock-pg", "cpu_pct"): a_series(20.0, 20.0)}
    series |= {(name, "connections_active"): a_series(*levels) for name, levels in held.items()}
    rows = [(4_000.0 * n, name, "error", line) for n in range(40) for name in ("orders", "search")]
    told = replace(case.telemetry, metrics=replace(table, series=series), logs=logs_of(rows))
    return replace(case, telemetry=told, calls=CALLS, reference=None)


def diagnosis(case: IncidentCase) -> Diagnosis:
    return Diagnostician().diagnose(case)


def said(case: IncidentCase) -> str:
    return " ".join(diagnosis(case).would_decide)


def test_who_holds_far_more_connections_than_before_is_named_no_more_than_perhaps() -> None:
    found = diagnosis(full(orders=(5.0, 60.0), search=(5.0, 5.0)))

    assert found.hypotheses[0].service == "orders"
    assert found.confidence < 0.8
    assert "connections_active rose from 5" in " ".join(c.text for c in found.hypotheses[0].claims)


def test_a_store_of_which_nothing_is_odd_but_how_many_it_serves_is_no_more_than_perhaps() -> None:
    case = full("", orders=(5.0, 5.0))
    table = case.telemetry.metrics
    series = {**table.series, ("stock-pg", "sessions"): a_series(40.0, 150.0)}
    told = replace(case, telemetry=replace(case.telemetry, metrics=replace(table, series=series)))

    assert "Of stock-pg nothing is odd but that sessions rose from" in said(told)
    assert diagnosis(told).confidence < 0.8
    series["stock-pg", "cpu_pct"] = a_series(20.0, 99.0)
    assert "nothing is odd" not in said(told)


def test_what_piles_up_is_felt_and_what_only_works_harder_is_not() -> None:
    lag, cpu = ("stock", "kafka_consumergroup_lag"), ("stock", "cpu_pct")

    def unfelt(key: tuple[str, str], *levels: float) -> bool:
        case = a_case({})
        table = case.telemetry.metrics
        series = {**table.series, key: a_series(*levels)}
        told = replace(case, telemetry=replace(case.telemetry, metrics=replace(table, series=series)))
        return "works harder than usual" in said(replace(told, alert=Alert("stock"), reference=None))

    assert not unfelt(lag, 40.0, 4_000.0)
    assert unfelt(lag, 40.0, 70.0)
    assert unfelt(cpu, 20.0, 97.0)
    assert not unfelt(("stock", "memory_rss_bytes"), 4e8, 3e9), "what is kept is no work of a job"
    assert unfelt(("stock", "threads_active"), 4.0, 400.0)


def test_of_two_that_hold_as_many_neither_is_told() -> None:
    both = said(full(orders=(5.0, 60.0), search=(5.0, 62.0)))

    assert "see who holds them, and what was changed in those who call it." in both


def test_another_line_about_a_store_says_nothing_of_connections() -> None:
    assert "no connection left" not in said(full("psycopg2.OperationalError: the database is shutting down"))


def test_who_holds_more_but_does_not_call_it_is_not_told() -> None:
    found = diagnosis(full(web=(5.0, 60.0), orders=(5.0, 5.0)))

    assert found.hypotheses[0].service != "web"
