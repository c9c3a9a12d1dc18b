"""Where an incident stands, and what time does to it: look again, call further people, close."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities.feed_audiences import Audiences
from domain.acts.incident_calls import FeedOfIncident, feed_of, next_to_call, others_in_role, own_people
from domain.acts.incident_moves import call_key, learning_call
from domain.acts.notice_calls import call_out, called_at, page_of
from domain.identity.chat import Place
from domain.identity.people import Person, Role
from domain.ids import IncidentId
from domain.investigation.incidents import (
    TOLD_BY,
    URGENT,
    EntryKind,
    Incident,
    IncidentKind,
    IncidentState,
    TimelineEntry,
    moved,
)
from domain.ports.clock import Clock
from domain.ports.sentence_card import SentenceCard
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.telling.notices import Call
from domain.telling.postings import Posting, View


class IncidentRef(BaseModel):
    """Which incident, and after how many events of its history its story begins a new one."""

    model_config = ConfigDict(frozen=True)

    id: str
    most_events: int = 2_000
    wanted: int | None = None
    """Up to which diagnosis one is given up; None, as older stories say: all that were asked for."""


class Moment(BaseModel):
    """Which incident, and the story's time."""

    model_config = ConfigDict(frozen=True)

    id: str
    at: datetime


class Standing(BaseModel):
    """How an incident stands, as little as its story needs."""

    model_config = ConfigDict(frozen=True)

    state: str
    is_diagnosis_due: bool = False
    wanted: int = 0
    due_at: datetime | None = None


