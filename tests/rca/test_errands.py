"""Who brings trouble by work of its own is named before those who suffer it."""

from dataclasses import replace

import pytest

from domain.investigation.evidence import Alert, IncidentCase
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_series

CALLS = (("web", "orders"), ("web", "search"), ("orders", "stock"), ("search", "stock"), ("job", "stock"))
WAITING = {
    ("stock", "latency_p95_ms"): 900.0,
    ("orders", "latency_p95_ms"): 940.0,
    ("search", "latency_p95_ms"): 930.0,
    ("orders", "error_ratio"): 0.2,
}


def first_of(case: IncidentCase) -> tuple[str, str]:
    first = Diagnostician().diagnose(case).hypotheses[0]
    return first.service, " ".join(claim.text for claim in first.claims)


def with_a_job(
    cpu: float, rows: float = 10.0, *, asked: float = 100.0, failing: bool = False, since: int = 20
) -> IncidentCase:
    case = a_case({**WAITING, ("orders", "requests_per_s"): asked, ("web", "requests_per_s"): asked})
    own = {
        ("job", "cpu_pct"): a_series(5.0, cpu, before=since, late=26 - since, salt=8),
        ("job", "rows_per_s"): a_series(10.0, rows, before=since, late=26 - since, salt=9),
    }
    if failing:
        own["job", "error_ratio"] = a_series(0.002, 0.6, salt=7)
    case.telemetry.metrics.series.update(own)
    return replace(case, calls=CALLS, reference=None)


def test_a_job_that_works_for_itself_stands_before_the_store_that_all_others_wait_for() -> None:
    service, said = first_of(with_a_job(60.0, 700.0))

    assert service == "job"
    assert "times as much as before (rows_per_s rose from 9.995 to 7" in said
    assert "while orders and search wait for stock, which it calls too" in said


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(with_a_job(6.0), id="it works as ever"),
        pytest.param(with_a_job(60.0, asked=400.0), id="another caller asks for as much more"),
        pytest.param(with_a_job(60.0, failing=True), id="it fails itself"),
        pytest.param(with_a_job(60.0, since=24), id="it began after the store was slow"),
    ],
)
def test_a_job_is_not_accused_where(case: IncidentCase) -> None:
    assert "times as much as before" not in first_of(case)[1]


def functions(
    *, calls_of_hog: float = 900.0, throttled: float = 40.0, asked: float = 100.0, alike: str = "Invocations"
) -> IncidentCase:
    """Three functions share a limit; `resize` may take it, and `web` calls all of them."""
    case = a_case({("web", "error_ratio"): 0.2, ("web", "requests_per_s"): asked})
    series = {
        ("resize", alike): a_series(30.0, calls_of_hog, salt=3),
        ("resize", "Duration"): a_series(80, 80),
    }
    for salt, name in enumerate(("mail", "bill")):
        series[name, "Invocations"] = a_series(60.0, 45.0, salt=salt)
        series[name, "Throttles"] = a_series(0.5, throttled, salt=salt + 5)
        series[name, "Errors"] = a_series(0.5, throttled, salt=salt + 6)
    case.telemetry.metrics.series.update(series)
    calls = tuple(("web", name) for name in ("resize", "mail", "bill", "orders", "search"))
    return replace(case, calls=calls, alert=Alert("web"), reference=None)


def test_who_takes_what_all_share_stands_before_those_who_are_throttled() -> None:
    service, said = first_of(functions())

    assert service == "resize"
    assert "Invocations rose from 30" in said
    assert "while bill and mail are throttled" in said


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(functions(throttled=0.5), id="nobody is throttled"),
        pytest.param(functions(calls_of_hog=40.0), id="it takes hardly more"),
        pytest.param(functions(asked=900.0), id="its caller is asked for more"),
        pytest.param(functions(alike="rows_per_s"), id="it shares nothing that is measured alike"),
    ],
)
def test_a_function_is_not_accused_where(case: IncidentCase) -> None:
    assert "are throttled" not in first_of(case)[1]


def a_queue(
    *, taken: float = 1.0, other: float = 50.0, comes: float = 100.0, does: str = "messages_processed_per_s"
) -> IncidentCase:
    case = a_case({})
    case.telemetry.metrics.series.update(
        {
            ("mail-queue", "queue_depth"): a_series(20.0, 5_000.0, salt=1),
            ("mail-queue", "messages_published_per_s"): a_series(100.0, comes, salt=2),
            ("mailer", does): a_series(50.0, taken, salt=3),
            ("printer", "messages_processed_per_s"): a_series(50.0, other, salt=4),
        }
    )
    calls = (("web", "mail-queue"), ("mailer", "mail-queue"), ("printer", "mail-queue"))
    return replace(case, calls=calls, alert=Alert("mail-queue"), reference=None)


def test_a_consumer_that_takes_nothing_stands_before_the_queue_that_grows() -> None:
    service, said = first_of(a_queue())

    assert service == "mailer"
    assert "messages_processed_per_s fell from 50" in said
    assert "while queue_depth of mail-queue rose from 20" in said


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(a_queue(taken=50.0), id="it takes as much as ever"),
        pytest.param(a_queue(other=1.0), id="nobody takes anything"),
        pytest.param(a_queue(comes=10.0), id="hardly anything comes in"),
        pytest.param(a_queue(does="messages_published_per_s"), id="it is who puts in"),
    ],
)
def test_a_consumer_is_not_accused_where(case: IncidentCase) -> None:
    assert "of mail-queue rose" not in first_of(case)[1]
