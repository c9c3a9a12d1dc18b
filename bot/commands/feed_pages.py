"""A feed's page with as many runs as a question needs."""

from domain.clock.day_words import Window
from domain.ports.feed_health import FeedWatch
from domain.watch.feed_health import FeedPage

_MOST_RUNS = 1_000
_MOST_RUNS_OF_A_SPAN = 20_000
"""Of a feed that runs every ten minutes: more than four months."""


def page_of(health: FeedWatch, name: str, window: Window | None) -> FeedPage | None:
    """Return a feed's page with its newest runs, and with all runs of a span that began before these."""
    page = health.one(name, runs=_MOST_RUNS)
    if page is None or window is None or len(page.runs) < _MOST_RUNS:
        return page
    oldest = next((run.at for run in page.runs if run.at is not None), None)
    is_cut = oldest is not None and oldest > window.since
    return health.one(name, runs=_MOST_RUNS_OF_A_SPAN) if is_cut else page
