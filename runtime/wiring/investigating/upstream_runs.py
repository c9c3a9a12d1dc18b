"""Which run of each upstream a run of a feed had to wait for, and whether it was there when it usually is."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from domain.ids import FeedName
from domain.investigation.evidence import UpstreamRun
from domain.running.feeds import Feed
from domain.running.runs import Outcome, Run
from runtime.wiring.investigating.run_in_question import began, late_from, missing_since

_UNWATCHED = timedelta(minutes=10)
_STATUS = {Outcome.OK: "succeeded", Outcome.FAILED: "failed", Outcome.RUNNING: "running"}


def status_of(run: Run) -> str:
    """Return how a run ended, in the words of a case."""
    return _STATUS.get(run.outcome, run.outcome.value)


def upstream_runs(
    feed: Feed | None,
    runs_of: Callable[[str], Sequence[Run]],
    watched: Mapping[FeedName, Feed],
    *,
    start: datetime,
    end: datetime,
) -> tuple[UpstreamRun, ...]:
    """Return the run of each upstream that one from `start` to `end` had to wait for.

    What an upstream did later, today when yesterday is asked about, is another story. It is late when people
    would call it late: after the promised time, or after what nine in ten of its runs take, and the grace.
    """
    found = []
    for name in feed.upstreams if feed else ():
        runs = sorted((run for run in runs_of(name) if began(run) <= end), key=began)
        before = [run for run in runs if began(run) <= start]
        after = next((run for run in runs if began(run) > start), None)
        waited_for = _waited_for(name, watched.get(name), before, after, start, end)
        if waited_for is not None:
            found.append(waited_for)
    return tuple(found)


def _waited_for(
    name: str, other: Feed | None, before: Sequence[Run], after: Run | None, start: datetime, end: datetime
) -> UpstreamRun | None:
    due = missing_since(other, before, None, end)
    if other is not None and due is not None and due <= start:
        if after is None:
            return UpstreamRun(name, "missing", due.timestamp())
        return _told(name, after, late_from(other, before, due), end)
    if not before:
        return None
    newest, earlier = before[-1], before[:-1]
    begun = newest.scheduled_at or began(newest)
    late = late_from(other, earlier, begun) if other is not None else begun + _UNWATCHED
    return _told(name, newest, late, end)


def _told(name: str, run: Run, late: datetime, end: datetime) -> UpstreamRun | None:
    """Return a run as a case has it; None of one that goes on and is not late by then."""
    if run.finished_at is None and late > end:
        return None
    finished = None if run.finished_at is None else run.finished_at.timestamp()
    return UpstreamRun(name, status_of(run), late.timestamp(), finished)
