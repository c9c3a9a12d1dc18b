"""Turn reports of runs into domain runs; refuse what cannot be true, and keep why.

Each report is read for itself; how several of one run are put together is `domain.running.run_merging`'s.
"""

import math
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from domain.errors import BadInput
from domain.ids import FeedName, RunId, feed_name
from domain.running.run_merging import ordered
from domain.running.runs import Outcome, RejectedRecord, Rejection, Run
from domain.text.redaction import mask_shapes
from telemetry.receivers.fields import RunFields
from telemetry.written_times import MAY_BE_TWO_DAYS, in_utc, is_blank, moment_of, of_epoch

_STATES = {
    "start": Outcome.RUNNING,
    "running": Outcome.RUNNING,
    "queued": Outcome.RUNNING,
    "other": Outcome.RUNNING,
    "restarting": Outcome.RUNNING,
    "up_for_retry": Outcome.RUNNING,
    "pending": Outcome.RUNNING,
    "in progress": Outcome.RUNNING,
    "in_progress": Outcome.RUNNING,
    "inprogress": Outcome.RUNNING,
    "complete": Outcome.OK,
    "ok": Outcome.OK,
    "success": Outcome.OK,
    "succeeded": Outcome.OK,
    "pass": Outcome.OK,
    "passed": Outcome.OK,
    "successful": Outcome.OK,
    "completed": Outcome.OK,
    "finished": Outcome.OK,
    "done": Outcome.OK,
    "warn": Outcome.OK,
    "reused": Outcome.OK,  # dbt found what was built before new enough
    "ended ok": Outcome.OK,
    "su": Outcome.OK,
    "fail": Outcome.FAILED,
    "failure": Outcome.FAILED,
    "timeout": Outcome.FAILED,
    "timed_out": Outcome.FAILED,
    "killed": Outcome.FAILED,
    "failed": Outcome.FAILED,
    "error": Outcome.FAILED,
    "abort": Outcome.FAILED,
    "aborted": Outcome.FAILED,
    "cancelled": Outcome.FAILED,
    "canceled": Outcome.FAILED,
    "stopped": Outcome.FAILED,
    "crashed": Outcome.FAILED,
    "timedout": Outcome.FAILED,
    "upstream_failed": Outcome.FAILED,
    "runtime error": Outcome.FAILED,
    "ended not ok": Outcome.FAILED,
    "fa": Outcome.FAILED,
    "te": Outcome.FAILED,
    "late": Outcome.LATE,
    "partial": Outcome.PARTIAL,
    "partial success": Outcome.PARTIAL,
}
# Clocks of sources go wrong by minutes; a report from further ahead is not believed.
_CLOCK_SLACK = timedelta(minutes=10)
_LONGEST_RUN = timedelta(days=31)
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST_AHEAD = timedelta(days=366)
_EXCERPT = 160
_LONGEST_ERROR = 2_000
_LARGEST_COUNT = 10**15
_MOST_RETRIES = 1_000_000
_GROUPED = re.compile(r"\d{1,3}(?:[,' \u00a0\u202f]\d{3})+")


