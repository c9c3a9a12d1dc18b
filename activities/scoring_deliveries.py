"""Score a delivery that was handed in, hold it back where it is too bad, and say what pulls it down."""

from activities.errand_answers import Answer
from activities.gating import Gated, Gating
from activities.row_news import RowNews
from domain.acts.held_twins import decides_about, held_twin
from domain.data_quality.quality import Dimension
from domain.errands import DeliveryState, Errand
from domain.errors import BadInput
from domain.ids import FeedName
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.errand_work import ErrandWork
from domain.ports.transactions import Opening


class ScoringDeliveries:
    """Does errands that score a delivery."""

    def __init__(
        self,
        work: ErrandWork,
        blobs: BlobStore,
        gating: Gating,
        news: RowNews,
        *,
        reading: Opening,
        writing: Opening,
        clock: Clock,
    ) -> None:
        self._work = work
        self._blobs = blobs
        self._gating = gating
        self._news = news
        self._reading = reading
        self._writing = writing
        self._clock = clock

    def answer(self, errand: Errand) -> Answer:
        """Score the errand's file, hold it back where it is too bad; raises `BadInput` without one."""
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
            return Answer()
        told = _score_in_words(errand, found)
        title = f"Quality of {feed}: {found.score.overall:.0f} of 100"
        return Answer(title, told, approval=found.approval)

    def _joined(self, errand: Errand, twin: Errand) -> Answer:
        """Say that these bytes are held back already, and who can decide; nobody is asked again."""
        with self._reading() as uow:
            who = decides_about(uow, twin)
        since = f"{twin.at:%d %b %H:%M} UTC"
        said = (
            f"{errand.file_name} holds the same bytes as {twin.file_name}, which is held back since {since}."
        )
        said = f"{said} It waits for {who}; I asked nobody again."
        title = "" if errand.is_quiet else "Already held back"
        return Answer(title, said, same_as=twin.id)


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
