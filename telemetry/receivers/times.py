"""Read a moment in any of the usual spellings as microseconds since 1970."""

import re
from datetime import UTC, datetime

_FRACTION = re.compile(r"(\.\d{6})\d+")


def micros_of(value: object) -> int:
    """Return microseconds of an ISO time or of a number of s, ms, us or ns; 0 when it is none.

    A number's unit is told by its size: the present is 1.8e9 s, 1.8e12 ms, 1.8e15 us, 1.8e18 ns.
    """
    if isinstance(value, str):
        return _of_text(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value <= 0:
        return 0
    for limit, factor in ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (1e20, 1e-3)):
        if value < limit:
            return int(value * factor) if factor != 1e-3 else int(value) // 1000
    return 0


def _of_text(text: str) -> int:
    try:
        if text[:11].isdigit() or (text.isdigit() and text):
            return micros_of(float(text) if "." in text else int(text))
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    except (ValueError, OverflowError):
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1_000_000)
