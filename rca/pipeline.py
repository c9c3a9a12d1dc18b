"""Why a feed's run failed or is late: the run's own scope first, infrastructure only where the run points
at it.

Order of belief: what the task itself reported, a schema that differs, an upstream that did not deliver, a
volume out of range, and then services the run uses. A sick service the run does not use is a red herring
and is said to be one.
"""

import re
from collections.abc import Sequence

import numpy as np

from domain.diagnosis import Claim, Coverage, Diagnosis, Hypothesis, Verdict
from domain.evidence import EvidenceItem, EvidenceKind, IncidentCase, RunFacts, UpstreamRun
from rca.diagnostician import Diagnostician
from rca.findings import clean, figure, quoted
from rca.log_templates import says_error

_REMOTE = re.compile(
    r"(?i)connection (?:refused|reset|timed out)|no route to host|could not connect|"
    r"name or service not known|"
    r"timed? ?out|503|502|service unavailable|no space left|too many connections|broken pipe|unreachable"
)
_DATA = re.compile(
    r"(?i)schema|column|cast|parse|type mismatch|null value|constraint|duplicate key|malformed|encoding|"
    r"delimiter|unexpected (?:token|field)|missing field|keyerror|valueerror"
)
_MOST_LOG = 5_000
_OWN = {"data": 0.9, "schema": 0.95, "upstream": 0.85, "volume": 0.5, "code": 0.6}
_INFRASTRUCTURE = 0.9
_HINT = 0.35
_ENOUGH = 0.45


def diagnose_run(
    run: RunFacts, infrastructure: IncidentCase | None = None, diagnostician: Diagnostician | None = None
) -> Diagnosis:
    """Return the diagnosis of a run; evidence of the run is referenced `run:<run_id>#<line>` and
    `schema:<feed>`."""
    notes: list[_Note] = [*_log_notes(run), *_schema_notes(run), *_upstream_notes(run), *_volume_notes(run)]
    dropped: list[str] = []
    if infrastructure is not None:
        below = (diagnostician or Diagnostician()).diagnose(infrastructure)
        found, dropped = _infrastructure_notes(run, below, notes)
        notes += found
    return _diagnosis(run, notes, dropped, infrastructure is not None)


class _Note:
    """One reason: who, how strongly, in what words, resting on what."""

    __slots__ = ("at", "kind", "reference", "subject", "text", "weight")

    def __init__(
        self,
        subject: str,
        weight: float,
        kind: EvidenceKind,
        text: str,
        reference: str,
        at: float | None = None,
    ) -> None:
        self.subject, self.weight, self.kind = subject, weight, kind
        self.text, self.reference, self.at = clean(text), reference, at


def _log_notes(run: RunFacts) -> list[_Note]:
    """The last error of the task decides: earlier ones were survived."""
    errors = [(row, line) for row, line in enumerate(run.log[-_MOST_LOG:]) if says_error("", line)]
    if not errors or run.status == "succeeded":
        return []
    row, line = errors[-1]
    reference = f"run:{run.run_id}#{max(0, len(run.log) - _MOST_LOG) + row}"
    named = [service for service in run.services if service and service in line]
    if named:
        return [
            _Note(
                named[0],
                _INFRASTRUCTURE,
                EvidenceKind.RUN,
                f"the task's last error names it: {quoted(line)}",
                reference,
            )
        ]
    if _REMOTE.search(line):
        text = f"the task's last error is about something remote: {quoted(line)}"
        return [_Note(run.feed, _HINT, EvidenceKind.RUN, text, reference)]
    weight = _OWN["data"] if _DATA.search(line) else _OWN["code"]
    return [_Note(run.feed, weight, EvidenceKind.RUN, f"the task's last error: {quoted(line)}", reference)]


def _schema_notes(run: RunFacts) -> list[_Note]:
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
        _Note(
            run.feed,
            weight,
            EvidenceKind.SCHEMA,
            f"its columns changed: {'; '.join(parts)}",
            f"schema:{run.feed}",
        )
    ]


