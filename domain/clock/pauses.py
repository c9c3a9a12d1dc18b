"""Whether it is time again for what is done every so often, also where a clock was set back meanwhile."""

from datetime import datetime, timedelta


def is_time(last: datetime | None, now: datetime, every: timedelta) -> bool:
    """Return whether so long has passed since the last time.

    A last time that lies ahead is of a clock that was set back since: waiting until it has caught up could
    take hours.
    """
    return last is None or not last <= now < last + every
