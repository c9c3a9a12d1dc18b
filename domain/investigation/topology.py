"""What depends on what: services and data feeds in one map, each edge with where it is known from and since
when."""

from dataclasses import dataclass
from enum import StrEnum


class NodeKind(StrEnum):
    """What a node is."""

    SERVICE = "service"
    FEED = "feed"
    TABLE = "table"
    DATABASE = "database"
    QUEUE = "queue"
    OUTSIDE = "outside"
    WORKLOAD = "workload"


class EdgeKind(StrEnum):
    """What an edge means; it always points from who needs to what is needed."""

    CALLS = "calls"
    READS = "reads"
    WRITES = "writes"
    RUNS_ON = "runs on"
    DEPENDS_ON = "depends on"


class EdgeSource(StrEnum):
    """Where an edge is known from."""

    TRACES = "traces"
    KUBERNETES = "kubernetes"
    MESH = "mesh"
    DECLARED = "declared"
    LINEAGE = "lineage"
    CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """A node of the map; its name is unique."""

    name: str
    kind: NodeKind = NodeKind.SERVICE


@dataclass(frozen=True, slots=True)
class Edge:
    """`needs` depends on `needed`.

    Args:
        sources: Everything that speaks for the edge.
        last_seen: Unix seconds of the last observation; declared edges carry the time of the declaration.
        calls: Observations behind it, 0 when it was only declared.
    """

    needs: str
    needed: str
    kind: EdgeKind
    sources: frozenset[EdgeSource]
    last_seen: float
    calls: int = 0


@dataclass(frozen=True, slots=True)
class TopologySlice:
    """A part of the map, for a picture: nodes and the edges between them, and what was left out."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    left_out: int = 0
