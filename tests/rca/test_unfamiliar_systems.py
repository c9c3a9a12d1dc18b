"""What holds on systems that the ranking was never tuned on."""

import math
import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from benchmarks import rca_worlds
from benchmarks.rca_simulated import FAULTS, incidents
from benchmarks.rca_spoilings import SPOILINGS
from domain.investigation.evidence import Alert, IncidentCase, MetricTable, SpanTable, Telemetry
from rca.cases.case_labels import Label
from rca.collect import Sources, collect
from rca.diagnostician import Diagnostician
from rca.families import Family, family_of, is_bad_when_low
from rca.series.metric_signals import view_metrics
from rca.spans.clock_alignment import aligned
from tests.rca.builders import a_case, spans_of, steady, with_spans

TRUTH = Label("case-1", ("stock",))


@pytest.mark.parametrize("name", sorted(set(SPOILINGS) - {"no_metrics"}))
def test_a_plain_fault_is_found_however_the_case_is_spoiled(name: str) -> None:
    chance = random.Random(5)  # noqa: S311  seeded, nothing secret
    case, truth = SPOILINGS[name](a_case(), TRUTH, chance)

    assert Diagnostician().diagnose(case).hypotheses[0].service in truth.services


def test_most_made_up_incidents_of_every_kind_are_found() -> None:
    right: dict[str, list[bool]] = {kind: [] for kind in FAULTS}
    for case, label in incidents(60, first=5_000):
        first = Diagnostician().diagnose(case).hypotheses[0].service
        right[label.fault].append(first in label.services)

    every = [hit for hits in right.values() for hit in hits]
    assert sum(every) / len(every) > 0.65


def test_what_shows_at_all_is_mostly_found_on_systems_of_any_vocabulary_and_telemetry() -> None:
    right = []
    for case, label, shows in rca_worlds.incidents(30, first=7_000):
        first = Diagnostician().diagnose(case).hypotheses[0].service
        right += [first in label.services] if shows else []

    assert sum(right) / len(right) > 0.65


def test_a_made_up_incident_is_the_same_whenever_it_is_made() -> None:
    case, label, shows = rca_worlds.incident(7_001)
    again = rca_worlds.incident(7_001)

    assert (again[1], again[2]) == (label, shows)
    assert again[0].telemetry.spans == case.telemetry.spans
    assert again[0].telemetry.metrics.series.keys() == case.telemetry.metrics.series.keys()


def test_the_clock_of_a_service_is_put_right_by_what_its_callers_saw() -> None:
    spans = spans_of(steady(30, 0.0, web=4_000, orders=3_000, stock=2_000))
    ahead = 150_000.0
    wrong = replace(
        spans,
        start_ms=[
            at + (ahead if of == "stock" else 0.0)
            for at, of in zip(spans.start_ms, spans.service, strict=True)
        ],
    )

    found, offsets = aligned(Telemetry(spans=wrong))

    assert offsets.keys() == {"stock"}
    assert found.spans.start_ms == pytest.approx(spans.start_ms, abs=5.0)
    assert aligned(Telemetry(spans=spans)) == (Telemetry(spans=spans), {})


def test_a_wrong_clock_is_said() -> None:
    usual = spans_of(steady(60, -60_000, web=4_000, orders=3_000, stock=2_000))
    skewed = replace(
        usual,
        start_ms=[
            at - (90_000.0 if of == "stock" else 0.0)
            for at, of in zip(usual.start_ms, usual.service, strict=True)
        ],
    )

    coverage = Diagnostician().diagnose(with_spans(a_case(), skewed, usual)).coverage

    assert "the clock of stock is 90 s behind, which was put right" in coverage.unavailable


def test_who_waited_in_a_queue_has_no_wrong_clock_and_a_fast_clock_sends_nothing_after_the_question() -> None:
    spans = spans_of(steady(60, -60_000.0, web=4_000, orders=3_000, stock=2_000))

    def late(by: Callable[[int], float]) -> SpanTable:
        moved = [
            at + (by(row) if of == "stock" else 0.0)
            for row, (at, of) in enumerate(zip(spans.start_ms, spans.service, strict=True))
        ]
        return replace(spans, start_ms=moved)

    queued = late(lambda row: 3_000.0 + 40.0 * row)
    ahead = IncidentCase("c", 100_000.0, telemetry=Telemetry(spans=late(lambda row: 90_000.0)))

    assert aligned(Telemetry(spans=queued))[1] == {}
    assert collect(ahead, Sources()).onset < 100_000.0


