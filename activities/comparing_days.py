"""Compare a day of a feed with its source, and judge whether it may be published."""

from collections.abc import Callable, Mapping

from activities.comparing import Comparing
from activities.errand_answers import Answer
from activities.gating import Gating
from domain.data_quality.comparisons import Earlier
from domain.data_quality.publications import Publication
from domain.errands import DeliveryState, Errand
from domain.ids import FeedName
from domain.ports.clock import Clock
from domain.ports.transactions import Opening
from domain.watch.feed_health import ReconciliationPoint

ComparisonCard = Callable[[str, ReconciliationPoint, Mapping[str, Earlier], str], str]


class ComparingDays:
    """Does errands that compare; `card` makes the stored card of a comparison."""

    def __init__(
        self, comparing: Comparing, gating: Gating, card: ComparisonCard, *, writing: Opening, clock: Clock
    ) -> None:
        self._comparing = comparing
        self._gating = gating
        self._card = card
        self._writing = writing
        self._clock = clock

    def answer(self, errand: Errand) -> Answer:
        """Compare the errand's day, and hold it back where too much differs."""
        found, earlier = self._comparing.compare(errand)
        with self._writing() as uow:
            uow.quality.take_turns(FeedName(errand.feed))
            day = self._gating.judge_day(uow, errand, found, self._clock.now())
        approval = day.approval if day is not None and day.state is DeliveryState.HELD else ""
        if errand.is_quiet:
            return Answer(approval=approval)
        card = self._card(FeedName(errand.feed), found, earlier, _day_in_words(day))
        return Answer(card=card, approval=approval)


def _day_in_words(day: Publication | None) -> str:
    if day is None or not (day.differs or day.approval):
        return ""
    return {
        DeliveryState.HELD: "The day is held back from readers; I asked for a yes.",
        DeliveryState.REFUSED: f"The day stays out until it agrees: {day.sentence}",
        DeliveryState.RELEASED: f"The day may be published: {day.sentence}",
    }[day.state]
