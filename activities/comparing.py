"""Compare a feed with its source: keep what differs, and let people know when it is unusual."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from activities.feed_audiences import Audiences
from domain.data_quality.comparisons import Earlier, earlier_of, is_unusual, loses_rows
from domain.data_quality.discrepancies import (
    Discrepancy,
    after_comparison,
    expected_rates,
    muted_discrepancies,
)
from domain.data_quality.reconciling import errand_name
from domain.errands import Errand
from domain.identity.chat import Place
from domain.ids import FeedName, TeamId
from domain.ports.clock import Clock
from domain.ports.errand_work import ErrandWork
from domain.ports.sentence_card import SentenceCard
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.running.feed_facts import FeedFacts
from domain.running.feeds import Criticality
from domain.telling.postings import Posting, View
from domain.watch.feed_health import ReconciliationPoint

_LOOKED_THROUGH = 300
_REMEMBERED = 60


class Speaking:
    """Where a team is told, and from when; by the same policy as alerts."""

    def __init__(self, audiences: Audiences) -> None:
        self._audiences = audiences

    def places(self, uow: UnitOfWork, feed: FeedName, team: TeamId) -> tuple[Place, ...]:
        """Return where people are told of a feed's differences: as configured, or where its team reads."""
        entry = uow.feeds.find(feed)
        heard = entry.facts.differences_at if entry is not None else ()
        return self._audiences.places(self._audiences.of_feed(uow, FeedFacts(heard_at=heard), team))

    def may_speak_at(self, criticality: Criticality, now: datetime) -> datetime:
        """Return from when people may be told: now, or the end of the quiet hours."""
        return self._audiences.policy.may_speak_at(criticality, now)

    def announce(self, uow: UnitOfWork, one: Discrepancy, now: datetime) -> Discrepancy:
        """Post the card of an open one, once, unless the hours are quiet; return it as it then is."""
        if not one.is_open or one.announced_at or self.may_speak_at(one.criticality, now) > now:
            return one
        for place in self.places(uow, one.feed, one.team):
            uow.postings.add(_posting(f"{one.subject}@{_where(place)}", place, now, subject=one.subject))
        return one.model_copy(update={"announced_at": now})


class Comparing:
    """Does errands that compare; `card` makes the stored card of a title and a text."""

    def __init__(
        self,
        work: ErrandWork,
        speaking: Speaking,
        *,
        writing: Opening,
        clock: Clock,
        card: SentenceCard,
    ) -> None:
        self._work = work
        self._speaking = speaking
        self._writing = writing
        self._clock = clock
        self._card = card

    def compare(self, errand: Errand) -> tuple[ReconciliationPoint, dict[str, Earlier]]:
        """Compare, keep the result, and open, change or close what people see; safe to repeat."""
        feed, now = FeedName(errand.feed), self._clock.now()
        found = self._work.reconcile(feed, errand.business_date, now)
        with self._writing() as uow:
            uow.quality.take_turns(feed)
            before = _one_a_day(uow.quality.reconciliations(feed, 2 * _REMEMBERED), errand.business_date)
            muted = muted_discrepancies(uow.alerts.mutes(now))
            expected = [one for one in uow.discrepancies.of_names(muted) if one.feed == feed]
            rates = expected_rates(expected)
            judged = {
                "is_unusual": is_unusual(found, before, rates),
                "loses_rows": loses_rows(found, before, rates, _kept_out(uow, feed, before)),
            }
            found = found.model_copy(update={"id": _point_name(errand), **judged})
            uow.quality.save_reconciliation(feed, found, self._clock.now())
            about = f"feed/{feed}"
            incidents = [one for one in uow.incidents.newest(_LOOKED_THROUGH) if one.about == about]
            fixes = [one for one in uow.fixes.recent(_LOOKED_THROUGH) if one.subject_name == about]
            earlier = earlier_of(found, before, incidents, fixes)
            self._follow(uow, errand, found, earlier, now)
        return found, earlier

    def failed(self, errand: Errand, sentence: str, *, is_final: bool) -> None:
        """Keep that a day could not be compared; people hear of it once, until it can be again."""
        feed, now = FeedName(errand.feed), self._clock.now()
        with self._writing() as uow:
            before = uow.quality.reconciliations(feed, _REMEMBERED)
            day = errand.business_date
            point = ReconciliationPoint(
                id=_point_name(errand), business_date=day, at=now, state="failed", sentence=sentence[:500]
            )
            if not any(one.business_date == day and one.state == "done" for one in before):
                uow.quality.save_reconciliation(feed, point, now)
            if not is_final:
                return
            first = min([day, *_failing_days(before, day)])
            team, _ = _owner(uow, feed)
            text = f"{feed} for {day}: {sentence} I try again after its next run."
            for place in self._speaking.places(uow, feed, team):
                key = f"uncompared#{feed}#{first}@{_where(place)}"
                uow.postings.add(_posting(key, place, now, card=self._card("Not compared", text)))

    def _follow(
        self,
        uow: UnitOfWork,
        errand: Errand,
        found: ReconciliationPoint,
        earlier: Mapping[str, Earlier],
        now: datetime,
    ) -> None:
        before = uow.discrepancies.open_of(errand.feed)
        if before is None and not errand.is_quiet:
            return  # Who asked reads the answer in the thread.
        feed = FeedName(errand.feed)
        after = after_comparison(before, found, earlier, (feed, *_owner(uow, feed)))
        if after is None or after == before:
            return
        after = self._speaking.announce(uow, after, now)
        keep_discrepancy(uow, after, now, "compared" if before else "found")


