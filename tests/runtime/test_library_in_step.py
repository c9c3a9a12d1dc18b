"""The library stays in step with its sources and with SQL, whatever happens in between."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from domain.identity.chat import Place, Platform
from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import EVERYONE, Article, ArticleKind, ArticleState, Audience, Reader
from domain.knowledge.library import ArticleEntry, AskedQuestion, KnowledgeSource, SourceKind, SyncState
from domain.ports.knowledge_service import Findings, Gap
from knowledge.base import KnowledgeRoom
from knowledge.embedding import NoEncoder
from knowledge.vector_store import ChromaPlace, open_client
from runtime.library.desk import LibraryDesk
from runtime.library.keeper import Keeper
from runtime.library.librarian import Librarian
from runtime.library.places import Allowed, read_place
from runtime.library.source import SqlArticleSource
from runtime.library_access import wire
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, open_stores
from tests.knowledge.builders import WordEncoder

PAYMENTS = Audience("team:payments")
EVERYBODY = Reader(audiences=frozenset({EVERYONE}), channel=frozenset({EVERYONE}))


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    return open_stores(Settings(data_dir=tmp_path / "data"))


@pytest.fixture
def runbooks(tmp_path: Path) -> Path:
    folder = tmp_path / "mount" / "runbooks"
    folder.mkdir(parents=True)
    (folder / "a.md").write_text(
        "---\nalerts:\n  - PumpHot\n  - PumpCold\nservices: [pumps]\n---\n# Alpha\n\none"
    )
    (folder / "b.md").write_text("# Beta\n\ntwo")
    return folder


def keep(stores: Stores, name: str, title: str, text: str, **parts: object) -> None:
    facts = {"kind": ArticleKind.RUNBOOK, "updated_at": stores.clock.now()} | parts
    article = Article(id=ArticleId(name), title=title, text=text, **facts)  # type: ignore[arg-type]
    with stores.transactions.writing() as uow:
        uow.articles.save(ArticleEntry(article=article))


def sync(stores: Stores, folder: Path) -> KnowledgeSource:
    source = KnowledgeSource(
        id="s1", kind=SourceKind.GIT, name="runbooks", address=str(folder), readers=frozenset({EVERYONE}),
        publishes=True,
    )  # fmt: skip
    with stores.transactions.writing() as uow:
        uow.sources.save(source)
    allowed = Allowed(folders=(folder.parent,))
    Librarian(stores.transactions, lambda s: read_place(s, stores.blobs, allowed), stores.clock).read(source)
    with stores.transactions.reading() as uow:
        return uow.sources.get("s1")


def titles(stores: Stores) -> set[str]:
    with stores.transactions.reading() as uow:
        found = uow.articles.of_source("s1")
    return {one.article.title for one in found if one.article.state is ArticleState.PUBLISHED}


def test_a_renamed_document_stays_in_the_library(stores: Stores, runbooks: Path) -> None:
    sync(stores, runbooks)
    (runbooks / "a.md").rename(runbooks / "0-alpha.md")

    done = sync(stores, runbooks)

    assert titles(stores) == {"Alpha", "Beta"}
    assert (done.added, done.gone, done.copies) == (("Alpha",), ("Alpha",), ())


def test_a_copy_that_comes_before_what_it_copies_is_left_out(stores: Stores, runbooks: Path) -> None:
    sync(stores, runbooks)
    (runbooks / "0-alpha.md").write_bytes((runbooks / "a.md").read_bytes())

    assert sync(stores, runbooks).copies == ("0-alpha.md",)


def test_a_document_that_can_not_be_read_just_now_stays_as_it_was_read(
    stores: Stores, runbooks: Path
) -> None:
    sync(stores, runbooks)
    with (runbooks / "a.md").open("r+b") as file:
        file.truncate(60 << 20)

    done = sync(stores, runbooks)

    assert (len(done.refused), titles(stores)) == (1, {"Alpha", "Beta"})


def test_a_folder_that_is_suddenly_empty_takes_nothing_away(stores: Stores, runbooks: Path) -> None:
    sync(stores, runbooks)
    for file in runbooks.iterdir():
        file.unlink()

    done = sync(stores, runbooks)

    assert done.state is SyncState.FAILED
    assert "mounted" in done.sentence
    assert titles(stores) == {"Alpha", "Beta"}


def test_front_matter_names_the_alerts_of_a_runbook(stores: Stores, runbooks: Path) -> None:
    sync(stores, runbooks)

    with stores.transactions.reading() as uow:
        alpha = next(one.article for one in uow.articles.of_source("s1") if one.article.title == "Alpha")
    assert (alpha.alerts, alpha.services, alpha.feeds) == (("PumpHot", "PumpCold"), ("pumps",), ())


class Moody(WordEncoder):
    """Fails for one article as long as it is told to."""

    fails = True

    def encode(self, texts: list[str]):  # type: ignore[no-untyped-def]
        """Return vectors, or fail."""
        if self.fails and any("Robot" in text for text in texts):
            raise OSError("no memory")
        return super().encode(texts)


def test_what_could_not_be_indexed_is_tried_again_and_keeps_nothing_else_out(stores: Stores) -> None:
    source, encoder = SqlArticleSource(stores.transactions), Moody()
    keeper = Keeper(KnowledgeRoom(source, encoder, ChromaPlace()), source, None)
    keeper.look()
    keep(stores, "robot", "Robot", "Press the lever.")
    keep(stores, "lamp", "Lamp", "Unscrew the glass.")

    with pytest.raises(OSError, match="memory"):
        keeper.look()
    library = keeper.room.library
    before = [library.article(ArticleId(name)) is not None for name in ("robot", "lamp")]
    encoder.fails = False
    keeper.look()

    assert before == [False, True]
    assert library.article(ArticleId("robot")) is not None


def test_an_article_that_changes_while_all_are_read_stands_there_once() -> None:
    class Paging:
        def articles(self) -> Iterable[Article]:
            one = Article(id=ArticleId("a"), title="Zeppelin", text="Moor the zeppelin.")
            return [one, one.model_copy(update={"state": ArticleState.RETIRED})]

        def outcomes(self) -> Iterable[object]:
            return ()

    room = KnowledgeRoom(Paging(), WordEncoder(), ChromaPlace())  # type: ignore[arg-type]

    assert room.load() == 0


def test_chroma_keeps_no_vectors_of_earlier_processes(stores: Stores, tmp_path: Path) -> None:
    def begin(name: str) -> None:
        source = SqlArticleSource(stores.transactions)
        room = KnowledgeRoom(source, NoEncoder(), ChromaPlace(tmp_path / "chroma"), folder=tmp_path / name)
        room.load()
        room.rebuild(WordEncoder(f"{name}/64"))

    keep(stores, "lamp", "Lamp", "Unscrew the glass.")
    begin("former")
    keep(stores, "lamp", "Lamp", "Unscrew the glass.", state=ArticleState.RETIRED)
    keep(stores, "robot", "Robot", "Press the lever.")
    begin("latter")

    (left,) = open_client(ChromaPlace(tmp_path / "chroma")).list_collections()
    assert left.get()["ids"] == ["robot"]


@pytest.fixture
def desk(stores: Stores) -> LibraryDesk:
    text = "Turn the silver key of the ledger twice, then wait until it has settled."
    keep(stores, "one", "Repair the ledger", text, readers=frozenset({PAYMENTS}))
    keep(stores, "two", "Repair the ledger again", text, readers=frozenset({PAYMENTS}))
    source = SqlArticleSource(stores.transactions)
    room = KnowledgeRoom(source, WordEncoder(), ChromaPlace())
    room.load()
    return LibraryDesk(Keeper(room, source, None), stores.transactions)


def ask(stores: Stores, desk: LibraryDesk, text: str, person: str, *, is_private: bool) -> None:
    answer = desk.answer(wire.AnswerAsked(question=text, reader=EVERYBODY)).answer  # type: ignore[attr-defined]
    place = Place(platform=Platform.WEB, workspace="web", channel="c", thread=person, is_private=is_private)
    with stores.transactions.writing() as uow:
        uow.questions.save(
            AskedQuestion(
                id=f"{person}:{text[:30]}", text=text, person=PersonId(person), place=place,
                at=stores.clock.now(), answer=answer,
            )
        )  # fmt: skip


def gaps(desk: LibraryDesk, reader: Reader = EVERYBODY) -> tuple[Gap, ...]:
    said = desk.gaps(wire.GapsAsked(reader=reader))
    assert isinstance(said, wire.GapsSaid)
    return said.gaps


def found(desk: LibraryDesk, reader: Reader) -> Findings:
    said = desk.findings(wire.FindingsAsked(reader=reader))
    assert isinstance(said, wire.FindingsSaid)
    return said.findings


@pytest.mark.proves("M7")
def test_reports_name_neither_private_questions_nor_articles_of_others(
    stores: Stores, desk: LibraryDesk
) -> None:
    ask(stores, desk, "when are we laid off in Lisbon?", "jo", is_private=True)
    ask(stores, desk, "who waters the zeppelin?", "kim", is_private=False)
    jo = Reader(person=PersonId("jo"), audiences=frozenset({EVERYONE, Audience("person:jo")}))

    assert [gap.example for gap in gaps(desk)] == ["who waters the zeppelin?"]
    assert len(gaps(desk, jo)) == 2
    assert found(desk, EVERYBODY).twins == ()
    assert len(found(desk, Reader(audiences=frozenset({PAYMENTS}))).twins) == 1


def test_a_gap_is_closed_by_the_article_that_answers_it(stores: Stores, desk: LibraryDesk) -> None:
    ask(stores, desk, "how do I moor the zeppelin?", "kim", is_private=False)
    assert len(gaps(desk)) == 1

    article = Article(
        id=ArticleId("moor"), title="Moor the zeppelin", text="## Steps\n\nHow to moor the zeppelin: ropes.",
        kind=ArticleKind.RUNBOOK, updated_at=stores.clock.now(),
    )  # fmt: skip
    desk._room.index([article])

    assert gaps(desk) == ()
