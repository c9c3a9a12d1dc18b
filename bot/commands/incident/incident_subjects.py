"""What people mean: which incident an act is about, and what a question or report is about."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.thread_subjects import subject_of_thread
from bot.turn import Turn
from domain.acts.incident_calls import first_call_minutes
from domain.acts.incident_moves import free_id
from domain.clock.asked_hours import AskedHours
from domain.clock.hour_words import PastTime
from domain.errors import NotFound, NotNow
from domain.ids import IncidentId
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.incidents import EntryKind, Incident, IncidentKind, Severity, TimelineEntry, moved
from domain.investigation.incidents import IncidentState as State
from domain.proof.audit import AuditAct
from domain.stories import StoryKind
from domain.telling.postings import View
from domain.text.redaction import mask_shapes

_ID = re.compile(r"i[0-9a-f]{8}")
_SAME_TROUBLE, _SAME_HOURS = timedelta(hours=1), timedelta(minutes=10)
_MOST_PAST, _MOST_RELATED = 100, 5


def incident_of(turn: Turn) -> Incident:
    """Return the incident of a pressed card, of an id said first, of the thread, or the only one open here.

    Raises:
        NotNow: It can't be told which one is meant.
    """
    found = mentioned_incident(turn)
    if found is None:
        raise NotNow(
            "no incident here",
            say="I can't tell which incident you mean.",
            next_step="Say it in the thread of its card, or put its id in front: `timeline ID`.",
        )
    return found


def mentioned_incident(turn: Turn) -> Incident | None:
    """Return the incident that an act is about, as `incident_of` does, or None; takes an id off the words."""
    if turn.subject.startswith("incident/"):
        return turn.uow.incidents.get(IncidentId(turn.subject.removeprefix("incident/")))
    named = named_incident(turn.words[0]) if turn.words else None
    if named is not None:
        turn.words = turn.words[1:]
        return turn.uow.incidents.get(named)
    return incident_of_thread(turn) or _only_one_here(turn)


def incident_of_thread(turn: Turn) -> Incident | None:
    """Return the incident of a thread; its card may be the first message or stand within it."""
    subject = subject_of_thread(turn.uow, turn.incoming.place, "incident")
    return turn.uow.incidents.get(IncidentId(subject.removeprefix("incident/"))) if subject else None


def _only_one_here(turn: Turn) -> Incident | None:
    """Return a channel's only open incident, or else its only question: some places know no thread."""
    if turn.incoming.place.thread:
        return None
    # The open ones are few: asked for all that was ever posted here, a busy channel would be read through.
    open_ones = turn.uow.incidents.every_open()
    shown = turn.uow.posting_lookup.posted_in(turn.incoming.place, [one.subject for one in open_ones])
    open_ones = [one for one in open_ones if one.subject in shown]
    incidents = [one for one in open_ones if one.kind is IncidentKind.INCIDENT]
    found = incidents or open_ones
    return turn.uow.incidents.get(found[0].id) if len(found) == 1 else None


def report_of(turn: Turn, incident: Incident) -> DiagnosisReport:
    """Return the newest diagnosis; raises `NotNow` while there is none."""
    if incident.report is None:
        raise NotNow(
            "no diagnosis yet",
            say="I'm still gathering evidence.",
            next_step="The card shows it when I have it.",
        )
    return DiagnosisReport.model_validate_json(turn.tools.blobs.get(incident.report))


def named_incident(word: str) -> IncidentId | None:
    """Return the id that a word is, or None."""
    found = word.lower().strip("`*#")
    return IncidentId(found) if _ID.fullmatch(found) else None


def about_of_button(turn: Turn) -> tuple[str, str]:
    """Return what a button's subject is about and how people call it."""
    kind, _, name = turn.subject.partition("/")
    if kind in ("feed", "service") and name:
        return turn.subject, turn.arguments.get("title", "") or f"{name} is in trouble"
    raise NotFound(f"incident about {turn.subject!r}", say="I don't know what that is about.")


def begin(
    turn: Turn,
    kind: IncidentKind,
    about: str,
    title: str,
    severity: Severity,
    asked: PastTime | None = None,
) -> Incident:
    """Open an incident or question, or join the open one about the same thing; show its card here.

    A question about hours that are over, `asked`, looks at them: about a feed back from their end.
    """
    now = turn.now
    until = asked.until if asked is not None and asked.until < now else None
    turn.uow.incidents.hold_openings()
    open_one = turn.uow.incidents.open_about(about) if about else None
    if open_one is not None and _is_the_same(turn, open_one, kind, asked):
        return _join(turn, open_one, kind, severity)
    incident = Incident(
        id=free_id(turn.uow.incidents, turn.incoming.key),
        kind=kind,
        title=title[:200],
        about=about,
        severity=severity,
        opened_by=turn.actor,
        place=turn.thread,
        opened_at=now,
        updated_at=now,
        began_at=now if asked is None else (until or now) if about.startswith("feed/") else asked.at,
        asked_until=until,
        asked_hours=_kept(asked),
        first_call_minutes=first_call_minutes(turn.uow, about),
        related=_related(turn, about, open_one, asked),
    )
    tell(turn, incident, EntryKind.OPENED, f"Opened: {title[:300]}")
    keep(turn, incident, "opened")
    show(turn, incident)
    return incident


