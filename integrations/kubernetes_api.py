"""What a Kubernetes cluster says: events as log lines, roll-outs as changes, objects for the map."""

import re
from collections.abc import Callable, Mapping, Sequence
from ssl import SSLContext
from typing import Any

import httpx

from domain.errors import NotAllowed
from domain.investigation.evidence import LogTable, Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from integrations.evidence_client import EvidenceClient, HttpSource, listed, text_at
from integrations.kubernetes_changes import event_time, rollbacks, rollouts

_PAGE, _MOST_PAGES = "500", 10
_KINDS = {
    "api/v1/services": "Service",
    "apis/apps/v1/deployments": "Deployment",
    "apis/apps/v1/statefulsets": "StatefulSet",
    "apis/apps/v1/daemonsets": "DaemonSet",
    "apis/batch/v1/cronjobs": "CronJob",
}
_POD = re.compile(r"^(.*)-[a-z0-9]{5}$")
_SET = re.compile(r"^(.*)-[a-z0-9]{5,10}$")


class KubernetesSource(HttpSource):
    """Implements `EvidenceSource`; also gives the objects of the map.

    Args:
        base_url: Address of the API server.
        token: Gives the token of an account that may only read.
        namespaces: Where to look; empty means everywhere.
        transport: How bytes travel; the network when left out.
        trust: Whose certificates are believed; those that the system believes when left out.
    """

    name = "Kubernetes"

    def __init__(
        self,
        base_url: str,
        token: Callable[[], str] = lambda: "",
        namespaces: Sequence[str] = (),
        transport: httpx.BaseTransport | None = None,
        *,
        trust: SSLContext | None = None,
    ) -> None:
        super().__init__(base_url, token, transport, trust=trust)
        self._namespaces = tuple(namespaces)

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return the window's events, and the roll-outs that began in it or an hour before."""
        missing: list[str] = []
        refused: dict[str, NotAllowed] = {}
        with self.client() as client:
            events = self._items(client, "api/v1/events", missing, refused)
            sets = self._items(client, "apis/apps/v1/replicasets", missing, refused)
            if len(refused) == 2:
                raise refused["events"]
            missing += client.notes()
            lines = sorted(line for event in events if (line := _line(event, query)) is not None)
            changes = (*rollouts(sets, query), *rollbacks(sets, events, query))
        wanted = [line for line in lines if not query.services or line[1] in query.services]
        logs = LogTable(
            t_ms=[line[0] for line in wanted],
            service=[line[1] for line in wanted],
            level=[line[2] for line in wanted],
            trace=[""] * len(wanted),
            span=[""] * len(wanted),
            message=[line[3] for line in wanted],
        )
        if not wanted:
            missing.append("no events for this window (a cluster keeps them for about an hour)")
        return EvidenceAnswer(self.name, Telemetry(logs=logs), changes=changes, missing=tuple(missing))

    def objects(self) -> list[Mapping[str, Any]]:
        """Return services and workloads as the API tells them, each with its `kind`, for the map."""
        found: list[Mapping[str, Any]] = []
        refused: dict[str, NotAllowed] = {}
        with self.client() as client:
            for path, kind in _KINDS.items():
                # Lists leave out what each of their objects is.
                found += [{**one, "kind": kind} for one in self._items(client, path, [], refused) if one]
            if len(refused) == len(_KINDS):
                raise next(iter(refused.values()))
        return found

    def _items(
        self, client: EvidenceClient, path: str, missing: list[str], refused: dict[str, NotAllowed]
    ) -> list[Any]:
        """Return the objects of a kind; what the account may not list is said, and the rest is used."""
        root, _, plural = path.rpartition("/")
        places = [f"{root}/namespaces/{one}/{plural}" for one in self._namespaces] or [path]
        found: list[Any] = []
        for place in places:
            try:
                found += self._pages(client, place, plural, missing)
            except NotAllowed as trouble:
                refused[plural] = trouble
                missing.append(f"the account may not list {plural}")
        return found

    @staticmethod
    def _pages(client: EvidenceClient, place: str, plural: str, missing: list[str]) -> list[Any]:
        """Lists come by name, not by time, so the first page alone could miss the newest."""
        found: list[Any] = []
        question = {"limit": _PAGE}
        for _ in range(_MOST_PAGES):
            answer = client.find(place, question)
            found += listed(answer, "items")
            after = text_at(answer, "metadata", "continue")
            if not after:
                return found
            if not client.has_time():
                break
            question = {"limit": _PAGE, "continue": after}
        missing.append(f"only {len(found):,} {plural} were read")
        return found


def _line(event: Mapping[str, Any], query: EvidenceQuery) -> tuple[float, str, str, str] | None:
    at = event_time(event)
    if not query.begin.timestamp() <= at <= query.end.timestamp():
        return None
    kind, name = text_at(event, "involvedObject", "kind"), text_at(event, "involvedObject", "name")
    level = "warn" if event.get("type") == "Warning" else "info"
    series = event.get("series")
    count = (series.get("count") if isinstance(series, dict) else event.get("count")) or 1
    text = f"{text_at(event, 'reason')}: {text_at(event, 'message')}"[:2_000]
    message = f"{text} (for the {count}. time, {kind} {name})" if count != 1 else f"{text} ({kind} {name})"
    return (at - query.anomaly.timestamp()) * 1000.0, workload(kind, name), level, message


def workload(kind: str, name: str) -> str:
    """Return the workload that an object belongs to, by how Kubernetes makes names."""
    if kind == "Pod":
        pod = _POD.match(name)
        name = pod[1] if pod else name
        kind = "ReplicaSet" if pod else kind
    if kind == "ReplicaSet":
        replica = _SET.match(name)
        return replica[1] if replica else name
    return name
