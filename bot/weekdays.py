"""Weekdays that come again and again: "what fails on Mondays?", "is it late every Friday?". Pure."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.question_kinds import Question, Topic, Wanted
from domain.clock.day_words import Window
from domain.clock.wall_clock import local
from domain.running.feed_troubles import FeedTroubles
from domain.watch.feed_health import RunPoint

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LOOKED_BACK = timedelta(weeks=12)
_A_WEEK = timedelta(days=7)
_WEEKEND, _WEEKDAYS = frozenset({5, 6}), frozenset(range(5))
_NAMED = {day.lower(): frozenset({number}) for number, day in enumerate(DAYS)}
_NAMED |= {"weekend": _WEEKEND, "weekday": _WEEKDAYS}
_ONE = "|".join(_NAMED)
_EVERY = re.compile(rf"\b(?:on )?({_ONE})s\b|\b(?:every|each|on an?) ({_ONE})\b")
_BETWEEN = re.compile(r"\s?(?:,|,? ?(?:and|or|&))\s?")
"""What may stand between days that are asked about together."""


@dataclass(frozen=True)
class EveryWeek:
    """Days of the week, 0 for Monday, and the words that named them."""

    weekdays: frozenset[int]
    said: str

    @property
    def words(self) -> str:
        """Return the days as they are told, such as "on Mondays and Fridays"."""
        if self.weekdays in (_WEEKEND, _WEEKDAYS):
            return "on weekends" if self.weekdays == _WEEKEND else "on weekdays"
        *first, last = (f"{DAYS[day]}s" for day in sorted(self.weekdays))
        return f"on {', '.join(first)} and {last}" if first else f"on {last}"


def weekdays_in(said: str) -> EveryWeek | None:
    """Return the weekdays that a text names for every week; "on monday" is one day and none of these."""
    lowered = said.lower()
    found = list(_EVERY.finditer(lowered))
    together = found[:1]
    for one in found[1:]:
        if not _BETWEEN.fullmatch(lowered[together[-1].end() : one.start()]):
            break
        together.append(one)
    if not together:
        return None
    days = frozenset[int]().union(*(_NAMED[one.group(1) or one.group(2)] for one in together))
    return EveryWeek(days, lowered[together[0].start() : together[-1].end()])


def of_every_week(found: Question, weekly: EveryWeek, said: str, now: datetime) -> Question | None:
    """Return a question of runs as it is asked of a weekday, None where it asks of nothing that has one.

    Args:
        found: What is asked without the weekday.
        said: The whole text.
    """
    is_of_trouble = found.wanted in (Wanted.LATE, Wanted.FAILED)
    if found.topic is not Topic.RUNS and not (is_of_trouble and found.topic in (Topic.WHICH, Topic.STATE)):
        return None
    span, name = found.window, weekly.words
    if span is not None and span.said and span.said in said.lower():
        window = replace(span, words=f"{name} {span.words}")
    else:
        window = Window(now - _LOOKED_BACK, now, f"{name} in the last {_LOOKED_BACK.days // 7} weeks", "")
    topic = Topic.RUNS if found.feeds else Topic.WHICH
    return replace(found, topic=topic, window=window, weekdays=weekly.weekdays, is_last=False)


def on_other_days(was: Question, weekly: EveryWeek, now: datetime) -> Question | None:
    """Return what was asked before, asked of weekdays: "and on Mondays?"; None where nothing has any."""
    if was.feeds and was.topic in (Topic.STATE, Topic.DUE):
        was = replace(was, topic=Topic.RUNS)
    # A day that was named before is no Monday; which of the weeks were meant, a longer span says.
    is_long = was.window is not None and not was.weekdays and was.window.until - was.window.since > _A_WEEK
    before = was.window if is_long else None
    return of_every_week(replace(was, window=before), weekly, before.said if before else "", now)


def by_weekday(
    runs: Sequence[RunPoint], weekdays: Collection[int], zone: str
) -> tuple[list[RunPoint], list[RunPoint]]:
    """Return the runs of some weekdays, and those of all other days; without any all are of them."""
    of_it: list[RunPoint] = []
    others: list[RunPoint] = []
    for run in runs:
        is_of_it = not weekdays or (run.at is not None and local(zone, run.at).weekday() in weekdays)
        (of_it if is_of_it else others).append(run)
    return of_it, others


def days_of(weekdays: Collection[int], span: Window, zone: str) -> Iterator[tuple[datetime, datetime]]:
    """Yield each such day of a span, by the wall clock of a zone, as much of it as lies in the span."""
    first = local(zone, span.since)
    day = first.date()
    while (begins := datetime.combine(day, time(), first.tzinfo)) < span.until:
        ends = datetime.combine(day + timedelta(days=1), time(), first.tzinfo)
        if day.weekday() in weekdays:
            yield max(begins, span.since), min(ends, span.until)
        day += timedelta(days=1)


def joined(days: Sequence[Sequence[FeedTroubles]]) -> list[FeedTroubles]:
    """Return the troubles of several days as those of one span, the most often first."""
    counts: dict[str, Counter[str]] = {}
    last: dict[str, datetime] = {}
    for one in (one for day in days for one in day):
        counts.setdefault(one.feed, Counter()).update(one.counts)
        last[one.feed] = max(last.get(one.feed, one.last_at), one.last_at)
    found = [FeedTroubles(feed=feed, counts=dict(some), last_at=last[feed]) for feed, some in counts.items()]
    return sorted(found, key=lambda one: (-one.count, one.feed))
