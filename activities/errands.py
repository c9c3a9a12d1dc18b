"""Do what somebody asked for and that takes a while, and answer in the thread in which it was asked."""

import logging
from collections.abc import Callable, Mapping

from pydantic import BaseModel, ConfigDict
from temporalio import activity

from activities import policies
from activities.advising import Advising
from activities.beating import beating
from activities.comparing import Comparing
from activities.gating import Gated, Gating
from activities.row_news import RowNews
from domain.acts.held_twins import decides_about, held_twin
from domain.approval.approvals import Verdict
from domain.counting import times
from domain.data_quality.comparisons import Earlier
from domain.data_quality.publications import Publication, publication_id
from domain.data_quality.quality import Dimension
from domain.data_quality.reconciling import is_last_of_day
from domain.errands import DeliveryState, Errand, ErrandKind, ErrandState
from domain.errors import OUR_FAULT, BadInput, NotFound, NotNow, OutsideTrouble
from domain.ids import FeedName
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.errand_work import ErrandWork
from domain.ports.transactions import Opening, UnitOfWork
from domain.stories import StoryCall, StoryKind
from domain.telling.postings import Posting, View
from domain.watch.feed_health import ReconciliationPoint

SentenceCard = Callable[[str, str], str]
ComparisonCard = Callable[[str, ReconciliationPoint, Mapping[str, Earlier], str], str]

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
        work: ErrandWork,
        blobs: BlobStore,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
        wake: Callable[[], None],
        card: SentenceCard,
        comparison: ComparisonCard,
        advising: Advising,
        comparing: Comparing,
        gating: Gating,
        news: RowNews,
    ) -> None:
        self._work = work
        self._blobs = blobs
        self._reading = reading
        self._writing = writing
        self._clock = clock
        self._wake = wake
        self._card = card
        self._comparison = comparison
        self._advising = advising
        self._comparing = comparing
        self._gating = gating
        self._news = news

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
                return self._done(errand)
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

    def _done(self, errand: Errand) -> ErrandEnd:
        if errand.kind is ErrandKind.IMPORT_RUNS:
            return self._import(errand)
        if errand.kind is ErrandKind.SCORE_DELIVERY:
            return self._score(errand)
        if errand.kind in (ErrandKind.PROPOSE_FIX, ErrandKind.DRAFT_SCRIPT):
            return self._advise(errand)
        return self._reconcile(errand)

    def _not_done(self, errand: Errand, say: str, *, is_final: bool = True) -> ErrandEnd:
        """Answer that it could not be done; of a comparison that nobody asked for people hear once."""
        if not _nobody_asked(errand):
            return self._end(errand, ErrandState.FAILED, "Not done", say)
        self._comparing.failed(errand, say, is_final=is_final)
        return self._over(errand, ErrandState.FAILED, say)

    def _import(self, errand: Errand) -> ErrandEnd:
        if errand.blob is None:
            raise BadInput("no file", say="There is no file to import.")
        now = self._clock.now()
        path = self._blobs.path(errand.blob)
        found = self._work.import_runs(path, errand.file_name, now, zone=errand.zone)
        if not found.taken:
            return self._end(errand, ErrandState.DONE, "Nothing imported", found.sentence)
        with self._writing() as uow:
            for kind, subject in ((StoryKind.TRAINING, "failures"), (StoryKind.WATCH, "main")):
                key = f"{kind}/{subject}#{errand.id}"
                uow.stories.add(StoryCall(key=key, kind=kind, subject_id=subject, at=now))
        if not found.new:
            return self._end(errand, ErrandState.DONE, "This history was known already", found.sentence)
        told = f"{found.sentence} A model is fitted next; say scorecard to see how good it is."
        return self._end(errand, ErrandState.DONE, "History imported", told)

    def _score(self, errand: Errand) -> ErrandEnd:
        if errand.blob is None:
            raise BadInput("no file", say="There is no file to score.")
        feed, now = FeedName(errand.feed), self._clock.now()
        with self._reading() as uow:
            twin = held_twin(uow, errand)
        if twin is not None:
            return self._joined(errand, twin)
        score = self._work.score(feed, self._blobs.path(errand.blob), errand.file_name, now)
        with self._writing() as uow:
            uow.quality.take_turns(feed)  # another may have been held back while this one was scored
            now = self._clock.now()  # scoring a large file takes minutes
            twin = held_twin(uow, errand)
            if twin is None:
                found = self._gating.judge(uow, errand, score, now)
                self._news.tell(uow, feed, errand.id, now)
        if twin is not None:
            return self._joined(errand, twin)
        if errand.is_quiet and found.state is DeliveryState.RELEASED:
            return self._over(errand, ErrandState.DONE)
        told = _score_in_words(errand, found)
        title = f"Quality of {feed}: {found.score.overall:.0f} of 100"
        end = self._end(errand, ErrandState.DONE, title, told)
        return end.model_copy(update={"approval": found.approval})

    def _joined(self, errand: Errand, twin: Errand) -> ErrandEnd:
        """Say that these bytes are held back already, and who can decide; nobody is asked again."""
        with self._reading() as uow:
            who = decides_about(uow, twin)
        since = f"{twin.at:%d %b %H:%M} UTC"
        said = (
            f"{errand.file_name} holds the same bytes as {twin.file_name}, which is held back since {since}."
        )
        said = f"{said} It waits for {who}; I asked nobody again."
        errand = errand.model_copy(update={"same_as": twin.id})
        if errand.is_quiet:
            return self._over(errand, ErrandState.DONE, said)
        return self._end(errand, ErrandState.DONE, "Already held back", said)

    def _reconcile(self, errand: Errand) -> ErrandEnd:
        found, earlier = self._comparing.compare(errand)
        with self._writing() as uow:
            uow.quality.take_turns(FeedName(errand.feed))
            day = self._gating.judge_day(uow, errand, found, self._clock.now())
        if errand.is_quiet:
            end = self._over(errand, ErrandState.DONE)
        else:
            card = self._comparison(FeedName(errand.feed), found, earlier, _day_in_words(day))
            end = self._end_with(errand, ErrandState.DONE, card)
        is_asked = day is not None and day.state is DeliveryState.HELD
        return end.model_copy(update={"approval": day.approval}) if day and is_asked else end

    def _advise(self, errand: Errand) -> ErrandEnd:
        """Let the card of an attempt say what a model adds; only what a person asked for is answered."""
        if errand.kind is ErrandKind.DRAFT_SCRIPT:
            self._advising.draft(errand)
            return self._over(errand, ErrandState.DONE)
        try:
            self._advising.propose(errand)
        except (BadInput, NotNow) as error:
            return self._over(errand, ErrandState.FAILED, error.sentence())
        return self._over(errand, ErrandState.DONE)

    def _over(self, errand: Errand, state: ErrandState, text: str = "") -> ErrandEnd:
        with self._writing() as uow:
            uow.errands.save(errand.model_copy(update={"state": state, "sentence": text[:2_000]}))
        self._wake()
        return ErrandEnd(state=state.value)

    def _end(self, errand: Errand, state: ErrandState, title: str, text: str) -> ErrandEnd:
        return self._end_with(errand, state, self._card(title, text), text)

    def _end_with(self, errand: Errand, state: ErrandState, card: str, text: str = "") -> ErrandEnd:
        with self._writing() as uow:
            now = self._clock.now()
            uow.errands.save(errand.model_copy(update={"state": state, "sentence": text[:2_000]}))
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
        return ErrandEnd(state=state.value)


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


