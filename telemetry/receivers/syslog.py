"""Read syslog messages, RFC 5424 and the older RFC 3164, one a line as the listener hands them over."""

import re
from datetime import UTC, datetime

from telemetry.receivers.attribute_cache import AttributeCache, Unreadable, text_of
from telemetry.receivers.json_bodies import lines, packed
from telemetry.receivers.severity import syslog_level
from telemetry.receivers.times import micros_of
from telemetry.records import LONGEST_TEXT, Decoded, Refusal

_NEW = re.compile(
    r"<(\d{1,3})>1 (\S+) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) "
    r"(-|(?:\[(?:[^\]\\]|\\.){0,4000}\])+) ?(.*)",
    re.DOTALL,
)
_OLD = re.compile(
    r"<(\d{1,3})>([A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}) (\S{1,255}) "
    r"([^\s:\[]{1,64})(?:\[(\S{1,32})\])?: ?(.*)",
    re.DOTALL,
)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HALF_A_YEAR_US = 183 * 86_400 * 1_000_000


def check_syslog(body: bytes) -> int:
    """Return how many messages a body holds; raises `Unreadable` when it holds none."""
    count = sum(1 for _ in lines(body))
    if not count:
        raise Unreadable("the body is empty")
    return count


def read_syslog(body: bytes, out: Decoded, cache: AttributeCache) -> None:
    """Add the messages of a body; the older form's missing year and zone are taken as now's and UTC."""
    for line in lines(body):
        text = text_of(line, LONGEST_TEXT)
        new = _NEW.match(text)
        if new is not None:
            priority, stamp, host, app, process, identity, structured, message = new.groups()
            attributes = {"host": host, "process": process, "msgid": identity}
            if structured != "-":
                attributes["structured"] = structured
            t_us = out.now_us if stamp == "-" else micros_of(stamp)
            _add(out, int(priority), t_us, app, message.removeprefix("\ufeff"), packed(attributes), text)
            continue
        old = _OLD.match(text)
        if old is None:
            out.refuse(Refusal.NOT_READABLE, "neither RFC 5424 nor RFC 3164", text)
            continue
        priority, stamp, host, app, process, message = old.groups()
        attributes = {"host": host, "process": process or ""}
        _add(out, int(priority), _old_time(stamp, out.now_us), app, message, packed(attributes), text)


def _add(out: Decoded, priority: int, t_us: int, app: str, message: str, attributes: str, line: str) -> None:
    objection = Refusal.BAD_VALUE if priority > 191 else out.objection_to_time(t_us)
    if objection is not None:
        out.refuse(objection, "", line)
        return
    rows = out.logs
    rows.t_us.append(t_us)
    rows.service.append("" if app == "-" else app)
    rows.level.append(syslog_level(priority))
    rows.trace.append("")
    rows.span.append("")
    rows.message.append(message)
    rows.attributes.append(attributes)


def _old_time(stamp: str, now_us: int) -> int:
    """Return the moment of `Oct 11 22:14:15` nearest to now."""
    if stamp[:3] not in _MONTHS:
        return 0
    now = datetime.fromtimestamp(now_us / 1e6, UTC)
    month = _MONTHS.index(stamp[:3]) + 1
    for year in (now.year, now.year - 1, now.year + 1):
        try:
            hour, minute, second = (int(part) for part in stamp[7:].split(":"))
            moment = datetime(year, month, int(stamp[4:6]), hour, minute, second, tzinfo=UTC)
        except ValueError:
            continue
        t_us = int(moment.timestamp() * 1_000_000)
        if abs(t_us - now_us) < _HALF_A_YEAR_US:
            return t_us
    return 0
