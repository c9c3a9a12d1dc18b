"""Follow-up questions about an incident, answered from its diagnosis and timeline, never from memory."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.cards.text import md, quote
from bot.presenters.incident_answers import change_line, coverage_lines, how_sure
from bot.presenters.incidents import timeline_line
from domain.identity.people import Person
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.evidence import EvidenceKind
from domain.investigation.incidents import EntryKind, Incident, TimelineEntry

_SHOWN = 8
_CHANGES = re.compile(
    r"(?i)\b(?:chang\w*|deploy\w*|commit\w*|releas\w*|config\w*|flags?|merged?|rolled out)\b"
)
_ONSET = re.compile(r"(?i)\b(?:when|since|began|begin|start\w*|how long)\b")
_SURE = re.compile(r"(?i)\b(?:sure|certain|confiden\w*|trust)\b")
_KINDS: tuple[tuple[re.Pattern[str], str, frozenset[EvidenceKind]], ...] = (
    (re.compile(r"(?i)\b(?:logs?|errors?|lines?|messages?)\b"), "Log lines",
     frozenset({EvidenceKind.LOG, EvidenceKind.RUN})),
    (re.compile(r"(?i)\b(?:metrics?|numbers?|series|latency|cpu|memory)\b"), "Numbers",
     frozenset({EvidenceKind.METRIC, EvidenceKind.ABSENCE})),
    (re.compile(r"(?i)\b(?:spans?|traces?|calls?)\b"), "Spans and calls",
     frozenset({EvidenceKind.SPAN, EvidenceKind.EDGE})),
    (re.compile(r"(?i)\b(?:schema|columns?|types?)\b"), "Columns", frozenset({EvidenceKind.SCHEMA})),
    (re.compile(r"(?i)\b(?:runs?|rows?)\b"), "Runs", frozenset({EvidenceKind.RUN})),
)  # fmt: skip
_DONE = re.compile(r"(?i)\bwhat\b.*\b(?:tried|done|doing|happened|fixed)\b|\bwas (?:it )?(?:tried|fixed)\b")
_WHO = re.compile(r"(?i)\bwho\b.*\b(?:leads?|leading|works?|working|handles?|on (?:it|this)|in charge)\b")
_HOW_TO = re.compile(r"(?i)\b(?:how (?:do|can|to|should)|what (?:do|should|can) (?:i|we)|shall|should)\b")
_MISSING = re.compile(r"(?i)\b(?:missing|unavailable|looked at|look at|decide|unsure|inconclusive|dropped)\b")
_WHY = re.compile(r"(?i)\b(?:why|evidence|proof|prove|how do you know)\b")

Found = tuple[str, list[str]]


def answer_from(
    incident: Incident,
    report: DiagnosisReport,
    entries: Sequence[TimelineEntry],
    people: Mapping[str, Person],
    question: str,
) -> Found | None:
    """Return a heading with lines of small Markdown, or None when the question is about something else.

    How to do something is a question for the library, not for the evidence.
    """
    if _HOW_TO.search(question):
        return None
    if _WHO.search(question):
        return _who(incident, people)
    if _CHANGES.search(question):
        return _changes(report)
    if usual := report.diagnosis.as_usual if _SURE.search(question) or _WHY.search(question) else "":
        return "Nothing stands out", [md("{what}.", what=usual)]
    if _SURE.search(question):
        return "How sure", [how_sure(report)]
    if _MISSING.search(question):
        decide = [f"• {quote(text)}" for text in report.diagnosis.would_decide]
        return "What I looked at, and what would decide it", [*coverage_lines(report), *decide]
    if _ONSET.search(question):
        return "When it began", _began(incident, report)
    for words, heading, kinds in _KINDS:
        if words.search(question):
            return heading, _evidence(report, kinds) or [
                f"No evidence of that kind was found: {heading.lower()}."
            ]
    if _DONE.search(question):
        told = (EntryKind.FIX, EntryKind.NOTE, EntryKind.STATUS, EntryKind.STATE)
        lines = [timeline_line(entry, people) for entry in entries if entry.kind in told][-_SHOWN:]
        return "What was done", lines or ["Nothing was written down yet."]
    if _WHY.search(question):
        nobodys = report.diagnosis.nobodys
        alone = [md("No single service: {what}", what=nobodys)] if nobodys else []
        found = [*alone, *_evidence(report, frozenset(EvidenceKind))]
        return "Why", found or ["I have no evidence for any cause."]
    return None


def _who(incident: Incident, people: Mapping[str, Person]) -> Found:
    taken = [
        md("{role}: **{name}**", role=role.value, name=people[who].name if who in people else who)
        for role, who in incident.roles.items()
    ]
    return "Who works on it", taken or ["Nobody leads it yet. Press *I take the lead* on its card."]


def _changes(report: DiagnosisReport) -> Found:
    lines = [change_line(change) for change in report.diagnosis.changes[:_SHOWN]]
    return "Changes that could have done it", lines or ["No change before it could have done it."]


def _began(incident: Incident, report: DiagnosisReport) -> list[str]:
    lines = [f"Reported at {incident.began_at:%d %b %H:%M} UTC."]
    if report.diagnosis.onset > 0:
        onset = datetime.fromtimestamp(report.diagnosis.onset, UTC)
        lines.insert(0, f"The evidence says it began at {onset:%d %b %H:%M} UTC.")
    return lines


def _evidence(report: DiagnosisReport, kinds: frozenset[EvidenceKind]) -> list[str]:
    found = [item for item in report.diagnosis.evidence if item.kind in kinds][:_SHOWN]
    return [
        md("`{id}` **{service}** {text}", id=i.evidence_id, service=i.service, text=i.text) for i in found
    ]
