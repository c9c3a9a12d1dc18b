"""Without any map a reverse proxy passes on what others answer, and is named where nobody else is ill."""

from dataclasses import replace

from domain.investigation.evidence import IncidentCase, Telemetry
from rca.culprits.proxies import proxies
from rca.diagnostician import Diagnostician
from tests.rca.builders import a_case, a_series

FRONT = {"nginx_http_requests_5xx_total": (0.2, 9.0), "nginx_connections_active": (10.0, 60.0)}


def behind_a_proxy(changed: dict[tuple[str, str], float]) -> IncidentCase:
    case = a_case(changed)
    table = case.telemetry.metrics
    door = {("front", name): a_series(*levels) for name, levels in FRONT.items()}
    told = Telemetry(replace(table, series={**table.series, **door}))
    return replace(case, telemetry=told, reference=None, calls=())


def first(case: IncidentCase) -> str:
    return Diagnostician().diagnose(case).hypotheses[0].service


def test_a_proxy_is_not_named_for_what_another_is_ill_with() -> None:
    assert (
        first(behind_a_proxy({("stock", "error_ratio"): 0.05, ("stock", "latency_p95_ms"): 900.0})) == "stock"
    )


def test_a_proxy_is_named_where_nobody_else_is_ill() -> None:
    assert first(behind_a_proxy({})) == "front"


def test_services_that_each_have_a_proxy_beside_them_are_no_proxies() -> None:
    sidecars = [(name, "envoy_cluster_upstream_rq_5xx") for name in ("web", "orders", "stock")]

    assert proxies([*sidecars, ("search", "cpu_pct")]) == frozenset()
    assert proxies([("front", "nginx_requests"), *((name, "cpu_pct") for name in "abc")]) == {"front"}


def test_a_service_with_requests_of_its_own_is_no_proxy_whatever_stands_beside_it() -> None:
    others = [(name, "cpu_pct") for name in ("web", "orders", "stock")]
    search = [("search", "ingress_bytes_total"), ("search", "http_errors_total")]
    meshed = [("search", "envoy_cluster_upstream_rq_5xx"), ("search", "request_duration_seconds_p95")]
    door = [("front", "nginx_requests"), ("front", "promhttp_metric_handler_requests_total")]

    assert proxies([*others, *search]) == proxies([*others, *meshed]) == frozenset()
    assert proxies([*others, *door]) == {"front"}
