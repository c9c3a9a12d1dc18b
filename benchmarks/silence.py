"""Cards when a sender of several feeds dies for hours: one a feed, or one for the sender; and false ones.

    python -m benchmarks.silence --json FILE [--feeds 120] [--seeds 41,42] [--dead-hours 6]

Simulated feeds only, swept every ten minutes for two weeks. Senders tell of a run when it has ended; each
dies once, at a moment by chance, and hands in what it owes when it is back. A feed is told of when its run is
late, and has no other reason to be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import arguments, write
from domain.ids import AlertId, FeedName
from domain.running.feeds import Feed
from domain.watch.alert_rules import after_sweep
from domain.watch.alerts import Alert
from domain.watch.predictions import Prediction, SuchMornings
from domain.watch.silent_senders import last_words, silent_senders, with_silent_senders
from domain.watch.watching import Estimate, Heard, SilentSender, Swept, Trouble, WatchedFeed
from predictors.failure.failure_model import known_by
from predictors.known.history import DAY_SECONDS
from predictors.known.landscape import landscape
from predictors.known.run_table import RunTable, from_columns
from predictors.simulator.runs import simulate
from predictors.simulator.world import World, make_world
from predictors.timeliness.due_news import due_news
from predictors.timeliness.lateness import owed_runs
from predictors.timeliness.punctuality import punctualities

Floats = NDArray[np.float64]
Whole = NDArray[np.intp]

_LEARN, _DAYS, _EVERY = 30.0, 14.0, 600.0
_AFTERWARDS = 2 * 3_600.0
_SIZES = (3, 5, 15, 40)
_NO_RECORD = SuchMornings(0, 0)
_SPEAKS_FROM = 0.5


@dataclass(frozen=True)
class Death:
    """A sender says nothing from `at` until `back`."""

    sender: int
    at: float
    back: float

    def covers(self, moment: float) -> bool:
        """Return whether what happens then is of this death, or of the time just after."""
        return self.at < moment <= self.back + _AFTERWARDS


def main() -> None:
    """Print and keep the figures, by how many feeds a sender has."""
    parser = arguments(__doc__ or "", with_data=False)
    parser.add_argument("--feeds", type=int, default=120)
    parser.add_argument("--seeds", default="41,42")
    parser.add_argument("--dead-hours", type=float, default=6.0)
    asked = parser.parse_args()
    found: dict[str, float] = {}
    for size in _SIZES:
        told: dict[str, list[float]] = {}
        for seed in map(int, asked.seeds.split(",")):
            for name, values in _measured(seed, asked.feeds, size, 3_600.0 * asked.dead_hours).items():
                told.setdefault(name, []).extend(values)
        for name, values in told.items():
            found[f"{name}_size{size}"] = float(np.mean(values)) if values else 0.0
            print(f"{name}_size{size} {found[f'{name}_size{size}']:.3f}", flush=True)
    data = {"feeds": asked.feeds, "seeds": asked.seeds, "dead_hours": asked.dead_hours}
    write(asked.json, data=data, figures=found, peers={})


def _measured(seed: int, count: int, size: int, dead: float) -> dict[str, list[float]]:
    """Return cards a death with and without the sender's own, how soon they come, and false ones a week."""
    world = make_world(seed, feeds=count, days=int(_LEARN + _DAYS) + 1)
    sender = np.random.default_rng([seed, size]).permutation(count) // size
    deaths = _deaths(world, sender, dead, seed)
    columns = simulate(world).reports()
    for one in deaths:
        late = (sender[columns["feed"].astype(int)] == one.sender) & (columns["seen"] > one.at)
        columns["seen"] = np.where(late & (columns["seen"] <= one.back), one.back, columns["seen"])
    feeds = list(world.scene.feeds)
    table = from_columns([feed.name for feed in feeds], columns | {"told": columns["seen"]})
    of = {feed.name: int(sender[place]) for place, feed in enumerate(feeds)}
    seen = {"each": _Seen(of), "one": _Seen(of)}
    for swept, silent in _sweeps(world, feeds, table, sender):
        seen["each"].take(swept, ())
        seen["one"].take(swept, silent)
    return _counted(deaths, seen)


class _Seen:
    """Alerts as sweeps leave them, when each was raised, and when each sender's was told as silent."""

    def __init__(self, of: Mapping[FeedName, int]) -> None:
        self.of = of
        self.alerts: dict[AlertId, Alert] = {}
        self.raised: list[tuple[int, float]] = []
        self.silent: list[tuple[int, float]] = []

    def take(self, swept: Swept, silent: Sequence[SilentSender]) -> None:
        """Let a sweep do what it does."""
        by_name = {one.name: one for one in swept.estimates}
        told = replace(swept, troubles=tuple(with_silent_senders(swept.troubles, silent, by_name)))
        before = {alert.id for alert in self.alerts.values() if alert.sender}
        changes = after_sweep([one for one in self.alerts.values() if one.is_open], told, {})
        self.alerts |= changes.alerts
        now = swept.at.timestamp()
        self.raised += [(self.of[alert.root], now) for alert in changes.opened]
        told_now = [one for one in changes.alerts.values() if one.sender and one.id not in before]
        self.silent += [(self.of[alert.root], now) for alert in told_now]


