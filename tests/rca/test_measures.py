"""Series that bear their service's name measure the same thing as their neighbours' do."""

from dataclasses import replace

from domain.investigation.evidence import MetricTable
from rca.diagnostician import Diagnostician
from rca.series.measures import measures_of
from rca.series.metric_signals import view_metrics
from tests.rca.builders import SERVICES, a_case, a_series


def test_a_name_that_bears_its_service_is_one_measure_with_the_others() -> None:
    found = measures_of(
        [("order-api", "stats.timers.order_api.upper_90"), ("cart", "stats.timers.cart.upper_90")]
    )

    assert set(found.values()) == {"stats.timers.*.upper_90"}


def test_a_name_stays_that_others_share_or_that_nobody_measures_beside() -> None:
    assert measures_of([("db", "db_sessions"), ("cart", "db_sessions")]) == {}
    assert measures_of([("db", "db_sessions"), ("cart", "latency_ms")]) == {}
    assert measures_of([("orders-db", "orders_db.queries"), ("cart", "latency_ms")]) == {
        ("orders-db", "orders_db.queries"): "*.queries"
    }
    assert measures_of([("cart", "cartons_sent"), ("stock", "stockings_sent")]) == {}
    assert measures_of([("a", "a.latency"), ("b", "b.latency"), ("a>b", "a>b|latency")]) == {}


def test_a_services_name_says_nothing_of_what_is_measured() -> None:
    case = a_case({})
    series = {(name, f"stats.timers.{name}.upper_90"): a_series(40.0, 40.0) for name in ("queue", "web")}
    case = replace(
        case, telemetry=replace(case.telemetry, metrics=MetricTable(case.telemetry.metrics.times, series))
    )

    assert len({one.family for one in view_metrics(case).series}) == 1


def test_failures_without_a_map_are_compared_under_one_measure() -> None:
    def first(spelled: str) -> str:
        case = a_case({})
        rise = {"web": 20.0, "stock": 60.0}
        series = {
            (name, spelled.format(name=name)): a_series(0.2, rise.get(name, 0.2), salt=len(name))
            for name in SERVICES
        }
        metrics = MetricTable(case.telemetry.metrics.times, series)
        bare = replace(case, calls=(), reference=None, telemetry=replace(case.telemetry, metrics=metrics))
        return Diagnostician().diagnose(bare).hypotheses[0].service

    assert first("response.5xx") == "stock"
    assert first("stats.{name}.response.5xx") == "stock"


def test_the_machine_of_a_store_is_its_own_where_few_tell_of_machines_and_it_has_no_other_resource() -> None:
    services = [(name, "http_requests_total") for name in "abcdef"]
    disk, conns = ("db", "node_filesystem_avail_bytes"), ("db", "pg_connections")

    assert measures_of([*services, disk, conns]) == {disk: "filesystem_avail_bytes"}
    assert measures_of([*services, disk]) == {}  # a node under its own name
    assert measures_of([*services, disk, conns, ("db", "disk_used_pct")]) == {}
    shared = [(name, "node_cpu_pct") for name in ("a", "b", "c", "db")]
    assert measures_of([*services, conns, *shared]) == {}


def test_means_of_sums_that_bear_their_services_names_are_one_measure() -> None:
    names = ("cart", "stock")
    series = [(name, f"stats.{name}.request_duration.{end}") for name in names for end in ("sum", "count")]

    measures = measures_of(series)

    assert {measures[name, f"stats.{name}.request_duration.sum"] for name in names} == {
        "stats.*.request_duration"
    }
