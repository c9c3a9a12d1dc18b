"""Diagnose, word and draw: the computing half of an incident, on the heavy queue.

Each activity reads the incident first and does nothing when its diagnosis is there already, so a retry or a
story begun anew repeats nothing. The ranking is stored and shown before any picture or model.
"""

import logging
import time
from collections.abc import Callable, Mapping

from temporalio import activity

from activities.beating import beating
from activities.incident_clock import IncidentRef, Standing, standing
from domain.errors import BadInput
from domain.ids import IncidentId
from domain.investigation.diagnosed_trouble import trouble_types
from domain.investigation.diagnosis import Verdict
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.incidents import LOOK_AGAIN_AFTER, EntryKind, Incident, IncidentKind, TimelineEntry
from domain.investigation.incidents import IncidentState as State
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.diagnostician import Diagnostician, Examined, Inquiry
from domain.ports.incident_stores import KeptCase
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.telling.postings import seconds_between_edits

log = logging.getLogger("dogwatch.diagnosis")

_MOST_CLAIMS = 3


class Diagnosing:
    """Activities of the heavy queue.

    Args:
        diagnostician: The engine with its evidence.
        blobs: Where reports and pictures are kept.
    """

    def __init__(
        self,
        diagnostician: Diagnostician,
        blobs: BlobStore,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._diagnostician = diagnostician
        self._blobs = blobs
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake

    @activity.defn
    @beating()
    def diagnose(self, ref: IncidentRef) -> Standing:
        """Rank the causes from what can be gathered now, and show them."""
        incident = self._read(ref)
        if incident.diagnosed >= incident.wanted:
            return standing(incident)
        wanted = incident.wanted
        before = self._report(incident)
        inquiry = self._inquiry(incident)
        examined = self._diagnostician.examine(inquiry)
        report = examined.report
        if before is not None:
            report = report.model_copy(update={"spent": before.spent.plus(before.model)})
        blob = self._blobs.put(report.model_dump_json().encode())
        with self._writing() as uow:
            now = self._clock.now()
            current = uow.incidents.get(incident.id)
            if current.diagnosed >= wanted:
                return standing(current)
            moved = {
                "diagnosed": wanted,
                "report": blob,
                "sentence": "",
                "words": "",
                "finding": _finding(report),
                "trouble": _trouble(current, report),
                "updated_at": now,
            }
            kept = current.model_copy(update=moved)
            uow.incidents.save(kept)
            _tell(uow, kept, report, before)
            _link_same_cause(uow, kept, report, self._blobs)
            uow.audit.append(
                AuditEntry(
                    at=now,
                    act=AuditAct.INCIDENT_CHANGED,
                    actor="dogwatch",
                    subject=kept.subject,
                    facts={"step": "diagnosed", "report": blob[:16], "number": str(wanted)},
                )
            )
            uow.postings.refresh(kept.subject, now)
        self._wake()
        self._keep_case(inquiry, examined)
        return standing(kept)

    @activity.defn
    @beating()
    def keep_case(self, ref: IncidentRef) -> Standing:
        """See that what a resolved incident is diagnosed from is kept, with the evidence that came late."""
        incident = self._read(ref)
        inquiry = self._inquiry(incident)
        if incident.kind is IncidentKind.INCIDENT and _may_be_more(incident, inquiry):
            self._keep_case(inquiry, self._diagnostician.examine(inquiry))
        return standing(incident)

    def _keep_case(self, inquiry: Inquiry, examined: Examined) -> None:
        """Keep what a diagnosis was made from; the answer stands in the chat by now."""
        if examined.pack is None:
            return
        try:
            content = examined.pack()
        except BadInput as error:
            log.warning("a case is not kept: %s", error, extra={"incident": inquiry.incident})
            return
        kept = KeptCase(inquiry.incident, inquiry.number, inquiry.asked_at, content)
        with self._writing() as uow:
            current = uow.incidents.get(kept.incident)  # locked: two diagnoses may end at once
            if current.kind is IncidentKind.QUESTION and current.state is State.CLOSED:
                return  # it closed meanwhile, and what was kept of it went
            known = uow.kept_cases.find(kept.incident)
            if known is None or known.gathered_at <= kept.gathered_at:
                uow.kept_cases.keep(kept)

    @activity.defn
    @beating()
    def reword(self, ref: IncidentRef) -> Standing:
        """Let a language model, if there is one, word what was measured and add hypotheses."""
        incident = self._read(ref)
        report = self._report(incident)
        if report is None:
            return standing(incident)
        with self._reading() as uow:
            cards = [posting.place.platform for posting in uow.posting_lookup.about(incident.subject)]
        every, shown_at = seconds_between_edits(cards), 0.0

        def show(words: str) -> bool:
            nonlocal shown_at
            if time.monotonic() - shown_at < every:
                return True
            shown_at = time.monotonic()
            return self._keep(incident, {"words": words}) is not None

        worded = self._diagnostician.reword(self._inquiry(incident), report, show)
        if worded == report:
            return standing(incident)
        whole = {"report": self._blobs.put(worded.model_dump_json().encode()), "words": ""}
        return standing(self._keep(incident, whole) or self._read(ref))

    @activity.defn
    @beating()
    def draw(self, ref: IncidentRef) -> Standing:
        """Draw the series that turned and the path of the trouble."""
        incident = self._read(ref)
        report = self._report(incident)
        if report is None:
            return standing(incident)
        pictures = tuple(self._blobs.put(png) for png in self._diagnostician.draw(report))
        return standing(self._keep(incident, {"pictures": pictures}) or self._read(ref))

    def _keep(self, incident: Incident, moved: Mapping[str, object]) -> Incident | None:
        """Change what belongs to the incident's diagnosis; None when a newer one stands there by now."""
        with self._writing() as uow:
            now = self._clock.now()
            current = uow.incidents.get(incident.id)
            if current.report != incident.report:
                return None
            kept = current.model_copy(update={**moved, "updated_at": now})
            uow.incidents.save(kept)
            uow.postings.refresh(kept.subject, now)
        self._wake()
        return kept

    def _read(self, ref: IncidentRef) -> Incident:
        with self._reading() as uow:
            return uow.incidents.get(IncidentId(ref.id))

    def _report(self, incident: Incident) -> DiagnosisReport | None:
        if incident.report is None:
            return None
        return DiagnosisReport.model_validate_json(self._blobs.get(incident.report))

    def _inquiry(self, incident: Incident) -> Inquiry:
        causes = dict.fromkeys(label.cause for label in incident.labels)
        with self._reading() as uow:
            kept = uow.kept_cases.find(incident.id)
        now = self._clock.now()
        return Inquiry(
            incident=incident.id,
            about=incident.about,
            title=incident.title,
            began_at=incident.began_at,
            # What came after the end is another story.
            asked_at=now if incident.resolved_at is None else min(now, incident.resolved_at),
            number=incident.wanted,
            ruled_out=tuple(cause for cause in causes if incident.is_ruled_out(cause)),
            on_behalf_of=incident.opened_by,
            kept=kept,
            until=incident.asked_until,
            since=None if incident.asked_hours is None else incident.asked_hours.since,
            zone="UTC" if incident.asked_hours is None else incident.asked_hours.zone,
        )


def _may_be_more(incident: Incident, inquiry: Inquiry) -> bool:
    """Return whether nothing is kept, or it was gathered while evidence still came in."""
    whole = incident.began_at + LOOK_AGAIN_AFTER[-1]
    return inquiry.kept is None or inquiry.kept.gathered_at < min(inquiry.asked_at, whole)


def _tell(
    uow: UnitOfWork, incident: Incident, report: DiagnosisReport, before: DiagnosisReport | None
) -> None:
    """Add a line to the timeline when the answer is new or another one than before."""
    answer = _answer(report)
    if before is not None and _answer(before) == answer:
        return
    text = f"Diagnosis {report.number}: {answer}"
    if before is not None:
        text = f"Later evidence changed the diagnosis: {answer} (before: {_answer(before)})"
    uow.timeline.add(
        TimelineEntry(
            key=f"{incident.id}/diagnosis/{report.number}",
            incident=incident.id,
            at=report.made_at,
            kind=EntryKind.DIAGNOSIS,
            by="dogwatch",
            text=text[:1000],
        )
    )


def _answer(report: DiagnosisReport) -> str:
    diagnosis = report.diagnosis
    if diagnosis.as_usual or diagnosis.nobodys:
        return "nothing stands out" if diagnosis.as_usual else "no single service"
    if diagnosis.verdict is Verdict.INCONCLUSIVE or not diagnosis.hypotheses:
        return "inconclusive"
    return f"{diagnosis.how_likely} {diagnosis.hypotheses[0].service}"


def _finding(report: DiagnosisReport) -> str:
    """Return what speaks for the first cause; the library is asked for runbooks about it."""
    diagnosis = report.diagnosis
    if diagnosis.verdict is Verdict.INCONCLUSIVE or not diagnosis.hypotheses:
        return ""
    return "; ".join(claim.text for claim in diagnosis.hypotheses[0].claims[:_MOST_CLAIMS])[:500]


def _trouble(incident: Incident, report: DiagnosisReport) -> str:
    if not _finding(report):
        return ""
    cause = report.diagnosis.hypotheses[0].service
    return next(iter(trouble_types(report, cause, incident.about, incident.title)), "")


def _link_same_cause(uow: UnitOfWork, incident: Incident, report: DiagnosisReport, blobs: BlobStore) -> None:
    """Link open incidents whose first cause is the same, or that are about what caused this one."""
    if report.diagnosis.verdict is Verdict.INCONCLUSIVE or not report.diagnosis.hypotheses:
        return
    cause = report.diagnosis.hypotheses[0].service
    for other in uow.incidents.every_open():
        if other.id == incident.id or other.kind is not incident.kind or other.id in incident.related:
            continue
        if other.name != cause and _first_cause(other, blobs) != cause:
            continue
        for one, two in ((incident, other), (other, incident)):
            known = uow.incidents.get(one.id)
            if two.id not in known.related and len(known.related) < 50:
                uow.incidents.save(known.model_copy(update={"related": (*known.related, two.id)}))
        uow.timeline.add(
            TimelineEntry(
                key=f"{incident.id}/link/{other.id}",
                incident=incident.id,
                at=report.made_at,
                kind=EntryKind.LINK,
                by="dogwatch",
                text=f"Looks related to {other.id}, “{other.title}”: both point at {cause}."[:1000],
            )
        )
        uow.postings.refresh(other.subject, report.made_at)


def _first_cause(incident: Incident, blobs: BlobStore) -> str:
    if incident.report is None:
        return ""
    diagnosis = DiagnosisReport.model_validate_json(blobs.get(incident.report)).diagnosis
    is_said = diagnosis.verdict is Verdict.SUPPORTED and diagnosis.hypotheses
    return diagnosis.hypotheses[0].service if is_said else ""
