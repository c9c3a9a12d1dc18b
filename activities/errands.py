"""Do what somebody asked for and that takes a while, and answer in the thread in which it was asked."""

import logging
from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities import policies
from activities.beating import beating
from activities.comparing import Comparing
from activities.errand_answers import Answer, Doing
from domain.approval.approvals import Verdict
from domain.counting import times
from domain.data_quality.publications import publication_id
from domain.data_quality.reconciling import is_last_of_day
from domain.errands import Errand, ErrandKind, ErrandState
from domain.errors import OUR_FAULT, BadInput, NotFound, NotNow, OutsideTrouble
from domain.ports.clock import Clock
from domain.ports.sentence_card import SentenceCard
from domain.ports.transactions import Opening, UnitOfWork
from domain.telling.postings import Posting, View

log = logging.getLogger("dogwatch.errands")


class ErrandRef(BaseModel):
    """Which errand."""

    model_config = ConfigDict(frozen=True)

    id: str


class ErrandEnd(BaseModel):
    """How it ended; `approval` is the request that now waits, empty without one."""

    model_config = ConfigDict(frozen=True)

    state: str
    approval: str = ""


class Errands:
    """Activities of the heavy queue; `card` makes the stored card of a title and a text."""

    def __init__(
        self,
        doing: Mapping[ErrandKind, Doing],
        comparing: Comparing,
        card: SentenceCard,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._doing = doing
        self._comparing = comparing
        self._card = card
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake

    @activity.defn
    def run_errand(self, ref: ErrandRef) -> ErrandEnd:
        """Do an errand once and say what came of it; a foreseen refusal is an answer too."""
        with self._reading() as uow:
            errand = uow.errands.get(ref.id)
            waiting = _waiting(uow, _gated_as(errand))
        if errand.state is not ErrandState.WANTED:
            return ErrandEnd(state=errand.state.value, approval=waiting)
        if policies.was_begun_too_often():
            return self._not_done(errand, OUR_FAULT)
        try:
            with beating():
                return self._end(errand, self._doing[errand.kind](errand))
        except (BadInput, NotFound, NotNow) as error:
            return self._not_done(errand, error.sentence())
        except OutsideTrouble as error:
            if not (error.is_final or _is_last_try()):
                raise
            if _nobody_asked(errand):
                return self._not_done(errand, error.sentence(), is_final=is_last_of_day(errand))
            return self._not_done(
                errand, f"{error.sentence()} I tried {_tries()}; ask again when that is mended."
            )
        except Exception:
            # A border: a fault of our own is tried again like any other, and at last told to who asked.
            if not _is_last_try():
                raise
            log.exception("errand %s failed", errand.id)
            return self._not_done(errand, OUR_FAULT)

    def _not_done(self, errand: Errand, say: str, *, is_final: bool = True) -> ErrandEnd:
        """Answer that it could not be done; of a comparison that nobody asked for people hear once."""
        title = "Not done"
        if _nobody_asked(errand):
            title = ""
            self._comparing.failed(errand, say, is_final=is_final)
        return self._end(errand, Answer(title, say, state=ErrandState.FAILED))

    def _end(self, errand: Errand, answer: Answer) -> ErrandEnd:
        """Keep how it ended, and tell it where it was asked, if there is something to tell."""
        ended: dict[str, object] = {"state": answer.state, "sentence": answer.text[:2_000]}
        if answer.same_as:
            ended["same_as"] = answer.same_as
        card = answer.card or (self._card(answer.title, answer.text) if answer.title else "")
        with self._writing() as uow:
            now = self._clock.now()
            uow.errands.save(errand.model_copy(update=ended))
            if answer.state is ErrandState.FAILED:  # whoever asked again about held rows may do so once more
                uow.postings.refresh(_gated_as(errand), now)
            if card:
                uow.postings.add(
                    Posting(
                        key=f"errand#{errand.id}",
                        view=View.MESSAGE,
                        place=errand.place,
                        card_json=card,
                        created_at=now,
                        next_attempt_at=now,
                    )
                )
        self._wake()
        return ErrandEnd(state=answer.state.value, approval=answer.approval)


def _nobody_asked(errand: Errand) -> bool:
    return errand.is_quiet and errand.kind is ErrandKind.RECONCILE


def _is_last_try() -> bool:
    return policies.attempt() >= policies.ERRAND_TRIES


def _tries() -> str:
    return times(policies.attempt())


def _gated_as(errand: Errand) -> str:
    """Return under which name people are asked about what an errand found."""
    if errand.kind is ErrandKind.RECONCILE:
        return f"publication/{publication_id(errand.feed, errand.business_date)}"
    return f"delivery/{errand.id}"


def _waiting(uow: UnitOfWork, subject: str) -> str:
    pending = [one for one in uow.approval_list.of_subject(subject) if one.verdict is Verdict.PENDING]
    return pending[-1].id if pending else ""