def _related(
    turn: Turn, about: str, open_one: Incident | None, asked: PastTime | None
) -> tuple[IncidentId, ...]:
    """Return what is open about the same thing, and the incidents of the hours that are asked about."""
    # What is open looks at another hour; of questions about others nobody wants to know.
    is_told = open_one is not None and not (asked and open_one.kind is IncidentKind.QUESTION)
    found = (open_one.id,) if open_one is not None and is_told else ()
    if asked is None or not about:
        return found
    of_then = [
        one.id
        for one in turn.uow.incidents.newest(_MOST_PAST)
        if one.about == about and one.began_at <= asked.until and (one.resolved_at or turn.now) >= asked.since
    ]
    return tuple(dict.fromkeys((*of_then, *found)))[:_MOST_RELATED]


def _is_the_same(turn: Turn, open_one: Incident, kind: IncidentKind, asked: PastTime | None) -> bool:
    """Return whether what is said now is about the time that an open one looks at.

    An incident is reported again for as long as it is open. Who asks why means what they see now: what is
    open since this morning, or since last week, looks at another hour and would answer about that.
    """
    if kind is IncidentKind.INCIDENT and open_one.kind is IncidentKind.INCIDENT:
        return True
    since = open_one.opened_at if open_one.kind is IncidentKind.QUESTION else open_one.began_at
    until = asked.until if asked is not None and asked.until < turn.now else None
    known = None if open_one.asked_hours is None else open_one.asked_hours.since
    same_hours = _is_near(known, None if asked is None else asked.since)
    return same_hours and _is_near(open_one.asked_until, until) and turn.now - since <= _SAME_TROUBLE


def _kept(asked: PastTime | None) -> AskedHours | None:
    if asked is None:
        return None
    words = "; ".join((asked.words, *asked.doubts))[:300]
    return AskedHours(since=asked.since, zone=asked.zone, words=words)


def _is_near(one: datetime | None, other: datetime | None) -> bool:
    """Return whether two ends are the same: "an hour ago" is another moment with every second."""
    return one is other is None or (one is not None and other is not None and abs(one - other) < _SAME_HOURS)


def _join(turn: Turn, incident: Incident, kind: IncidentKind, severity: Severity) -> Incident:
    if kind is IncidentKind.INCIDENT and incident.kind is IncidentKind.QUESTION:
        incident = promoted(turn, incident, severity)
    else:
        said = "Reported again." if kind is IncidentKind.INCIDENT else "Asked about again."
        tell(turn, incident, EntryKind.NOTE, said)
    incident = incident.model_copy(update={"wanted": incident.wanted + 1, "updated_at": turn.now})
    keep(turn, incident, "joined")
    show(turn, incident)
    return incident


def promoted(turn: Turn, incident: Incident, severity: Severity) -> Incident:
    """Return the incident that a question becomes; its clocks begin now."""
    changes = {
        "kind": IncidentKind.INCIDENT,
        "severity": severity,
        "opened_by": turn.actor,
        "opened_at": turn.now,
        "looked_again": 0,
    }
    tell(turn, incident, EntryKind.OPENED, "Made an incident of the question.")
    return moved(incident, State.INVESTIGATING, turn.now).model_copy(update=changes)


def show(turn: Turn, incident: Incident) -> None:
    """Put the live card into this thread, and an incident's also into the incident channel."""
    turn.show(View.INCIDENT, incident.subject)
    if incident.kind is IncidentKind.INCIDENT:
        for place in turn.tools.channels.get("incidents", ()):
            if place.channel != turn.thread.channel or place.platform != turn.thread.platform:
                turn.show(View.INCIDENT, incident.subject, place)


def keep(turn: Turn, incident: Incident, step: str, **facts: str) -> None:
    """Store the incident, record the step, redraw its cards and let its story go on.

    What people wrote is kept without secrets: they paste what a system has said, and it is read elsewhere.
    """
    written = {"title": incident.title, "cause": incident.cause, "status": incident.status}
    masked = {name: mask_shapes(text) for name, text in written.items()}
    turn.uow.incidents.save(incident.model_copy(update={**masked, "updated_at": turn.now}))
    turn.record(AuditAct.INCIDENT_CHANGED, incident.subject, step=step, **facts)
    turn.uow.postings.refresh(incident.subject, turn.now)
    turn.nudge(StoryKind.INCIDENT, incident.id)


def tell(
    turn: Turn, incident: Incident, kind: EntryKind, text: str, at: datetime | None = None, *, of: str = ""
) -> None:
    """Add a line to the timeline, once for this act, or for what it is `of`; an alert is our word.

    Without secrets, as in `keep`.

    Args:
        at: When it happened, where that was earlier.
    """
    turn.uow.timeline.add(
        TimelineEntry(
            key=f"{incident.id}/{kind.value}/{of or turn.incoming.key}"[:300],
            incident=incident.id,
            at=at or turn.now,
            kind=kind,
            by="dogwatch" if kind is EntryKind.ALERT else turn.actor,
            text=mask_shapes(text)[:1000],
        )
    )


def sentence_of(words: Iterable[str]) -> str:
    """Return words as a title: one line, bounded."""
    return " ".join(" ".join(words).split())[:200]
