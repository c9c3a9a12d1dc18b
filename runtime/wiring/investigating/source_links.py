"""Where a piece of evidence is looked at with its source's own tools: an address, or a line for the shell.

Addresses are made of an operator's settings; what comes from outside only fills their blanks,
percent-encoded, so it can change neither scheme nor host. Nothing that looks like a secret is put into one.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

from domain.investigation.evidence import Change, ChangeKind, EvidenceItem, IncidentCase, RunFacts
from domain.investigation.failing_labels import FAILED
from domain.ports.diagnostician import SourceLink
from domain.text.redaction import holds_key
from runtime.settings.link_templates import BLANK

_AROUND_SECONDS = 1800
_OBJECT = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_AIRFLOWS = re.compile(r"(?:manual|scheduled|backfill|asset_triggered|dataset_triggered)__")
_QUANTILE = re.compile(r"(.+)_p(50|95)")
_ROLLOUT = re.compile(r".+@\d+:[a-z-]+", re.IGNORECASE)
_LONGEST = 4_000
Facts = dict[str, str]


@dataclass(frozen=True)
class SourceLinks:
    """Implements the port of the same name.

    Args:
        templates: Kind of evidence to an address with blanks in braces.
        grafana: Address of Grafana; empty: none.
        grafana_sources: `prometheus`, `loki`, `tempo` to the uid of Grafana's data source.
        prometheus: Address of Prometheus' own pages.
        jaeger: Address of Jaeger's own pages.
        airflow: Address of Airflow's own pages.
        namespaces: Of Kubernetes; a single one is named in commands.
    """

    templates: Mapping[str, str] = field(default_factory=dict)
    grafana: str = ""
    grafana_sources: Mapping[str, str] = field(default_factory=dict)
    prometheus: str = ""
    jaeger: str = ""
    airflow: str = ""
    namespaces: tuple[str, ...] = ()

    def find(
        self, item: EvidenceItem, case: IncidentCase, run: RunFacts | None, where_from: Mapping[str, str]
    ) -> SourceLink:
        """Return where the evidence is looked at; empty where nothing is known of it."""
        kind, _, name = item.reference.partition(":")
        told = where_from.get(kind, "")
        at = item.at if item.at is not None else case.anomaly_time
        facts = {"service": item.service, "at": _seconds(at), "from": _ms(at, -1), "to": _ms(at, 1)}
        if kind == "metric":
            return SourceLink(self._metric(facts | {"metric": name.rpartition("|")[2]}, told))
        if kind == "log" and name.isdigit() and int(name) < len(case.telemetry.logs):
            logs, row = case.telemetry.logs, int(name)
            return SourceLink(
                self._log(facts | {"service": logs.service[row], "trace": logs.trace[row]}, told)
            )
        if kind == "span":
            return SourceLink(self._span(facts, name, told))
        if kind == "run" and run is not None and name.partition("#")[0] == run.run_id:
            return SourceLink(self._run(facts | {"feed": run.feed, "run": run.run_id}))
        if kind == "change":
            every = (*case.changes, *(run.changes if run is not None else ()))
            found = next((change for change in every if change.change_id == name), None)
            return SourceLink() if found is None else self._change(facts, found)
        return SourceLink()

    def _metric(self, facts: Facts, told: str) -> str:
        if own := self._filled("metric", facts):
            return own
        if "Prometheus" not in told:
            return ""
        expression = _expression(facts["metric"])
        uid = self.grafana_sources.get("prometheus", "")
        if self.grafana and uid:
            return self._explore("prometheus", uid, {"expr": expression}, facts)
        if not self.prometheus:
            return ""
        end = datetime.fromtimestamp(int(facts["to"]) // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
        asked = f"g0.expr={quote(expression, safe='')}&g0.tab=0&g0.range_input=1h&g0.end_input={quote(end)}"
        return _safe(f"{self.prometheus.rstrip('/')}/graph?{asked}")

    def _log(self, facts: Facts, told: str) -> str:
        uid = self.grafana_sources.get("loki", "")
        if own := self._filled("log", facts):
            return own
        if not self.grafana or not uid or "Loki" not in told:
            return ""
        service = json.dumps(facts["service"], ensure_ascii=False)
        return self._explore("loki", uid, {"expr": f"{{service_name={service}}}"}, facts)

    def _span(self, facts: Facts, name: str, told: str) -> str:
        service, bar, operation = name.partition("|")
        trace = "" if bar else name.rpartition("/")[0]
        if trace and (own := self._filled("span", facts | {"trace": trace})):
            return own
        uid = self.grafana_sources.get("tempo", "")
        if trace and self.grafana and uid and "Tempo" in told:
            return self._explore("tempo", uid, {"queryType": "traceql", "query": trace}, facts)
        if not self.jaeger or "Jaeger" not in told:
            return ""
        home = self.jaeger.rstrip("/")
        if trace:
            return _safe(f"{home}/trace/{quote(trace, safe='')}")
        window = f"start={facts['from']}000&end={facts['to']}000"
        asked = f"service={quote(service, safe='')}&operation={quote(operation, safe='')}"
        return _safe(f"{home}/search?{asked}&{window}")

    def _run(self, facts: Facts) -> str:
        if own := self._filled("run", facts):
            return own
        if not self.airflow or not _AIRFLOWS.match(facts["run"]):
            return ""
        feed, run = quote(facts["feed"], safe=""), quote(facts["run"], safe="")
        return _safe(f"{self.airflow.rstrip('/')}/dags/{feed}/runs/{run}")

    def _change(self, facts: Facts, change: Change) -> SourceLink:
        named = facts | {"id": change.change_id, "service": change.service}
        url = self._filled(change.kind.value, named)
        is_rollout = change.kind is ChangeKind.DEPLOY and _ROLLOUT.fullmatch(change.change_id)
        if not is_rollout or not _OBJECT.fullmatch(change.service):
            return SourceLink(url)
        where = f" --namespace {self.namespaces[0]}" if len(self.namespaces) == 1 else ""
        return SourceLink(url, f"kubectl rollout history deployment/{change.service}{where}")

    def _filled(self, kind: str, facts: Facts) -> str:
        template = self.templates.get(kind, "")
        blanks = BLANK.findall(template)
        if not template or not all(facts.get(name) for name in blanks):
            return ""
        return _safe(BLANK.sub(lambda found: quote(facts[found[1]], safe=""), template))

    def _explore(self, kind: str, uid: str, query: Facts, facts: Facts) -> str:
        asked = {"refId": "A", "datasource": {"type": kind, "uid": uid}, **query}
        pane = {
            "datasource": uid,
            "queries": [asked],
            "range": {"from": facts["from"], "to": facts["to"]},
        }
        told = quote(json.dumps({"a": pane}, separators=(",", ":")), safe="")
        return _safe(f"{self.grafana.rstrip('/')}/explore?schemaVersion=1&orgId=1&panes={told}")


def _expression(metric: str) -> str:
    """Return the question that gave a series, for all services."""
    from integrations.prometheus_api import expressions

    found = _QUANTILE.fullmatch(metric)
    counter = metric.removesuffix(FAILED)
    if counter.endswith(("_total", "_count")):  # what failed of it is shown beside the rest, by its labels
        metric = counter
    asked = expressions(f"{found[1]}_bucket" if found else metric, "", 300)
    return next((text for shown, text in asked if shown == metric), asked[0][1])


def _ms(at: float, side: int) -> str:
    return str(int((at + side * _AROUND_SECONDS) * 1000))


def _seconds(at: float) -> str:
    return str(int(at))


def _safe(url: str) -> str:
    return "" if len(url) > _LONGEST or holds_key(url) else url
