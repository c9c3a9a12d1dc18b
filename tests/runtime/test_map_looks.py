"""A look at the map that fails half-way costs nothing of what it had read."""

from datetime import datetime
from pathlib import Path

import pytest

from domain.ports.telemetry_store import ServiceCall
from runtime.wiring.investigating.topology import TopologyKeeper
from telemetry.columnar_store import ColumnarStore


class _Store(ColumnarStore):
    """Keeps from when on it was asked for calls."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.since: list[datetime] = []

    def calls(self, begin: datetime, end: datetime) -> tuple[ServiceCall, ...]:
        self.since.append(begin)
        return super().calls(begin, end)


def test_calls_of_a_look_that_failed_are_read_again(tmp_path: Path) -> None:
    is_broken, store = True, _Store(tmp_path)

    def objects() -> list[dict[str, object]]:
        if is_broken:
            raise ValueError("what no cluster says")
        return []

    keeper = TopologyKeeper(store, objects=objects, fresh_seconds=0.0)
    with pytest.raises(ValueError, match="no cluster"):
        keeper.graph()
    is_broken = False
    keeper.graph()
    keeper.graph()

    first, second, third = store.since
    assert first == second < third
