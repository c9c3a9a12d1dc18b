"""The lines of an Airflow task's log that tell why it failed: records in Airflow 3, text in Airflow 2."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from integrations.evidence_client import listed, text_at, unix_of

_WORSE = frozenset({"warn", "error", "fatal"})
_LEVELS = {"warning": "warn", "critical": "fatal", "exception": "error"}
_LINES_BEFORE, _LINES_AFTER = 12, 4
_MOST_LINES, _LONGEST = 40, 2_000
_FOLDS = ("::group::", "::endgroup::")
"""Marks by which Airflow's page folds lines."""
_RECORD = re.compile(r"\[([^\]\s]{10,40})\] \{[^}]{0,200}\} ([A-Z]{1,10}) - (.*)")


@dataclass(frozen=True, slots=True)
class TaskLine:
    """One record of a task's log; `at` in Unix seconds, 0 when it has no time."""

    at: float
    level: str
    text: str


def telling_lines(answer: object) -> list[TaskLine]:
    """Return what is worse than info, and what was said around the first of it, in the log's order."""
    content = answer.get("content") if isinstance(answer, Mapping) else None
    told = _plain(content) if isinstance(content, str) else _structured(listed(answer, "content"))
    every = [line for line in told if not line.text.startswith(_FOLDS)]
    bad = [place for place, line in enumerate(every) if line.level in _WORSE]
    first = bad[0] if bad else len(every) - 1
    around = range(max(first - _LINES_BEFORE, 0), min(first + _LINES_AFTER, len(every)))
    shown = sorted({*bad, *around})
    return [every[place] for place in shown[-_MOST_LINES:]]


def _structured(content: Sequence[object]) -> Iterator[TaskLine]:
    """Airflow 3 gives records; what has no level says where the log was found."""
    for record in content:
        said = text_at(record, "event")
        if not said or not text_at(record, "level"):
            continue
        detail = listed(record, "error_detail")
        raised = [f"{text_at(one, 'exc_type')}: {text_at(one, 'exc_value')}" for one in detail]
        yield _line(text_at(record, "timestamp"), text_at(record, "level"), ": ".join([said, *raised[:1]]))


def _plain(content: str) -> Iterator[TaskLine]:
    """Airflow 2 gives the text as Python would write it down, so its line ends are two letters."""
    told: tuple[str, str, str] | None = None
    ends = ""
    for line in content.replace("\\n", "\n").replace("\\'", "'").splitlines():
        record = _RECORD.match(line)
        if record is None:
            ends = line.strip() or ends
            continue
        if told is not None:
            yield _line(told[0], told[1], f"{told[2]}: {ends}" if ends else told[2])
        told, ends = (record[1], record[2], record[3]), ""
    if told is not None:
        yield _line(told[0], told[1], f"{told[2]}: {ends}" if ends else told[2])


def _line(at: str, level: str, text: str) -> TaskLine:
    level = level.lower()
    return TaskLine(unix_of(at), _LEVELS.get(level, level), text[:_LONGEST])
