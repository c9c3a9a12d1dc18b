"""What a training learns from, read from the database: feeds, runs, signs, and people's words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from domain.counting import counted
from domain.ids import FeedName
from domain.running.feeds import Feed
from domain.watch.verdicts import Word
from domain.watch.watching import ToldAlert, WatchedFeed
from predictors.failure.failure_model import known_by
from predictors.failure.sampled_signs import runs_per_feed
from predictors.known.due_times import Changes
from predictors.known.run_table import RunTable, from_columns
from predictors.known.signals import Signals
from predictors.known.words import Span, outcomes, spans_of
from predictors.timeliness.punctuality import missed_deadlines, punctualities
from predictors.timeliness.silences import left_out_spans, silences, with_silences
from runtime.wiring.watching.run_columns import RUN_COLUMNS, as_floats, as_known
from runtime.wiring.watching.signal_window import SignalColumns
from storage.engine import Database
from storage.run_reader import RunTuple, newest_runs, runs_seen_since
from storage.stores.readings_store import readings_seen_since
from storage.stores.watched_feeds_store import SqlWatchedFeeds
from storage.stores.words_store import SqlWords

Floats = NDArray[np.float64]

_BACK = timedelta(days=90)
# Alerts of longer ago were raised by other models, of feeds that may have been mended since.
_ALERTS_BACK = timedelta(days=30)


class _Known(TypedDict):
    signals: Signals
    changes: Changes


@dataclass(frozen=True)
class Surroundings:
    """What is known beside runs: what resources said, which schedules held before, what people said."""

    signals: Signals
    changes: Changes
    words: tuple[Span, ...] = ()

    def arguments(self) -> _Known:
        """Return what was seen as the engine's functions take it."""
        return {"signals": self.signals, "changes": self.changes}


@dataclass(frozen=True)
class History:
    """Feeds with the levels they have, their runs, and what else is known."""

    watched: Sequence[WatchedFeed]
    table: RunTable
    known: Surroundings
    words: Sequence[Word]
    told: Sequence[ToldAlert] = ()

    @property
    def feeds(self) -> list[Feed]:
        """Return the feeds, in the table's order."""
        return [one.feed for one in self.watched]


def read_history(database: Database, now: datetime, say: Callable[[str], None]) -> History:
    """Return what is known of the last ninety days; `say` hears how far it is."""
    with database.reading() as connection:
        store = SqlWatchedFeeds(connection)
        watched, told_changes = store.every(), store.schedule_changes(now - _BACK)
        words = SqlWords(connection).since(now - _BACK)
        told = SqlWords(connection).endings(now - _ALERTS_BACK)
    feeds = [one.feed for one in watched]
    say(f"read {counted(len(feeds), 'feed')}")
    table = _table(runs_seen_since(database, now - _BACK), feeds, now, say)
    quiet = silences(watched, table)
    spans = (*spans_of(words, [feed.name for feed in feeds]), *left_out_spans(quiet))
    changes = with_silences(watched, quiet, told_changes)
    known = Surroundings(_signals(database, now - _BACK, say), changes, spans)
    return History(watched, table, known, words, told)


def newest_history(database: Database, now: datetime, days: float) -> History:
    """Return the newest runs of each feed, as many as signs are sampled from, and some days of readings."""
    with database.reading() as connection:
        store = SqlWatchedFeeds(connection)
        watched, changes = store.every(), store.schedule_changes(now - timedelta(days=days))
    pieces = newest_runs(database, runs_per_feed(len(watched)), now - _BACK)
    table = _table(pieces, [one.feed for one in watched], now)
    # What is usual of a resource is read off the day before.
    since = now - timedelta(days=days + 1.0)
    known = with_silences(watched, silences(watched, table), changes)
    return History(watched, table, Surroundings(_signals(database, since), known), ())


def taught(feeds: list[Feed], table: RunTable, until: float, known: Surroundings) -> tuple[RunTable, Floats]:
    """Return what was known by a moment, and what each of its runs teaches.

    A run that ended beyond its deadline is trouble whatever its sender said of it; people's words stand
    above both.
    """
    table = known_by(table, until)
    punctual = punctualities(feeds, table, known.changes)
    late = missed_deadlines(feeds, table, punctual, until, known.changes).runs
    return table, outcomes(known.words, table, np.maximum(table.bad, late))


def _table(
    runs: Iterable[Sequence[RunTuple]],
    feeds: list[Feed],
    now: datetime,
    say: Callable[[str], None] = lambda _: None,
) -> RunTable:
    number = {feed.name: place for place, feed in enumerate(feeds)}
    pieces = []
    for piece in runs:
        rows = [as_floats(number[FeedName(row[0])], row) for row in piece if row[0] in number]
        pieces.append(np.array(rows, dtype=np.float64).reshape(-1, len(RUN_COLUMNS)))
        say("reading")
    whole = as_known(np.concatenate([np.zeros((0, len(RUN_COLUMNS))), *pieces]), now.timestamp())
    columns = {name: whole[:, place] for place, name in enumerate(RUN_COLUMNS)}
    return from_columns([feed.name for feed in feeds], columns)


def _signals(database: Database, since: datetime, say: Callable[[str], None] = lambda _: None) -> Signals:
    columns = SignalColumns()
    for piece in readings_seen_since(database, since, since):
        columns.absorb(piece)
        say("reading what resources said")
    return columns.signals()
