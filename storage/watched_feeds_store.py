"""Feeds under watch in SQL: calendars and lineage, thresholds, and what people see of them now."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, select, update

from domain.changes import FeedEntry
from domain.feed_health import FeedHealth
from domain.feeds import Criticality, Feed
from domain.ids import FeedName, TeamId
from domain.watching import Threshold, WatchedFeed
from storage.bulk_statements import put_all
from storage.statements import table_of
from storage.tables.changes import FeedRow
from storage.tables.watch import WatchedFeedRow

_FEEDS = table_of(WatchedFeedRow)
_CONFIGURED = table_of(FeedRow)
_FEED: TypeAdapter[Feed] = TypeAdapter(Feed)

UNKNOWN_LEVEL = 0.3
"""From which estimate a feed alerts before any backtest has spoken of it."""


class SqlWatchedFeeds:
    """Implements `WatchedFeedStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def every(self) -> list[WatchedFeed]:
        """Return all feeds with thresholds, by name; owner and criticality as configured where they are."""
        configured = {
            name: FeedEntry.model_validate_json(document)
            for name, document in self._connection.execute(select(_CONFIGURED.c.name, _CONFIGURED.c.document))
        }
        rows = self._connection.execute(
            select(_FEEDS.c.name, _FEEDS.c.document, _FEEDS.c.threshold, _FEEDS.c.speaks).order_by(
                _FEEDS.c.name
            )
        )
        return [
            WatchedFeed(_as_configured(_FEED.validate_json(document), configured.get(name)), level, speaks)
            for name, document, level, speaks in rows
        ]

    def keep(self, feeds: Sequence[Feed], now: datetime, *, is_learned: bool = False) -> None:
        """Add feeds or replace their calendars and lineage; thresholds and health stay."""
        said = self._said() if is_learned else set()
        rows = [
            {
                "name": feed.name,
                "document": _FEED.dump_json(feed).decode(),
                "is_learned": is_learned,
                "threshold": UNKNOWN_LEVEL,
                "speaks": False,
                "health": "",
                "changed_at": now,
            }
            for feed in feeds
            if feed.name not in said
        ]
        put_all(self._connection, _FEEDS, rows, changing=("document", "is_learned", "changed_at"))

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
                [{"of": t.feed, "level": t.level, "tells": t.speaks, "at": now} for t in thresholds],
            )

    def show(self, healths: Sequence[FeedHealth], now: datetime) -> None:
        """Replace what people see of some feeds."""
        if healths:
            self._connection.execute(
                update(_FEEDS)
                .where(_FEEDS.c.name == bindparam("of"))
                .values(health=bindparam("shown"), changed_at=bindparam("at")),
                [{"of": one.name, "shown": one.model_dump_json(), "at": now} for one in healths],
            )

    def _said(self) -> set[str]:
        rows = self._connection.execute(select(_FEEDS.c.name).where(_FEEDS.c.is_learned.is_(False)))
        return {name for (name,) in rows}


def _as_configured(feed: Feed, entry: FeedEntry | None) -> Feed:
    if entry is None:
        return feed
    known = {one.value for one in Criticality}
    criticality = Criticality(entry.criticality) if entry.criticality in known else feed.criticality
    return replace(feed, team=TeamId(entry.owner or feed.team), criticality=criticality)
