"""The gate that pipelines ask before they publish: an errand whose good end nobody has to read."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date

from domain.acts.held_twins import decides_about
from domain.data_quality.publications import in_words, publication_id
from domain.data_quality.reconciling import errand_name
from domain.errands import PIPELINE, DeliveryState, Errand, ErrandKind, ErrandState
from domain.errors import BadInput, NotFound
from domain.identity.chat import Place
from domain.ids import PersonId, feed_name
from domain.ports.delivery_gate import GateAnswer
from domain.proof.audit import AuditAct, AuditEntry
from domain.stories import StoryCall, StoryKind
from runtime.wiring.stores import Stores

_SCORING = "scoring"
_COMPARING = "comparing"
_FAILED = "failed"


class ErrandGate:
    """Implements `DeliveryGate` and `PublicationGate`.

    Args:
        stores: Where deliveries and their errands are kept.
        places: Channel name to its places; the first platform's place takes what people have to see.
        channel: The channel of feeds.
        wake: Tells the courier of this process.
    """

    def __init__(
        self, stores: Stores, places: Mapping[str, tuple[Place, ...]], channel: str, wake: Callable[[], None]
    ) -> None:
        self._stores, self._places, self._channel, self._wake = stores, places, channel, wake

    def submit(self, feed: str, file_name: str, content: bytes, source: str) -> str:
        """Keep a delivery and have it scored; the same content again is the same delivery."""
        name = feed_name(feed)
        blob = self._stores.blobs.put(content)
        told = f"{name}/{source}/{file_name}/{blob}"
        errand = Errand(
            id="d" + hashlib.sha256(told.encode()).hexdigest()[:14],
            kind=ErrandKind.SCORE_DELIVERY,
            asked_by=PersonId(f"{PIPELINE}{source}"),
            place=self._place(),
            at=self._stores.clock.now(),
            feed=name,
            blob=blob,
            file_name=file_name,
            is_quiet=True,
        )
        self._open(errand, AuditAct.UPLOAD_TAKEN, f"delivery/{errand.id}", file=str(blob))
        return errand.id

    def compare(self, feed: str, business_date: str, source: str) -> str:
        """Have a day compared with its source, at most once a minute."""
        name, now = feed_name(feed), self._stores.clock.now()
        try:
            day = date.fromisoformat(business_date).isoformat()
        except ValueError as error:
            raise BadInput(
                "bad date", say=f"{business_date[:40]} is no date.", next_step="Write it as 2026-10-01."
            ) from error
        errand = Errand(
            id=errand_name(name, day, "publish", f"{now:%Y-%m-%dT%H:%M}"),
            kind=ErrandKind.RECONCILE,
            asked_by=PersonId(f"{PIPELINE}{source}"),
            place=self._place(),
            at=now,
            feed=name,
            business_date=day,
            is_quiet=True,
        )
        subject = f"publication/{publication_id(name, day)}"
        self._open(errand, AuditAct.COMPARISON_ASKED, subject, day=day, comparison=errand.id)
        return errand.id

    def answer_of_day(self, feed: str, business_date: str, comparison: str) -> GateAnswer:
        """Return what a comparison found and what became of the day."""
        with self._stores.transactions.reading() as uow:
            errand = uow.errands.find(comparison)
            day = uow.publications.find(publication_id(feed, business_date))
        if errand is None or (errand.feed, errand.business_date) != (feed, business_date):
            raise NotFound(
                f"comparison {comparison[:40]}",
                say=f"I know no comparison {comparison[:40]} of {feed[:60]} for {business_date[:40]}.",
                next_step="POST to /intake/publications/FEED/DAY first.",
            )
        if errand.state is ErrandState.WANTED:
            return GateAnswer(comparison, _COMPARING)
        if errand.state is ErrandState.FAILED:
            return GateAnswer(comparison, _FAILED, say=errand.sentence)
        if day is None:
            return GateAnswer(comparison, DeliveryState.RELEASED.value)
        found = tuple(in_words((one,)) for one in day.differs)
        return GateAnswer(comparison, day.state.value, findings=found, say=day.sentence)

    def _open(self, errand: Errand, act: AuditAct, subject: str, **facts: str) -> None:
        """Write an errand and the call to its story; one that is known already stays as it is."""
        with self._stores.transactions.writing() as uow:
            if uow.errands.find(errand.id) is None:
                uow.errands.save(errand)
                key = f"{StoryKind.ERRAND}/{errand.id}"
                uow.stories.add(StoryCall(key=key, kind=StoryKind.ERRAND, subject_id=errand.id, at=errand.at))
                entry = AuditEntry(
                    at=errand.at,
                    act=act,
                    actor=errand.asked_by,
                    subject=subject,
                    door="intake",
                    facts={**facts, "feed": errand.feed},
                )
                uow.audit.append(entry)
        self._wake()

    def answer(self, feed: str, delivery: str) -> GateAnswer:
        """Return what became of a delivery."""
        with self._stores.transactions.reading() as uow:
            errand = uow.errands.find(delivery)
            first = uow.errands.find(errand.same_as) if errand is not None and errand.same_as else errand
            found = uow.quality.state_of(first.id) if first is not None else None
            held = first if first and found and found[0] is DeliveryState.HELD else None
            waits = f"It waits for {decides_about(uow, held)}." if held is not None else ""
            if held is not None and held.state is ErrandState.WANTED:
                waits = "It is looked at once more, and asked about anew."
        if errand is None or errand.feed != feed or errand.kind is not ErrandKind.SCORE_DELIVERY:
            raise NotFound(
                f"delivery {delivery[:40]}",
                say=f"I know no delivery {delivery[:40]} of {feed[:60]}.",
                next_step="POST the file to /intake/deliveries/FEED first.",
            )
        if found is not None:
            state, score = found
            said = waits or (first.sentence if first is not None else "")
            return GateAnswer(delivery, state.value, score.overall, score.findings, said)
        if errand.state is ErrandState.FAILED:
            return GateAnswer(delivery, _FAILED, say=errand.sentence)
        return GateAnswer(delivery, _SCORING)

    def _place(self) -> Place:
        places = self._places.get(self._channel, ())
        if not places:
            raise BadInput(
                f"channel {self._channel} has no place",
                say=f"What is held back has nowhere to be shown: {self._channel} is no channel of mine.",
                next_step="Set watch.channel to one that is connected.",
            )
        return places[0]
