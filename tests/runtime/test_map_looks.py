"""A look at the map that fails half-way costs nothing of what it had read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from runtime.wiring.investigating.topology import TopologyKeeper
from telemetry.columnar_store import ColumnarStore


@dataclass
class _Reader:
    """Keeps from when on it was asked for calls."""

    since: list[datetime] = field(default_factory=list)

    def calls(self, begin: datetime, end: datetime) -> Sequence[object]:
        self.since.append(begin)
        return ()


def test_calls_of_a_look_that_failed_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    is_broken, reader = True, _Reader()

    def objects() -> list[dict[str, object]]:
        if is_broken:
            raise ValueError("what no cluster says")
        return []

    store = ColumnarStore(tmp_path)
    monkeypatch.setattr(store, "calls", reader.calls)
    keeper = TopologyKeeper(store, objects=objects, fresh_seconds=0.0)
    with pytest.raises(ValueError, match="no cluster"):
        keeper.graph()
    is_broken = False
    keeper.graph()
    keeper.graph()

    first, second, third = reader.since
    assert first == second < third
