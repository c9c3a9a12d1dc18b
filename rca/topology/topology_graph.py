"""The map of dependencies, kept current and walked in milliseconds.

Adjacency in two dictionaries. An update touches only its own edges, so a change is visible with the call
that brings it; an observed edge that nobody saw for `forget_after` seconds goes, a declared one stays until
it is undeclared.
"""

from collections import deque
from collections.abc import Callable, Iterable

from domain.investigation.topology import Edge, EdgeKind, EdgeSource, Node, NodeKind, TopologySlice

_OBSERVED = frozenset({EdgeSource.TRACES, EdgeSource.MESH})


class TopologyGraph:
    """Nodes and edges, addressed by name.

    Args:
        forget_after: Seconds after which an edge known only from observation is dropped by `forget`.
    """

    def __init__(self, *, forget_after: float = 7 * 86_400.0) -> None:
        self._forget_after = forget_after
        self._nodes: dict[str, Node] = {}
        self._needs: dict[str, dict[tuple[str, EdgeKind], Edge]] = {}
        self._needed_by: dict[str, set[str]] = {}

    def copy(self) -> "TopologyGraph":
        """Return a map of its own that says the same: whoever walks one must not see it change."""
        made = TopologyGraph(forget_after=self._forget_after)
        made._nodes = dict(self._nodes)
        made._needs = {name: dict(out) for name, out in self._needs.items()}
        made._needed_by = {name: set(needing) for name, needing in self._needed_by.items()}
        return made

    def update(self, nodes: Iterable[Node] = (), edges: Iterable[Edge] = ()) -> None:
        """Merge nodes and edges; the same edge from another source adds the source."""
        for node in nodes:
            known = self._nodes.get(node.name)
            # A trace knows only that something answers; whoever declares a kind knows better.
            if known is None or known.kind is NodeKind.SERVICE:
                self._nodes[node.name] = node
        for edge in edges:
            for name in (edge.needs, edge.needed):
                self._nodes.setdefault(name, Node(name))
            self._merge(edge)

    def _merge(self, edge: Edge) -> None:
        out = self._needs.setdefault(edge.needs, {})
        key = (edge.needed, edge.kind)
        known = out.get(key)
        if known is not None:
            edge = Edge(
                edge.needs,
                edge.needed,
                edge.kind,
                known.sources | edge.sources,
                max(known.last_seen, edge.last_seen),
                known.calls + edge.calls,
            )
        out[key] = edge
        self._needed_by.setdefault(edge.needed, set()).add(edge.needs)

    def withdraw(self, source: EdgeSource, *, keep: Iterable[tuple[str, str]] = ()) -> None:
        """Take a source's word back from all its edges but `keep`; edges without any source left go."""
        kept = set(keep)
        for edge in list(self.edges()):
            if source not in edge.sources or (edge.needs, edge.needed) in kept:
                continue
            rest = edge.sources - {source}
            if rest:
                self._needs[edge.needs][(edge.needed, edge.kind)] = Edge(
                    edge.needs, edge.needed, edge.kind, rest, edge.last_seen, edge.calls
                )
            else:
                self._remove(edge)

    def forget(self, now: float) -> None:
        """Drop edges that were only observed, and not for a long time."""
        limit = now - self._forget_after
        for edge in list(self.edges()):
            if edge.sources <= _OBSERVED and edge.last_seen < limit:
                self._remove(edge)

    def _remove(self, edge: Edge) -> None:
        del self._needs[edge.needs][(edge.needed, edge.kind)]
        if not any(needed == edge.needed for needed, _ in self._needs[edge.needs]):
            self._needed_by[edge.needed].discard(edge.needs)

    def nodes(self) -> tuple[Node, ...]:
        """Return all nodes by name."""
        return tuple(sorted(self._nodes.values()))

    def edges(self) -> Iterable[Edge]:
        """Yield all edges."""
        for out in self._needs.values():
            yield from out.values()

    def needs_of(self, name: str) -> tuple[str, ...]:
        """Return what a node needs, by name."""
        return tuple(sorted({needed for needed, _ in self._needs.get(name, ())}))

    def needed_by(self, name: str) -> tuple[str, ...]:
        """Return who needs a node, by name."""
        return tuple(sorted(self._needed_by.get(name, ())))

    def find_matching(self, text: str) -> tuple[str, ...]:
        """Return the names that contain the text, exact matches first; at most twenty."""
        wanted = text.strip().lower()
        hits = [name for name in self._nodes if wanted and wanted in name.lower()]
        return tuple(sorted(hits, key=lambda name: (name.lower() != wanted, len(name), name))[:20])

    def neighbourhood(self, name: str, *, steps: int = 2, most: int = 60) -> TopologySlice:
        """Return the nodes within so many steps in either direction, nearest first, at most `most`."""
        if name not in self._nodes:
            return TopologySlice((), ())
        distance = {name: 0}
        queue = deque([name])
        while queue:
            here = queue.popleft()
            if distance[here] >= steps:
                continue
            near = {needed for needed, _ in self._needs.get(here, ())} | self._needed_by.get(here, set())
            for other in near:
                if other not in distance:
                    distance[other] = distance[here] + 1
                    queue.append(other)
        ordered = sorted(distance, key=lambda node: (distance[node], node))
        return self._slice(ordered[:most], left_out=max(0, len(ordered) - most))

    def blast_radius(self, name: str) -> tuple[str, ...]:
        """Return everything that needs a node, directly or through others, nearest first."""
        return self._walk(name, self.needed_by)

    def upstream(self, name: str) -> tuple[str, ...]:
        """Return everything a node needs, directly or through others, nearest first."""
        return self._walk(name, self.needs_of)

    def _walk(self, name: str, step: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
        seen = {name: None}
        queue = deque([name])
        while queue:
            for other in step(queue.popleft()):
                if other not in seen:
                    seen[other] = None
                    queue.append(other)
        return tuple(seen)[1:]

    def path(self, symptom: str, cause: str) -> tuple[str, ...]:
        """Return the shortest way from a symptom down to a cause, empty when there is none."""
        came: dict[str, str] = {symptom: ""}
        queue = deque([symptom])
        while queue:
            here = queue.popleft()
            if here == cause:
                way = [here]
                while came[way[-1]]:
                    way.append(came[way[-1]])
                return tuple(reversed(way))
            for other in self.needs_of(here):
                if other not in came:
                    came[other] = here
                    queue.append(other)
        return ()

    def call_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return (needs, needed) of all edges, the form a case wants."""
        return tuple(sorted({(edge.needs, edge.needed) for edge in self.edges()}))

    def coverage(self, observed: Iterable[tuple[str, str]]) -> float:
        """Return the share of observed (caller, callee) pairs that the map knows."""
        pairs = set(observed)
        known = sum(needed in {n for n, _ in self._needs.get(needs, ())} for needs, needed in pairs)
        return known / len(pairs) if pairs else 1.0

    def _slice(self, names: list[str], left_out: int) -> TopologySlice:
        inside = set(names)
        edges = [
            edge for name in names for edge in self._needs.get(name, {}).values() if edge.needed in inside
        ]
        edges.sort(key=lambda edge: (edge.needs, edge.needed, edge.kind))
        return TopologySlice(tuple(self._nodes[name] for name in names), tuple(edges), left_out)
