"""A feed as it is kept, with what its newest reports and its merged configuration say of it.

Sweeps, comparisons and deliveries ask for all feeds again and again: what the same texts say is put together
once, and the same feed is the same object from sweep to sweep.
"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from pydantic import TypeAdapter

from domain.configuration.changes import FeedEntry
from domain.ids import FeedName, TeamId
from domain.running.cron_calendar import configured_calendar, promised_calendar
from domain.running.feeds import UNKNOWN_SCHEDULE, Criticality, Feed
from storage.documents import reader_of

_REMEMBERED = 20_000
_FEED: TypeAdapter[Feed] = TypeAdapter(Feed)
entry_of = reader_of(FeedEntry, remembered=_REMEMBERED)
"""Returns the merged feed of a stored document."""


@lru_cache(maxsize=_REMEMBERED)
def feed_of(document: str, reported: tuple[tuple[str, str], ...], configured: str | None) -> Feed:
    """Return a feed of its stored document, the resources that reports name, and its merged configuration."""
    feed = _as_reported(_FEED.validate_json(document), dict(reported))
    return _as_configured(feed, None if configured is None else entry_of(configured))


def _as_reported(feed: Feed, told: Mapping[str, str]) -> Feed:
    """Return a feed with the source, pool and databases that its newest reports name."""
    return replace(
        feed,
        source=told.get("source", "").partition("\n")[0] or feed.source,
        pool=told.get("pool", "").partition("\n")[0] or feed.pool,
        databases=tuple(filter(None, told.get("databases", "").split("\n"))) or feed.databases,
    )


def _as_configured(feed: Feed, entry: FeedEntry | None) -> Feed:
    """Return a feed with what its merged configuration says of it; what was learned fills the rest."""
    if entry is None:
        return feed
    known, facts = {one.value for one in Criticality}, entry.facts
    criticality = Criticality(entry.criticality) if entry.criticality in known else feed.criticality
    said = configured_calendar(entry.schedule) or configured_calendar(facts.expected)
    schedule = said or feed.schedule
    if facts.grace_minutes is not None and schedule != UNKNOWN_SCHEDULE:
        schedule = replace(schedule, grace_minutes=facts.grace_minutes)
    schedule = promised_calendar(schedule, facts.promised)
    upstreams = dict.fromkeys((*(FeedName(name) for name in facts.upstreams), *feed.upstreams))
    return replace(
        feed,
        team=TeamId(entry.owner or feed.team),
        criticality=criticality,
        schedule=schedule,
        upstreams=tuple(name for name in upstreams if name != feed.name),
        source=facts.source or feed.source,
        pool=facts.pool or feed.pool,
        databases=facts.databases or feed.databases,
        impact=facts.impact or feed.impact,
    )