class IncidentClock:
    """Activities of the front queue.

    Args:
        channels: Where each channel of the policy is.
        card: Makes a card of a title and a text.
        quiet_ends: From when on people may be told what can wait: now, or when the quiet hours end.
        audiences: Who hears of which feed; without it only the channel of incidents hears of calls.
    """

    def __init__(
        self,
        *,
        channels: Mapping[str, tuple[Place, ...]],
        card: SentenceCard,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
        quiet_ends: Callable[[datetime], datetime] = lambda now: now,
        audiences: Audiences | None = None,
    ) -> None:
        self._audiences = audiences
        self._channels = channels
        self._card = card
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake
        self._quiet_ends = quiet_ends

    @activity.defn
    def look_at_incident(self, ref: IncidentRef) -> Standing:
        """Return how the incident stands; what a model left half-written goes from its card."""
        with self._reading() as uow:
            incident = uow.incidents.get(IncidentId(ref.id))
        if not incident.words:
            return standing(incident)
        # The story looks when its words are done or given up, never while they grow.
        with self._writing() as uow:
            incident = uow.incidents.get(IncidentId(ref.id)).model_copy(update={"words": ""})
            uow.incidents.save(incident)
            uow.postings.refresh(incident.subject, self._clock.now())
        self._wake()
        return standing(incident)

    @activity.defn
    def pass_time(self, moment: Moment) -> Standing:
        """Do what is due by now, each thing once."""
        with self._writing() as uow:
            incident = uow.incidents.get(IncidentId(moment.id))
            closes, looks, calls = incident.closes_at(), incident.next_look(), incident.next_escalation()
            if closes is not None and closes <= moment.at and incident.state is not IncidentState.CLOSED:
                incident = moved(incident, IncidentState.CLOSED, moment.at)
                if incident.kind is IncidentKind.QUESTION:
                    uow.kept_cases.forget(incident.id)  # nobody measures anything by a question
                _line(uow, incident, moment.at, EntryKind.STATE, "closed", "Closed.")
            else:
                if looks is not None and looks <= moment.at:
                    again = {"looked_again": incident.looked_again + 1, "wanted": incident.wanted + 1}
                    incident = incident.model_copy(update=again)
                if calls is not None and calls <= moment.at:
                    incident = self._escalated(uow, incident, moment.at)
            uow.incidents.save(incident)
            uow.postings.refresh(incident.subject, self._clock.now())
        self._wake()
        return standing(incident)

    @activity.defn
    def give_up_diagnosis(self, ref: IncidentRef) -> Standing:
        """Say on the card that the diagnosis could not be made; people go on without it."""
        with self._writing() as uow:
            now = self._clock.now()
            incident = uow.incidents.get(IncidentId(ref.id))
            said = "I could not finish the diagnosis. Press Look again to let me try once more."
            # What was asked for meanwhile is still due.
            up_to = incident.wanted if ref.wanted is None else min(ref.wanted, incident.wanted)
            given_up = {"diagnosed": max(up_to, incident.diagnosed), "sentence": said, "updated_at": now}
            incident = incident.model_copy(update=given_up)
            uow.incidents.save(incident)
            uow.postings.refresh(incident.subject, now)
        self._wake()
        return standing(incident)

    @activity.defn
    def let_learn(self, ref: IncidentRef) -> Standing:
        """Hand a resolved incident to the learning story, once."""
        with self._writing() as uow:
            incident = uow.incidents.get(IncidentId(ref.id))
            if incident.state is IncidentState.RESOLVED and not incident.is_learned:
                incident = incident.model_copy(update={"is_learned": True})
                uow.incidents.save(incident)
                uow.stories.add(learning_call(incident, self._clock.now()))
        self._wake()
        return standing(incident)

    def _escalated(self, uow: UnitOfWork, incident: Incident, at: datetime) -> Incident:
        people, feed = uow.people.everybody(), feed_of(uow, incident.about)
        ours = own_people(incident, feed, people)
        if ours is not None and feed is not None:
            call = _Step("own", ours.whom, ours.people, f", for {feed.name}")
            self._call(uow, incident, call, at, self._heard_at(uow, feed))
            is_all = not others_in_role(people, ours.people)
            called_now = {"own_called_at": at, "escalated": int(is_all), "escalated_at": at}
            return incident.model_copy(update=called_now)
        was_called = own_people(incident.model_copy(update={"own_called_at": None}), feed, people)
        already = [one.id for one in was_called.people] if was_called and incident.own_called_at else []
        role, called = next_to_call(incident, people, already)
        self._call(uow, incident, _Step(str(incident.escalated), _word(role), called), at)
        return incident.model_copy(update={"escalated": incident.escalated + 1, "escalated_at": at})

    def _call(
        self, uow: UnitOfWork, incident: Incident, step: "_Step", at: datetime, more: Sequence[Place] = ()
    ) -> None:
        """Tell the channel and the people of a step, once."""
        people, names = [person.id for person in step.people], [person.name for person in step.people]
        minutes = int((at - (incident.called_from or incident.opened_at)).total_seconds() // 60)
        key = call_key(incident, step.name)
        who = ", ".join(names) or f"nobody has the role {step.whom}"
        text = (
            f"“{incident.title}” ({incident.severity.value}) has had no lead for {minutes} min."
            f" I call {step.whom}{step.whose}: {who}. Press *I take the lead* on its card."
        )
        now = self._clock.now()
        for place in dict.fromkeys((*self._channels.get("incidents", ()), *more)):
            uow.postings.add(
                Posting(
                    key=f"{key}:{place.platform}:{place.channel}",
                    view=View.MESSAGE,
                    place=place,
                    card_json=self._card("An incident needs a lead", text, called_at(uow, people, place)),
                    created_at=now,
                    next_attempt_at=now,
                )
            )
        self._call_out(uow, incident, step, text, now)
        _line(uow, incident, at, EntryKind.ESCALATION, key.partition("/")[2], f"Called {who}.")
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.ESCALATED,
                actor="dogwatch",
                subject=incident.subject,
                facts={"step": step.name, "role": step.whom, "told": ",".join(people)},
            )
        )

    def _call_out(self, uow: UnitOfWork, incident: Incident, step: "_Step", text: str, now: datetime) -> None:
        ways = TOLD_BY[incident.severity]
        urgent = incident.severity in URGENT
        call_out(
            uow,
            Call(
                key=call_key(incident, step.name),
                people=tuple(person.id for person in step.people),
                by=ways[min(incident.escalated, len(ways) - 1)] if ways else (),
                subject=incident.subject,
                waits_on=incident.subject,
                title=f"{incident.severity.value}: {incident.title}",
                text=text,
                path=page_of(incident.subject),
                is_urgent=urgent,
                at=now,
                not_before=now if urgent else self._quiet_ends(now),
            ),
        )

    def _heard_at(self, uow: UnitOfWork, feed: FeedOfIncident) -> Sequence[Place]:
        """Return where the people of a feed read, as for its alerts."""
        if self._audiences is None:
            return ()
        return self._audiences.places(self._audiences.of_feed(uow, feed.facts, feed.team))


@dataclass(frozen=True)
class _Step:
    """Who is called: under which name it is kept, who that is in words, and of which feed."""

    name: str
    whom: str
    people: Sequence[Person]
    whose: str = ""


def standing(incident: Incident) -> Standing:
    """Return what a story needs to know of an incident."""
    moments = [incident.closes_at(), incident.next_look(), incident.next_escalation()]
    return Standing(
        state=incident.state.value,
        is_diagnosis_due=incident.diagnosed < incident.wanted and incident.state is not IncidentState.CLOSED,
        wanted=incident.wanted,
        due_at=min((moment for moment in moments if moment is not None), default=None),
    )


def _line(uow: UnitOfWork, incident: Incident, at: datetime, kind: EntryKind, key: str, text: str) -> None:
    uow.timeline.add(
        TimelineEntry(
            key=f"{incident.id}/{key}",
            incident=incident.id,
            at=at,
            kind=kind,
            by="dogwatch",
            text=text[:1000],
        )
    )


def _word(role: Role) -> str:
    return role.value.replace("_", " ")
