"""Follow-up questions about an incident, answered from its diagnosis and timeline, never from memory."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from bot.cards.text import md, quote
from bot.presenters.incident_answers import causes_of, change_line, coverage_lines, how_sure
from bot.presenters.incidents import timeline_line
from domain.counting import counted
from domain.identity.people import Person
from domain.investigation.diagnosis import Hypothesis, Verdict
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
_HOW_TO = re.compile(
    r"(?i)\b(?:how (?:do|can|to|should)(?! you (?:know|tell|be)\b)|what (?:do|should|can) (?:i|we)|shall|"
    r"should)\b"
)
_MISSING = re.compile(r"(?i)\b(?:missing|unavailable|looked at|look at|decide|unsure|inconclusive|dropped)\b")
_WHY = re.compile(
    r"(?i)\b(?:why|evidence|proof|prove|how (?:do|can) you (?:know|tell|be)|based on what)\b|"
    r"^\W*(?:explain|details?|tell me more|more details?)(?: (?:it|that|this|please))?\W*$"
)
_ELSE = re.compile(
    r"(?i)\bother (?:causes?|candidates?|suspects?|explanations?|possibilit\w+|ideas?)\b|"
    r"\b(?:what|who) else\b(?: (?:could|can|might|may|would) (?:it|that|this) (?:be|have been))?\W*$|"
    r"^\W*(?:(?:ok|okay|so|and|then|is|was|could|can|might|may|there|it|this|that|be|have|been)\W{1,3}){0,6}"
    r"(?:anything|something|anybody|somebody|anyone|someone) else\W*$|\bsecond (?:cause|guess|candidate)\b"
)
_WHAT_NOW = re.compile(
    r"(?i)^\W*(?:(?:ok|okay|so|and|then)\W{1,3}){0,3}(?:now what|what now|what next|what'?s next|"
    r"what is next|what (?:do|should|can|shall) (?:we|i) do(?: (?:now|next|then|about (?:it|this|that))){0,2}"
    r")\W*$"
)
"""Asks for the next step and for nothing else; how a certain thing is done the library knows."""

_AMONG_PEOPLE = re.compile(
    r"(?i)\b(?:any|some)(?:thing|body|one) else\W*$|\b(?:other|any) ideas?\b|"
    r"^\W*(?:(?:ok|okay|so|and)\W{1,3}){0,2}(?:what|who) else\W*$|"
    r"^\W*(?:explain|details?|tell me more|more details?)(?: (?:it|that|this|please))?\W*$|"
    r"^(?!.{0,80}\bhow sure\b).{0,80}\bsure\b"
)

_READ_AS = {"Log lines": ("log lines", "logs"), "Numbers": ("series", "metrics"),
            "Spans and calls": ("spans", "traces")}  # fmt: skip
"""What was counted as read of each kind, and how a source calls it."""
_ONE_OF = {"log lines": ("log line", "log lines"), "series": ("series", "series"), "spans": ("span", "spans")}
_NOBODY_ELSE = "Nothing measured speaks for anybody else."

Found = tuple[str, list[str]]


def is_said_among_people(question: str) -> bool:
    """Return whether people also ask it each other who work on an incident: "now what?", "anybody else?"."""
    return bool(_WHAT_NOW.search(question) or _AMONG_PEOPLE.search(question))


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
    if _WHAT_NOW.search(question):
        return "What to do", _next_steps(report)
    if _HOW_TO.search(question):
        return None
    if _WHO.search(question):
        return _who(incident, people)
    if _CHANGES.search(question):
        return _changes(report)
    if usual := report.diagnosis.as_usual if _SURE.search(question) or _WHY.search(question) else "":
        return "Nothing stands out", [md("{what}.", what=usual)]
    if _SURE.search(question):
        return "How sure", _how_sure(report)
    if _MISSING.search(question):
        decide = [f"• {quote(text)}" for text in report.diagnosis.would_decide]
        return "What I looked at, and what would decide it", [*coverage_lines(report), *decide]
    if _ELSE.search(question):
        return "What else it may be", _others(report)
    if _ONSET.search(question):
        return "When it began", _began(incident, report)
    for words, heading, kinds in _KINDS:
        if words.search(question):
            return heading, _evidence(report, kinds) or [_none_of(report, heading)]
    if _DONE.search(question):
        told = (EntryKind.FIX, EntryKind.NOTE, EntryKind.STATUS, EntryKind.STATE)
        lines = [timeline_line(entry, people) for entry in entries if entry.kind in told][-_SHOWN:]
        return "What was done", lines or ["Nothing was written down yet."]
    if _WHY.search(question):
        nobodys = report.diagnosis.nobodys
        alone = [md("No single service: {what}", what=nobodys)] if nobodys else []
        # What was asked about is named by the question alone where nothing was measured.
        is_known = causes_of(report) or report.diagnosis.nobodys
        found = [*alone, *_evidence(report, frozenset(EvidenceKind))] if is_known else []
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


def _how_sure(report: DiagnosisReport) -> list[str]:
    """Return how sure it is, who comes next, and, where nothing carries an answer, what would decide."""
    diagnosis, causes = report.diagnosis, causes_of(report)
    if diagnosis.verdict is Verdict.SUPPORTED and causes:
        return [how_sure(report), *_places(causes[1:2])]
    nobody = md("No single service: {what}", what=diagnosis.nobodys) if diagnosis.nobodys else ""
    unsure = "No: nothing that was measured carries an answer."
    said = [f"{unsure} {how_sure(report)}" if causes else unsure] if not nobody else [nobody]
    return [*said, *_would_decide(report)]


def _others(report: DiagnosisReport) -> list[str]:
    """Return who comes after the first, and what would tell them apart."""
    return [*(_places(causes_of(report)[1:_SHOWN]) or [_NOBODY_ELSE]), *_would_decide(report)]


def _places(causes: Sequence[Hypothesis]) -> list[str]:
    return [
        md("{n}. **{cause}**, {share}% of the blame: {why}", n=place, cause=cause.service,
           share=f"{100 * cause.share:.0f}", why=cause.claims[0].text)
        for place, cause in enumerate(causes, 2)
    ]  # fmt: skip


def _next_steps(report: DiagnosisReport) -> list[str]:
    """Return what may be done about it as long as it is not known, or who is to be mended."""
    causes = causes_of(report)
    if report.diagnosis.as_usual:
        return [md("Nothing stands out: {what}.", what=report.diagnosis.as_usual)]
    if report.diagnosis.verdict is Verdict.SUPPORTED and causes:
        fix = md(
            "Press *Fix* on its card: ways out, for **{cause}**, that people approve.",
            cause=causes[0].service,
        )
        return [fix, *_would_decide(report)]
    return _would_decide(report) or ["Say what you know of it: `it was NAME`, or `add to timeline TEXT`."]


def _would_decide(report: DiagnosisReport) -> list[str]:
    found = [text for text in report.diagnosis.would_decide if text != report.diagnosis.nobodys]
    return [f"• {quote(text)}" for text in found[:_SHOWN]]


def _none_of(report: DiagnosisReport, heading: str) -> str:
    """Return that nothing of a kind speaks for a cause: because none was there, or in spite of what was."""
    source = _READ_AS.get(heading)
    if source is None:
        return f"No evidence of that kind was found: {heading.lower()}."
    name, also = source
    count = dict(report.diagnosis.coverage.looked_at).get(name, 0)
    if count:
        return f"I read {counted(count, *_ONE_OF[name])}; nothing in them speaks for a cause."
    why = next((text for text in report.diagnosis.coverage.unavailable if also in text or name in text), "")
    return f"I saw no {name} of these hours" + (f": {quote(why)}." if why else ".")


def _evidence(report: DiagnosisReport, kinds: frozenset[EvidenceKind]) -> list[str]:
    found = [item for item in report.diagnosis.evidence if item.kind in kinds][:_SHOWN]
    return [
        md("`{id}` **{service}** {text}", id=i.evidence_id, service=i.service, text=i.text) for i in found
    ]
