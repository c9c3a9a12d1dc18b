"""Where several services can't look up several names, the name service is meant, with a map or without."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from domain.investigation.diagnosis import Diagnosis, Verdict
from domain.investigation.evidence import IncidentCase
from rca.culprits.name_service import lost_names
from rca.diagnostician import Diagnostician
from rca.series.nearest_rows import MOST_LINES
from tests.rca.builders import a_case, logs_of

FAILING = {(name, "error_ratio"): 0.5 for name in ("web", "orders", "search")}
NAMES = ["web", "orders", "search", "coredns"]
LOST = {
    "web": "dial tcp: lookup orders on 10.96.0.10:53: no such host",
    "orders": "getaddrinfo EAI_AGAIN stock",
    "search": "java.net.UnknownHostException: index.shop.svc.cluster.local",
}


def saying(case: IncidentCase, lines: Mapping[str, str], *, begin_ms: float = 0.0) -> IncidentCase:
    rows = [(begin_ms + 5_000.0 * n, name, "error", text) for n in range(30) for name, text in lines.items()]
    return replace(case, telemetry=replace(case.telemetry, logs=logs_of(rows)))


def diagnosed(case: IncidentCase) -> Diagnosis:
    return Diagnostician().diagnose(case)


@pytest.mark.parametrize("has_map", [True, False])
def test_several_that_find_no_names_point_at_the_name_service(has_map: bool) -> None:
    case = saying(a_case(FAILING), LOST)
    found = diagnosed(case if has_map else replace(case, calls=()))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.would_decide[0].startswith("orders, search and web can no longer look up several names, “")
    assert found.would_decide[0].endswith("look at the name service.")


@pytest.mark.parametrize(
    "line",
    [
        "lookup {} on 10.96.0.10:53: server misbehaving",
        "dial tcp: lookup {} on 10.96.0.10:53: read udp 10.1.2.3:4->10.96.0.10:53: i/o timeout",
    ],
)
def test_a_name_service_that_answers_with_its_own_failure_is_one_too(line: str) -> None:
    found = diagnosed(saying(a_case(FAILING), {"web": line.format("orders"), "orders": line.format("stock")}))

    assert found.would_decide[0].endswith("look at the name service.")


def test_who_answers_names_is_named_where_it_is_known() -> None:
    case = saying(a_case(FAILING), LOST)
    case = replace(case, calls=(*case.calls, ("web", "coredns")))
    found = diagnosed(case)

    assert (found.verdict, found.hypotheses[0].service) == (Verdict.SUPPORTED, "coredns")
    assert found.find_evidence(found.hypotheses[0].claims[0].evidence_ids[0]).reference.startswith("log:")


def test_a_line_of_a_long_table_is_cited_by_its_own_row() -> None:
    case = saying(replace(a_case(FAILING), calls=(("web", "coredns"),)), LOST, begin_ms=-20_000.0)
    early = [(-90_000.0 - n, "web", "info", "ok") for n in range(MOST_LINES)]
    lines = case.telemetry.logs
    rows = zip(lines.t_ms, lines.service, lines.level, lines.message, strict=True)
    case = replace(case, telemetry=replace(case.telemetry, logs=logs_of([*early, *rows])))

    cited = [e.reference for e in diagnosed(case).evidence if "look up several" in e.text]

    assert cited
    assert all("lookup" in case.telemetry.logs.message[int(one.removeprefix("log:"))] for one in cited)


@pytest.mark.parametrize(
    "lines",
    [
        dict.fromkeys(("web", "search"), "dial tcp: lookup stock on 10.96.0.10:53: no such host"),
        {"web": "lookup orders: no such host; lookup search: no such host"},
        {"web": "could not resolve placeholder 'db.url'", "orders": "cannot resolve symbol total"},
        {"web": "no such file: orders", "orders": "host stock answered 503"},
        {"web": "lookup kafka-0.broker: no such host", "search": "lookup kafka-1.broker: no such host"},
        {"web": "lookup orders.shop: no such host", "search": "lookup orders: no such host"},
    ],
)
def test_one_name_one_service_or_other_things_not_resolved_are_none_of_it(lines: Mapping[str, str]) -> None:
    case = saying(a_case(FAILING), lines)

    assert lost_names(case.telemetry.logs, range(len(case.telemetry.logs)), 0.0, NAMES) is None


def test_names_that_were_never_found_are_no_news() -> None:
    logs = saying(a_case(FAILING), LOST, begin_ms=-75_000.0).telemetry.logs

    assert lost_names(logs, range(len(logs)), 0.0, []) is None


@pytest.mark.parametrize("early", [30, 4])
def test_names_that_are_not_found_now_and_then_are_none_however_long_is_read_afterwards(early: int) -> None:
    gone = {"mailer": "unknown host: smtp.gone.example", "hooks": "lookup api.dead.example: no such host"}
    logs = saying(a_case(FAILING), gone, begin_ms=-5_000.0 * early).telemetry.logs

    assert lost_names(logs, range(len(logs)), 0.0, []) is None


def test_more_lines_about_a_name_that_was_never_found_are_not_several_names() -> None:
    gone, new = "unknown host: smtp.gone.example", "lookup stock: no such host"
    rows = [(5_000.0 * n, "mailer", "error", gone) for n in range(-19, 20)]
    rows += [(5_000.0 * n, name, "error", new) for n in range(40) for name in ("web", "mailer")]

    assert lost_names(logs_of(sorted(rows)), range(len(rows)), 0.0, []) is None


def test_who_is_ill_itself_is_named_beside_names_that_are_not_found() -> None:
    ill = {("stock", "cpu_pct"): 98.0, ("stock", "latency_p95_ms"): 900.0, ("stock", "error_ratio"): 0.6}
    hooks = {"mailer": "unknown host: smtp.gone.example", "hooks": "lookup api.dead.example: no such host"}
    found = diagnosed(saying(a_case({**ill, ("orders", "error_ratio"): 0.5}), hooks))

    assert (found.verdict, found.hypotheses[0].service) == (Verdict.SUPPORTED, "stock")
    assert found.would_decide[0].startswith("hooks and mailer can no longer look up several names")


@pytest.mark.parametrize("name", ["external-dns", "kube-dns-autoscaler", "dns-exporter"])
def test_who_only_writes_names_down_or_watches_does_not_answer_them(name: str) -> None:
    logs = saying(a_case(FAILING), LOST).telemetry.logs
    lost = lost_names(logs, range(len(logs)), 0.0, [name])

    assert lost is not None
    assert not lost.answers
