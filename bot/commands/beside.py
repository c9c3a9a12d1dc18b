"""Reads and tells how one span is beside another: failures, alerts, how long runs took."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands import watch
from bot.commands.feed_pages import page_of
from bot.comparison import Compared, Measure
from bot.presenters.plain_compared import (
    Counts,
    compared_counts_card,
    compared_runs_card,
    counts_of,
)
from bot.question_kinds import Question
from bot.turn import Asked, Turn
from domain.clock.day_words import Window
from domain.ports.feed_health import FeedWatch
from domain.watch.feed_health import FeedPage

_MOST_FEEDS = 3


@dataclass(frozen=True)
class Beside:
    """What was read of two spans: how often it was, by feed, or the pages of the feeds that are asked for."""

    now: Counts | None = None
    by_then: Counts | None = None
    before: int = 0
    pages: tuple[tuple[str, FeedPage | None], ...] = ()


def read_beside(asked: Asked, health: FeedWatch, question: Question, compared: Compared) -> Beside:
    """Return what a comparison needs."""
    if compared.of in (Measure.MINUTES, Measure.ROWS):
        span = compared.before or compared.now
        named = question.feeds[:_MOST_FEEDS]
        return Beside(pages=tuple((name, page_of(health, name, span)) for name in named))

    def counts(span: Window | None) -> Counts:
        if span is None:
            return {}
        if compared.of is Measure.ALERTS:
            return _alerts(asked, span, question.feeds)
        return counts_of(health.troubles(span.since, span.until), compared.of, question.feeds)

    whole = sum(counts(compared.before).values())
    return Beside(counts(compared.now), counts(compared.by_then), whole)


def tell_beside(turn: Turn, compared: Compared, read: Beside) -> None:
    """Tell a comparison, one card a feed where runs are measured."""
    if read.now is not None and read.by_then is not None:
        turn.say(compared_counts_card(compared, read.now, read.by_then, read.before))
    for name, page in read.pages:
        if page is None:
            turn.arguments["feed"] = name
            watch.show_unseen(turn)
        else:
            turn.say(compared_runs_card(page, compared))


def _alerts(asked: Asked, span: Window, feeds: Sequence[str]) -> Counts:
    """Return how many alerts were raised, by the feed that each began at; not those of feeds in shadow."""
    if asked.tools.reading is None:
        return {}
    with asked.tools.reading() as uow:
        raised = [one for one in uow.alerts.of_time(span.since, span.until) if not one.is_shadow]
    named = set(feeds)
    return Counter(
        str(one.root) for one in raised if not named or named & {str(one.root), *map(str, one.dependants)}
    )
