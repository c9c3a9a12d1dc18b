"""What a log line says, without the form that it is written in: JSON, logfmt, a preamble, a stack trace.

Only the beginning of a line is compared and searched for names. With a time, a thread and a class in front,
or a dozen frames of a stack before the exception, that beginning says nothing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import orjson

from domain.investigation.evidence import LogTable, Telemetry
from domain.investigation.stack_traces import without_frames

_LONGEST = 20_000
_HEAD = 200
_TEXT = ("message", "msg", "log", "text", "event", "short_message", "@message")
_WRONG = (
    "error", "err", "exception", "exc_info", "stack_trace", "stacktrace", "stack", "thrown", "reason",
    "cause", "detail",
)  # fmt: skip
_LEVEL = ("level", "severity", "lvl", "levelname", "loglevel", "log.level")
_FAR = frozenset({
    "peer", "upstream", "target", "url", "uri", "addr", "address", "remote", "dest", "destination", "server",
    "endpoint", "callee", "dependency", "broker", "database",
})  # fmt: skip
"""Words of fields that hold whom a line speaks of, mostly beside its text."""
_MOST_FAR = 200
_INNER = (("type", "name", "class"), ("message", "msg", "stack"))
_BY_NUMBER = {10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal"}
"""As Bunyan and Pino count."""
_PAIR = re.compile(r'(?:^|(?<= ))([\w.@-]{1,60})=("(?:[^"\\]|\\.){0,4000}"|\S{1,400})')
_PARTS = re.compile(r"[^a-z]+")
_BEGINS = re.compile(r"[\w.@-]{1,60}=")
_TIME = re.compile(
    r"\[?\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d[0-9.,:+Z-]{0,16}\]?(?: (?:UTC|GMT|CES?T|[ECMP][SD]T))? +"
)
_LEVELS = frozenset({
    "TRACE", "DEBUG", "INFO", "NOTICE", "LOG", "WARN", "WARNING", "ERROR", "SEVERE", "FATAL", "PANIC", "CRIT",
    "CRITICAL", "ALERT", "EMERG",
})  # fmt: skip
_TOKEN = re.compile(
    r"(?:\[[^\]\n]{0,80}\]|\{[\w.]{1,80}:\d{1,6}\}|\d{1,9}(?:#\d{1,9})?:|\*\d{1,12}|- |"
    rf"(?:{'|'.join(sorted(_LEVELS))})\b:?) *",
    re.IGNORECASE,
)
_LOGGER = re.compile(r"[A-Za-z_$][\w$.]{0,120}(?::\d{1,6})? - ")
_MOST_TOKENS = 6
_SPRING, _SPRING_ENDS = " --- [", " : "


def in_plain_words(window: Telemetry) -> Telemetry:
    """Return the window with its log lines as what they say; a level that only the line tells is set."""
    logs = window.logs
    said = [plain(level, message) for level, message in zip(logs.level, logs.message, strict=True)]
    if not said:
        return window
    levels, messages = zip(*said, strict=True)
    told = LogTable(logs.t_ms, logs.service, levels, logs.trace, logs.span, messages)
    return replace(window, logs=told)


def plain(level: str, message: str) -> tuple[str, str]:
    """Return the level of a line, its own where the sender gave none, and what it says."""
    text = message.strip() if message[:1].isspace() else message
    if text.startswith("{") and len(text) <= _LONGEST and (found := _of_json(text)):
        own, text = found
    elif "msg=" in text or "message=" in text:
        own, text = _of_pairs(text)
    else:
        own = ""
    inner, text = _without_preamble(text)
    return level or own or inner, without_frames(text)


def _of_json(text: str) -> tuple[str, str] | None:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(document, dict):
        return None
    parts = [_first(document, _TEXT), _first(document, _WRONG)]
    said = _told([part for part in parts if part], document)
    number = document.get("level")
    level = _BY_NUMBER.get(number, "") if isinstance(number, int) else _first(document, _LEVEL)
    return (level, said) if said else None


def _first(document: Mapping[str, object], names: tuple[str, ...], *, may_nest: bool = True) -> str:
    for name in names:
        value = document.get(name)
        if isinstance(value, dict) and may_nest:  # one level: deeper ones could be nested without end
            value = ": ".join(part for inner in _INNER if (part := _first(value, inner, may_nest=False)))
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""


def _of_pairs(text: str) -> tuple[str, str]:
    pairs = {name: _unquoted(value) for name, value in _PAIR.findall(text[:_LONGEST])}
    said = [pairs[name] for name in ("msg", "message", "err", "error", "exception") if pairs.get(name)]
    # A pair in the middle of prose is no form: what stands around it would be lost.
    if not {"msg", "message"} & pairs.keys() or not _BEGINS.match(text):
        return "", text
    level = next((pairs[name] for name in ("level", "lvl", "severity") if name in pairs), "")
    return level, _told(said, pairs)


def _told(said: Sequence[str], fields: Mapping[str, object]) -> str:
    """Return what a line says, followed by its fields that hold a far end, as far as they are words."""
    if not said:
        return ""
    far = [
        f"{key}={value[:_MOST_FAR]}"
        for key, value in fields.items()
        if isinstance(value, str) and _FAR & set(_PARTS.split(key.lower())) and value not in said
    ]
    return " ".join([": ".join(dict.fromkeys(said)), *far[:_MOST_TOKENS]])


def _unquoted(value: str) -> str:
    return value[1:-1].replace('\\"', '"') if value[:1] == '"' and value[-1:] == '"' else value


def _without_preamble(text: str) -> tuple[str, str]:
    """Return the level and the rest of a line that begins with a time; any other line as it is."""
    begins = _TIME.match(text)
    if begins is None:
        return "", text
    at, level = begins.end(), ""
    if (dashes := text.find(_SPRING, at, at + _HEAD)) >= 0 and (
        ends := text.find(_SPRING_ENDS, dashes, dashes + _HEAD)
    ) >= 0:
        return text[at:dashes].split()[0].strip("[]") if text[at:dashes].split() else "", text[ends + 3 :]
    for _ in range(_MOST_TOKENS):
        token = _TOKEN.match(text, at)
        if token is None:
            break
        name = token[0].strip(" []:")
        level = level or (name if name.upper() in _LEVELS else "")
        at = token.end()
    if (logger := _LOGGER.match(text, at)) is not None:
        at = logger.end()
    return (level, text[at:]) if at < len(text) else ("", text)
