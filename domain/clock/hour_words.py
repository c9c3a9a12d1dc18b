"""Hours that are over, as people say them: "yesterday at 3", "between 02:00 and 03:00", "this morning"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.clock.clock_words import Clock, Reach, clock_in
from domain.clock.day_words import said_window
from domain.clock.wall_clock import local, moment_in, span_in

AROUND = timedelta(minutes=30)
"""Who says one moment means the half hour before and after it."""
_BEFORE = timedelta(hours=1)
_DAY = 1440
_NIGHT = (1080, 1920)
_PARTS = {
    "early morning": (0, 480), "morning": (0, 720), "forenoon": (360, 720), "afternoon": (720, 1080),
    "evening": (1080, _DAY), "night": _NIGHT,
}  # fmt: skip
"""Minutes of the day; a night goes on into the next."""
_PART = re.compile(rf"(?<![\w-])(?:(?:this|in the|during the|on the) )?({'|'.join(_PARTS)})(?![\w-])")
_LAST_NIGHT = re.compile(r"(?<![\w-])(?:last night|over ?night|tonight|(?:in|during) the night)(?![\w-])")
_TOMORROW = re.compile(r"(?<![\w-])tomorrow(?![\w'\u2019-])")
_LAST_HOURS = re.compile(r"\b(?:last|past|previous)\s+(?:\S+\s+)?(?:minute|min|hour|hr|h)s?\b")
_ZONE = re.compile(r"(?<=[\s\d:(])(?:utc|gmt|z|[a-z]+(?:_[a-z]+)*/[a-z]+(?:[_/-][a-z]+)*)\b")
_STAMP = re.compile(
    r"(?<![\w-])(\d{4}-\d\d-\d\d)(?:t|,? (?:at )?)(\d\d:\d\d)(?::\d\d(?:[.,]\d+)?)?"
    r"\s?(z|[+-]\d\d:?\d\d)?(?![\w:])"
)
_AGO = re.compile(
    r"\b(\d{1,3}|an?|one|two|three|four|five|six|half an|a couple of)\s+(minute|min|hour|hr|h)s? ago\b"
)
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "half an": 0.5}


@dataclass(frozen=True)
class PastTime:
    """A span that is over, or that reaches until now.

    Args:
        at: The moment that was said, its begin where a span was said; aware.
        since: The begin of the span.
        until: Its end; the present moment where it goes on.
        words: Which one was understood, with day and zone.
        zone: By whose clock it was read.
        said: The words that it was read from, in lower case.
        doubts: Sentences about what else could have been meant.
        others: What else the same words mean.
    """

    at: datetime
    since: datetime
    until: datetime
    words: str
    zone: str
    said: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    others: tuple["PastTime", ...] = ()


def past_time(text: str, now: datetime, zone: str = "UTC") -> PastTime | None:
    """Return the past hours that a text names, by the wall clock of a zone; None when it is about now.

    A zone that the text names, such as `UTC` or `Europe/Paris`, counts instead. An hour that can mean two is
    read as the last one that is over, of a named day by the clock of 24 hours; the other is in `others`.
    """
    lowered = text.lower()
    if _TOMORROW.search(lowered):
        return None
    zone, named = _zone_in(lowered, zone)
    try:
        found = _stamped(lowered, now, zone) or _ago(lowered, now, zone) or _by_the_clock(lowered, now, zone)
    except OverflowError:
        return None  # its hours reach over the edge of the calendar, as on 0001-01-01 at midnight
    return None if found is None else replace(found, said=(*found.said, *named))


def without(text: str, said: Iterable[str]) -> str:
    """Return a text without the words that a time was read from."""
    for words in said:
        text = re.sub(rf"(?<!\w){re.escape(words.strip())}(?!\w)", " ", text, count=1, flags=re.IGNORECASE)
    return text


def _zone_in(text: str, zone: str) -> tuple[str, tuple[str, ...]]:
    for found in _ZONE.finditer(text):
        name = found.group()
        if name == "z" and not text[found.start() - 1].isdigit():
            continue
        name = "UTC" if name in ("utc", "gmt", "z") else "/".join(map(_capitals, name.split("/")))
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
        return name, (found.group(),)
    return zone, ()


def _capitals(part: str) -> str:
    return "_".join(word.capitalize() for word in part.split("_"))


def _stamped(text: str, now: datetime, zone: str) -> PastTime | None:
    """Return the moment, or the span between two, of times as logs write them."""
    ends = []
    for found in _STAMP.finditer(text):
        offset = (found[3] or "").replace("z", "+00:00")
        try:
            at = datetime.fromisoformat(f"{found[1]}T{found[2]}{offset}")
        except ValueError:
            return None
        ends.append(at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone)))
    ends = [at.astimezone(UTC) for at in ends if at <= now]
    if not ends:
        return None
    said = tuple(found.group() for found in _STAMP.finditer(text))
    if len(ends) > 1:
        return _span(min(ends), max(ends), now, zone, said)
    return _around(ends[0], ends[0], now, zone, said)


def _ago(text: str, now: datetime, zone: str) -> PastTime | None:
    found = _AGO.search(text)
    if found is not None:
        count = _COUNTS.get(found[1]) or (2 if found[1] == "a couple of" else float(found[1]))
        at = now - timedelta(minutes=count * (1 if found[2].startswith("m") else 60))
        return _around(at, at, now, zone, (found.group(),))
    day = said_window(text, now, zone)
    if day is not None and _LAST_HOURS.search(day.said):
        return _span(day.since, now, now, zone, (day.said,))
    return None


def _by_the_clock(text: str, now: datetime, zone: str) -> PastTime | None:
    clock = clock_in(text)
    here = local(zone, now)
    day, minutes, said = _day_in(text, now, zone)
    goes_on = any(word.startswith("since ") for word in said)
    if clock is None:
        return None if goes_on else _of_the_day(day, minutes, now, zone, said)
    if clock.reach is Reach.MOMENT and goes_on:
        clock = replace(clock, reach=Reach.SINCE)
    days = [here.date() - timedelta(days=back) for back in (0, 1)] if day is None else [day]
    found = [
        (one, at, end)
        for one in days
        for at, end in _readings(clock, minutes)
        if _moment(one, at, zone)[0] <= now
    ]
    if day in (None, here.date()):
        found.sort(key=lambda reading: _moment(reading[0], reading[1], zone)[0], reverse=True)
    read = [_read(clock, one, at, end, now, zone, (clock.said, *said)) for one, at, end in found]
    if not read:
        return None
    shown = [f"{at // 60 % 24:02d}:{at % 60:02d}" for _, at, _ in found]
    others = [place for place, one in enumerate(shown) if one != shown[0]][:1]
    if not others:
        return read[0]
    doubt = f"read as {shown[0]}; for {shown[others[0]]} say {shown[others[0]]}"
    return replace(read[0], doubts=(*read[0].doubts, doubt), others=(read[others[0]],))


def _readings(clock: Clock, minutes: tuple[int, int] | None) -> list[tuple[int, int | None]]:
    """Return what a time of day can mean as minutes after a day's begin, within a part of it where one is
    named; of a span only the shortest."""
    able = [at + later for at in clock.first for later in (0, _DAY)]
    if minutes is None:
        able = list(clock.first)
    else:
        low, high = minutes
        within = [at for at in able if low <= at <= high]
        able = within or sorted(able, key=lambda at: max(low - at, at - high))[:1]
    if not clock.last:
        return [(at, None) for at in able]
    ends = [min(end + later for end in clock.last for later in (0, _DAY) if end + later > at) for at in able]
    shortest = min(end - at for at, end in zip(able, ends, strict=True))
    return [(at, end) for at, end in zip(able, ends, strict=True) if end - at == shortest]


def _read(
    clock: Clock, day: date, at: int, end: int | None, now: datetime, zone: str, said: tuple[str, ...]
) -> PastTime:
    first, second, doubts = _moment(day, at, zone)
    if clock.reach is Reach.MOMENT:
        found = _around(first, second, now, zone, said)
    elif clock.reach is Reach.UNTIL:
        found = _span(first - _BEFORE, second, now, zone, said)
    else:
        until = now if end is None else _moment(day, end, zone)[1]
        found = _span(first, until, now, zone, said)
    return replace(found, doubts=doubts)


def _day_in(
    text: str, now: datetime, zone: str
) -> tuple[date | None, tuple[int, int] | None, tuple[str, ...]]:
    """Return the day that a text names, the part of a day, and the words; None for what is not named."""
    here = local(zone, now)
    if found := _LAST_NIGHT.search(text):
        is_coming = found.group() == "tonight" and here.hour >= _NIGHT[0] // 60
        return here.date() - timedelta(days=0 if is_coming else 1), _NIGHT, (found.group(),)
    part = _PART.search(text)
    minutes = None if part is None else _PARTS[part[1]]
    said = () if part is None else (part.group(),)
    window = said_window(text, now, zone)
    if window is None or window.until - window.since > timedelta(hours=25):
        return None, minutes, said if window is None else (*said, window.said)
    is_part = window.said in said and not window.said.startswith("this")
    return local(zone, window.since).date(), minutes, said if is_part else (window.said, *said)


def _of_the_day(
    day: date | None, minutes: tuple[int, int] | None, now: datetime, zone: str, said: tuple[str, ...]
) -> PastTime | None:
    """Return a day that is over, or a part of one; None where nothing but today is named."""
    here = local(zone, now).date()
    if day is None and minutes is None:
        days_said = said_window(" ".join(said), now, zone)
        over = days_said is not None and days_said.until < now
        return _span(days_said.since, days_said.until, now, zone, said) if days_said and over else None
    if minutes is None and day == here:
        return None
    low, high = minutes or (0, _DAY)
    days = [here, here - timedelta(days=1)] if day is None else [day]
    for one in days:
        since, until = _moment(one, low, zone)[0], _moment(one, high, zone)[1]
        if since < now:
            return _span(since, until, now, zone, said)
    return None


def _moment(day: date, minutes: int, zone: str) -> tuple[datetime, datetime, tuple[str, ...]]:
    """Return when a clock showed a time for the first and the last time, and what is odd about that."""
    shown = datetime.combine(day, time()) + timedelta(minutes=minutes)
    first, second = (shown.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))
    if first == second:
        return first, second, ()
    if first < second:
        return first, second, (f"{shown:%H:%M} came twice, as clocks went back; I look at both",)
    # The clock jumped over it; what the old offset makes of it is what clocks showed then.
    return first, first, (f"no clock showed {shown:%H:%M}, as clocks went forward",)


def _around(first: datetime, second: datetime, now: datetime, zone: str, said: tuple[str, ...]) -> PastTime:
    words = moment_in(zone, first, now)
    return PastTime(first, first - AROUND, min(second + AROUND, now), words, zone, said)


def _span(since: datetime, until: datetime, now: datetime, zone: str, said: tuple[str, ...]) -> PastTime:
    since, until = since.astimezone(UTC), min(until.astimezone(UTC), now)
    words = f"since {moment_in(zone, since, now)}" if until == now else span_in(zone, since, until, now)
    return PastTime(since, since, until, words, zone, said)