class _Refused(Exception):  # noqa: N818  carries a reason to the one place that counts it
    def __init__(self, reason: Rejection, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def check(
    reports: Iterable[RunFields], now: datetime, zone: tzinfo = UTC
) -> tuple[list[tuple[RunFields, Run]], list[RejectedRecord]]:
    """Return each report with the run that it alone tells of, and what cannot be true; nothing is merged.

    Times that name no zone are by the clock of `zone`.
    """
    good: list[tuple[RunFields, Run]] = []
    refused: list[RejectedRecord] = []
    for fields in reports:
        try:
            good.append((fields, _run(fields, now, zone)))
        except _Refused as why:
            refused.append(RejectedRecord(why.reason, why.detail, fields.told()[:_EXCERPT]))
    return good, refused


def _run(fields: RunFields, now: datetime, zone: tzinfo) -> Run:
    if fields.is_unreadable:
        raise _Refused(Rejection.NOT_READABLE, "it is no JSON, or was cut off")
    outcome = _STATES.get(fields.state.strip().casefold())
    if outcome is None:
        said = f"state {fields.state[:40]!r} is not known" if fields.state.strip() else "no state is told"
        raise _Refused(Rejection.BAD_STATE, said)
    if not fields.run:
        raise _Refused(
            Rejection.NO_RUN, "without an identifier a second report could not be told from a second run"
        )
    times = {
        name: _time(getattr(fields, name), name, zone)
        for name in ("event_time", "scheduled", "started", "finished")
    }
    for name in ("event_time", "started", "finished"):
        moment = times[name]
        if moment is not None and moment > now + _CLOCK_SLACK:
            raise _Refused(Rejection.FUTURE, f"{name} {moment.isoformat()} lies ahead of {now.isoformat()}")
    for name, moment in times.items():
        if moment is not None and moment < _FIRST:
            raise _Refused(Rejection.BAD_TIME, f"{name} {moment.isoformat()} lies before any run")
    if times["scheduled"] is not None and times["scheduled"] > now + _LONGEST_AHEAD:
        said = f"scheduled {times['scheduled'].isoformat()} lies ahead of {now.isoformat()}"
        raise _Refused(Rejection.FUTURE, said)
    times["started"] = times["started"] or _began(times["finished"], fields.lasted_seconds)
    if times["started"] is None and times["finished"] is None and times["event_time"] is None:
        raise _Refused(Rejection.NO_TIME, "no start, no end and no time of the report")
    if not ordered(times["started"], times["finished"]):
        raise _Refused(Rejection.ENDS_BEFORE_START, "its end lies before its start")
    finished = times["finished"]
    if outcome is not Outcome.RUNNING and finished is None:
        ended = _ended(times["started"], fields.lasted_seconds, now)
        finished = ended or times["event_time"] or times["started"]
    queue = _count(fields.queue_seconds, "queue_seconds", whole=False)
    return Run(
        feed=_feed(fields.feed),
        run=RunId(fields.run[:200]),
        # History is known from when it happened, live reports from when they came: the later of what we can
        # prove.
        seen_at=min(
            now, max(moment for moment in (times["event_time"], times["started"], finished) if moment)
        ),
        outcome=outcome,
        scheduled_at=times["scheduled"],
        started_at=times["started"],
        finished_at=finished,
        rows_read=_whole(fields.rows_read, "rows_read"),
        rows_written=_whole(fields.rows_written, "rows_written"),
        rows_rejected=_whole(fields.rows_rejected, "rows_rejected"),
        bytes_read=_whole(fields.bytes_read, "bytes_read"),
        retries=_retries(fields.retries),
        queue_seconds=queue,
        # Before it is cut: what is cut in two looks like no secret any more.
        error_class=mask_shapes(fields.error[:_LONGEST_ERROR])[:200],
        warnings=tuple(template_of(mask_shapes(line[:_LONGEST_ERROR])) for line in fields.warnings),
    )


def template_of(line: str) -> str:
    """Return a log line without what changes from run to run: quoted text, paths, hexadecimals and
    numbers."""
    line = re.sub(r"'[^']*'|\"[^\"]*\"", "<text>", line[:1_000])
    line = re.sub(r"(?:/[\w.\-]+){2,}", "<path>", line)
    line = re.sub(r"\b[0-9a-fA-F]{8,}(?:-[0-9a-fA-F]{4,})*\b", "<id>", line)
    return re.sub(r"\d+(?:[.,:]\d+)*", "<n>", line)[:200]


@lru_cache(maxsize=50_000)
def _feed(name: str) -> FeedName:
    """Return the name as a feed name: lower case, and other separators than the underscore become one."""
    if not name.strip():
        raise _Refused(Rejection.NO_FEED, "no feed is named")
    try:
        return feed_name(re.sub(r"[^a-z0-9]+", "_", name.strip().casefold()).strip("_"))
    except BadInput as error:
        raise _Refused(Rejection.BAD_FEED, error.next_step) from error


def _began(finished: datetime | None, lasted_seconds: object) -> datetime | None:
    """Return when a run began that told only its end and how long it took, None where it told less."""
    lasted = _lasted(lasted_seconds)
    return finished - lasted if finished is not None and lasted is not None else None


def _ended(started: datetime | None, lasted_seconds: object, now: datetime) -> datetime | None:
    """Return when a run ended that told only its start and how long it took, None where it told less.

    What is no such number (-1, 00:10:00) is no reason to refuse a run that tells when it was.
    """
    lasted = None
    with suppress(_Refused):
        lasted = _lasted(lasted_seconds)
    if started is None or lasted is None or started + lasted > now + _CLOCK_SLACK:
        return None
    return started + lasted


def _lasted(told: object) -> timedelta | None:
    seconds = _count(told, "duration_seconds", whole=False)
    if seconds is None or seconds > _LONGEST_RUN.total_seconds():
        return None
    return timedelta(seconds=seconds)


def _time(value: object, name: str, zone: tzinfo = UTC) -> datetime | None:
    """Return an aware time in UTC; times without a zone are by the clock of `zone`, numbers epoch seconds or
    milliseconds."""
    if value is None or value != value or value is getattr(value, "NaT", object()) or is_blank(value):
        return None
    try:
        if isinstance(value, datetime):
            return in_utc(value, zone)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return of_epoch(value)
        # Near the ends of the calendar a zone leads out of it.
        return in_utc(moment_of(str(value)), zone)
    except (ValueError, OverflowError, OSError) as error:
        why = f": {error}" if str(error).startswith(MAY_BE_TWO_DAYS) else ""
        raise _Refused(Rejection.BAD_TIME, f"{name} {str(value)[:40]!r} is no time{why}") from error


def moment_from(value: object) -> datetime | None:
    """Return a time as a sender writes it, aware; None where there is none. Raises `ValueError`."""
    try:
        return _time(value, "time")
    except _Refused as refused:
        raise ValueError(str(refused)) from refused


def _whole(value: object, name: str) -> int | None:
    number = _count(value, name, whole=True)
    return None if number is None else int(number)


def _retries(value: object) -> int:
    told = _whole(value, "retries") or 0
    if told > _MOST_RETRIES:
        raise _Refused(Rejection.BAD_NUMBER, f"retries {told} cannot be")
    return told


def _count(value: object, name: str, *, whole: bool) -> float | None:
    if value is None or is_blank(value):
        return None
    try:
        number = float(_ungrouped(str(value)) if whole else str(value))
    except ValueError as error:
        raise _Refused(Rejection.BAD_NUMBER, f"{name} {str(value)[:40]!r} is no number") from error
    if math.isnan(number):
        return None
    if whole and 0 <= number <= _LARGEST_COUNT and number != int(number):
        said = f"{name} {number} is no whole number; thousands are parted by a comma or not at all"
        raise _Refused(Rejection.BAD_NUMBER, said)
    if number < 0 or number > _LARGEST_COUNT:
        raise _Refused(Rejection.BAD_NUMBER, f"{name} {number} cannot be")
    return number


def _ungrouped(written: str) -> str:
    """Return a whole number without what parts its thousands; a point is left, it may begin decimals."""
    return re.sub(r"[,' \u00a0\u202f]", "", written) if _GROUPED.fullmatch(written.strip()) else written
