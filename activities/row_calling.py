"""Call people about rows that got worse while nobody has acknowledged it, by the ladder of alerts.

The sweeps of the watch look; the truth is in SQL, so that a look that is done twice calls nobody twice.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from activities.alert_calling import is_known, may_arrive, unheard
from activities.feed_audiences import Audiences
from activities.kept_calls import kept_call
from activities.leavers import care_given_back, is_left
from domain.acts.notice_calls import call_out, called_at, page_of
from domain.clock.pauses import is_time
from domain.data_quality.row_care import RowCare
from domain.data_quality.row_troubles import LOOKED_AT, RowTrouble, begun_at, feed_and_start
from domain.identity.chat import Platform
from domain.ports.clock import Clock
from domain.ports.sentence_card import SentenceCard
from domain.ports.transactions import Opening, UnitOfWork
from domain.running.feed_facts import FeedFacts
from domain.running.feeds import Criticality
from domain.telling.notices import Call
from domain.telling.postings import Delivery, Posting, View
from domain.watch.alert_ladder import LAST, Rung, called_from, ladder
from domain.watch.alerts import AlertCall

_LOOKED_EVERY = timedelta(seconds=10)


class RowCalling:
    """Walks up the ladder of every trouble of rows that waits for somebody."""

    def __init__(
        self, audiences: Audiences, card: SentenceCard, *, reading: Opening, writing: Opening, clock: Clock
    ) -> None:
        self._audiences = audiences
        self._card = card
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._looked_at: datetime | None = None

    def look(self) -> None:
        """Close what is over, and call the next people about what nobody has; at most every ten seconds."""
        now = self._clock.now()
        if not is_time(self._looked_at, now, _LOOKED_EVERY):
            return
        self._looked_at = now
        # Sweeps come by the second, and whoever writes keeps others from it: most looks find nothing to do.
        with self._reading() as uow:
            seen = uow.row_cares.seen_open()
            moving = [care.subject for care in seen if _is_to_move(uow, care)]
        for subject in moving:
            with self._writing() as uow:
                self._move(uow, subject, self._clock.now())

    def _move(self, uow: UnitOfWork, subject: str, now: datetime) -> None:
        care, trouble = uow.row_cares.find(subject), trouble_now(uow, subject)
        if care is None or care.closed_at is not None:
            return
        if trouble is None or trouble.is_over:
            uow.row_cares.save(care.model_copy(update={"closed_at": now}))
        else:
            care = care_given_back(uow, care, now) if is_left(uow, care) else care
            if care.waits:
                self._call(uow, care, trouble, now)

    def _call(self, uow: UnitOfWork, care: RowCare, trouble: RowTrouble, now: datetime) -> None:
        """Call the rungs that are due, and further ones until somebody could hear; none in quiet hours."""
        if self._audiences.policy.may_speak_at(care.criticality, now) > now:
            return
        *rungs, last = self._ladder(uow, care)
        gone = {call.rung for call in care.calls}
        before, care, missed = care, self._revised(uow, care), []
        is_unheard = bool(care.calls) and not care.calls[-1].is_heard
        for rung in (one for one in rungs if one.name not in gone):
            if not is_unheard and now < called_from(rung, rungs, care.calls, care.announced_at):
                break
            care, is_unheard = self._ring(uow, care, rung, trouble, now)
            if not is_unheard:
                break
            missed.append(care.calls[-1])
        else:
            if care.calls and not any(call.is_heard for call in care.calls) and LAST not in gone:
                care, _ = self._ring(uow, care, last, trouble, now)
        if care != before:
            uow.row_cares.save(care)
            if len(care.calls) > len(before.calls):
                self._say(uow, care, missed, now)
            uow.postings.refresh(care.subject, now)

    def _revised(self, uow: UnitOfWork, care: RowCare) -> RowCare:
        """Return the care with its newest call unheard where everything that was sent has failed since."""
        if not care.calls or not care.calls[-1].is_heard:
            return care
        newest, rooms = care.calls[-1], self._rooms(uow, care)
        accounts = [one for person in newest.people for one in uow.people.accounts_of(person)]
        if any((one.platform, one.workspace) in rooms for one in accounts):
            return care
        prefix, ways = f"{_key(care, newest.number)}:", self._audiences.policy.ways
        sent = [one for one in uow.notices.about(care.subject) if one.key.startswith(prefix)]
        if any(may_arrive(uow, notice, ways) for notice in sent):
            return care
        return care.model_copy(update={"calls": (*care.calls[:-1], unheard(newest))})

    def _ladder(self, uow: UnitOfWork, care: RowCare) -> tuple[Rung, ...]:
        entry = uow.feeds.find(care.feed)
        facts = entry.facts if entry is not None else FeedFacts()
        return ladder(care, facts, self._audiences.policy, uow.people.everybody())

    def _ring(
        self, uow: UnitOfWork, care: RowCare, rung: Rung, trouble: RowTrouble, now: datetime
    ) -> tuple[RowCare, bool]:
        """Return the care with its newest call, and whether nobody could hear that."""
        number = len(care.calls)
        call_out(
            uow,
            Call(
                key=_key(care, number),
                people=rung.people,
                by=rung.by,
                subject=care.subject,
                waits_on=care.subject,
                title=f"Rows of {care.feed}",
                text=f"Nobody has acknowledged it yet. {trouble.sentence()}",
                path=page_of(f"feed/{care.feed}"),
                is_urgent=care.criticality is Criticality.CRITICAL,
                at=now,
                not_before=self._audiences.policy.may_speak_at(care.criticality, now),
            ),
        )
        called = AlertCall(rung=rung.name, number=number, at=now, whom=rung.whom, people=rung.people)
        called = kept_call(uow, care.subject, called, now, is_heard=self._can_hear(uow, care, rung))
        return care.model_copy(update={"calls": (*care.calls, called)}), not called.is_heard

    def _can_hear(self, uow: UnitOfWork, care: RowCare, rung: Rung) -> bool:
        rooms = self._rooms(uow, care)
        ways = [way for way in rung.by if way in self._audiences.policy.ways]
        return any(
            any((one.platform, one.workspace) in rooms for one in uow.people.accounts_of(person))
            or any(is_known(uow, person, way) for way in ways)
            for person in rung.people
        )

    def _rooms(self, uow: UnitOfWork, care: RowCare) -> set[tuple[Platform, str]]:
        return {(one.place.platform, one.place.workspace) for one in _stands(uow, care)}

    def _say(self, uow: UnitOfWork, care: RowCare, missed: list[AlertCall], now: datetime) -> None:
        """Say where the card stands who is called, and who could not be."""
        newest = care.calls[-1]
        people = newest.people if newest.is_heard else ()
        who = ", ".join(uow.people.get(person).name for person in people)
        missing = "; ".join(f"{call.whom} ({call.trouble})" for call in missed)
        text = f"nobody has acknowledged yet that the rows of {care.feed} got worse."
        said = f"{who}: {text}" if who else f"{text[0].upper()}{text[1:]}"
        said += f" I could not reach {missing}." if missing else ""
        for place in dict.fromkeys(one.place for one in _stands(uow, care)):
            uow.postings.add(
                Posting(
                    key=f"{_key(care, newest.number)}:{place.platform}:{place.workspace}:{place.channel}"[
                        :300
                    ],
                    view=View.CALL,
                    subject=care.subject,
                    place=place,
                    card_json=self._card("Still open", said, called_at(uow, people, place)),
                    created_at=now,
                    next_attempt_at=now,
                )
            )


def trouble_now(uow: UnitOfWork, subject: str) -> RowTrouble | None:
    """Return the trouble of that name as the scores have it now; None when they know it no more."""
    feed, start = feed_and_start(subject)
    return begun_at(start, uow.quality.scores(feed, LOOKED_AT))


def _is_to_move(uow: UnitOfWork, care: RowCare) -> bool:
    return care.waits or is_left(uow, care) or _is_over(trouble_now(uow, care.subject))


def _is_over(trouble: RowTrouble | None) -> bool:
    return trouble is None or trouble.is_over


def both(*looks: Callable[[], None]) -> Callable[[], None]:
    """Return what does one after the other."""

    def look() -> None:
        for one in looks:
            one()

    return look


def _stands(uow: UnitOfWork, care: RowCare) -> list[Posting]:
    about = uow.posting_lookup.about(care.subject)
    return [one for one in about if one.view is View.ROWS and one.state is not Delivery.GIVEN_UP]


def _key(care: RowCare, number: int) -> str:
    return f"call#{care.subject}:{number}"
