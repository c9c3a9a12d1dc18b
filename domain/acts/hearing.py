"""Tell reports of what happens now from a history that is brought later: only the former start the watch.

An import is history, unless whoever repeats it says that it is live.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from domain.ids import FeedName
from domain.ports.run_intake import RunEvent
from domain.running.runs import Outcome, Run

TOLD_WITHIN = timedelta(hours=24)
"""A report that comes later than this after what it tells of is history: a nightly file is still news."""


def heard_since(events: Iterable[RunEvent], now: datetime) -> dict[FeedName, datetime]:
    """Return the feeds that a delivery tells of as they run, with the beginning of the first run it tells."""
    found: dict[FeedName, datetime] = {}
    for event in events:
        run = event.run
        if now - newest(run, now) <= TOLD_WITHIN:
            begun = min(filter(None, (run.scheduled_at, run.started_at, run.finished_at)), default=now)
            begun = max(begun, now - 2 * TOLD_WITHIN)
            found[run.feed] = min(found.get(run.feed, begun), begun)
    return found


def as_heard(events: Iterable[RunEvent], now: datetime) -> list[RunEvent]:
    """Return the reports of a delivery with the moment at which they came, where they tell of what happens
    now: what a model learns from must not be known earlier than whoever asks it could know it."""
    return [
        _stamped(event, now) if now - newest(event.run, now) <= TOLD_WITHIN else event for event in events
    ]


def _stamped(event: RunEvent, now: datetime) -> RunEvent:
    run = event.run
    begun = now if run.started_at is not None else None
    ended = now if run.outcome is not Outcome.RUNNING else None
    return replace(event, run=replace(run, start_told_at=begun, end_told_at=ended))


def newest(run: Run, now: datetime) -> datetime:
    """Return the newest moment that is told of a run."""
    return run.finished_at or run.started_at or run.scheduled_at or now
