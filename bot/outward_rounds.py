"""What goes out now, and what became of it: the transactions around every message that leaves the house."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.presenters.notices import Stationery, bundle_name, name_of
from domain.acts.notice_calls import is_over
from domain.identity.contacts import address_of, is_trusted
from domain.identity.people import PERSONAL_WAYS, Person, Way
from domain.ids import IncidentId, PersonId
from domain.investigation.incidents import EntryKind, TimelineEntry
from domain.ports.clock import Clock
from domain.ports.notifier import Letter, Receipt
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.stories import StoryCall, StoryKind
from domain.telling.notices import (
    HOUR,
    Fate,
    Notice,
    NoticeKind,
    NoticeState,
    claimed,
    dropped,
    failed,
    fate_in_words,
    looked,
    may_go_at,
    taken,
)

_LOOKED_AT = 500


@dataclass(frozen=True)
class Sending:
    """One message that is to go out now."""

    way: Way
    letter: Letter
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class Follow:
    """One message whose fate is to be asked, or which is to be taken back because it is over."""

    way: Way
    notice: Notice
    is_over: bool


_Group = tuple[PersonId, Way, str, NoticeKind]
"""Whom, how, and what belongs together: a bundle, or, for systems and codes, each notice alone."""


class Rounds:
    """Claims what is due and keeps how it ended.

    Args:
        ways: Those that are set up here.
        code: Makes the code that confirms an address, of the record that asks for it.
        redraw: Says that cards changed.
    """

    def __init__(
        self,
        ways: frozenset[Way],
        stationery: Stationery,
        *,
        code: Callable[[UnitOfWork, Notice], str],
        reading: Opening,
        writing: Opening,
        clock: Clock,
        redraw: Callable[[], None] = lambda: None,
    ) -> None:
        self._ways = ways
        self._stationery = stationery
        self._code = code
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._redraw = redraw

    def claim(self, room: Mapping[Way, int], most: int) -> list[Sending | Follow]:
        """Return what is to be done now; it is claimed, so that nobody else does it."""
        now = self._clock.now()
        with self._reading() as uow:
            if not uow.notices.due(now, 1):
                return []
        with self._writing() as uow:
            due = uow.notices.due(now, _LOOKED_AT)
            people = {person.id: person for person in uow.people.everybody()}
            jobs: list[Sending | Follow] = []
            groups: dict[_Group, list[Notice]] = {}
            for notice in due:
                if notice.state is NoticeState.SENT:
                    jobs += self._follow(uow, notice, now)
                elif (perhaps := self._perhaps_open(uow, notice)) is not None:
                    jobs += self._follow(uow, perhaps, now)
                elif (way := self._way_of(uow, notice, people, now)) is not None:
                    alone = way not in PERSONAL_WAYS or notice.kind is NoticeKind.CODE
                    together = notice.key if alone else notice.bundle
                    groups.setdefault((notice.person, way, together, notice.kind), []).append(notice)
            left = dict(room)
            for (person, way, _, _), notices in groups.items():
                if left.get(way, 0) < 1 or len(jobs) >= most:
                    continue
                sending = self._sending(uow, people.get(person), way, notices, now)
                if sending is not None:
                    left[way] -= 1
                    jobs.append(sending)
        return jobs

    def note_sending(self, job: Sending, receipt: Receipt | None, trouble: str, is_final: bool) -> None:
        """Keep how a message ended: taken, to be tried again on the same or the next way, or given up."""
        now = self._clock.now()
        with self._writing() as uow:
            for notice in job.notices:
                if receipt is not None:
                    after = taken(notice, job.way, receipt.id, now, is_followed=receipt.is_followed)
                else:
                    after = failed(notice, job.way, trouble, now, is_final=is_final)
                self._keep(uow, after, now)
        self._redraw()

    def note_fate(self, job: Follow, fate: Fate) -> None:
        """Keep what the other side said of a message that it took."""
        now = self._clock.now()
        after = looked(job.notice, fate, now)
        if after.state is NoticeState.ARRIVED and after.sent_at is None:
            after = dropped(after, "it was over")
        with self._writing() as uow:
            self._keep(uow, after, now)
        self._redraw()

    def _follow(self, uow: UnitOfWork, notice: Notice, now: datetime) -> list[Sending | Follow]:
        if notice.way is None or notice.way not in self._ways:
            uow.notices.save(notice.model_copy(update={"next_attempt_at": None}))
            return []
        over = is_over(uow, notice)
        if notice.way is Way.PAGERDUTY and not over:  # nothing to ask: it stays open there
            uow.notices.save(looked(notice, Fate.UNDER_WAY, now))
            return []
        uow.notices.save(notice.model_copy(update={"next_attempt_at": now + HOUR / 30}))
        return [Follow(notice.way, notice, over)]

    def _perhaps_open(self, uow: UnitOfWork, notice: Notice) -> Notice | None:
        """Return a notice that is over and may stand open in PagerDuty: how its sending ended is unknown."""
        if Way.PAGERDUTY not in notice.tried or not is_over(uow, notice):
            return None
        about = self._stationery.letter([notice], "").about
        return notice.model_copy(update={"way": Way.PAGERDUTY, "receipt": about[:300]})

    def _way_of(
        self, uow: UnitOfWork, notice: Notice, people: Mapping[PersonId, Person], now: datetime
    ) -> Way | None:
        """Return the way of the next try; None when the notice has none, and that is kept."""
        if is_over(uow, notice):
            uow.notices.save(dropped(notice, "it was over"))
            return None
        if not set(notice.ways) & self._ways:
            uow.notices.save(dropped(notice, "none of its ways is set up"))
            return None
        person = people.get(notice.person)
        if notice.person and (person is None or not person.is_active):
            uow.notices.save(dropped(notice, "that person is no longer here"))
            return None
        open_ways = [way for way in notice.ways if way in self._ways and way not in notice.ruled_out]
        usable = [way for way in open_ways if self._leads_to(uow, way, person, notice.kind)]
        if not usable:
            why = notice.trouble or "the roster has no confirmed address or number"
            moved = {"state": NoticeState.GIVEN_UP, "next_attempt_at": None, "trouble": why}
            self._keep(uow, notice.model_copy(update=moved), now)
            return None
        if notice.state is NoticeState.SENDING and notice.tried[-1:] and notice.tried[-1] in usable:
            return notice.tried[-1]  # whoever sent it died over it; only this way can tell whether it did
        return usable[notice.attempts % len(usable)]

    @staticmethod
    def _leads_to(uow: UnitOfWork, way: Way, person: Person | None, kind: NoticeKind) -> bool:
        if way not in PERSONAL_WAYS:
            return True
        if person is None:
            return False
        if kind is NoticeKind.CODE:
            return bool(address_of(person, way))
        return is_trusted(person, way, uow.contacts.find(person.id, way))

    def _sending(
        self, uow: UnitOfWork, person: Person | None, way: Way, notices: Sequence[Notice], now: datetime
    ) -> Sending | None:
        """Claim these notices as one message; None when the person was told a moment ago and has to wait."""
        if person is not None:
            urgent = any(notice.is_urgent for notice in notices)
            at = may_go_at(uow.notices.sent_to(person.id, way, now - HOUR), now, is_urgent=urgent)
            if at > now:
                for notice in notices:
                    uow.notices.save(notice.model_copy(update={"next_attempt_at": at}))
                return None
        name = bundle_name(notices)
        ours = tuple(claimed(notice, way, name, now) for notice in notices)
        for notice in ours:
            uow.notices.save(notice)
        code = self._code(uow, ours[0]) if ours[0].kind is NoticeKind.CODE else ""
        address = address_of(person, way) if person is not None else ""
        return Sending(way, self._stationery.letter(ours, address, code), ours)

    def _keep(self, uow: UnitOfWork, notice: Notice, now: datetime) -> None:
        """Save a notice after something became of it, and tell whoever looks at its subject."""
        uow.notices.save(notice)
        if notice.subject:
            uow.postings.refresh(notice.subject, now)
        if notice.trouble:
            self._nudge_alert(uow, notice, now)
        act = _ACTS.get(notice.state)
        if act is None or (notice.looks and notice.state is NoticeState.SENT):
            return
        facts = {"notice": notice.key, "person": notice.person, "way": notice.way.value if notice.way else ""}
        if notice.trouble:
            facts["trouble"] = notice.trouble
        uow.audit.append(
            AuditEntry(at=now, act=act, actor="dogwatch", subject=notice.subject or "contacts", facts=facts)
        )
        self._note_in_timeline(uow, notice, now)

    @staticmethod
    def _nudge_alert(uow: UnitOfWork, notice: Notice, now: datetime) -> None:
        """Let the story of an alert look whether anybody can still hear it, and call others if not."""
        kind, _, name = notice.subject.partition("/")
        if kind == "alert" and notice.attempts <= len(notice.ways):
            key = f"unheard/{notice.key}@{now.timestamp():.6f}"
            uow.stories.add(StoryCall(key=key, kind=StoryKind.ALERT, subject_id=name, at=now))

    @staticmethod
    def _note_in_timeline(uow: UnitOfWork, notice: Notice, now: datetime) -> None:
        kind, _, name = notice.subject.partition("/")
        if kind != "incident":
            return
        names = {person.id: person.name for person in uow.people.everybody()}
        words = fate_in_words(notice, name_of(notice.person, names))
        if words:
            uow.timeline.add(
                TimelineEntry(
                    key=f"{name}/notice/{notice.key}/{notice.state}/{notice.attempts}"[:300],
                    incident=IncidentId(name),
                    at=now,
                    kind=EntryKind.ESCALATION,
                    by="dogwatch",
                    text=f"Told {words}."[:1000] if notice.sent_at else f"{words}."[:1000],
                )
            )


_ACTS = {NoticeState.SENT: AuditAct.NOTICE_SENT, NoticeState.GIVEN_UP: AuditAct.NOTICE_GIVEN_UP}