def keep_discrepancy(uow: UnitOfWork, one: Discrepancy, now: datetime, did: str) -> None:
    """Store it, record what was done, and let its cards be drawn anew."""
    uow.discrepancies.save(one)
    facts = {"did": did, "state": one.state.value, "days": ",".join(day.business_date for day in one.days)}
    uow.audit.append(
        AuditEntry(at=now, act=AuditAct.ALERT_CHANGED, actor="dogwatch", subject=one.subject, facts=facts)
    )
    uow.postings.refresh(one.subject, now)


def _owner(uow: UnitOfWork, feed: FeedName) -> tuple[TeamId, Criticality]:
    found = uow.watched.find(feed)
    if found is not None:
        return found.feed.team, found.feed.criticality
    entry = uow.feeds.find(feed)
    if entry is None:
        return TeamId(""), Criticality.NORMAL
    return TeamId(entry.owner), Criticality(entry.criticality or Criticality.NORMAL)


def _one_a_day(found: Sequence[ReconciliationPoint], but: str) -> list[ReconciliationPoint]:
    """Return the newest comparison of each other day, newest first."""
    days: dict[str, ReconciliationPoint] = {}
    for one in found:
        if one.business_date != but and one.state == "done":
            days.setdefault(one.business_date, one)
    return list(days.values())[:_REMEMBERED]


def _kept_out(uow: UnitOfWork, feed: FeedName, before: Sequence[ReconciliationPoint]) -> set[str]:
    """Return which of the days were held back or refused."""
    first = min((one.business_date for one in before), default="")
    return (
        {one.business_date for one in uow.publications.kept_out(first) if one.feed == feed}
        if first
        else set()
    )


def _failing_days(found: Sequence[ReconciliationPoint], but: str) -> list[str]:
    """Return the newest days that could not be compared, up to the last one that could."""
    days = []
    for one in (one for one in found if one.business_date != but):
        if one.state != "failed":
            break
        days.append(one.business_date)
    return days


def _point_name(errand: Errand) -> str:
    """Return the identity of the result: one a feed and day, unless a person asked for it."""
    return errand_name(errand.feed, errand.business_date) if errand.is_quiet else errand.id


def _posting(key: str, place: Place, now: datetime, *, subject: str = "", card: str = "") -> Posting:
    return Posting(
        key=key,
        view=View.DISCREPANCY if subject else View.MESSAGE,
        subject=subject,
        place=place,
        card_json=card,
        created_at=now,
        next_attempt_at=now,
    )


def _where(place: Place) -> str:
    return f"{place.platform}:{place.workspace}:{place.channel}"
