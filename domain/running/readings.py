"""What resources say between runs: how fast a source answers, what is free in a database, what waits."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Sign(StrEnum):
    """What a reading measures."""

    RESPONSE = "response seconds"
    REFUSED = "share of refused connections"
    FILE_LATE = "minutes a file is late"
    FILE_SIZE = "size of a file beside the usual"
    FREE = "free share of a database"
    QUEUE = "seconds waited for a worker"
    CHANGE = "change or deployment"


@dataclass(frozen=True)
class Reading:
    """One value of one sign of a source, database or pool (for changes of a feed), when we learned it."""

    resource: str
    sign: Sign
    seen_at: datetime
    value: float
