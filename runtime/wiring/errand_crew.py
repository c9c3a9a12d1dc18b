"""Who does errands: one for each kind of them."""

from collections.abc import Callable, Sequence
from typing import Any

from activities.comparing import Comparing, Speaking
from activities.comparing_days import ComparingDays
from activities.errands import Errands
from activities.gating import Gating
from activities.row_news import RowNews
from activities.scoring_deliveries import ScoringDeliveries
from activities.taking_history import TakingHistory
from bot.presenters.comparisons import comparison_card
from bot.presenters.sentences import stored_sentence
from domain.errands import ErrandKind
from runtime.wiring.remediation import advising_of
from runtime.wiring.site import Site
from runtime.wiring.watch import audiences_of, cards_a_week
from runtime.wiring.watch_errands import EngineErrands


def errand_crew(site: Site) -> Sequence[Callable[..., Any]]:
    """Return the activities of the heavy queue around errands."""
    stores, audiences = site.stores, audiences_of(site)
    reading, writing, clock = stores.transactions.reading, stores.transactions.writing, stores.clock
    work = EngineErrands(site.settings, stores)
    gating = Gating(site.policy, site.channels, site.settings.watch.quality_bar)
    news = RowNews(audiences, cards_a_week(site.settings))
    comparing = Comparing(work, Speaking(audiences), writing=writing, clock=clock, card=stored_sentence)
    history = TakingHistory(work, stores.blobs, writing=writing, clock=clock)
    scoring = ScoringDeliveries(
        work, stores.blobs, gating, news, reading=reading, writing=writing, clock=clock
    )
    days = ComparingDays(comparing, gating, _comparison, writing=writing, clock=clock)
    advising = advising_of(site.settings, stores)
    doing = {
        ErrandKind.IMPORT_RUNS: history.answer,
        ErrandKind.SCORE_DELIVERY: scoring.answer,
        ErrandKind.RECONCILE: days.answer,
        ErrandKind.PROPOSE_FIX: advising.answer,
        ErrandKind.DRAFT_SCRIPT: advising.answer,
    }
    errands = Errands(
        doing, comparing, stored_sentence, reading=reading, writing=writing, clock=clock, wake=site.wake
    )
    return [errands.run_errand]


def _comparison(*told: Any) -> str:  # Any: whatever the card takes
    return comparison_card(*told).model_dump_json()
