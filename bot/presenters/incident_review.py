"""The draft of an incident's review: what happened, what it was, what was tried, in plain Markdown.

It is text to work on, made from the record: nothing in it is invented, and gaps are named as gaps.
"""

from collections.abc import Mapping, Sequence

from bot.presenters.incidents import called
from domain.identity.people import Person
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.incidents import EntryKind, Incident, LabelKind, TimelineEntry

_TOLD = frozenset({EntryKind.STATE, EntryKind.STATUS, EntryKind.FIX, EntryKind.NOTE})


def review_document(
    incident: Incident,
    report: DiagnosisReport | None,
    entries: Sequence[TimelineEntry],
    people: Mapping[str, Person],
) -> str:
    """Return the document."""
    ended = incident.resolved_at
    lasted = f"{int((ended - incident.began_at).total_seconds() // 60)} min" if ended else "not over yet"
    roles = ", ".join(f"{role.value}: {called(who, people)}" for role, who in incident.roles.items())
    parts = [
        f"# {incident.title}",
        "",
        f"Incident {incident.id}, {incident.severity.value}, {incident.state.value}. "
        f"Began {incident.began_at:%Y-%m-%d %H:%M} UTC, lasted {lasted}. {roles or 'No roles were taken.'}",
        "",
        "## What it was",
        incident.cause or incident.true_cause() or "Nobody has said yet what it was.",
        "",
        "## What pointed there",
        *_evidence(report),
        "",
        "## What it was not",
        *_ruled_out(incident, people),
        "",
        "## What was done",
        *([f"- {_line(e, people)}" for e in entries if e.kind in _TOLD] or ["Nothing was written down."]),
        "",
        "## Timeline, UTC",
        *[f"- {_line(entry, people)}" for entry in entries],
        "",
        "## To discuss",
        "- What would have shown it sooner?",
        "- What would keep it from coming back?",
        "- Who takes which of these, until when?",
    ]
    return "\n".join(parts) + "\n"


def _evidence(report: DiagnosisReport | None) -> list[str]:
    if report is None:
        return ["No diagnosis was made."]
    usual = report.diagnosis.as_usual
    causes = [h for h in report.diagnosis.hypotheses if h.claims and not usual][:3]
    lines = [f"- Nothing stood out: {usual}."] if usual else []
    lines += [f"- No single service: {report.diagnosis.nobodys}"] if report.diagnosis.nobodys else []
    lines += [f"- {h.service}: {'; '.join(claim.text for claim in h.claims[:4])}" for h in causes]
    missing = report.diagnosis.coverage.unavailable
    lines += [f"- Not available: {text}" for text in missing]
    return lines or ["The diagnosis was inconclusive."]


def _ruled_out(incident: Incident, people: Mapping[str, Person]) -> list[str]:
    said = [label for label in incident.labels if label.kind is LabelKind.NOT_THIS]
    return [f"- {label.cause}, says {called(label.by, people)}" for label in said] or [
        "Nothing was ruled out."
    ]


def _line(entry: TimelineEntry, people: Mapping[str, Person]) -> str:
    return f"{entry.at:%Y-%m-%d %H:%M:%S} {called(entry.by, people)}: {entry.text}"
