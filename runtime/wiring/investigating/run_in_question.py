"""Choose which run of a feed an incident is about: one that is missing, one in trouble, or the newest."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from domain.running.feeds import UNKNOWN_SCHEDULE, Feed
from domain.running.runs import Outcome, Run

_EARLY_START = timedelta(minutes=5)
_USUAL = timedelta(minutes=10)
# Trouble that good runs have followed is still asked about on the same day.
_ASKED_FOR = timedelta(days=1)
_RECENT = timedelta(days=30)


def missing_since(
    feed: Feed | None, runs: Sequence[Run], since: datetime | None, now: datetime
) -> datetime | None:
    """Return the due time that no run has served and whose deadline has passed, None without one.

    Args:
        feed: The feed as watched; nothing is missing of one whose calendar is not known.
        runs: Its runs, oldest first.
        since: From when it is watched, for a feed that never ran.
        now: The moment of the question.
    """
    newest = began(runs[-1]) + _EARLY_START if runs else since
    if feed is None or newest is None or feed.schedule == UNKNOWN_SCHEDULE:
        return None
    due = feed.schedule.next_due(newest)
    while feed.schedule.rests and due <= now and _is_holiday(feed, due):
        due = feed.schedule.next_due(due)
    return due if late_from(feed, runs, due) <= now else None


def _is_holiday(feed: Feed, due: datetime) -> bool:
    """Return whether a feed that runs on business days rests at a due time."""
    import numpy as np

    from predictors.known.due_times import is_holiday

    return bool(is_holiday(feed.schedule.zone, np.array([due.timestamp()]))[0])


def row_in_question(
    feed: Feed | None, runs: Sequence[Run], now: datetime, since: datetime | None = None
) -> int:
    """Return the place of the run that people ask about: newest trouble without a good run after it, a run
    that is or was late, trouble of the last day, else the newest. `runs` has at least one.

    Where hours are named, from `since` to `now`, it is one that went on in them, if any did: the newest in
    trouble, else the newest.
    """
    within = [] if since is None else [row for row, run in enumerate(runs) if run.went_on(since, now)]
    if within:
        bad = [row for row in within if runs[row].is_trouble or _was_late(feed, runs, row, now)]
        return (bad or within)[-1]
    good = max((row for row, run in enumerate(runs) if run.outcome is Outcome.OK), default=-1)
    troubled = [row for row, run in enumerate(runs) if run.is_trouble and began(run) >= now - _RECENT]
    standing = [row for row in troubled if row > good]
    if standing:
        return standing[-1]
    last = len(runs) - 1
    if feed is not None and late_by(feed, runs[last], runs[:last], now) > 0:
        return last
    of_today = [row for row in troubled if began(runs[row]) >= now - _ASKED_FOR]
    return of_today[-1] if of_today else last


def _was_late(feed: Feed | None, runs: Sequence[Run], row: int, now: datetime) -> bool:
    return feed is not None and late_by(feed, runs[row], runs[:row], now) > 0


def late_by(feed: Feed, run: Run, before: Sequence[Run], now: datetime) -> float:
    """Return the seconds from when it counts as late until a run ended, or until now; below 0 in time."""
    late = late_from(feed, before, due_of(feed, run) or began(run))
    return ((run.finished_at or now) - late).total_seconds()


def due_of(feed: Feed | None, run: Run) -> datetime | None:
    """Return when a run should have begun; what sources report is believed where people promised times."""
    return run.scheduled_at if feed is not None and feed.schedule.is_promised else None


def late_from(feed: Feed, runs: Sequence[Run], due: datetime) -> datetime:
    """Return from when the run of a due time counts as late: the promised time, or after what is usual."""
    return feed.schedule.promised_after(due) or due + allowed(feed, runs)


def allowed(feed: Feed, runs: Sequence[Run]) -> timedelta:
    """Return how long after its due time a run may end: what nine in ten take, and the grace."""
    took = sorted(seconds for run in runs if (seconds := run.duration_seconds) is not None)
    usual = timedelta(seconds=took[int(0.9 * (len(took) - 1))]) if took else _USUAL
    return usual + timedelta(minutes=feed.schedule.grace_minutes)


def began(run: Run) -> datetime:
    """Return when a run began, or the nearest that is known of it."""
    return (run.started_at or run.scheduled_at or run.seen_at).astimezone(UTC)
