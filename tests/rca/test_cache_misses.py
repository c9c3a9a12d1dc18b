"""An emptied cache is the cause of what the database behind it suffers, and a busy one is not."""

from dataclasses import replace

import numpy as np
import pytest

from domain.investigation.evidence import ENTRY, IncidentCase
from rca.culprits.cache_misses import cache_findings
from rca.diagnostician import Diagnostician
from rca.families import Family
from rca.series.metric_signals import MetricView, SeriesDeviation
from rca.series.robust import Deviation
from tests.rca.builders import ANOMALY, a_case, a_series

CALLS = (("web", "orders"), ("orders", "stock"), ("orders", "memo"))


def counted(level: float, after: float, salt: int) -> list[float]:
    return np.cumsum(a_series(level, after, salt=salt)).tolist()


def a_cached_system(*, missed: float, asked: float, commands: float = 1_000.0) -> IncidentCase:
    slow = {
        ("stock", "latency_p95_ms"): 900.0,
        ("stock", "cpu_pct"): 97.0,
        ("stock", "requests_per_s"): asked,
        ("orders", "latency_p95_ms"): 940.0,
        ("web", "latency_p95_ms"): 980.0,
    }
    case = a_case(slow)
    case.telemetry.metrics.series.update(
        {
            ("memo", "redis_keyspace_hits_total"): counted(900.0, commands - missed, 1),
            ("memo", "redis_keyspace_misses_total"): counted(100.0, missed, 2),
            ("memo", "redis_commands_processed_total"): counted(1_000.0, commands, 3),
        }
    )
    return replace(case, calls=CALLS)


def first_of(case: IncidentCase) -> tuple[str, str]:
    first = Diagnostician().diagnose(case).hypotheses[0]
    return first.service, " ".join(claim.text for claim in first.claims)


@pytest.mark.parametrize("calls", [CALLS, ()])
def test_a_cache_that_was_emptied_stands_before_the_database_that_bears_it(
    calls: tuple[tuple[str, str], ...],
) -> None:
    service, said = first_of(replace(a_cached_system(missed=950.0, asked=400.0), calls=calls))

    assert service == "memo"
    assert "redis_keyspace_misses_total rose from 9" in said
    assert "and stock is asked 4.0 times as often as before" in said


@pytest.mark.parametrize(
    "case",
    [
        a_cached_system(missed=100.0, asked=400.0),
        a_cached_system(missed=950.0, asked=100.0),
        a_cached_system(missed=400.0, asked=400.0, commands=4_000.0),
    ],
    ids=["misses as ever", "nobody is asked instead", "all are asked for more"],
)
def test_a_cache_that_answers_as_ever_or_burdens_nobody_is_no_cause(case: IncidentCase) -> None:
    assert first_of(case)[0] == "stock"


def test_misses_of_a_cache_that_tells_nothing_else_are_beside_what_all_are_asked_for() -> None:
    def said(others: float) -> str:
        case = a_cached_system(missed=400.0, asked=400.0)
        series = case.telemetry.metrics.series
        for metric in ("redis_keyspace_hits_total", "redis_commands_processed_total"):
            del series[("memo", metric)]
        for name in ("web", "orders", "search"):
            series[(name, "requests_per_s")] = a_series(100.0, others, salt=len(name))
        found = Diagnostician().diagnose(case)
        return " ".join(item.text for item in found.evidence if item.service == "memo")

    assert "stock is asked" in said(130.0)
    assert "stock is asked" not in said(400.0)


def judged(*series: tuple[str, str, Family, float, float, float], late: float = 0.0) -> list[str]:
    """Series as (service, metric, family, z, before, after); misses and load turn `late` seconds later."""
    told = tuple(
        SeriesDeviation(
            *(service, metric, family, Deviation(z, before, after, 1.0)),
            ANOMALY + (late if family in (Family.CACHE, Family.LOAD) else 0.0),
            metric,
        )
        for service, metric, family, z, before, after in series
    )
    return [one.service for one in cache_findings(MetricView(ANOMALY, told, (), len(told)), (), 60.0)]


FEWER_HITS = ("memo", "cache_hit_ratio", Family.CACHE, -9.0, 0.95, 0.8)
STORE_ASKED = ("stock", "requests_per_s", Family.LOAD, 9.0, 100.0, 400.0)


@pytest.mark.parametrize("who", ["orders", ENTRY])
def test_fewer_hits_while_all_are_asked_for_as_much_more_are_a_surge(who: str) -> None:
    def asked(times: float) -> list[str]:
        return judged(FEWER_HITS, STORE_ASKED, (who, "requests_per_s", Family.LOAD, 9.0, 50.0, 50.0 * times))

    assert asked(1.1) == ["memo"]
    assert asked(3.9) == []


def test_a_cache_that_misses_after_the_store_was_slow_is_its_victim() -> None:
    slow = ("stock", "latency_ms", Family.LATENCY, 20.0, 5.0, 90.0)

    assert judged(FEWER_HITS, STORE_ASKED, slow, late=60.0) == ["memo"]
    assert judged(FEWER_HITS, STORE_ASKED, slow, late=600.0) == []


def test_an_emptied_cache_that_makes_nobody_slow_is_no_trouble() -> None:
    calm = ("orders", "latency_ms", Family.LATENCY, 1.0, 40.0, 41.0)
    slow = ("orders", "latency_ms", Family.LATENCY, 9.0, 40.0, 90.0)

    assert judged(FEWER_HITS, STORE_ASKED, slow) == ["memo"]
    assert judged(FEWER_HITS, STORE_ASKED, calm) == []


def test_misses_and_load_that_are_hardly_plain_alone_are_plain_together() -> None:
    def found(z: float, before: float = 0.9) -> list[str]:
        ratio = Deviation(-z, before, 0.1, 1.0)
        asked = Deviation(3.5, 100.0, 400.0, 1.0)
        series = (
            SeriesDeviation("memo", "cache_hit_ratio", Family.CACHE, ratio, ANOMALY, "cache_hit_ratio"),
            SeriesDeviation("stock", "requests_per_s", Family.LOAD, asked, ANOMALY, "requests_per_s"),
        )
        return [one.service for one in cache_findings(MetricView(ANOMALY, series, (), 2), (), 60.0)]

    assert found(4.0) == ["memo"]
    assert found(2.0) == []
    assert found(4.0, before=0.5) == []