def _day_in_words(day: Publication | None) -> str:
    if day is None or not (day.differs or day.approval):
        return ""
    return {
        DeliveryState.HELD: "The day is held back from readers; I asked for a yes.",
        DeliveryState.REFUSED: f"The day stays out until it agrees: {day.sentence}",
        DeliveryState.RELEASED: f"The day may be published: {day.sentence}",
    }[day.state]


def _waiting(uow: UnitOfWork, subject: str) -> str:
    pending = [one for one in uow.approval_list.of_subject(subject) if one.verdict is Verdict.PENDING]
    return pending[-1].id if pending else ""


def _score_in_words(errand: Errand, found: Gated) -> str:
    score = found.score
    worst = "; ".join(score.findings[:5])
    dimensions = ", ".join(f"{name} {value:.0f}" for name, value in score.dimensions.items() if value < 99.5)
    measured = "Every dimension that could be measured is at 100."
    lines = [f"Below 100: {dimensions}." if dimensions else measured]
    unknown = [name for name in Dimension if name.value not in score.dimensions]
    if unknown:
        lines.append(f"Not measured, for want of a rule or of earlier deliveries: {', '.join(unknown)}.")
    if worst:
        lines.append(f"What pulls it down: {worst}.")
    if found.state is DeliveryState.HELD:
        why = f"{score.broken}" if score.broken else f"The bar is {found.bar:.0f}"
        lines.append(f"{why}, so {errand.file_name} is held back; I asked for a yes.")
    return " ".join(lines)
