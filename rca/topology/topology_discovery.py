"""Edges from what is there: spans, Kubernetes objects, files people declare, lineage and configuration of
feeds.

Each reader takes plain data and returns nodes and edges; unknown or broken pieces are passed over, because
one bad manifest must not hide the rest of the map.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from domain.investigation.topology import Edge, EdgeKind, EdgeSource, Node, NodeKind

Json = Mapping[str, object]
_ADDRESS = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?(?:[^@/\s]+@)?(?P<host>[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*)(?::\d+)?",
    re.I,
)
_STORES = {
    "postgres": NodeKind.DATABASE,
    "postgresql": NodeKind.DATABASE,
    "mysql": NodeKind.DATABASE,
    "mongodb": NodeKind.DATABASE,
    "redis": NodeKind.DATABASE,
    "jdbc": NodeKind.DATABASE,
    "amqp": NodeKind.QUEUE,
    "kafka": NodeKind.QUEUE,
    "nats": NodeKind.QUEUE,
}
_TELLS_ADDRESS = re.compile(
    r"(?:_|^)(?:ADDR|ADDRESS|HOST|URL|URI|ENDPOINT|SERVICE|SERVER|BROKERS?|DSN)(?:_|$)"
)


@dataclass(slots=True)
class Discovered:
    """What a reader found."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)


def from_kubernetes(objects: Iterable[Json], seen_at: float) -> Discovered:
    """Return workloads, the services in front of them, and what their environment names point at.

    A Service and the workloads its selector matches become one node, named after the Service.
    """
    listed = [thing for thing in objects if isinstance(thing, Mapping)]
    services = [thing for thing in listed if thing.get("kind") == "Service"]
    found = Discovered()
    names = {_name(thing) for thing in services} - {""}
    for workload in listed:
        if workload.get("kind") not in ("Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job", "Pod"):
            continue
        name = _front(workload, services) or _name(workload)
        if not name:
            continue
        found.nodes.append(Node(name))
        for host, kind in _addresses(_pod(workload)):
            target = host.split(".")[0] if host.split(".")[0] in names else host
            if target != name and (target in names or kind is not NodeKind.SERVICE):
                found.nodes.append(Node(target, kind))
                found.edges.append(_edge(name, target, EdgeKind.CALLS, EdgeSource.KUBERNETES, seen_at))
    found.nodes += [Node(name) for name in sorted(names)]
    return found


def _dig(thing: object, *keys: str) -> object:
    for key in keys:
        if not isinstance(thing, Mapping):
            return None
        thing = thing.get(key)
    return thing


def _name(thing: Json) -> str:
    name = _dig(thing, "metadata", "name")
    return name if isinstance(name, str) else ""


def _pod(workload: Json) -> object:
    if workload.get("kind") == "Pod":
        return workload.get("spec")
    if workload.get("kind") == "CronJob":
        return _dig(workload, "spec", "jobTemplate", "spec", "template", "spec")
    return _dig(workload, "spec", "template", "spec")


def _front(workload: Json, services: Sequence[Json]) -> str:
    labels = _dig(workload, "metadata", "labels" if workload.get("kind") == "Pod" else "")
    labels = (
        labels if isinstance(labels, Mapping) else _dig(workload, "spec", "template", "metadata", "labels")
    )
    if not isinstance(labels, Mapping):
        return ""
    for service in services:
        selector = _dig(service, "spec", "selector")
        same_space = _dig(service, "metadata", "namespace") == _dig(workload, "metadata", "namespace")
        if not isinstance(selector, Mapping) or not selector or not same_space:
            continue
        if all(labels.get(key) == value for key, value in selector.items()):
            return _name(service)
    return ""


def _addresses(pod: object) -> list[tuple[str, NodeKind]]:
    containers = _dig(pod, "containers")
    found = []
    for container in containers if isinstance(containers, list) else []:
        variables = _dig(container, "env")
        for variable in variables if isinstance(variables, list) else []:
            key, value = _dig(variable, "name"), _dig(variable, "value")
            if isinstance(key, str) and isinstance(value, str) and _TELLS_ADDRESS.search(key.upper()):
                match = _ADDRESS.fullmatch(value.strip().split(",")[0].split("/")[0]) or _ADDRESS.match(
                    value.strip()
                )
                if match:
                    kind = _STORES.get((match["scheme"] or "").split("+")[0].lower(), NodeKind.SERVICE)
                    found.append((match["host"].lower(), kind))
    return found


def from_declared(document: Json, declared_at: float) -> Discovered:
    """Read a declared file: `{"nodes": [{"name", "kind"}], "edges": [{"from", "to", "kind"}]}`."""
    found = Discovered()
    for entry in _list(document, "nodes"):
        name, kind = _dig(entry, "name"), _dig(entry, "kind")
        if isinstance(name, str) and name and (kind is None or kind in tuple(NodeKind)):
            found.nodes.append(Node(name, NodeKind(str(kind)) if kind else NodeKind.SERVICE))
    for entry in _list(document, "edges"):
        needs, needed, kind = _dig(entry, "from"), _dig(entry, "to"), _dig(entry, "kind")
        if not (isinstance(needs, str) and isinstance(needed, str) and needs and needed) or needs == needed:
            continue
        edge_kind = EdgeKind(str(kind)) if kind in tuple(EdgeKind) else EdgeKind.DEPENDS_ON
        found.edges.append(_edge(needs, needed, edge_kind, EdgeSource.DECLARED, declared_at))
    return found


def from_feeds(feeds: Iterable[Json], seen_at: float) -> Discovered:
    """Read feeds: `{"name", "reads": [...], "writes": [...], "after": [...], "service": ...}`.

    A feed needs what it reads, the feeds it runs after, and the service that runs it; a table needs the
    feed that writes it. That joins a late table to a sick service in one walk.
    """
    found = Discovered()
    source = EdgeSource.LINEAGE
    for feed in feeds:
        name = _dig(feed, "name")
        if not isinstance(name, str) or not name:
            continue
        found.nodes.append(Node(name, NodeKind.FEED))
        for table in _names(feed, "reads"):
            found.nodes.append(Node(table, NodeKind.TABLE))
            found.edges.append(_edge(name, table, EdgeKind.READS, source, seen_at))
        for table in _names(feed, "writes"):
            found.nodes.append(Node(table, NodeKind.TABLE))
            found.edges.append(_edge(table, name, EdgeKind.WRITES, source, seen_at))
        for other in _names(feed, "after"):
            found.edges.append(_edge(name, other, EdgeKind.DEPENDS_ON, EdgeSource.CONFIGURATION, seen_at))
        service = _dig(feed, "service")
        if isinstance(service, str) and service:
            found.edges.append(_edge(name, service, EdgeKind.RUNS_ON, EdgeSource.CONFIGURATION, seen_at))
    return found


def _list(document: Json, key: str) -> list[object]:
    value = document.get(key)
    return list(value) if isinstance(value, list) else []


def _names(feed: object, key: str) -> list[str]:
    value = _dig(feed, key)
    return [name for name in value if isinstance(name, str) and name] if isinstance(value, list) else []


def _edge(needs: str, needed: str, kind: EdgeKind, source: EdgeSource, at: float) -> Edge:
    return Edge(needs, needed, kind, frozenset({source}), at)
