"""Read what resources say between runs, as it comes over the wire, and refuse what cannot be true."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import orjson

from domain.errors import BadInput
from domain.ports.reading_intake import ReadingIntake
from domain.ports.run_intake import Receipt
from domain.running.readings import Reading, Sign
from domain.running.runs import RejectedRecord, Rejection
from domain.text.redaction import mask_shapes
from telemetry.normalise import moment_from
from telemetry.receivers.fields import clean
from telemetry.unpacking import unpack

SIGNS: Mapping[str, Sign] = {
    "response_seconds": Sign.RESPONSE,
    "refused_share": Sign.REFUSED,
    "file_late_minutes": Sign.FILE_LATE,
    "file_size_ratio": Sign.FILE_SIZE,
    "free_share": Sign.FREE,
    "queue_seconds": Sign.QUEUE,
    "change": Sign.CHANGE,
}
"""How senders name what a reading measures."""

_CHANGES = frozenset({"deploy", "rollback", "commit", "flag", "config", "schema"})
_SHARES = frozenset({Sign.REFUSED, Sign.FREE})
_CLOCK_SLACK, _OLDEST = timedelta(minutes=10), timedelta(days=90)
_LONGEST_NAME, _LOOKED_AT, _EXCERPT, _MOST_REFUSED = 200, 2_000, 160, 1_000
_PIECE = 5_000


class ReadingReceiver:
    """Implements `ReadingReports`.

    Args:
        intake: Who keeps readings.
        now: The present moment, aware.
    """

    def __init__(self, intake: ReadingIntake, now: Callable[[], datetime]) -> None:
        self._intake, self._now = intake, now

    def receive(self, body: bytes, source: str, *, encoding: str = "") -> Receipt:
        """Return what a body brought: one object or an array of resource, sign, at, value."""
        return self._take([_reading(one, self._now()) for one in _records(unpack(body, encoding))], source)

    def changes(self, body: bytes, source: str, *, encoding: str = "") -> Receipt:
        """Take the deployments and changes among events; the rest is left alone."""
        told = []
        for one in _records(unpack(body, encoding)):
            if isinstance(one, Mapping) and str(one.get("event")) in _CHANGES:
                record = {"resource": one.get("service"), "sign": "change", "at": one.get("at"), "value": 1}
                told.append(_reading(record, self._now()))
        # What is wrong with an event is told and kept where events are kept.
        return self._take([one for one in told if isinstance(one, Reading)], source)

    def _take(self, told: Sequence[Reading | RejectedRecord], source: str) -> Receipt:
        good = [one for one in told if isinstance(one, Reading)]
        refused = [one for one in told if isinstance(one, RejectedRecord)][:_MOST_REFUSED]
        taken = known = 0
        for first in range(0, max(len(good), 1), _PIECE):
            some = refused if first == 0 else []
            receipt = self._intake.take(good[first : first + _PIECE], some, source=source)
            taken, known = taken + receipt.taken, known + receipt.known
        return Receipt(taken, known, tuple(refused))


def _records(body: bytes) -> list[object]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput(
            f"readings: {error.msg}",
            say="That is not JSON.",
            next_step="Send one object or an array of them.",
        ) from error
    return value if isinstance(value, list) else [value]


def _reading(record: object, now: datetime) -> Reading | RejectedRecord:
    found = _read(record, now)
    if isinstance(found, Reading):
        return found
    return RejectedRecord(*found, mask_shapes(repr(record)[:_LOOKED_AT])[:_EXCERPT])


def _read(record: object, now: datetime) -> Reading | tuple[Rejection, str]:
    """Return the reading, or why a record is none and what is wrong with it."""
    if not isinstance(record, Mapping):
        return Rejection.NOT_READABLE, "not an object"
    resource, sign = record.get("resource"), SIGNS.get(str(record.get("sign", "")))
    resource = clean(resource) if isinstance(resource, str) else resource
    if not isinstance(resource, str) or not 0 < len(resource.strip()) <= _LONGEST_NAME:
        return Rejection.NO_FEED, "no resource named"
    if sign is None:
        return Rejection.BAD_STATE, f"the sign is none of {', '.join(SIGNS)}"
    try:
        at = moment_from(record.get("at")) or now
    except ValueError:
        return Rejection.BAD_TIME, "the time can't be read"
    if at > now + _CLOCK_SLACK:
        return Rejection.FUTURE, f"{at:%Y-%m-%d %H:%M} is ahead of us"
    if at < now - _OLDEST:
        return Rejection.OLDER, f"older than {_OLDEST.days} days"
    value = _value(record.get("value", 1.0 if sign is Sign.CHANGE else None), sign)
    if value is None:
        return Rejection.BAD_NUMBER, "the value is no usable number"
    return Reading(resource.strip(), sign, at.astimezone(UTC), value)


def _value(told: object, sign: Sign) -> float | None:
    if isinstance(told, bool) or not isinstance(told, int | float) or not math.isfinite(told):
        return None
    most = 1.0 if sign in _SHARES else 1e9
    least = -1e9 if sign is Sign.FILE_LATE else 0.0
    return float(told) if least <= told <= most else None
