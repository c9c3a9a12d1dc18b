"""A question in other words than the article's finds it all the same."""

import pytest

from domain.ids import ArticleId
from domain.knowledge.articles import Query
from knowledge.base import KnowledgeRoom
from knowledge.embedding import NoEncoder
from knowledge.sayings import also_meant
from knowledge.words import terms
from tests.knowledge.builders import a_room, an_article, everybody


@pytest.fixture(scope="module")
def room() -> KnowledgeRoom:
    return a_room(
        [
            an_article("revert", "Revert a configuration", "## Steps\n\nPress *Revert*, then wait."),
            an_article("oom", "A job runs out of memory", "## Steps\n\nRead the table in smaller batches."),
            an_article("late", "A file is late", "## Steps\n\nCall whoever sends it."),
            an_article("cert", "A certificate expires", "## Steps\n\nOrder a new one from the issuer."),
            an_article("levels", "Severity of incidents", "sev1 is the worst, sev4 a nuisance."),
        ],
        encoder=NoEncoder(),
    )


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("how do I roll back a config?", "revert"),
        ("undo the settings", "revert"),
        ("the task needs too much RAM", "oom"),
        ("the export is overdue", "late"),
        ("renew the SSL cert", "cert"),
        ("what is the priority of incidents?", "levels"),
    ],
)
def test_words_that_mean_the_same_find_the_article(room: KnowledgeRoom, question: str, article: str) -> None:
    (first, *_) = room.search(Query(text=question), everybody())

    assert first.article == ArticleId(article)


def test_words_that_were_said_decide_over_words_that_were_meant() -> None:
    room = a_room(
        [
            an_article("undo", "Undo a merge", "Undo it in the console."),
            an_article("revert", "Revert a merge", "Revert it in the console."),
        ]
    )

    for word in ("undo", "revert"):
        (first, *_) = room.answer(f"how do I {word} a merge?", everybody()).citations
        assert first.article == word


def test_a_phrase_stands_for_itself_and_not_for_its_words() -> None:
    assert "revert" in also_meant(terms("go back to yesterday"))
    assert "revert" not in also_meant(terms("call me back"))
    assert also_meant(terms("revert it, undo it")).keys().isdisjoint({"revert", "undo"})
