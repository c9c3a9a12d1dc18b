"""Business rules of time: schedule, arrival and promise agree, and no clock change comes between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config_gen.cron import Cron, parse_cron
from config_gen.rules.frame import ERROR, WARNING, Family, Fault, Subject, put
from domain.configuration.feed_config import Criticality, FeedConfig
from domain.configuration.feed_operation import ScheduleKind
from domain.errors import BadInput

family = Family("promises")
_URGENT = frozenset({Criticality.HIGH, Criticality.CRITICAL})


@family.rule("BUS006", ERROR, "What matters has a time by which readers find it.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if config.criticality in _URGENT and not (config.sla.available_by or config.sla.fresh_within_minutes):
        yield Fault(
            "/sla",
            f"The feed is *{config.criticality.value}*, but nobody promised when it is there.",
            put("Promise data of one day", "sla", "fresh_within_minutes", value=1440),
        )


@family.rule("BUS008", ERROR, "The file is expected before readers are promised the data.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if config.schedule.expected_by and config.sla.available_by:
        due = _minutes(config.schedule.expected_by)
        if due >= _minutes(config.sla.available_by):
            yield Fault(
                "/sla/available_by",
                f"Readers are promised the data by {config.sla.available_by}, "
                f"but the file is only expected at {config.schedule.expected_by}.",
            )


@family.rule("BUS009", WARNING, "Grace and run time fit before the promised time.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if not (config.schedule.expected_by and config.sla.available_by):
        return
    room = _minutes(config.sla.available_by) - _minutes(config.schedule.expected_by)
    needed = config.schedule.grace_minutes + (config.schedule.longest_run_minutes or 0)
    if 0 < room < needed:
        yield Fault(
            "/schedule/grace_minutes",
            f"Between arrival and promise are {room} minutes, but grace and run may take {needed}.",
        )


@family.rule("BUS010", ERROR, "The cron expression can be read and names a day that exists.")
def _(subject: Subject) -> Iterator[Fault]:
    text = subject.config.schedule.cron
    if text is None:
        return
    try:
        cron = parse_cron(text)
    except BadInput as error:
        yield Fault(
            "/schedule/cron", error.say, put("Take every day at six", "schedule", "cron", value="0 6 * * *")
        )
        return
    if not cron.can_ever_run():
        yield Fault("/schedule/cron", f"`{text}` names a day that no month has, so it never starts.")


@family.rule("BUS011", ERROR, "What starts the load is said once.")
def _(subject: Subject) -> Iterator[Fault]:
    schedule = subject.config.schedule
    if schedule.kind is ScheduleKind.CRON and schedule.cron is None:
        yield Fault(
            "/schedule/cron",
            "The feed is loaded by the clock, but no time is given.",
            put("Take every day at six", "schedule", "cron", value="0 6 * * *"),
        )
    if schedule.kind is not ScheduleKind.CRON and schedule.cron is not None:
        yield Fault(
            "/schedule/cron",
            f"The feed is loaded by *{schedule.kind.value}*, so the cron expression does nothing.",
            put("Take the expression away", "schedule", "cron", value=None),
        )


@family.rule("BUS012", WARNING, "A load does not start before its file is expected.")
def _(subject: Subject) -> Iterator[Fault]:
    schedule, cron = subject.config.schedule, _cron(subject.config)
    if cron is None or schedule.expected_by is None or cron.runs_a_day() != 1:
        return
    if cron.last_minute_of_day() < _minutes(schedule.expected_by):
        yield Fault(
            "/schedule/expected_by",
            f"The load starts before the file is expected at {schedule.expected_by}: it would find nothing.",
        )


@family.rule("BUS013", WARNING, "No load starts in the hour that a clock change skips or repeats.")
def _(subject: Subject) -> Iterator[Fault]:
    cron = _cron(subject.config)
    if cron is None or cron.runs_a_day() > 12 or not cron.hours & {1, 2}:
        return
    if _changes_clock(subject.config.schedule.time_zone) and len(cron.hours) < 24:
        yield Fault(
            "/schedule/cron",
            f"In {subject.config.schedule.time_zone} this hour comes twice a year or not at all.",
        )


@family.rule("BUS026", WARNING, "The promised freshness can be kept by the schedule.")
def _(subject: Subject) -> Iterator[Fault]:
    config, cron = subject.config, _cron(subject.config)
    fresh = config.sla.fresh_within_minutes
    if cron is None or fresh is None or len(cron.hours) == 24:
        return
    gap = 1440 // max(1, len(cron.hours)) if len(cron.hours) > 1 else 1440
    if fresh < gap:
        yield Fault(
            "/sla/fresh_within_minutes",
            f"Data is promised no older than {fresh} minutes, but it is loaded only every {gap}.",
        )


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _cron(config: FeedConfig) -> Cron | None:
    try:
        return parse_cron(config.schedule.cron) if config.schedule.cron else None
    except BadInput:
        return None


def _changes_clock(zone: str) -> bool:
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return (
        len({(start + timedelta(days=30 * month)).astimezone(place).utcoffset() for month in range(12)}) > 1
    )
