"""What the places of a simulated world say between runs: ninety days imported, then told in real time."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from domain.running.readings import Reading, Sign
from predictors.simulator.readings import readings_of
from predictors.simulator.world import World
from runtime.wiring.stores import Stores
from storage.reading_intake import SqlReadingIntake

_BACK = 90 * 86_400.0
_AT_ONCE = 20_000

Floats = NDArray[np.float64]


@dataclass
class DemoReadings:
    """Readings of a world as columns; those that were told already are dropped."""

    names: list[tuple[str, Sign]]
    series: NDArray[np.intp]
    seen: Floats
    value: Floats

    def slow_down(self, resource: str, begin: float, end: float) -> None:
        """Let a source answer ever slower between two moments, as a failing one does."""
        mine = [place for place, name in enumerate(self.names) if name == (resource, Sign.RESPONSE)]
        rows = np.isin(self.series, mine) & (self.seen > begin) & (self.seen < end)
        grown = np.clip((self.seen[rows] - begin) / max(end - begin, 1.0), 0.0, 1.0)
        self.value[rows] *= 1.0 + 8.0 * grown

    def take_until(self, moment: float) -> list[Reading]:
        """Return the readings known by a moment that were not returned before."""
        count = int(np.searchsorted(self.seen, moment, "right"))
        told = [
            Reading(
                self.names[series][0],
                self.names[series][1],
                datetime.fromtimestamp(seen, UTC),
                round(value, 4),
            )
            for series, seen, value in zip(
                self.series[:count].tolist(),
                self.seen[:count].tolist(),
                self.value[:count].tolist(),
                strict=True,
            )
        ]
        self.series, self.seen, self.value = self.series[count:], self.seen[count:], self.value[count:]
        return told


def demo_readings(world: World, now: datetime) -> DemoReadings:
    """Return what the places of a world say from ninety days ago on, in the order of time."""
    names, series, seen, value = readings_of(world)
    order = np.argsort(seen, kind="stable")
    order = order[seen[order] > now.timestamp() - _BACK]
    return DemoReadings(names, series[order], seen[order], value[order])


def import_readings(stores: Stores, world: World, readings: DemoReadings, now: datetime) -> int:
    """Keep what was said by now, and which schedules feeds had before; return how many readings."""
    told = readings.take_until(now.timestamp())
    for first in range(0, len(told), _AT_ONCE):
        with stores.transactions.writing() as uow:
            uow.readings.add(told[first : first + _AT_ONCE], now)
    with stores.transactions.writing() as uow:
        for changes in (world.changes or {}).values():
            for change in changes:
                if change.at <= now:
                    uow.watched.note_schedule_change(change)
    return len(told)


def tell(stores: Stores, readings: DemoReadings, now: datetime) -> None:
    """Report what places have said since the last time."""
    told = readings.take_until(now.timestamp())
    if told:
        SqlReadingIntake(stores.transactions, stores.clock).take(told, source="demo")
