"""The articles that we ship reach an upgraded house, and take nothing from it that people wrote."""

from datetime import timedelta
from pathlib import Path

import pytest

from domain.ids import ArticleId
from domain.knowledge.articles import Article, ArticleState
from domain.knowledge.library import ArticleEntry
from runtime.library.seed import seed
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, open_stores

DRAIN, LATE, LEVELS = (
    ArticleId(f"seed-{one}") for one in ("drain-node", "feed-file-late", "severity-levels")
)


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    return open_stores(Settings(data_dir=tmp_path / "data"))


def entry(stores: Stores, article: ArticleId) -> ArticleEntry | None:
    with stores.transactions.reading() as uow:
        return uow.articles.find(article)


def keep(stores: Stores, article: ArticleId, text: str, **parts: object) -> None:
    known = entry(stores, article) or ArticleEntry(article=Article(id=article, title="T", text=""))
    changed = known.article.model_copy(update={"text": text, **parts})
    with stores.transactions.writing() as uow:
        uow.articles.save(known.model_copy(update={"article": changed}))


def test_an_upgraded_house_gets_new_articles_and_newer_texts_and_keeps_what_people_changed(
    stores: Stores,
) -> None:
    now = stores.clock.now()
    # As an older version left it: one of its texts was another, one was edited, one thrown away, one unknown.
    with stores.transactions.writing() as uow:
        for name in (DRAIN, LATE, LEVELS):
            old = Article(id=name, title="Old", text="An older text.")
            uow.articles.save(ArticleEntry(article=old, sentence="Shipped."))
    keep(stores, LATE, "We call Mei first.")
    keep(stores, LEVELS, "An older text.", state=ArticleState.RETIRED)

    brought = seed(stores.transactions, now)

    drain, late, levels = (entry(stores, name) for name in (DRAIN, LATE, LEVELS))
    assert drain is not None
    assert "kubectl drain" in drain.article.text
    assert late is not None
    assert late.article.text == "We call Mei first."
    assert levels is not None
    assert levels.article.state is ArticleState.RETIRED
    assert entry(stores, ArticleId("seed-consumer-lag")) is not None
    assert brought > 10
    assert seed(stores.transactions, now + timedelta(days=1)) == 0


def test_a_text_that_somebody_edited_after_it_was_shipped_is_theirs_for_good(stores: Stores) -> None:
    seed(stores.transactions, stores.clock.now())
    keep(stores, DRAIN, "Ask Kim before you drain anything.")

    assert seed(stores.transactions, stores.clock.now()) == 0
    kept = entry(stores, DRAIN)
    assert kept is not None
    assert kept.article.text == "Ask Kim before you drain anything."


def test_a_library_that_was_never_given_any_stays_as_it_is(stores: Stores) -> None:
    keep(stores, ArticleId("own"), "Ours.")

    assert seed(stores.transactions, stores.clock.now()) == 0
