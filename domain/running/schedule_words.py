"""A feed's calendar as people say it: "Monday to Friday at 08:00 Asia/Tokyo"."""

from domain.counting import in_series, lasting
from domain.running.feeds import NEVER, UNKNOWN_SCHEDULE, Rhythm, Schedule

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BUSINESS = frozenset(range(5))


def is_known(schedule: Schedule) -> bool:
    """Return whether a calendar was configured or read off runs."""
    return schedule not in (UNKNOWN_SCHEDULE, NEVER)


def schedule_in_words(schedule: Schedule) -> str:
    """Return when a feed is due, to stand after "it runs"; of one without a calendar that none is known."""
    if not is_known(schedule):
        return "no calendar is known"
    if schedule.rhythm is Rhythm.INTERVAL:
        return f"every {lasting(schedule.every_minutes)}"
    return f"{_which_days(schedule)} at {_clock(schedule.at_minute)} {schedule.zone}"


def promise_in_words(schedule: Schedule) -> str:
    """Return by when readers were promised the data, empty where nobody promised."""
    if not schedule.is_promised or schedule.promised_minute is None:
        return ""
    return f"{_clock(schedule.promised_minute)} {schedule.promised_zone or schedule.zone}"


def _which_days(schedule: Schedule) -> str:
    if schedule.rhythm is Rhythm.MONTH_END:
        return "on the last day of each month"
    if schedule.rhythm is Rhythm.MONTHLY:
        return f"on day {schedule.month_day} of each month"
    days = sorted(schedule.weekdays)
    if len(days) == len(_DAYS):
        return "daily"
    if schedule.weekdays == _BUSINESS:
        return "Monday to Friday"
    return f"every {in_series([_DAYS[day] for day in days])}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
