"""The gate that pipelines ask before they publish: an errand whose good end nobody has to read."""

import hashlib
from collections.abc import Callable, Mapping

from domain.audit import AuditAct, AuditEntry
from domain.chat import Place
from domain.errands import Errand, ErrandKind, ErrandState
from domain.errors import BadInput, NotFound
from domain.ids import PersonId, feed_name
from domain.ports.delivery_gate import GateAnswer
from domain.stories import StoryCall, StoryKind
from runtime.wiring.stores import Stores

_SCORING = "scoring"
_FAILED = "failed"


class ErrandGate:
    """Implements `DeliveryGate`.

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
            asked_by=PersonId(f"pipeline {source}"),
            place=self._place(),
            at=self._stores.clock.now(),
            feed=name,
            blob=blob,
            file_name=file_name,
            is_quiet=True,
        )
        with self._stores.transactions.writing() as uow:
            if uow.errands.find(errand.id) is None:
                uow.errands.save(errand)
                key = f"{StoryKind.ERRAND}/{errand.id}"
                uow.stories.add(StoryCall(key=key, kind=StoryKind.ERRAND, subject_id=errand.id, at=errand.at))
                facts = {"file": str(blob), "feed": name}
                entry = AuditEntry(
                    at=errand.at,
                    act=AuditAct.UPLOAD_TAKEN,
                    actor=errand.asked_by,
                    subject=f"delivery/{errand.id}",
                    door="intake",
                    facts=facts,
                )
                uow.audit.append(entry)
        self._wake()
        return errand.id

    def answer(self, feed: str, delivery: str) -> GateAnswer:
        """Return what became of a delivery."""
        with self._stores.transactions.reading() as uow:
            errand, found = uow.errands.find(delivery), uow.quality.state_of(delivery)
        if errand is None or errand.feed != feed or errand.kind is not ErrandKind.SCORE_DELIVERY:
            raise NotFound(
                f"delivery {delivery[:40]}",
                say=f"I know no delivery {delivery[:40]} of {feed[:60]}.",
                next_step="POST the file to /intake/deliveries/FEED first.",
            )
        if found is not None:
            state, score = found
            return GateAnswer(delivery, state.value, score.overall, score.findings)
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