def _upstream_notes(run: RunFacts) -> list[_Note]:
    notes = []
    for other in run.upstream:
        late = _lateness(other, run.started_at)
        if other.status == "failed" or late > 0:
            said = "failed" if other.status == "failed" else f"is {late / 60:.0f} min late"
            weight = (
                _OWN["upstream"] * min(1.0, 0.5 + late / 3600.0)
                if other.status != "failed"
                else _OWN["upstream"]
            )
            text = f"upstream feed {other.feed} {said}"
            notes.append(_Note(other.feed, weight, EvidenceKind.RUN, text, f"run:{other.feed}", other.due_at))
    return notes


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


def _volume_notes(run: RunFacts) -> list[_Note]:
    if run.rows is None or len(run.usual_rows) < 3:
        return []
    usual = np.log1p(np.asarray(run.usual_rows, dtype=float))
    spread = max(1.4826 * float(np.median(np.abs(usual - np.median(usual)))), 0.1)
    z = (float(np.log1p(run.rows)) - float(np.median(usual))) / spread
    if abs(z) < 4.0:
        return []
    text = f"{run.rows} rows came where {figure(float(np.median(run.usual_rows)))} are usual"
    weight = _OWN["volume"] * min(1.0, abs(z) / 12.0)
    return [_Note(run.feed, weight, EvidenceKind.RUN, text, f"run:{run.run_id}")]


def _infrastructure_notes(
    run: RunFacts, below: Diagnosis, own: Sequence[_Note]
) -> tuple[list[_Note], list[str]]:
    """Return services that are sick and used by the run; the others are named as red herrings."""
    own_answer = max((note.weight for note in own if note.weight > _HINT), default=0.0)
    remote = any(note.weight == _HINT for note in own)
    notes, dropped = [], []
    for hypothesis in below.hypotheses[:5]:
        if not hypothesis.claims or hypothesis.share < 0.05 or below.verdict is Verdict.INCONCLUSIVE:
            continue
        if hypothesis.service not in run.services:
            dropped.append(f"{clean(hypothesis.service, 60)} looks sick, but this run does not use it")
            continue
        weight = (
            below.confidence
            * (_INFRASTRUCTURE if remote or not own else 0.4)
            * min(1.0, 2.0 * hypothesis.share)
        )
        item = below.find_evidence(hypothesis.claims[0].evidence_ids[0])
        if item is not None and weight > 0.1 * own_answer:
            notes.append(_Note(hypothesis.service, weight, item.kind, item.text, item.reference, item.at))
    return notes, dropped


def _diagnosis(run: RunFacts, notes: Sequence[_Note], dropped: Sequence[str], had_case: bool) -> Diagnosis:
    evidence = [
        EvidenceItem(
            f"e{row + 1}", note.kind, note.subject, note.text, note.reference, note.at, round(note.weight, 4)
        )
        for row, note in enumerate(notes)
    ]
    scores: dict[str, float] = {}
    for note in notes:  # independent reasons: each leaves a part of the doubt
        scores[note.subject] = 1.0 - (1.0 - scores.get(note.subject, 0.0)) * (1.0 - note.weight)
    total = sum(scores.values()) or 1.0
    hypotheses = tuple(
        Hypothesis(
            service=subject,
            score=round(score, 6),
            share=round(score / total, 4),
            claims=tuple(Claim(e.text, (e.evidence_id,)) for e in evidence if e.service == subject),
        )
        for subject, score in sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    )
    best = hypotheses[0].score if hypotheses else 0.0
    supported = best >= _ENOUGH
    missing = [] if run.log else ["the task's log"]
    missing += [] if run.usual_columns else ["the usual schema"]
    missing += [] if had_case else ["infrastructure telemetry"]
    return Diagnosis(
        case_id=run.run_id,
        verdict=Verdict.SUPPORTED if supported else Verdict.INCONCLUSIVE,
        confidence=round(best, 4),
        hypotheses=hypotheses,
        evidence=tuple(evidence),
        would_decide=()
        if supported
        else tuple(f"Look at {what}: it could not be read." for what in missing[:3]),
        coverage=Coverage(
            looked_at=(("log lines", min(len(run.log), _MOST_LOG)), ("upstream feeds", len(run.upstream))),
            dropped=tuple(dropped),
            unavailable=tuple(missing),
        ),
        onset=run.started_at,
    )
