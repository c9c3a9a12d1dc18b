"""Tell from a file's name of which day it is."""

from datetime import date

_DAYS = ("%Y-%m-%d", "%Y%m%d", "%Y_%m_%d", "%d%m%Y", "%d-%m-%Y", "%m%d%Y", "%y%m%d")


def tells(name: str, day: str) -> bool:
    """Return whether a file's name holds a day, in one of the usual forms."""
    return any(form in name for form in day_forms(day))


def day_forms(day: str) -> tuple[str, ...]:
    """Return a day as names of files write it."""
    moment = date.fromisoformat(day)
    return tuple(moment.strftime(form) for form in _DAYS)
