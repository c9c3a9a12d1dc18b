"""What a run's own scope says about its trouble: its log, columns, upstreams, volume and configuration."""

import re

import numpy as np

from domain.counting import counted, lasting
from domain.investigation.evidence import Change, EvidenceKind, RunFacts, UpstreamRun
from rca.findings import clean, figure, quoted
from rca.logs.log_templates import says_error

_REMOTE = re.compile(
    r"(?i)connection (?:refused|reset|timed out)|no route to host|could not connect|"
    r"name or service not known|"
    r"timed? ?out|503|502|service unavailable|no space left|too many connections|broken pipe|unreachable"
)
_DATA = re.compile(
    r"(?i)schema|column|cast|parse|type mismatch|null value|constraint|duplicate key|malformed|encoding|"
    r"delimiter|unexpected (?:token|field)|missing field|keyerror|valueerror"
)
_SAYS_NOTHING = re.compile(
    r"(?i)(?:error|fail(?:ed|ure)?|fatal|exception|unknown|status|task|job|run|with|exit(?:ed)?|code|\d+|\W)*"
)
_HOST = re.compile(r"[a-z][a-z0-9+.-]*://(?:[^@/\s]+@)?([^\s:/]+)")
_MOST_LOG = 5_000
_EXPLAINS_SECONDS = 1_800.0
"""An upstream that came so late may explain anything; one that came a minute late hardly does."""
_AN_OWN_ERROR = 0.5
"""By how much being late explains less where the run's own log says what failed."""
_OWN = {
    "data": 0.9,
    "schema": 0.95,
    "upstream": 0.85,
    "volume": 0.5,
    "code": 0.6,
    "config": 0.75,
}
INFRASTRUCTURE = 0.9
HINT = 0.35
FOLLOWS = 0.05
"""What weighs that which a failure brings along: it is shown, and makes nobody surer."""
REMOTE = 0.5
"""What the task's own error weighs where it is about something remote, and nothing says what that was."""
_WORSE = {"failed": "failed", "partial": "delivered only a part"}


class Note:
    """One reason: who, how strongly, in what words, resting on what."""

    __slots__ = ("at", "is_remote", "kind", "reference", "subject", "text", "weight")

    def __init__(
        self,
        subject: str,
        weight: float,
        kind: EvidenceKind,
        text: str,
        reference: str,
        at: float | None = None,
        *,
        is_remote: bool = False,
    ) -> None:
        self.subject, self.weight, self.kind = subject, weight, kind
        self.text, self.reference, self.at = clean(text), reference, at
        self.is_remote = is_remote


def _log_notes(run: RunFacts) -> list[Note]:
    """The last error of the task decides: earlier ones were survived."""
    row, line = _last_error(run)
    if not line:
        return []
    reference = f"run:{run.run_id}#{max(0, len(run.log) - _MOST_LOG) + row}"
    named = [service for service in run.services if _names(line, service)]
    if named:
        return [
            Note(
                named[0],
                INFRASTRUCTURE,
                EvidenceKind.RUN,
                f"the task's last error names it: {quoted(line)}",
                reference,
            )
        ]
    if _SAYS_NOTHING.fullmatch(line):
        text = f"the task says no more than {quoted(line)}"
        return [Note(run.feed, HINT, EvidenceKind.RUN, text, reference)]
    if _REMOTE.search(line):
        text = f"the task's last error is about something remote: {quoted(line)}"
        return [Note(run.feed, REMOTE, EvidenceKind.RUN, text, reference, is_remote=True)]
    weight = _OWN["data"] if _DATA.search(line) else _OWN["code"]
    return [Note(run.feed, weight, EvidenceKind.RUN, f"the task's last error: {quoted(line)}", reference)]


def _last_error(run: RunFacts) -> tuple[int, str]:
    """Return the last error of the task's log and its row among those read; no text when there is none."""
    if run.status == "succeeded":
        return 0, ""
    lines = run.log[-_MOST_LOG:]
    return next(
        ((row, lines[row]) for row in reversed(range(len(lines))) if says_error("", lines[row])), (0, "")
    )


def _names(line: str, name: str) -> bool:
    """Return whether a line speaks of a feed or service by its whole name, an address by its host."""
    host = _HOST.match(name)
    wanted = {name, host[1]} if host else {name}
    return any(
        re.search(rf"(?<![A-Za-z0-9]){re.escape(one)}(?![A-Za-z0-9])", line) for one in wanted if len(one) > 1
    )


def _schema_notes(run: RunFacts) -> list[Note]:
    if not run.columns or not run.usual_columns:
        return []
    gone = sorted(run.usual_columns.keys() - run.columns.keys())
    come = sorted(run.columns.keys() - run.usual_columns.keys())
    turned = sorted(
        name
        for name in run.columns.keys() & run.usual_columns.keys()
        if run.columns[name] != run.usual_columns[name]
    )
    parts = [
        f"{what} {', '.join(names[:5])}"
        for what, names in (("lost", gone), ("gained", come), ("retyped", turned))
        if names
    ]
    if not parts:
        return []
    # A new column alone rarely breaks a load; a lost or retyped one does.
    weight = _OWN["schema"] if gone or turned else 0.4
    return [
        Note(
            run.feed,
            weight,
            EvidenceKind.SCHEMA,
            f"its columns changed: {'; '.join(parts)}",
            f"schema:{run.feed}",
        )
    ]