def test_how_long_a_process_runs_is_no_latency_and_bad_when_it_falls() -> None:
    for name in ("process_uptime_seconds", "redis_uptime_in_seconds", "process.uptime"):
        assert (family_of(name), is_bad_when_low(name)) == (Family.OTHER, True)


def _silent(case: IncidentCase, names: set[str], miss: int = 0) -> IncidentCase:
    series = {
        key: [
            math.nan if key[0] in names and (row >= 20 or (miss and row % miss == 0)) else value
            for row, value in enumerate(values)
        ]
        for key, values in case.telemetry.metrics.series.items()
    }
    return replace(case, telemetry=Telemetry(MetricTable(case.telemetry.metrics.times, series)))


def test_a_service_that_is_gone_explains_the_failures_of_its_callers() -> None:
    failing = a_case({("orders", "error_ratio"): 0.5, ("web", "error_ratio"): 0.3})

    assert Diagnostician().diagnose(_silent(failing, {"stock"})).hypotheses[0].service == "stock"


def test_a_pod_that_a_roll_out_replaced_is_not_gone() -> None:
    def rolled(successor: str) -> IncidentCase:
        case = replace(a_case({}), reference=None)
        series = dict(case.telemetry.metrics.series)
        for metric in ("cpu_pct", "requests_per_s"):
            row = list(series[("stock", metric)])
            series[("shop-7d9f8b6c5d-x2x4q", metric)] = [*row[:20], *[math.nan] * 6]
            series[(successor, metric)] = [*[math.nan] * 18, *row[18:]]
        return replace(case, telemetry=Telemetry(MetricTable(case.telemetry.metrics.times, series)))

    assert view_metrics(rolled("shop-5c4d7f9b84-abcde")).silent == ()
    assert view_metrics(rolled("cart-5c4d7f9b84-abcde")).silent[0][0] == "shop-7d9f8b6c5d-x2x4q"


def test_a_service_that_often_misses_samples_is_not_gone_when_it_misses_some_more() -> None:
    gappy = replace(_silent(a_case({}), {"stock"}, miss=2), reference=None)

    suspects = [each for each in Diagnostician().diagnose(gappy).hypotheses if each.service == "stock"]

    assert not any("stopped reporting" in claim.text for each in suspects for claim in each.claims)


def test_a_smaller_failure_upstream_is_explained_by_the_larger_one_below_however_steady_it_was() -> None:
    noisy = [0.002 + 0.004 * (row % 5) for row in range(20)] + [0.5] * 6
    case = replace(a_case({("web", "error_ratio"): 0.06, ("orders", "error_ratio"): 0.1}), reference=None)
    series = {**case.telemetry.metrics.series, ("stock", "error_ratio"): noisy}
    found = replace(case, telemetry=Telemetry(MetricTable(case.telemetry.metrics.times, series)))

    assert Diagnostician().diagnose(found).hypotheses[0].service == "stock"


def test_symptoms_without_a_map_are_believed_less() -> None:
    changed = {(name, "latency_p95_ms"): 900.0 for name in ("web", "orders", "stock")}
    mapped = Diagnostician().diagnose(a_case(changed))
    lost = Diagnostician().diagnose(replace(a_case(changed), calls=()))

    assert mapped.hypotheses[0].service == "stock"
    assert lost.hypotheses[0].score < mapped.hypotheses[0].score


def test_two_milliseconds_more_on_many_calls_do_not_hide_two_seconds_on_some() -> None:
    usual = steady(60, -60_000, web=4_000, orders=3_000, stock=2_000)
    after = steady(60, 1_000, web=6_000, orders=3_000, stock=2_000_000)

    case = with_spans(replace(a_case({}), alert=Alert()), spans_of(usual + after), spans_of(usual))

    assert Diagnostician().diagnose(case).hypotheses[0].service == "stock"


