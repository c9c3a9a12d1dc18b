"""Feeds under watch in SQL: calendars and lineage, thresholds, and what people see of them now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, bindparam, delete, exists, select, update

from domain.ids import FeedName, TeamId
from domain.running.feeds import UNKNOWN_SCHEDULE, Extension, Feed, Schedule, ScheduleChange, is_moved
from domain.watch.feed_health import FeedHealth
from domain.watch.oddities import FeedOddities
from domain.watch.watching import Threshold, WatchedFeed
from storage.bulk_statements import put_all
from storage.feed_documents import feed_of
from storage.statements import table_of
from storage.tables.calendars import DeadlineExtensionRow, ScheduleChangeRow
from storage.tables.changes import FeedRow
from storage.tables.watch import (
    FeedResourceRow,
    OddityRow,
    RunRow,
    WatchedFeedRow,
)

_FEEDS = table_of(WatchedFeedRow)
_CONFIGURED = table_of(FeedRow)
_RESOURCES = table_of(FeedResourceRow)
_CHANGES = table_of(ScheduleChangeRow)
_ODDITIES = table_of(OddityRow)
_EXTENSIONS = table_of(DeadlineExtensionRow)
_RUNS = table_of(RunRow)
_FEED: TypeAdapter[Feed] = TypeAdapter(Feed)
_SCHEDULE: TypeAdapter[Schedule] = TypeAdapter(Schedule)

_NAMES_AT_ONCE = 500

UNKNOWN_LEVEL = 0.3
"""From which estimate a feed alerts before any backtest has spoken of it."""


class SqlWatchedFeeds:
    """Implements `WatchedFeedStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def every(self) -> list[WatchedFeed]:
        """Return all feeds with thresholds, by name; owner, criticality and calendar as configured."""
        return self._some(None)

    def find(self, name: str) -> WatchedFeed | None:
        """Return one feed as `every` does, None when it is not under watch."""
        return next(iter(self._some(name)), None)

    def names(self) -> set[FeedName]:
        """Return the names of all feeds."""
        return {FeedName(name) for name in self._connection.execute(select(_FEEDS.c.name)).scalars()}

    def _some(self, only: str | None) -> list[WatchedFeed]:
        told = (_FEEDS.c.name, _FEEDS.c.document, _FEEDS.c.threshold, _FEEDS.c.speaks, _FEEDS.c.since)
        feeds = select(*told, _FEEDS.c.heard_since).order_by(_FEEDS.c.name)
        merged = select(_CONFIGURED.c.name, _CONFIGURED.c.document)
        resources = select(_RESOURCES.c.feed, _RESOURCES.c.kind, _RESOURCES.c.names)
        if only is not None:
            feeds, merged = feeds.where(_FEEDS.c.name == only), merged.where(_CONFIGURED.c.name == only)
            resources = resources.where(_RESOURCES.c.feed == only)
        configured = {name: text for name, text in self._connection.execute(merged)}  # noqa: C416  no pairs
        reported: dict[str, tuple[tuple[str, str], ...]] = {}
        by_name = resources.order_by(_RESOURCES.c.feed, _RESOURCES.c.kind)
        for name, kind, names in self._connection.execute(by_name):
            reported[name] = (*reported.get(name, ()), (kind, names))
        return [
            WatchedFeed(feed_of(document, reported.get(name, ()), configured.get(name)), level, *more)
            for name, document, level, *more in self._connection.execute(feeds)
        ]

    def begin(self, names: Iterable[FeedName], now: datetime) -> None:
        """Watch feeds from now on; those that are watched already stay as they are."""
        asked, known = sorted(set(names)), set[str]()
        for first in range(0, len(asked), _NAMES_AT_ONCE):
            some = _FEEDS.c.name.in_(asked[first : first + _NAMES_AT_ONCE])
            known.update(self._connection.execute(select(_FEEDS.c.name).where(some)).scalars())
        fresh = [name for name in asked if name not in known]
        feeds = [Feed(name, TeamId(""), UNKNOWN_SCHEDULE) for name in fresh]
        # Whoever names a feed meanwhile knows more of it.
        put_all(self._connection, _FEEDS, _rows(feeds, now, is_learned=True), changing=())

    def hear(self, since: Mapping[FeedName, datetime]) -> None:
        """Note from when on the runs of feeds are reported as they happen; the first such moment stays."""
        names = sorted(since)
        for first in range(0, len(names), _NAMES_AT_ONCE):
            asked = _FEEDS.c.name.in_(names[first : first + _NAMES_AT_ONCE])
            found = self._connection.execute(
                select(_FEEDS.c.name).where(asked, _FEEDS.c.heard_since.is_(None))
            )
            fresh = [{"of": name, "moment": since[name]} for name in found.scalars()]
            if fresh:
                self._connection.execute(
                    update(_FEEDS)
                    .where(_FEEDS.c.name == bindparam("of"))
                    .values(heard_since=bindparam("moment")),
                    fresh,
                )

    def end(self, name: FeedName) -> None:
        """Watch a feed no more; it is watched anew when it reports again."""
        self._connection.execute(delete(_FEEDS).where(_FEEDS.c.name == name))
        self._connection.execute(delete(_ODDITIES).where(_ODDITIES.c.feed == name))

    def end_silent(self, before: datetime) -> list[FeedName]:
        """Watch those no more that nobody named and nothing was reported of since a moment; return them."""
        runs = _RUNS.c
        reported = exists().where(runs.feed == _FEEDS.c.name, runs.seen_at >= before)
        named = exists().where(_CONFIGURED.c.name == _FEEDS.c.name)
        learned = _FEEDS.c.is_learned.is_(True) & (_FEEDS.c.since < before)
        asked = select(_FEEDS.c.name).where(learned, ~named, ~reported).order_by(_FEEDS.c.name)
        found = [FeedName(name) for name in self._connection.execute(asked).scalars()]
        for name in found:
            self.end(name)
        return found

    def keep(self, feeds: Sequence[Feed], now: datetime, *, is_learned: bool = False) -> None:
        """Add feeds or replace their calendars and lineage; thresholds and health stay.

        A feed that somebody names runs from then on; of one that is learned it has to be heard.
        """
        said = self._said() if is_learned else set()
        feeds = [feed for feed in feeds if feed.name not in said]
        self._note_changes(feeds, now)
        rows = _rows(feeds, now, is_learned=is_learned)
        put_all(self._connection, _FEEDS, rows, changing=("document", "is_learned", "changed_at"))

    def schedule_changes(self, since: datetime) -> dict[FeedName, list[ScheduleChange]]:
        """Return which schedules feeds had before, for changes after a moment."""
        rows = self._connection.execute(
            select(_CHANGES.c.feed, _CHANGES.c.at, _CHANGES.c.before)
            .where(_CHANGES.c.at > since)
            .order_by(_CHANGES.c.feed, _CHANGES.c.at)
        )
        found: dict[FeedName, list[ScheduleChange]] = {}
        for name, at, before in rows:
            change = ScheduleChange(FeedName(name), at, _SCHEDULE.validate_json(before))
            found.setdefault(change.feed, []).append(change)
        return found

    def learned(self) -> set[FeedName]:
        """Return the feeds whose calendar was learned from their runs."""
        rows = self._connection.execute(select(_FEEDS.c.name).where(_FEEDS.c.is_learned.is_(True)))
        return {FeedName(name) for (name,) in rows}

    def set_thresholds(self, thresholds: Sequence[Threshold], now: datetime) -> None:
        """Set from which estimate each feed alerts and whether people are told."""
        if thresholds:
            self._connection.execute(
                update(_FEEDS)
                .where(_FEEDS.c.name == bindparam("of"))
                .values(threshold=bindparam("level"), speaks=bindparam("tells"), changed_at=bindparam("at")),
                # In one order here and below: others change some of these rows at the same time.
                [
                    {"of": t.feed, "level": t.level, "tells": t.speaks, "at": now}
                    for t in sorted(thresholds, key=lambda one: one.feed)
                ],
            )

    def show(self, healths: Sequence[FeedHealth], now: datetime) -> None:
        """Replace what people see of some feeds."""
        if healths:
            self._connection.execute(
                update(_FEEDS)
                .where(_FEEDS.c.name == bindparam("of"))
                .values(health=bindparam("shown"), changed_at=bindparam("at")),
                [
                    {"of": one.name, "shown": one.model_dump_json(), "at": now}
                    for one in sorted(healths, key=lambda one: one.name)
                ],
            )

    def shown_since(self, moment: datetime | None) -> dict[str, FeedHealth | None]:
        """Return what people see of feeds that changed at or after a moment; None of one not shown yet."""
        asked = select(_FEEDS.c.name, _FEEDS.c.health)
        if moment is not None:
            asked = asked.where(_FEEDS.c.changed_at >= moment)
        return {name: _health(health) for name, health in self._connection.execute(asked)}

    def note_oddities(self, found: Sequence[FeedOddities]) -> None:
        """Replace what is out of the ordinary in the runs of some feeds."""
        rows = [{"feed": one.feed, "document": one.model_dump_json()} for one in found]
        put_all(self._connection, _ODDITIES, rows, changing=("document",))

    def oddities(self) -> dict[FeedName, FeedOddities]:
        """Return what is out of the ordinary, of the feeds that were looked at."""
        rows = self._connection.execute(select(_ODDITIES.c.document)).scalars()
        return {one.feed: one for one in map(FeedOddities.model_validate_json, rows)}

    def note_schedule_change(self, change: ScheduleChange) -> None:
        """Keep which schedule a feed had before a moment; the same again changes nothing."""
        row = {"feed": change.feed, "at": change.at, "before": _SCHEDULE.dump_json(change.before).decode()}
        put_all(self._connection, _CHANGES, [row], changing=())

    def extend(self, given: Extension) -> None:
        """Keep a later deadline; the same again changes nothing."""
        put_all(self._connection, _EXTENSIONS, [asdict(given)], changing=())

    def end_extension(self, plan: str) -> None:
        """Forget the later deadlines that a plan gave, because it was taken back."""
        self._connection.execute(delete(_EXTENSIONS).where(_EXTENSIONS.c.plan == plan))

    def extensions(self, since: datetime) -> list[Extension]:
        """Return the later deadlines that lie after a moment."""
        rows = self._connection.execute(
            select(_EXTENSIONS).where(_EXTENSIONS.c.until > since).order_by(_EXTENSIONS.c.until)
        )
        return [Extension(**row) for row in rows.mappings()]

    def _note_changes(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Keep the former schedule where it moves: what lies before the change is judged by it."""
        if not feeds:
            return
        # As configured, where it is: what a merge has moved was noted when it was merged.
        known = {one.feed.name: one.feed.schedule for one in self.every()}
        for feed in feeds:
            before = known.get(feed.name)
            if before is not None and is_moved(before, feed.schedule):
                self.note_schedule_change(ScheduleChange(feed.name, now, before))

    def _said(self) -> set[str]:
        rows = self._connection.execute(select(_FEEDS.c.name).where(_FEEDS.c.is_learned.is_(False)))
        return {name for (name,) in rows}


def _rows(feeds: Iterable[Feed], now: datetime, *, is_learned: bool) -> list[dict[str, object]]:
    return [
        {
            "name": feed.name,
            "document": _FEED.dump_json(feed).decode(),
            "is_learned": is_learned,
            "threshold": UNKNOWN_LEVEL,
            "speaks": False,
            "health": "",
            "since": now,
            "heard_since": None if is_learned else now,
            "changed_at": now,
        }
        for feed in feeds
    ]


def _health(document: str) -> FeedHealth | None:
    try:
        return FeedHealth.model_validate_json(document) if document else None
    except ValidationError:
        return None  # another release showed it: it is shown anew
