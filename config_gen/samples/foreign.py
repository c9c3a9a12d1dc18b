"""Tell texts that are records of some kind, but none that a feed is made from, and say what to send instead.

Without this they would pass for a table: commands of a database split by their commas, calendars by their
colons. A configuration made from that looks right until the first load.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Foreign:
    """What a text is, in words that follow “is”, and what the sender can do instead."""

    what: str
    instead: str


_AS_CSV = "Have the table itself exported as CSV with a header, and drop that."
_KINDS: tuple[tuple[str, Foreign], ...] = (
    (
        r"(?:(?:--|/\*|#).*\n|\s)*(?:(?:DROP|CREATE|ALTER) (?:TABLE|DATABASE|SCHEMA|TYPE|SEQUENCE) +[\w\"`\[]"
        r"|INSERT (?:IGNORE )?INTO \S|LOCK TABLES |(?:USE \S+|BEGIN(?: TRANSACTION)?);\s*\n|PRAGMA \w"
        r"|SET [@\w.]+(?: ?= ?\S| TO \S| ON;?\s*\n)"
        r"|COPY \S+ .{0,900}FROM stdin)",
        Foreign("a dump of a database, SQL commands rather than rows", _AS_CSV),
    ),
    (
        r"(?:(?:FHS|BHS)\|[^\r\n]*[\r\n]+)*MSH\|\^~\\&",
        Foreign(
            "HL7 messages, whose segments have fields of their own",
            "Have the segment that matters (such as OBX) exported as CSV, or send FHIR as JSON lines.",
        ),
    ),
    (
        r"(?:<\?[^>]*\?>\s*)*<(?:ss:)?Workbook\b[^>]*urn:schemas-microsoft-com:office:spreadsheet",
        Foreign(
            "a workbook in the XML of Excel 2003", "Save it as .xlsx or CSV in a spreadsheet, and drop that."
        ),
    ),
    (
        r"# (?:HELP|TYPE) [a-zA-Z_:]\w* ",
        Foreign(
            "metrics in the text form of Prometheus", "Have Prometheus write them to the intake for metrics."
        ),
    ),
    (
        r"BEGIN:VCALENDAR",
        Foreign("a calendar (iCalendar)", "Export it as CSV from the calendar and drop that."),
    ),
    (r"BEGIN:VCARD", Foreign("a set of address cards (vCard)", "Export the contacts as CSV and drop that.")),
    (
        r"(?:version: 1\s+)?dn:: ?\S|(?:version: 1\s+)?dn: \w+=",
        Foreign("entries of a directory (LDIF)", _AS_CSV),
    ),
    (
        r"OFXHEADER:|(?:<\?xml[^>]*>\s*)?<\?OFX\b",
        Foreign("a bank statement in OFX", "Ask the bank for CAMT.053, MT940 or CSV, and drop that."),
    ),
    (
        r"!(?:Type|Account|Option):",
        Foreign("a bank statement in QIF", "Ask the bank for CAMT.053, MT940 or CSV, and drop that."),
    ),
    (
        # A statement says from when to when it is, but has no subject.
        r"(?=(?:[^ \t\n].*\n(?:[ \t].*\n)*){0,5}(?:Subject|MIME-Version|Received|Return-Path|Message-ID): )"
        r"(?:(?:From|To|Subject|Date|MIME-Version|Received|Return-Path|Message-ID|Content-Type): .*\n"
        r"(?:[ \t].*\n)*){3}",
        Foreign("a mail with its headers", "Save what is attached to it, and drop that."),
    ),
    (
        r"Traceback \(most recent call last\):",
        Foreign(
            "an error report of a program, not the file it should have written",
            "Ask the sender for the file.",
        ),
    ),
)
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE if "DROP" in pattern else 0), kind) for pattern, kind in _KINDS
)
_LOOK = 4_000

_LEAST_LINES = 3
_SYSLOG = re.compile(
    r"(?:<\d{1,3}>)?(?:1 )?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) \S+"
    r" [\w./-]+(?:\[\d+\])?:? \S+ \S+ \S+"
)
_SERVED = re.compile(r"\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \"")
_PAIRS = re.compile(
    r"[\w.-]+=(?:\"(?:[^\"\\]|\\.)*\"|[^\s\"=]*)(?: +[\w.-]+=(?:\"(?:[^\"\\]|\\.)*\"|[^\s\"=]*)){2,}\s*"
)
_LOGGED = re.compile(
    r"(?i)\W{0,2}(?:\w{3} )?(?:\w{3} \d\d|\d{4}[-/]\d\d[-/]\d\d)[T ]\d\d:\d\d:\d\d(?:,\d+)?[^\s,;|]*"
    r"(?: \d{4}\])?(?: [^\s,;|]+)? "
    r"\[?(?:error|warn|warning|info|debug|notice|trace|fatal|crit|critical|severe)[\]: ]"
)
_LEAST_LOGGED = 0.3
"""Of the lines: what an error leaves behind stands in lines of its own."""
_LOG = "Send it to the intake for logs, or have it written as JSON lines (one object a line)."
_YAML = re.compile(
    r"(?:---\s*\n)?(?:#.*\n)*- ?[\w\"' -]{1,60}:(?: .*)?\n+"
    r"(?:[ \t]+[\w\"'-][\w\"' -]{0,59}:(?: .*)?\n+)+- ?\w"
)
# In all of these a character can be taken in one way only: a hostile text must not make them try for hours.


def foreign_kind(text: str) -> Foreign | None:
    """Return what a text is, when it is of a kind that no feed is made from."""
    start = text.lstrip("\ufeff \t\r\n")[:_LOOK]
    is_cut = len(start) == _LOOK
    start = start.replace("\r\n", "\n")
    for pattern, kind in _PATTERNS:
        if pattern.match(start):
            return kind
    lines = [line for line in start.splitlines()[:40] if line.strip()]
    lines = lines[:-1] if is_cut else lines
    if len(lines) >= _LEAST_LINES:
        if all(map(_PAIRS.fullmatch, lines)):
            return Foreign("a log of pairs such as `level=info` (logfmt)", _LOG)
        logged = sum(map(bool, map(_LOGGED.match, lines)))
        if logged >= max(_LEAST_LINES, _LEAST_LOGGED * len(lines)) and _LOGGED.match(lines[0]):
            return Foreign("a log of a program, whose sentences have no columns", _LOG)
        if all(map(_SERVED.match, lines)):
            return Foreign("a log of a web server, a line a request", _LOG)
        if all(map(_SYSLOG.match, lines)) and not any(
            line.count(mark) > 1 for line in lines for mark in ",;|\t"
        ):
            return Foreign("a log of a system (syslog), whose sentences have no columns", _LOG)
    if _YAML.match(start):
        return Foreign("a YAML document", "Write the same records as JSON or CSV, and drop that.")
    return None
