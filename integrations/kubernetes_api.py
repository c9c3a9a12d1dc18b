"""What a Kubernetes cluster says: events as log lines, roll-outs as changes, objects for the map."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from domain.evidence import Change, ChangeKind, LogTable, Telemetry
from domain.ports.evidence_source import EvidenceAnswer, EvidenceQuery
from integrations.evidence_client import EvidenceClient, HttpSource, listed, text_at, unix_of

_MOST = "2000"
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
    """

    name = "Kubernetes"

    def __init__(
        self,
        base_url: str,
        token: Callable[[], str] = lambda: "",
        namespaces: Sequence[str] = (),
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        super().__init__(base_url, token, transport)
        self._namespaces = tuple(namespaces)

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return the window's events, and the roll-outs that began in it or an hour before."""
        missing: list[str] = []
        with self.client() as client:
            events = self._items(client, "api/v1/events", missing)
            sets = self._items(client, "apis/apps/v1/replicasets", missing)
            missing += client.notes()
            lines = sorted(line for event in events if (line := _line(event, query)) is not None)
            changes = _rollouts(sets, query)
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
        with self.client() as client:
            for path, kind in _KINDS.items():
                # Lists leave out what each of their objects is.
                found += [{**one, "kind": kind} for one in self._items(client, path, []) if one]
        return found

    def _items(self, client: EvidenceClient, path: str, missing: list[str]) -> list[Any]:
        if not self._namespaces:
            answer = client.find(path, {"limit": _MOST})
            if text_at(answer, "metadata", "continue"):
                missing.append(f"only the first {_MOST} of {path.rpartition('/')[2]} were read")
            return listed(answer, "items")
        root, _, plural = path.rpartition("/")
        found = []
        for namespace in self._namespaces:
            found += listed(client.find(f"{root}/namespaces/{namespace}/{plural}", {"limit": _MOST}), "items")
        return found


def _line(event: Mapping[str, Any], query: EvidenceQuery) -> tuple[float, str, str, str] | None:
    told = event.get("lastTimestamp") or event.get("eventTime") or event.get("firstTimestamp")
    at = unix_of(told)
    if not query.begin.timestamp() <= at <= query.end.timestamp():
        return None
    kind, name = text_at(event, "involvedObject", "kind"), text_at(event, "involvedObject", "name")
    level = "warn" if event.get("type") == "Warning" else "info"
    count = event.get("count") or 1
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


def _rollouts(sets: Sequence[Mapping[str, Any]], query: EvidenceQuery) -> tuple[Change, ...]:
    """Each new ReplicaSet of a Deployment is a roll-out that began at its making."""
    found = []
    for one in sets:
        at = unix_of(text_at(one, "metadata", "creationTimestamp"))
        owners = [o for o in listed(one, "metadata", "ownerReferences") if text_at(o, "kind") == "Deployment"]
        if not owners or not query.begin.timestamp() - 3_600 <= at <= query.end.timestamp():
            continue
        service = text_at(owners[0], "name")
        if query.services and service not in query.services:
            continue
        containers = listed(one, "spec", "template", "spec", "containers")
        images = ", ".join(text_at(container, "image") for container in containers)
        identity = text_at(one, "metadata", "uid") or text_at(one, "metadata", "name")
        found.append(Change(identity, ChangeKind.DEPLOY, at, service, f"roll-out of {images}"[:300]))
    return tuple(found)
