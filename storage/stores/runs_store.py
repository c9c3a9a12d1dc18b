"""Runs of feeds in SQL: taken in bulk, merged by the one rule, refused records counted and kept in part."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, func, or_, select, tuple_, update

from domain.ids import FeedName, RunId
from domain.ports.run_intake import Receipt, RunEvent
from domain.running.run_merging import merged
from domain.running.runs import EndedRun, Outcome, RejectedRecord, Rejection, Run
from storage.bulk_statements import put_all
from storage.forgetting import forget
from storage.standing_in_line import stand_in_line
from storage.statements import put, table_of
from storage.stores.lineage import upstreams_in
from storage.stores.raw_runs import RawRun, add_rows, micros
from storage.stores.trouble_record import forget_missed
from storage.stores.watched_feeds_store import SqlWatchedFeeds
from storage.tables.calendars import DeadlineExtensionRow
from storage.tables.watch import (
    FeedResourceRow,
    LineageRow,
    RefusedRow,
    RunColumnsRow,
    RunRow,
)

_RUNS = table_of(RunRow)
_REFUSED = table_of(RefusedRow)
_DATASETS = table_of(LineageRow)
_DELIVERED = table_of(RunColumnsRow)
_RESOURCES = table_of(FeedResourceRow)
_EXTENSIONS = table_of(DeadlineExtensionRow)

_KEYS_AT_ONCE = 500
_ROWS_AT_ONCE = 5_000
_STAMP_HOLDS = timedelta(seconds=5)
_EXAMPLES = 5
_COLUMNS = tuple(column.name for column in _RUNS.columns)
_CLOCKS_OFF = timedelta(hours=1)
_FACTS = tuple(name for name in _COLUMNS if name not in {"feed", "run"})


class SqlRuns:
    """Implements `RunStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def merge(self, events: Sequence[RunEvent], now: datetime) -> Receipt:
        """Complete what is known of runs by reports, in bulk; feeds of runs that are new are watched.

        The end of a run that was under way when its feed was taken away does not bring the feed back.
        """
        # Of a run that nobody knows yet there is no row to lock, and its start and end may come at once.
        stand_in_line(self._connection, "runs", {event.run.feed for event in events})
        known = self._known({event.run.key for event in events})
        old = set(known)
        changed: dict[tuple[FeedName, RunId], Run] = {}
        rejected: list[RejectedRecord] = []
        taken = same = 0
        for event in events:
            after = merged(known.get(event.run.key), event.run)
            if not isinstance(after, Rejection):
                known[after.key] = changed[after.key] = after
                taken += 1
            elif after is Rejection.ENDS_BEFORE_START:
                detail = f"{event.run.feed} {event.run.run}"[:160]
                rejected.append(RejectedRecord(after, "its end lies before its start", detail))
            else:
                same += 1
        self._put(changed.values(), now)
        self._watch({run.feed for run in changed.values() if run.key not in old}, now)
        self._note_datasets(events)
        self._note_columns(events)
        self._note_resources(events)
        return Receipt(taken, same, tuple(rejected), frozenset(run.feed for run in changed.values()))

    def add_history(self, runs: Sequence[Run], now: datetime) -> int:
        """Add runs that are not known yet, in bulk, and return how many were new."""
        new = 0
        for first in range(0, len(runs), _ROWS_AT_ONCE):
            new += add_rows(
                self._connection, [_tuple(run, now) for run in runs[first : first + _ROWS_AT_ONCE]]
            )
        self._watch({run.feed for run in runs}, now)
        return new

    def restamp(self, then: datetime, now: datetime) -> None:
        """Let runs that were learned of at `then` count as learned of now, where that is long after."""
        if now - then >= _STAMP_HOLDS:
            self._connection.execute(update(_RUNS).where(_RUNS.c.taken_at == then).values(taken_at=now))

    def note_refused(self, source: str, records: Sequence[RejectedRecord], now: datetime) -> None:
        """Count refused records by reason and keep the newest of each to look at."""
        stand_in_line(self._connection, "refused", {source})
        by_reason: dict[str, list[RejectedRecord]] = {}
        for record in records:
            by_reason.setdefault(record.reason.value, []).append(record)
        day = now.date().isoformat()
        for reason, some in sorted(by_reason.items()):
            key = (_REFUSED.c.day == day, _REFUSED.c.source == source[:200], _REFUSED.c.reason == reason)
            row = self._connection.execute(select(_REFUSED).where(*key)).mappings().first()
            before = json.loads(row["examples"]) if row else []
            newest = [f"{one.detail[:160]} · {one.excerpt[:160]}" for one in some[-_EXAMPLES:]]
            kept = {
                "day": day,
                "source": source[:200],
                "reason": reason,
                "count": len(some) + (row["count"] if row else 0),
                "at": now,
                "examples": json.dumps([*before, *newest][-_EXAMPLES:]),
            }
            put(self._connection, _REFUSED, kept)

    def of_feed(self, feed: str, limit: int) -> list[Run]:
        """Return the newest runs of a feed, oldest first."""
        rows = self._connection.execute(
            select(_RUNS).where(_RUNS.c.feed == feed).order_by(_RUNS.c.seen_at.desc()).limit(limit)
        )
        return [run_of(row) for row in rows.mappings()][::-1]

    def count_ended(self, spans: Sequence[tuple[datetime, datetime]]) -> int:
        """Return how many runs ended in any of some spans [since, until), however they did."""
        ended = [(_RUNS.c.finished_at >= since) & (_RUNS.c.finished_at < until) for since, until in spans]
        # A report comes after the end that it tells of, so its index spares reading all runs.
        told = _RUNS.c.seen_at >= min(since for since, _ in spans) - _CLOCKS_OFF
        return int(self._connection.execute(select(func.count()).where(told, or_(*ended))).scalar() or 0)

    def ended_well(
        self, feeds: Sequence[FeedName], since: datetime, until: datetime
    ) -> dict[FeedName, list[EndedRun]]:
        """Return the good runs of some feeds that ended in [since, until), oldest first."""
        found: dict[FeedName, list[EndedRun]] = {}
        told = (_RUNS.c.feed, _RUNS.c.run, _RUNS.c.seen_at, _RUNS.c.scheduled_at, _RUNS.c.started_at)
        for first in range(0, len(feeds), _KEYS_AT_ONCE):
            asked = select(*told, _RUNS.c.finished_at).where(
                _RUNS.c.feed.in_(feeds[first : first + _KEYS_AT_ONCE]),
                # A report comes after the end that it tells of, so the index by feed narrows this down.
                _RUNS.c.seen_at >= since,
                _RUNS.c.finished_at >= since,
                _RUNS.c.finished_at < until,
                _RUNS.c.outcome == Outcome.OK.value,
            )
            for feed, run, *moments in self._connection.execute(asked.order_by(_RUNS.c.finished_at)):
                found.setdefault(FeedName(feed), []).append(EndedRun(RunId(run), *moments))
        return found

    def note_datasets(self, datasets: Iterable[tuple[str, str, bool]]) -> None:
        """Keep which data sets feeds read or write: feed, data set, whether it writes it."""
        rows = [{"feed": feed, "dataset": name, "writes": writes} for feed, name, writes in sorted(datasets)]
        put_all(self._connection, _DATASETS, rows, changing=())

    def upstreams(self) -> dict[FeedName, tuple[FeedName, ...]]:
        """Return, by the data sets they read and write, from which feeds each feed takes its data."""
        return upstreams_in(self._connection)

    def columns_of_feed(self, feed: str, limit: int) -> dict[RunId, dict[str, str]]:
        """Return the columns that the newest runs of a feed delivered, by run, where they were reported."""
        told = select(_DELIVERED.c.run, _DELIVERED.c.document).where(_DELIVERED.c.feed == feed)
        rows = self._connection.execute(told.order_by(_DELIVERED.c.seen_at.desc()).limit(limit))
        return {RunId(run): dict(json.loads(document)) for run, document in rows}

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove runs and what hangs on them from before a moment, a piece of each; return how many."""
        return (
            forget(self._connection, _DELIVERED, _DELIVERED.c.seen_at < moment, most)
            + forget(self._connection, _EXTENSIONS, _EXTENSIONS.c.until < moment, most)
            + forget_missed(self._connection, moment, most)
            + forget(self._connection, _REFUSED, _REFUSED.c.day < moment.date().isoformat(), most)
            + forget(self._connection, _RUNS, _RUNS.c.seen_at < moment, most)
        )

    def _known(self, keys: set[tuple[FeedName, RunId]]) -> dict[tuple[FeedName, RunId], Run]:
        ordered = sorted(keys)
        found: dict[tuple[FeedName, RunId], Run] = {}
        for first in range(0, len(ordered), _KEYS_AT_ONCE):
            part = ordered[first : first + _KEYS_AT_ONCE]
            statement = select(_RUNS).where(tuple_(_RUNS.c.feed, _RUNS.c.run).in_(part))
            for row in self._connection.execute(statement).mappings():
                run = run_of(row)
                found[run.key] = run
        return found

    def _put(self, runs: Iterable[Run], now: datetime) -> None:
        rows = sorted((_row(run, now) for run in runs), key=lambda row: (row["feed"], row["run"]))
        for first in range(0, len(rows), _ROWS_AT_ONCE):
            put_all(self._connection, _RUNS, rows[first : first + _ROWS_AT_ONCE], changing=_FACTS)

    def _watch(self, feeds: set[FeedName], now: datetime) -> None:
        SqlWatchedFeeds(self._connection).begin(feeds, now)

    def _note_datasets(self, events: Sequence[RunEvent]) -> None:
        wanted = {(e.run.feed, name[:300], False) for e in events for name in e.reads}
        wanted |= {(e.run.feed, name[:300], True) for e in events for name in e.writes}
        self.note_datasets(wanted)

    def _note_resources(self, events: Sequence[RunEvent]) -> None:
        told: dict[tuple[str, str], tuple[str, ...]] = {}
        for event in events:
            for kind in sorted({kind for kind, _ in event.resources}):
                names = tuple(name for one, name in event.resources if one == kind)
                told[(event.run.feed, kind)] = names
        rows = [
            {"feed": feed, "kind": kind, "names": "\n".join(names)}
            for (feed, kind), names in sorted(told.items())
        ]
        put_all(self._connection, _RESOURCES, rows, changing=("names",))

    def _note_columns(self, events: Sequence[RunEvent]) -> None:
        told = {event.run.key: event for event in events if event.columns}
        rows = [
            {"feed": feed, "run": run, "seen_at": one.run.seen_at, "document": json.dumps(one.columns)}
            for (feed, run), one in sorted(told.items())
        ]
        put_all(self._connection, _DELIVERED, rows, changing=("seen_at", "document"))


def _tuple(run: Run, now: datetime) -> RawRun:
    return (
        run.feed,
        run.run,
        micros(run.seen_at),
        micros(now),
        run.outcome.value,
        micros(run.scheduled_at),
        micros(run.started_at),
        micros(run.finished_at),
        run.rows_read,
        run.rows_written,
        run.rows_rejected,
        run.bytes_read,
        run.retries,
        run.queue_seconds,
        run.error_class,
        "\n".join(run.warnings),
        micros(run.start_told_at),
        micros(run.end_told_at),
    )


def _row(run: Run, now: datetime) -> dict[str, Any]:
    return {
        "feed": run.feed,
        "run": run.run,
        "seen_at": run.seen_at,
        "taken_at": now,
        "outcome": run.outcome.value,
        "scheduled_at": run.scheduled_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "rows_read": run.rows_read,
        "rows_written": run.rows_written,
        "rows_rejected": run.rows_rejected,
        "bytes_read": run.bytes_read,
        "retries": run.retries,
        "queue_seconds": run.queue_seconds,
        "error_class": run.error_class,
        "warnings": "\n".join(run.warnings),
        "start_told_at": run.start_told_at,
        "end_told_at": run.end_told_at,
    }


def run_of(row: RowMapping) -> Run:
    """Return the run of a row."""
    return Run(
        feed=FeedName(row["feed"]),
        run=RunId(row["run"]),
        seen_at=row["seen_at"],
        outcome=Outcome(row["outcome"]),
        scheduled_at=row["scheduled_at"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        rows_read=row["rows_read"],
        rows_written=row["rows_written"],
        rows_rejected=row["rows_rejected"],
        bytes_read=row["bytes_read"],
        retries=row["retries"],
        queue_seconds=row["queue_seconds"],
        error_class=row["error_class"],
        warnings=tuple(row["warnings"].split("\n")) if row["warnings"] else (),
        start_told_at=row["start_told_at"],
        end_told_at=row["end_told_at"],
    )
