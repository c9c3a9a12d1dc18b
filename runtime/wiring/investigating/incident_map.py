"""The map of what depends on what, for doors and diagnoses: drawn up when somebody first asks.

Its parts (the telemetry store's engine among them) cost a second to import, so a process that nobody asks
for a map never loads them.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from domain.investigation.diagnosis_report import MapSlice
from domain.ports.transactions import Opening
from runtime.settings.house import Settings

if TYPE_CHECKING:
    from runtime.wiring.investigating.topology import TopologyKeeper


class LazyMap:
    """Implements `Cartographer`."""

    def __init__(self, settings: Settings, reading: Opening) -> None:
        self._settings = settings
        self._reading = reading
        self._lock = threading.Lock()
        self._kept: TopologyKeeper | None = None

    def around(self, name: str) -> MapSlice:
        """Return the part of the map around a feed or service; empty when it is not on the map."""
        return self._keeper().around(name)

    def names(self) -> Sequence[str]:
        """Return every name on the map; none before anybody asked for a part of it."""
        return self._kept.names() if self._kept is not None else ()

    async def draw(self, around: MapSlice, title: str) -> bytes:
        """Return a picture of a part of the map as PNG."""
        return await self._keeper().draw(around, title)

    def call_pairs(self) -> tuple[tuple[str, str], ...]:
        """Return (needs, needed) of all edges."""
        return self._keeper().call_pairs()

    def close(self) -> None:
        """End what draws."""
        if self._kept is not None:
            self._kept.close()

    def _keeper(self) -> "TopologyKeeper":
        with self._lock:
            if self._kept is None:
                from runtime.wiring.investigating.evidence_sources import open_topology

                self._kept = open_topology(self._settings, self._feeds)
            return self._kept

    def _feeds(self) -> Iterable[Mapping[str, object]]:
        with self._reading() as uow:
            watched = [found.feed for found in uow.watched.every()]
            targets = {entry.name: entry.target for entry in uow.feeds.every()}
        for feed in watched:
            writes = [*feed.databases, *([targets[feed.name]] if targets.get(feed.name) else [])]
            reads = [name for name in (feed.source, feed.pool) if name]
            yield {"name": feed.name, "reads": reads, "writes": writes, "after": list(feed.upstreams)}
        known = {feed.name for feed in watched}
        for name, target in targets.items():
            if name not in known:
                yield {"name": name, "reads": [], "writes": [target] if target else [], "after": []}
