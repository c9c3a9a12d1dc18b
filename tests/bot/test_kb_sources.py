"""Connected sources: who may know of them, and how one is left again."""

from pathlib import Path

import pytest

from bot.commands.library.kb_sources import DOCUMENTS, are_documents
from domain.identity.chat import FileRef
from domain.identity.people import Role
from domain.ids import ArticleId
from domain.knowledge.articles import EVERYONE, Article, ArticleState, Audience
from domain.knowledge.library import ArticleEntry, KnowledgeSource, SourceKind, SyncState
from knowledge.ingestion.formats import READERS
from runtime.library.librarian import Librarian
from runtime.library.places import Found
from tests.bot.desk_house import DeskHouse, whispered
from tests.domain.builders import a_person

PAYMENTS = frozenset({Audience("team:payments")})


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    made = DeskHouse(tmp_path)
    made.knows(a_person("lea", Role.LEAD), "web")
    made.knows(a_person("oli", Role.ON_CALL), "web")
    return made


def connect(house: DeskHouse, readers: frozenset[Audience] = frozenset({EVERYONE})) -> KnowledgeSource:
    source = KnowledgeSource(
        id="s1", kind=SourceKind.GIT, name="runbooks", address="/srv/runbooks", readers=readers,
        publishes=True, state=SyncState.DONE,
    )  # fmt: skip
    article = Article(id=ArticleId("d1"), title="Valve", text="Turn it.", readers=readers, path="valve.md")
    with house.transactions.writing() as uow:
        uow.sources.save(source)
        uow.articles.save(ArticleEntry(article=article, source="s1", content_hash="h"))
    return source


def now(house: DeskHouse) -> tuple[KnowledgeSource, ArticleEntry]:
    with house.transactions.reading() as uow:
        return uow.sources.get("s1"), uow.articles.get(ArticleId("d1"))


def test_a_disconnected_source_leaves_with_its_articles_and_is_read_no_more(house: DeskHouse) -> None:
    source = connect(house)

    house.say("lea", "kb disconnect runbooks")
    Librarian(house.transactions, lambda _: iter([Found("new.md", b"# New\n\nText.")]), house.clock).read(
        source
    )

    left, valve = now(house)
    assert (left.state, valve.article.state, valve.content_hash) == (
        SyncState.DISCONNECTED, ArticleState.RETIRED, "",
    )  # fmt: skip
    with house.transactions.reading() as uow:
        assert len(uow.articles.of_source("s1")) == 1
    assert "none yet" in whispered(house.say("lea", "kb sync runbooks"))


def test_who_may_not_publish_disconnects_nothing_and_a_sync_of_theirs_publishes_as_before(
    house: DeskHouse,
) -> None:
    connect(house)

    told = house.say("oli", "kb disconnect runbooks")
    house.say("oli", "kb sync runbooks")

    source, valve = now(house)
    assert "publish an article" in whispered(told)
    assert (source.state, source.publishes, valve.article.state) == (
        SyncState.WAITING, True, ArticleState.PUBLISHED,
    )  # fmt: skip


@pytest.mark.proves("M7")
def test_a_source_of_a_team_is_not_named_where_others_read_along(house: DeskHouse) -> None:
    connect(house, PAYMENTS)

    listed = house.say("lea", "kb sources")
    refused = house.say("lea", "kb sync runbooks")

    assert "runbooks" not in whispered(listed) + " ".join(house.said_to_all())
    assert "none yet" in whispered(refused)
    assert now(house)[0].state is SyncState.DONE


def test_what_the_library_reads_is_a_document_when_it_is_dropped_and_plain_text_may_be_a_sample() -> None:
    assert frozenset(READERS) - {".txt"} == DOCUMENTS


@pytest.mark.parametrize(
    ("name", "is_taken"), [("drain.adoc", True), ("Drain.RST", True), ("fx.csv", False), ("a.txt", False)]
)
def test_an_article_is_no_sample(name: str, is_taken: bool) -> None:
    assert are_documents((FileRef(id="f", name=name, size_bytes=1),), "", Path) is is_taken