def _counted(deaths: Sequence[Death], seen: Mapping[str, _Seen]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {"cards_each": [], "cards_one": [], "told_as_silent": [], "minutes": []}
    for death in deaths:
        mine = {name: _of(one.raised, death) for name, one in seen.items()}
        if not mine["each"]:
            continue  # nothing of it was due: nobody could miss it
        silent = _of(seen["one"].silent, death)
        found["cards_each"].append(float(len(mine["each"])))
        found["cards_one"].append(float(len(mine["one"])))
        found["told_as_silent"].append(float(bool(silent)))
        found["minutes"] += [(silent[0] - death.at) / 60.0] if silent else []
    every = [(sender, at) for sender, at in seen["one"].silent]
    false = len(every) - sum(len(_of(every, death)) for death in deaths)
    weeks = len({death.sender for death in deaths}) * _DAYS / 7.0
    return found | {"false_a_week": [false / weeks]}


def _of(events: Sequence[tuple[int, float]], death: Death) -> list[float]:
    return [at for sender, at in events if sender == death.sender and death.covers(at)]


def _deaths(world: World, sender: Whole, dead: float, seed: int) -> list[Death]:
    random = np.random.default_rng([seed, 7])
    begin, last = world.start + (_LEARN + 1) * DAY_SECONDS, world.start + (_LEARN + _DAYS - 1) * DAY_SECONDS
    at = random.uniform(begin, last - dead, len(set(sender.tolist())))
    return [Death(number, float(moment), float(moment + dead)) for number, moment in enumerate(at)]


def _sweeps(world: World, feeds: Sequence[Feed], table: RunTable, sender: Whole):  # type: ignore[no-untyped-def]
    """Yield what each sweep finds, and which senders are silent by it."""
    begin = world.start + _LEARN * DAY_SECONDS
    scene = landscape(feeds, begin - 10 * DAY_SECONDS, world.end, world.changes)
    number = np.arange(len(feeds), dtype=np.intp)
    key = np.sort(table.feed * 1e11 + table.seen)
    known = punctualities(feeds, known_by(table, begin), world.changes)
    for now in np.arange(begin, begin + _DAYS * DAY_SECONDS, _EVERY).tolist():
        if (now - begin) % DAY_SECONDS == 0:
            known = punctualities(feeds, known_by(table, now), world.changes)
        at = np.full(len(feeds), now)
        owed = owed_runs(scene, table, known, number, at)
        news = np.column_stack(due_news(scene, owed, known))
        heard_at = key[np.maximum(np.searchsorted(key, number * 1e11 + now, "right") - 1, 0)] % 1e11
        row = table.last_known(number, at)
        estimates = [
            estimate(
                feed,
                now,
                _level(owed.deadline[place], now),
                _SPEAKS_FROM,
                owed.deadline[place],
                table,
                row[place],
                news[place],
            )
            for place, feed in enumerate(feeds)
        ]
        heard = [
            Heard(feed.name, f"s{sender[place]}\njson", moment(heard_at[place]))
            for place, feed in enumerate(feeds)
        ]
        when = moment(now)
        troubles = tuple(Trouble(one.name, (one.name,), 1.0) for one in estimates if one.is_high)
        swept = Swept(when, tuple(estimates), troubles, "bench", 0.0, words=last_words(heard))
        silent: list[SilentSender] = silent_senders(estimates, heard, when)
        yield swept, silent


def _level(deadline: float, now: float) -> float:
    return 0.9 if deadline <= now else 0.0


def estimate(
    feed: Feed,
    now: float,
    told: float,
    speaks_from: float,
    deadline: float,
    table: RunTable,
    row: int,
    news: Sequence[float] = (np.nan, np.nan),
    due: float = np.inf,
) -> Estimate:
    """Return what a sweep knows of a feed that is told to be in trouble with a probability."""
    due_at = moment(due) if np.isfinite(due) else None
    said = Prediction(FeedName(feed.name), moment(now), ((60, told),), None, (), _NO_RECORD, "bench", due_at)
    ended = moment(table.finished[row]) if row >= 0 else None
    bad = row >= 0 and table.bad[row] > 0
    return Estimate(
        watched=WatchedFeed(feed, speaks_from, speaks=True),
        prediction=said,
        last=None,
        trouble_at=ended if bad else None,
        good_at=None if bad else ended,
        running_since=None,
        overdue_at=moment(deadline) if np.isfinite(deadline) else None,
        news_due_at=moment(news[0]) if np.isfinite(news[0]) else None,
        news_due_last=moment(news[1]) if np.isfinite(news[1]) else None,
    )


def moment(epoch: float) -> datetime:
    """Return a moment of the simulator, in UTC."""
    return datetime.fromtimestamp(float(epoch), UTC)


if __name__ == "__main__":
    main()
