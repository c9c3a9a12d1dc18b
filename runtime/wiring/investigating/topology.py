"""The map, kept current: traces from the store, objects of the cluster, feeds, and what people declared.

It is brought up to date when somebody looks and the last look is older than fifteen seconds, so that what
was pushed half a minute ago is on it, and nothing computes while nobody looks. Whoever looks asks others, who
may be slow: meanwhile everybody else takes the map as it was.
"""

import logging
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from domain.errors import BadInput, DogwatchError
from domain.investigation.diagnosis_report import MapSlice
from domain.investigation.topology import Edge, EdgeKind, EdgeSource, Node
from domain.ports.telemetry_store import TelemetryReader
from domain.text.strict_yaml import read_yaml
from rca.pictures.map_drawing import MapOrder
from rca.topology.topology_discovery import Discovered, from_declared, from_feeds, from_kubernetes
from rca.topology.topology_graph import TopologyGraph
from runtime.wiring.ready_process import ReadyProcess

log = logging.getLogger("dogwatch.topology")

FRESH_SECONDS = 15.0
_FIRST_LOOK = timedelta(hours=2)
_OVERLAP = timedelta(seconds=60)
_MOST_SHOWN = 60
_FIRST_WAIT_SECONDS = 10.0
"""So long others wait for the very first look; after that there is always a map."""
Json = Mapping[str, object]


class TopologyKeeper:
    """Keeps one graph; safe to ask from several threads.

    Args:
        reader: The telemetry store, for who calls whom.
        objects: Gives the cluster's objects; None when there is no cluster.
        feeds: Gives feeds as `{"name", "reads", "writes", "after", "service"}`.
        declared: File of declared services and dependencies; None when there is none.
        fresh_seconds: How long the map is good without another look.
        scratch: A folder for what draws; the system's own when left out.
    """

    def __init__(
        self,
        reader: TelemetryReader,
        *,
        objects: Callable[[], Iterable[Json]] | None = None,
        feeds: Callable[[], Iterable[Json]] = lambda: (),
        declared: Path | None = None,
        fresh_seconds: float = FRESH_SECONDS,
        scratch: Path | None = None,
    ) -> None:
        self._reader, self._objects, self._feeds, self._declared = reader, objects, feeds, declared
        self._graph = TopologyGraph()
        """As it was last looked at; replaced as a whole and never changed, so it is read without waiting."""
        self._looking = threading.Lock()
        self._fresh_seconds = fresh_seconds
        self._looked: float | None = None
        self._seen_until = datetime.now(UTC) - _FIRST_LOOK
        self._drawer = ReadyProcess("rca.pictures.map_drawing", scratch or Path(tempfile.gettempdir()))

    def graph(self) -> TopologyGraph:
        """Return the graph, brought up to date where it is not fresh and nobody else is at it."""
        patience = _FIRST_WAIT_SECONDS if self._looked is None else 0.0
        if not self._is_fresh() and self._looking.acquire(timeout=patience):
            try:
                if not self._is_fresh():
                    self._graph = self._looked_at(self._graph.copy())
                    self._looked = time.monotonic()
            finally:
                self._looking.release()
        return self._graph

    def _is_fresh(self) -> bool:
        return self._looked is not None and time.monotonic() - self._looked < self._fresh_seconds

    def call_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return (needs, needed) of all edges, the form a case wants."""
        return self.graph().call_pairs()

    def names(self) -> Sequence[str]:
        """Return every name on the map as it was last looked at: whoever asks holds a transaction open."""
        return [node.name for node in self._graph.nodes()]

    def around(self, name: str) -> MapSlice:
        """Return what stands within two steps of a name, whatever its case; empty when it is not known."""
        graph = self.graph()
        matching = graph.find_matching(name)
        exact = [one for one in matching if one.lower() == name.strip().lower()]
        if not exact:
            return MapSlice()
        part = graph.neighbourhood(exact[0], steps=2, most=_MOST_SHOWN)
        return MapSlice(
            nodes=tuple((node.name, node.kind.value) for node in part.nodes),
            edges=tuple(dict.fromkeys((edge.needs, edge.needed) for edge in part.edges)),
            left_out=part.left_out,
        )

    async def draw(self, around: MapSlice, title: str) -> bytes:
        """Return a picture of a part of the map as PNG, drawn in a process of its own; else nothing."""
        async with self._drawer.turn:
            return await self._drawer.answer(MapOrder(around=around, title=title).model_dump_json().encode())

    def close(self) -> None:
        """End the process that stands ready to draw."""
        self._drawer.close()

    def _looked_at(self, graph: TopologyGraph) -> TopologyGraph:
        seen_until = self._seen_until
        try:
            return self._refreshed(graph)
        except BaseException:
            self._seen_until = seen_until  # the map with the calls since then is lost: they are read again
            raise

    def _refreshed(self, graph: TopologyGraph) -> TopologyGraph:
        for part in (self._from_traces, self._from_cluster, self._from_feeds, self._from_file):
            try:
                part(graph)
            except DogwatchError as error:
                # One source that is away must not hide the rest of the map.
                log.warning("a part of the map can't be brought up to date: %s", error)
        graph.forget(time.time())
        return graph

    def _from_traces(self, graph: TopologyGraph) -> None:
        now = datetime.now(UTC)
        # Spans come late and parents after children, so each look begins a little before the last one's end.
        calls = self._reader.calls(self._seen_until - _OVERLAP, now)
        source = frozenset({EdgeSource.TRACES})
        graph.update(
            nodes=[Node(name) for one in calls for name in (one.caller, one.callee)],
            edges=[Edge(c.caller, c.callee, EdgeKind.CALLS, source, c.last_seen, c.calls) for c in calls],
        )
        self._seen_until = now

    def _from_cluster(self, graph: TopologyGraph) -> None:
        if self._objects is not None:
            found = from_kubernetes(self._objects(), time.time())
            _take(graph, found, {EdgeSource.KUBERNETES})

    def _from_feeds(self, graph: TopologyGraph) -> None:
        _take(graph, from_feeds(self._feeds(), time.time()), {EdgeSource.LINEAGE, EdgeSource.CONFIGURATION})

    def _from_file(self, graph: TopologyGraph) -> None:
        if self._declared is None or not self._declared.exists():
            return
        try:
            document = read_yaml(self._declared.read_text(encoding="utf-8"))
        except (OSError, yaml.YAMLError) as error:
            raise BadInput(f"topology file: {error}", say="The topology file can't be read.") from error
        if isinstance(document, dict):
            _take(graph, from_declared(document, time.time()), {EdgeSource.DECLARED})


def _take(graph: TopologyGraph, found: Discovered, sources: Collection[EdgeSource]) -> None:
    """Replace what sources said before: an edge that they no longer tell of goes."""
    for source in sources:
        kept = [(edge.needs, edge.needed) for edge in found.edges if source in edge.sources]
        graph.withdraw(source, keep=kept)
    graph.update(found.nodes, found.edges)
