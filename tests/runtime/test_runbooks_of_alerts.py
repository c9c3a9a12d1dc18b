"""Which shipped runbook stands on the card of an alert: the one that fits its cause, or none."""

from datetime import datetime
from pathlib import Path

import pytest

from domain.ids import ArticleId, FeedName
from domain.knowledge.articles import Article, ArticleKind
from domain.knowledge.library import ArticleEntry
from domain.watch.alerts import AlertState
from domain.watch.causes import cause_of
from knowledge.base import KnowledgeRoom
from knowledge.vector_store import ChromaPlace
from runtime.library.keeper import Keeper
from runtime.library.seed import seed
from runtime.library.source import SqlArticleSource
from runtime.library.usher import Usher
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, open_stores
from tests.domain.builders import an_alert
from tests.knowledge.builders import WordEncoder

LATE, SHORT, COLUMNS = "seed-feed-file-late", "seed-feed-row-count-low", "seed-feed-schema-changed"
DISK, AGAIN = "seed-disk-almost-full", "seed-run-a-feed-again"

CAUSES = [
    ("its source file is 40 min late", [LATE]),
    ("its 06:30 run should have started 25 minutes ago, and counts as late at 07:05", [LATE]),
    ("its 06:30 run has not come and has been late since 07:05", [LATE]),
    ("its last run brought 3.1 times fewer rows than usual", [SHORT]),
    ("its source file is 55% smaller than usual", [SHORT]),
    ("its last run rejected 8.0 times more rows than usual", [COLUMNS]),
    ("its database will be full in about 3 h", [DISK]),
    ("its last run failed", [AGAIN]),
    ("failed in one of its last few runs", [AGAIN]),
    ("fails 2.3 times as often as feeds in general", []),
    ("its source refuses 40% of connections", []),
    ("30% of the runs on its source failed within the hour", []),
    ("its last run waited 4.0 times longer for a worker than usual", []),
    ("20% of the runs on its worker pool failed within the hour", []),
    ("an upstream failed within the last six hours", []),
    ("an upstream should have started 40 minutes ago", []),
    ("the run under way has taken 3.0 times its usual time", []),
    ("its last run took 2.4 times its usual time", []),
    ("its last run needed 4 retries", []),
    ("its last run logged warnings that are not usual progress", []),
    ("its last run logged 2 kinds of line never seen before", []),
    ("it is the end of the month", []),
    ("its 06:30 run is often late", []),
    ("1.2% of its rows differ from the source (2026-10-01)", []),
    ("its newest delivery is held back: it scored 61 of 100", []),
    ("the quality of its rows falls: 70 of 100 expected soon", []),
    ("nothing was heard from prod (Airflow) since 06:10 UTC", []),
    ("nothing about it is out of the ordinary", []),
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stores, Usher]:
    folder: Path = tmp_path_factory.mktemp("library")
    stores = open_stores(Settings(data_dir=folder / "data"))
    now = stores.clock.now()
    seed(stores.transactions, now)
    source = SqlArticleSource(stores.transactions)
    room = KnowledgeRoom(source, WordEncoder(), ChromaPlace(None))
    room.load()
    return stores, Usher(Keeper(room, source, None), stores.transactions, stores.clock)


def _runbooks(library: tuple[Stores, Usher], at: datetime, *reasons: str, **facts: object) -> list[str]:
    stores, usher = library
    alert = an_alert(at, reasons=reasons, cause=cause_of(reasons[0]), **facts)
    with stores.transactions.writing() as uow:
        uow.alerts.save(alert)
    usher.look()
    with stores.transactions.writing() as uow:
        found = uow.hints.find(alert.subject)
        uow.alerts.save(alert.model_copy(update={"state": AlertState.CLOSED}))
    return [one.article for one in found.runbooks] if found is not None else []


@pytest.mark.parametrize(("reason", "wanted"), CAUSES)
def test_each_kind_of_cause_gets_the_runbook_that_fits_or_none(
    library: tuple[Stores, Usher], reason: str, wanted: list[str]
) -> None:
    assert _runbooks(library, library[0].clock.now(), reason) == wanted


def test_the_strongest_cause_stands_first_and_a_run_that_failed_before_both(
    library: tuple[Stores, Usher],
) -> None:
    at = library[0].clock.now()
    both = ("its database will be full in about 3 h", "its source file is 40 min late")

    assert _runbooks(library, at, *both) == [DISK, LATE]
    happened = {"state": AlertState.HAPPENED, "trouble_at": at}
    assert _runbooks(library, library[0].clock.now(), both[0], **happened) == [AGAIN, DISK]


def test_an_article_about_the_feed_itself_fits_where_its_words_do(
    library: tuple[Stores, Usher],
) -> None:
    stores, usher = library
    text = "## What to do\n\nWhen the source refuses connections, call the vendor of fx_trades."
    mine = Article(
        id=ArticleId("fx"),
        title="The source of fx_trades refuses connections",
        text=text,
        kind=ArticleKind.KB,
        feeds=(FeedName("fx_trades"),),
    )
    with stores.transactions.writing() as uow:
        uow.articles.save(ArticleEntry(article=mine))
    usher._keeper.room.load()

    found = _runbooks(library, stores.clock.now(), "its source refuses 40% of connections")

    assert found == ["fx"]
