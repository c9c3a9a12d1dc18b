"""Evidence leads to its source's own page: of a fixed host, with nothing in it that is secret."""

import json
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from pydantic import ValidationError

from domain.investigation.evidence import Change, ChangeKind, EvidenceItem, EvidenceKind, RunFacts
from domain.ports.diagnostician import SourceLink
from runtime.settings.house import GitSettings, Settings
from runtime.settings.telemetry import TelemetrySettings
from runtime.wiring.investigating.link_settings import source_links
from tests.rca.builders import ANOMALY, a_case, logs_of

SHA = "a" * 40
HOSTILE = "checkout/../../x?y=http://evil.example#\"'}{"
LINES = logs_of([(10.0, HOSTILE, "ERROR", "disk is full")])
CASE = replace(
    a_case(),
    telemetry=replace(a_case().telemetry, logs=LINES),
    changes=(
        Change(SHA, ChangeKind.COMMIT, ANOMALY, "shop"),
        Change("0a1b-22@1700000000:rollout", ChangeKind.DEPLOY, ANOMALY, "checkout"),
    ),
)
RUN = RunFacts("fx_trades", "scheduled__2026-11-28T06:00:00+00:00", "failed", ANOMALY)
FROM = {"metric": "Prometheus", "log": "Loki", "span": "Jaeger, Tempo", "change": "Git"}


def link(settings: Settings, reference: str, service: str = "stock") -> SourceLink:
    item = EvidenceItem("e1", EvidenceKind.METRIC, service, "odd", reference, ANOMALY)
    return source_links(settings).find(item, CASE, RUN, FROM)


def told(**telemetry: object) -> Settings:
    return Settings(telemetry=TelemetrySettings(**telemetry))  # type: ignore[arg-type]  # as a file gives them


GRAFANA = told(
    grafana_url="https://grafana.example/",
    grafana_sources={"prometheus": "p1", "loki": "l1", "tempo": "t1"},
    jaeger_url="http://jaeger.example:16686",
)


@pytest.mark.parametrize(
    ("settings", "reference", "address"),
    [
        (
            told(airflow_url="http://airflow.example:8080/"),
            "run:scheduled__2026-11-28T06:00:00+00:00#3",
            "http://airflow.example:8080/dags/fx_trades/runs/scheduled__2026-11-28T06%3A00%3A00%2B00%3A00",
        ),
        (
            told(links={"run": "http://old.example/dags/{feed}/grid?dag_run_id={run}"}),
            "run:scheduled__2026-11-28T06:00:00+00:00",
            "http://old.example/dags/fx_trades/grid?dag_run_id=scheduled__2026-11-28T06%3A00%3A00%2B00%3A00",
        ),
        (
            told(links={"commit": "https://github.com/acme/shop/commit/{id}"}),
            f"change:{SHA}",
            f"https://github.com/acme/shop/commit/{SHA}",
        ),
        (told(jaeger_url="http://j.example"), "span:abc/1", "http://j.example/trace/abc"),
        (told(), f"change:{SHA}", ""),
        (told(airflow_url="http://airflow.example"), "run:other", ""),
    ],
)
def test_a_page_is_linked_where_its_source_is_known(settings: Settings, reference: str, address: str) -> None:
    assert link(settings, reference).url == address


@pytest.mark.parametrize(
    ("reference", "kind", "asked"),
    [
        ("metric:stock|latency_p95", "prometheus", "histogram_quantile(0.95"),
        ("log:0", "loki", '{service_name="checkout/../../x?y=http://evil.example#'),
    ],
)
def test_grafana_opens_at_the_moment_with_the_question_that_gave_the_evidence(
    reference: str, kind: str, asked: str
) -> None:
    parts = urlsplit(link(GRAFANA, reference).url)
    pane = json.loads(parse_qs(parts.query)["panes"][0])["a"]

    assert (parts.scheme, parts.hostname, parts.path) == ("https", "grafana.example", "/explore")
    assert pane["queries"][0]["datasource"]["type"] == kind
    assert asked in pane["queries"][0]["expr"]
    assert int(pane["range"]["from"]) < ANOMALY * 1000 < int(pane["range"]["to"])


def test_prometheus_and_jaeger_have_pages_of_their_own() -> None:
    prometheus = link(told(prometheus_url="http://prom.example"), "metric:stock|cpu_seconds_total").url
    search = link(told(jaeger_url="http://j.example"), f"span:{HOSTILE}|GET /").url

    failed = link(told(prometheus_url="http://prom.example"), "metric:stock|calls_total_failed").url

    assert "rate(cpu_seconds_total[300s])" in unquote(prometheus)
    assert "rate(calls_total[300s])" in unquote(failed)
    assert urlsplit(search).hostname == "j.example"
    assert parse_qs(urlsplit(search).query)["service"] == [HOSTILE]


def test_a_roll_out_is_shown_by_a_line_for_the_shell() -> None:
    found = link(told(kubernetes_namespaces=("shop",)), "change:0a1b-22@1700000000:rollout")

    assert found.command == "kubectl rollout history deployment/checkout --namespace shop"


def test_no_secret_gets_into_a_link() -> None:
    with_password = told(prometheus_url="http://erin:hunter2@prom.example")
    service = "ghp_" + "a1B2" * 9

    assert link(with_password, "metric:stock|cpu_seconds_total").url == ""
    assert link(told(jaeger_url="http://j.example"), f"span:{service}|GET /").url == ""


def test_commits_are_found_where_their_repository_came_from(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text('[remote "origin"]\n\turl = https://erin:hunter2@github.com/acme/deploy.git\n')
    shelf = GitSettings(host="gitlab", gitlab_url="https://git.example/api/v4", gitlab_project="data/feeds")
    settings = told(deployments_folder=str(tmp_path)).model_copy(update={"git": shelf})

    found = source_links(settings).templates

    assert found["commit"] == "https://github.com/acme/deploy/commit/{id}"
    assert found["config"] == "https://git.example/data/feeds/-/commit/{id}"


@pytest.mark.parametrize(
    "links",
    [
        {"run": "javascript:alert(1)"},
        {"run": "https://{feed}.example/"},
        {"run": "https://erin:hunter2@airflow.example/{run}"},
        {"commit": "https://git.example/{id}?access_token=0123456789abcdef"},
        {"run": "https://airflow.example/{password}"},
        {"picture": "https://a.example/"},
        {"run": "/dags/{feed}"},
    ],
)
def test_an_address_that_could_mislead_or_tell_a_secret_is_refused(links: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TelemetrySettings(links=links)