@pytest.mark.parametrize(
    ("metric", "family"),
    [
        ("CPUUtilization", Family.CPU),
        ("UnHealthyHostCount", Family.ERRORS),
        ("HTTPCode_Target_5XX_Count", Family.ERRORS),
        ("TargetResponseTime", Family.LATENCY),
        ("DatabaseConnections", Family.SATURATION),
        ("ApproximateAgeOfOldestMessage", Family.SATURATION),
        ("FreeableMemory", Family.MEMORY),
        ("container_cpu_cfs_throttled_seconds_total", Family.CPU),
        ("container_memory_failures_total", Family.MEMORY),
        ("container_network_receive_errors_total", Family.ERRORS),
        ("istio_request_duration_milliseconds_p90", Family.LATENCY),
        ("istio_requests_total", Family.LOAD),
        ("http_server_requests_seconds_count", Family.LOAD),
        ("jvm_gc_pause_seconds_max", Family.MEMORY),
        ("go_goroutines", Family.SATURATION),
        ("kafka_consumergroup_lag", Family.SATURATION),
        ("pg_stat_activity_count", Family.SATURATION),
        ("redis_connected_clients", Family.SATURATION),
        ("envoy_cluster_upstream_rq_time", Family.CLIENT_LATENCY),
        ("node_load1", Family.NODE),
        ("system_load_average_1m", Family.CPU),
        ("load", Family.LOAD),
        ("http_response_size_bytes", Family.NETWORK),
        ("rabbitmq_queue_messages_published_total", Family.LOAD),
        ("NumberOfMessagesSent", Family.LOAD),
        ("rabbitmq_queue_messages_ready", Family.SATURATION),
        ("messages_published_failed_total", Family.ERRORS),
        ("ApproximateNumberOfMessagesVisible", Family.SATURATION),
        ("message_bytes_received", Family.NETWORK),
        ("mysql.performance.questions", Family.LOAD),
        ("postgresql.backends", Family.SATURATION),
        ("system.network.io", Family.NETWORK),
        ("system.disk.io", Family.DISK),
        ("grpc_server_handled_total", Family.LOAD),
        ("grpc_server_handled_total_DeadlineExceeded", Family.ERRORS),
        ("rpc_server_responses_internal", Family.ERRORS),
        ("internal_queue_depth", Family.SATURATION),
        ("grpc_server_handling_seconds_p95", Family.LATENCY),
        ("go_gc_duration_seconds_p99", Family.MEMORY),
        ("kafka_server_replicamanager_underreplicatedpartitions", Family.ERRORS),
    ],
)
def test_names_of_common_exporters_are_understood(metric: str, family: Family) -> None:
    assert family_of(metric) is family


def test_what_is_left_free_is_bad_when_it_falls() -> None:
    assert is_bad_when_low("FreeStorageSpace")
    assert is_bad_when_low("memory_available_bytes")
    assert is_bad_when_low("availability")
    assert not is_bad_when_low("memory_used_bytes")
    assert is_bad_when_low("cache_hit_ratio")
    assert not is_bad_when_low("redis_keyspace_hits_total")  # fewer users hit less


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("latency50", Family.LATENCY), ("lat99", Family.LATENCY), ("responsetime", Family.LATENCY),
        ("cpuusage", Family.CPU), ("cpu0", Family.CPU), ("memutil", Family.MEMORY), ("diskread", Family.DISK),
        ("errorrate", Family.ERRORS), ("http5xx", Family.ERRORS), ("requestcount", Family.LOAD),
        ("http_request_duration_seconds_count", Family.LOAD), ("threadcount", Family.SATURATION),
        ("db_sessions", Family.SATURATION), ("successratio", Family.SUCCESS), ("foobar", Family.OTHER),
    ],
)  # fmt: skip
def test_words_written_as_one_are_read_too(name: str, family: Family) -> None:
    assert family_of(name) is family


def _at_hosts(case: IncidentCase) -> IncidentCase:
    def host(name: str) -> str:
        return f"{name}.shop.svc.cluster.local"

    def window(told: Telemetry | None) -> Telemetry | None:
        if told is None:
            return None
        series = {(host(service), metric): row for (service, metric), row in told.metrics.series.items()}
        return replace(told, metrics=MetricTable(told.metrics.times, series))

    telemetry = window(case.telemetry)
    assert telemetry is not None
    return replace(
        case,
        telemetry=telemetry,
        reference=window(case.reference),
        alert=replace(case.alert, service=host(case.alert.service)),
        calls=tuple((host(caller), host(callee)) for caller, callee in case.calls),
    )


def test_a_system_that_calls_its_services_by_host_names_is_diagnosed_as_surely() -> None:
    plain, at_hosts = (Diagnostician().diagnose(case) for case in (a_case(), _at_hosts(a_case())))

    assert at_hosts.hypotheses[0].service.startswith(plain.hypotheses[0].service)
    assert at_hosts.confidence == plain.confidence