def _upstream_notes(run: RunFacts) -> list[Note]:
    notes = []
    last_error = _last_error(run)[1]
    for other in run.upstream:
        late = _lateness(other, run.started_at)
        if other.status in _WORSE or late > 0:
            weight = _OWN["upstream"] * _upstream_share(other, late, bool(last_error))
            text = f"upstream feed {other.feed} {_upstream_said(other, late)}"
            if _names(last_error, other.feed):
                weight, text = INFRASTRUCTURE, f"{text}, and the task's last error names it"
            notes.append(Note(other.feed, weight, EvidenceKind.RUN, text, f"run:{other.feed}", other.due_at))
    return notes


def _upstream_share(other: UpstreamRun, late: float, has_own_error: bool) -> float:
    """Return how well an upstream explains a run: what never came was missing, what came late was waited for,
    the longer the likelier."""
    if other.status == "partial":
        return 0.7
    if other.status == "failed" or other.finished_at is None:
        return 1.0
    return min(1.0, late / _EXPLAINS_SECONDS) * (_AN_OWN_ERROR if has_own_error else 1.0)


def _upstream_said(other: UpstreamRun, late: float) -> str:
    if other.status in _WORSE:
        return _WORSE[other.status]
    minutes = f"{late / 60:.0f} min late"
    return f"was {minutes}" if other.finished_at is not None else f"has not come, {minutes} so far"


def _lateness(other: UpstreamRun, started_at: float) -> float:
    """Return by how many seconds an upstream was late for this run; being late but there in time hurts
    nobody."""
    arrived = other.finished_at if other.finished_at is not None else float("inf")
    if arrived <= min(started_at, other.due_at) or arrived <= other.due_at:
        return 0.0
    if arrived <= started_at:
        return 0.0
    return (
        min(arrived, started_at + 86_400.0) - other.due_at
        if arrived != float("inf")
        else max(60.0, started_at - other.due_at)
    )


def _volume_notes(run: RunFacts) -> list[Note]:
    if run.rows is None or len(run.usual_rows) < 3:
        return []
    usual = np.log1p(np.asarray(run.usual_rows, dtype=float))
    spread = max(1.4826 * float(np.median(np.abs(usual - np.median(usual)))), 0.1)
    z = (float(np.log1p(run.rows)) - float(np.median(usual))) / spread
    if abs(z) < 4.0:
        return []
    text = f"{counted(int(run.rows), 'row')} came where {figure(float(np.median(run.usual_rows)))} are usual"
    weight = _OWN["volume"] * min(1.0, abs(z) / 12.0)
    if (
        run.status == "failed" and z < 0
    ):  # who fails brings nothing: that follows from it, and explains nothing
        weight = min(weight, FOLLOWS)
    return [Note(run.feed, weight, EvidenceKind.RUN, text, f"run:{run.run_id}")]


def first_bad_run(run: RunFacts) -> tuple[str, float, float | None, int]:
    """Return the run with which the present trouble began, its start, the last good start, and its length."""
    began, name, length = run.started_at, run.run_id, 1
    for earlier in reversed(run.earlier):
        if earlier.status == "succeeded":
            return name, began, earlier.started_at, length
        if earlier.status == "running":
            continue
        began, name, length = earlier.started_at, earlier.run_id, length + 1
    return name, began, None, length


def ended_well(run: RunFacts) -> bool:
    """Return whether nobody would call the run trouble: it ended well, or goes on and is not late yet."""
    is_late = run.late_by is not None and run.late_by > 0
    is_early = run.late_by is not None and run.late_by <= 0
    return (run.status == "succeeded" and not is_late) or (run.status == "running" and is_early)


def suspect_changes(run: RunFacts) -> list[tuple[Change, float, str]]:
    """Return changes of the feed's configuration that may have done it: change, weight, why; best first.

    One that took effect between the last good run and the first bad one could have; one after it could not.
    """
    if run.status == "unknown" or ended_well(run):
        return []
    _, began, good, _ = first_bad_run(run)
    found = []
    for change in run.changes:
        if change.at > began:
            continue
        hours = (began - change.at) / 3600.0
        if good is not None and change.at > good:
            found.append(
                (change, _OWN["config"], "took effect after the last good run and before the first bad one")
            )
        elif good is None and hours <= 24.0:
            found.append((change, 0.6 * _OWN["config"], f"took effect {lasting(60.0 * hours)} before"))
    return sorted(found, key=lambda each: (-each[1], -each[0].at))[:3]


def _change_notes(run: RunFacts) -> list[Note]:
    return [
        Note(
            run.feed,
            weight,
            EvidenceKind.CHANGE,
            f"its configuration changed: {quoted(change.summary or change.change_id)} {why}",
            f"change:{change.change_id}",
            change.at,
        )
        for change, weight, why in suspect_changes(run)
    ]


def own_notes(run: RunFacts) -> list[Note]:
    """Return every reason that the run's own scope gives, but its times."""
    return [
        *_log_notes(run),
        *_schema_notes(run),
        *_change_notes(run),
        *_upstream_notes(run),
        *_volume_notes(run),
    ]
