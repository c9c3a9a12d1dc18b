"""Read a feed's calendar off the times at which its runs were due or began.

The newest runs count: a schedule that changed yesterday is followed as soon as a few runs show it.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile

from domain.running.feeds import UNKNOWN_SCHEDULE, Rhythm, Schedule

_LEAST = 4
_NEWEST = 40
_FAST = timedelta(hours=6)
_NICE_MINUTES = (5, 10, 15, 20, 30, 60, 90, 120, 180, 240, 360)
_DAY = timedelta(days=1)
_STEADY = 5
_MONTHS = 12
_LAST = 0
_REMEMBERED = 8
_FEWER = 3
_SAME_GAP = timedelta(hours=1)
_LONGEST_SPARSE = timedelta(days=8)


def learned_schedule(times: Sequence[datetime]) -> Schedule | None:
    """Return the calendar that explains the newest times: `UNKNOWN_SCHEDULE` when none does, None when they
    are too few to tell.

    Args:
        times: When runs were due, or began where that is not reported; aware, in any order.
    """
    newest = sorted(set(times))[-_NEWEST:]
    if len(newest) < _LEAST:
        return None
    newest = _since_it_runs_less_often(newest)
    # What holds now is shown by the last few; the rest says which days of the week there are.
    gaps = sorted(_gaps(newest[-12:]))
    gap = gaps[len(gaps) // 2]
    if gap <= _FAST:
        minutes = gap.total_seconds() / 60.0
        every = min(_NICE_MINUTES, key=lambda nice: abs(nice - minutes))
        return Schedule(Rhythm.INTERVAL, every_minutes=every, at_minute=_shift(newest[-12:], every))
    at_minute = _usual_minute(newest[-_REMEMBERED:])
    if timedelta(days=10) <= gap < timedelta(days=25) or gap > timedelta(days=45):
        return UNKNOWN_SCHEDULE
    if gap >= timedelta(days=25):
        return _of_months([time.astimezone(UTC) for time in newest[-_MONTHS:]], at_minute)
    if gap >= timedelta(days=6):
        weekday = Counter(time.weekday() for time in newest).most_common(1)[0][0]
        return Schedule(Rhythm.WEEKLY, at_minute=at_minute, weekdays=frozenset({weekday}))
    days = frozenset(time.astimezone(UTC).weekday() for time in newest[-20:])
    seen = newest[-1] - newest[max(len(newest) - 20, 0)]
    return Schedule(
        Rhythm.DAILY, at_minute=at_minute, weekdays=days if seen >= 8 * _DAY else frozenset(range(7))
    )


def _since_it_runs_less_often(times: list[datetime]) -> list[datetime]:
    """Return the times since a feed runs more seldom by far, at one time of the day; three runs show it.

    By the usual gap of the newest it would be late for days yet. One long gap is a night or an outage.
    """
    gaps, usual = _gaps(times), _minute(times[-1])
    least = max(_FEWER * sorted(gaps)[len(gaps) // 2], _FAST)
    since = 1
    for time, gap in zip(times[-2::-1], gaps[::-1], strict=True):
        if not least < gap <= _LONGEST_SPARSE or _apart(_minute(time), usual) > _STEADY:
            break
        since += 1
    # Gaps of one rhythm come again; those of holidays in a row do not.
    is_steady = any(abs(later - earlier) <= _SAME_GAP for earlier, later in pairwise(_gaps(times[-since:])))
    return times[-since:] if is_steady else times


def _gaps(times: Sequence[datetime]) -> list[timedelta]:
    return [later - earlier for earlier, later in pairwise(times)]


def _of_months(times: Sequence[datetime], at_minute: int) -> Schedule:
    """Return the calendar of runs that come once a month: on its last day, on one date, or on neither."""
    dates: dict[tuple[int, int], set[int]] = {}
    for time in times:
        is_last = (time + _DAY).month != time.month
        dates.setdefault((time.year, time.month), set()).update({time.day, _LAST} if is_last else {time.day})
    # The first month may be known in part; runs by hand beside the usual one are no other calendar. Dates
    # that give way to weekends are none of these: by either such a feed would be late without being it.
    months = list(dates.values())[1:]
    usual = Counter(time.day for time in times).most_common(1)[0][0]
    if all(_LAST in month for month in months):
        return Schedule(Rhythm.MONTH_END, at_minute=at_minute)
    if all(usual in month for month in months):
        return Schedule(Rhythm.MONTHLY, at_minute=at_minute, month_day=usual)
    return UNKNOWN_SCHEDULE


def _shift(times: Sequence[datetime], every: int) -> int:
    """Return by how many minutes an interval is shifted against midnight: 0 unless the times agree on it."""
    minutes = [_minute(time) % every for time in times]
    usual, count = Counter(minutes).most_common(1)[0]
    return usual if 1_440 % every == 0 and count >= 0.75 * len(times) else 0


def _minute(time: datetime) -> int:
    return time.astimezone(UTC).hour * 60 + time.astimezone(UTC).minute


def _apart(one: int, other: int) -> int:
    """Return how many minutes lie between two minutes of a day, across midnight too."""
    return min((one - other) % 1_440, (other - one) % 1_440)


def _usual_minute(times: Sequence[datetime]) -> int:
    """Return the usual minute of the day; the newest decide when two are equally frequent.

    Where earlier times were steady and those since, two at least, agree on another minute, the schedule has
    moved.
    """
    minutes = [_minute(time) for time in times]
    since = sum(1 for _ in takewhile(lambda one: abs(one - minutes[-1]) <= _STEADY, reversed(minutes)))
    earlier, newest = minutes[:-since], minutes[-since:]
    is_steady = len(earlier) >= 2 and max(earlier) - min(earlier) <= _STEADY
    if since >= 2 and is_steady and abs(newest[-1] - earlier[0]) > 3 * _STEADY:
        return min(newest[-2:])
    near = [minute // 5 * 5 for minute in minutes]
    counted = Counter(near)
    usual = max(counted, key=lambda place: (counted[place], len(near) - near[::-1].index(place)))
    inside = sorted(minute for minute, place in zip(minutes, near, strict=True) if place == usual)
    return inside[0]
