"""Weekdays that come again and again: "what fails on Mondays?", "is it late every Friday?". Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.question_kinds import Question, Topic, Wanted
from domain.clock.day_words import Window
from domain.clock.wall_clock import local
from domain.running.feed_troubles import FeedTroubles
from domain.watch.feed_health import RunPoint

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LOOKED_BACK = timedelta(weeks=12)
_ONE = "|".join(day.lower() for day in DAYS)
_EVERY = re.compile(rf"\b(?:on )?({_ONE})s\b|\b(?:every|each|on an?) ({_ONE})\b")


@dataclass(frozen=True)
class EveryWeek:
    """A weekday, 0 for Monday, and the words that named it."""

    weekday: int
    said: str


def weekday_in(said: str) -> EveryWeek | None:
    """Return the weekday that a text names for every week; "on monday" is one day and none of these."""
    found = _EVERY.search(said.lower())
    if found is None:
        return None
    name = (found.group(1) or found.group(2)).capitalize()
    return EveryWeek(DAYS.index(name), found.group())


def of_every_week(found: Question, weekly: EveryWeek, said: str, now: datetime) -> Question | None:
    """Return a question of runs as it is asked of a weekday, None where it asks of nothing that has one.

    Args:
        found: What is asked without the weekday.
        said: The whole text.
    """
    is_of_trouble = found.wanted in (Wanted.LATE, Wanted.FAILED)
    if found.topic is not Topic.RUNS and not (is_of_trouble and found.topic in (Topic.WHICH, Topic.STATE)):
        return None
    span, name = found.window, f"on {DAYS[weekly.weekday]}s"
    if span is not None and span.said and span.said in said.lower():
        window = replace(span, words=f"{name} {span.words}")
    else:
        window = Window(now - _LOOKED_BACK, now, f"{name} in the last {_LOOKED_BACK.days // 7} weeks", "")
    topic = Topic.RUNS if found.feeds else Topic.WHICH
    return replace(found, topic=topic, window=window, weekday=weekly.weekday, is_last=False)


def by_weekday(
    runs: Sequence[RunPoint], weekday: int | None, zone: str
) -> tuple[list[RunPoint], list[RunPoint]]:
    """Return the runs of a weekday, and those of all other days; without one all are of it."""
    of_it: list[RunPoint] = []
    others: list[RunPoint] = []
    for run in runs:
        is_of_it = weekday is None or (run.at is not None and local(zone, run.at).weekday() == weekday)
        (of_it if is_of_it else others).append(run)
    return of_it, others


def days_of(weekday: int, span: Window, zone: str) -> Iterator[tuple[datetime, datetime]]:
    """Yield each such day of a span, by the wall clock of a zone, as much of it as lies in the span."""
    first = local(zone, span.since)
    day = first.date() + timedelta(days=(weekday - first.weekday()) % 7)
    while (begins := datetime.combine(day, time(), first.tzinfo)) < span.until:
        ends = datetime.combine(day + timedelta(days=1), time(), first.tzinfo)
        yield max(begins, span.since), min(ends, span.until)
        day += timedelta(weeks=1)


def joined(days: Sequence[Sequence[FeedTroubles]]) -> list[FeedTroubles]:
    """Return the troubles of several days as those of one span, the most often first."""
    counts: dict[str, Counter[str]] = {}
    last: dict[str, datetime] = {}
    for one in (one for day in days for one in day):
        counts.setdefault(one.feed, Counter()).update(one.counts)
        last[one.feed] = max(last.get(one.feed, one.last_at), one.last_at)
    found = [FeedTroubles(feed=feed, counts=dict(some), last_at=last[feed]) for feed, some in counts.items()]
    return sorted(found, key=lambda one: (-one.count, one.feed))
