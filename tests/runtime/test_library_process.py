"""The library process: its port, its index, what it reads, and what it does when something is lost."""

import asyncio
import io
import shutil
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn

from domain.errors import BadInput, OutsideTrouble
from domain.identity.chat import Place, Platform
from domain.ids import ArticleId
from domain.knowledge.articles import EVERYONE, AnswerKind, Article, ArticleKind, ArticleState, Reader
from domain.knowledge.library import ArticleEntry, AskedQuestion, KnowledgeSource, SourceKind, SyncState
from domain.ports.language_model import ModelReply, ModelRequest
from integrations.web_page import fetch_page
from knowledge.base import KnowledgeRoom
from knowledge.embedding import Encoder, NoEncoder
from knowledge.vector_store import ChromaPlace
from runtime.library.app import library_app
from runtime.library.desk import LibraryDesk
from runtime.library.keeper import Keeper
from runtime.library.librarian import Librarian
from runtime.library.places import Allowed, Found, Unread, read_place
from runtime.library.scribe import Scribe
from runtime.library.source import SqlArticleSource
from runtime.library_access.client import KnowledgeClient
from runtime.library_access.fallback import WordFallback
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, open_stores
from tests.knowledge.builders import WordEncoder
from tests.waiting import wait_until

SECRET = b"s" * 32
ASKER = Reader(audiences=frozenset({EVERYONE}))
QUESTION = "how do I repair the coolant pump?"


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    opened = open_stores(Settings(data_dir=tmp_path / "data"))
    keep(opened, "pump", "Repair the coolant pump", "## Steps\n\nTurn the brass valve twice.")
    keep(opened, "lamp", "Replace the lamp", "## Steps\n\nUnscrew the glass.")
    return opened


def keep(stores: Stores, name: str, title: str, text: str) -> None:
    article = Article(id=ArticleId(name), title=title, text=text, kind=ArticleKind.RUNBOOK)
    with stores.transactions.writing() as uow:
        uow.articles.save(ArticleEntry(article=article))


@dataclass
class Process:
    """The library's parts, served on a port of this test."""

    keeper: Keeper
    port: int
    client: KnowledgeClient

    def answer(self, question: str = QUESTION) -> str:
        """Return the answer's text."""
        return asyncio.run(self.client.answer(question, ASKER)).answer.text


@pytest.fixture
def serve(stores: Stores, tmp_path: Path) -> Iterator[Callable[..., Process]]:
    ends: list[Callable[[], None]] = []

    def begin(encoder: Callable[[], Encoder] | None = None) -> Process:
        source = SqlArticleSource(stores.transactions)
        room = KnowledgeRoom(source, NoEncoder(), ChromaPlace(tmp_path / "chroma"), folder=tmp_path)
        keeper = Keeper(room, source, encoder)
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        app = library_app(LibraryDesk(keeper, stores.transactions), SECRET)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])), daemon=True)
        thread.start()
        keeper.start()
        port = listening.getsockname()[1]
        file = tmp_path / "library.port"
        file.write_text(str(port))
        client = KnowledgeClient(SECRET, "", file, WordFallback(stores.transactions))

        def end() -> None:
            keeper.stop()
            server.should_exit = True
            thread.join(5)
            client.close()
            listening.close()

        ends.append(end)
        wait_until(lambda: keeper.is_ready)
        return Process(keeper, port, client)

    yield begin
    for end in ends:
        end()


def test_an_article_is_found_as_soon_as_it_is_kept_and_gone_when_it_is_retired(
    serve: Callable[..., Process], stores: Stores
) -> None:
    process = serve()
    keep(stores, "robot", "Restart the tape robot", "Press the green lever.")
    wait_until(lambda: "green lever" in process.answer("how do I restart the tape robot?"))

    with stores.transactions.writing() as uow:
        entry = uow.articles.get(ArticleId("robot"))
        gone = entry.article.model_copy(update={"state": ArticleState.RETIRED})
        uow.articles.save(entry.model_copy(update={"article": gone}))

    wait_until(lambda: "green lever" not in process.answer("how do I restart the tape robot?"))


def test_nobody_without_the_secret_is_answered(serve: Callable[..., Process]) -> None:
    process = serve()

    for headers in ({}, {"authorization": "Bearer wrong"}):
        reply = httpx.post(f"http://127.0.0.1:{process.port}/health", content="{}", headers=headers)
        assert reply.status_code == 401


@pytest.mark.proves("R1")
def test_an_index_folder_that_is_deleted_while_running_is_rebuilt_and_answers_go_on(
    serve: Callable[..., Process], tmp_path: Path
) -> None:
    process = serve(WordEncoder)
    wait_until(lambda: not process.keeper.limited)
    before = process.answer()

    shutil.rmtree(tmp_path / "chroma")

    assert process.answer() == before
    wait_until(lambda: not process.client.health().vectors_away)
    assert process.answer() == before


def test_a_model_swap_that_fails_half_way_leaves_exact_words_answering(
    serve: Callable[..., Process],
) -> None:
    def broken() -> Encoder:
        raise OutsideTrouble("no model", say="The model is not on this machine.")

    process = serve(broken)

    assert "brass valve" in process.answer()
    assert "exact words" in process.client.health().limited


def test_what_is_new_is_found_while_the_model_is_still_in_the_making(
    serve: Callable[..., Process], stores: Stores
) -> None:
    is_made = threading.Event()

    def slow() -> Encoder:
        assert is_made.wait(60)
        return WordEncoder()

    process = serve(slow)
    keep(stores, "robot", "Restart the tape robot", "Press the green lever.")

    wait_until(lambda: "green lever" in process.answer("how do I restart the tape robot?"))
    assert process.keeper.limited
    is_made.set()
    wait_until(lambda: not process.keeper.limited)


def test_a_source_that_breaks_its_reader_is_said_and_the_next_one_is_read(
    stores: Stores, tmp_path: Path
) -> None:
    (tmp_path / "a.md").write_text("# Alpha\n\none")
    allowed = Allowed(folders=(tmp_path,))

    def files(source: KnowledgeSource) -> Iterator[Found | Unread]:
        if source.id == "s1":
            raise ValueError("a fault of our own")
        return read_place(source, stores.blobs, allowed)

    with stores.transactions.writing() as uow:
        for name in ("s1", "s2"):
            uow.sources.save(_source(id=name, address=str(tmp_path)))
    librarian = Librarian(stores.transactions, files, stores.clock)
    librarian.start()

    def state(name: str) -> SyncState:
        with stores.transactions.reading() as uow:
            return uow.sources.get(name).state

    wait_until(lambda: (state("s1"), state("s2")) == (SyncState.FAILED, SyncState.DONE))
    librarian.stop()


def test_a_library_that_dies_is_replaced_by_exact_words_that_say_so(stores: Stores, tmp_path: Path) -> None:
    (tmp_path / "library.port").write_text("1")
    client = KnowledgeClient(SECRET, "", tmp_path / "library.port", WordFallback(stores.transactions))

    answered = asyncio.run(client.answer(QUESTION, ASKER))

    assert "brass valve" in answered.answer.text
    assert "exact words only" in answered.limited
    client.close()


class Talker:
    """A model that says one thing from the passage, one that it made up, and one without a citation."""

    def complete(self, request: ModelRequest) -> ModelReply:
        """Return three sentences."""
        text = "Turn the brass valve twice [1]. Then pull 17 levers [1]. Also call me."
        return ModelReply(text=text, model="talker")


@pytest.mark.proves("M5")
def test_prose_replaces_the_quote_and_keeps_only_what_is_cited_and_supported(
    serve: Callable[..., Process], stores: Stores
) -> None:
    process = serve()
    answered = asyncio.run(process.client.answer(QUESTION, ASKER))
    place = Place(platform=Platform.WEB, workspace="web", channel="c", thread="1")
    question = AskedQuestion(
        id="q1", text=QUESTION, place=place, at=stores.clock.now(), answer=answered.answer
    )
    with stores.transactions.writing() as uow:
        uow.questions.save(question)
    scribe = Scribe(Talker(), stores.transactions, stores.clock)

    assert (scribe.look(), scribe.look()) == (1, 0)

    with stores.transactions.reading() as uow:
        assert uow.questions.get("q1").answer.text == "Turn the brass valve twice [1]."


def _read(stores: Stores, source: KnowledgeSource, allowed: Allowed = Allowed()) -> KnowledgeSource:  # noqa: B008  frozen
    with stores.transactions.writing() as uow:
        uow.sources.save(source)
    Librarian(stores.transactions, lambda s: read_place(s, stores.blobs, allowed), stores.clock).read(source)
    with stores.transactions.reading() as uow:
        return uow.sources.get(source.id)


def _source(**parts: object) -> KnowledgeSource:
    known: dict[str, object] = {
        "id": "s1",
        "kind": SourceKind.GIT,
        "name": "runbooks",
        "readers": frozenset({EVERYONE}),
        "publishes": True,
    }
    return KnowledgeSource.model_validate(known | parts)


@pytest.mark.proves("F1")
def test_a_pdf_of_500_mb_is_refused_in_words_before_a_byte_is_read(stores: Stores) -> None:
    path = stores.blobs.new_file()
    with path.open("wb") as file:
        file.truncate(500 << 20)
    blob = stores.blobs.put_file(path)

    done = _read(stores, _source(kind=SourceKind.UPLOAD, blobs=(("manual.pdf", blob),)))

    assert done.state is SyncState.DONE
    assert "500 MiB; I read up to 50 MiB" in done.refused[0][1]


def _zip(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


@pytest.mark.proves("F1")
def test_a_zip_bomb_is_refused_in_words(stores: Stores) -> None:
    blob = stores.blobs.put(_zip({"a.md": b"0" * 60 * 2**20}))

    done = _read(stores, _source(kind=SourceKind.UPLOAD, blobs=(("bomb.zip", blob),)))

    ((name, why),) = done.refused
    assert name == "bomb.zip"
    assert "grows" in why


def test_a_zip_gives_its_documents_and_names_what_it_refused(stores: Stores) -> None:
    held = {"ok.md": b"# Fine\n\nRead me.", "../evil.md": b"# Out", "odd.exe": b"MZ", "in.zip": _zip({})}
    blob = stores.blobs.put(_zip(held))

    done = _read(stores, _source(kind=SourceKind.UPLOAD, blobs=(("docs.zip", blob),)))

    assert len(done.added) == 1
    assert [name for name, _ in done.refused] == ["odd.exe", "in.zip"]


def test_a_folder_is_synced_and_says_what_changed_what_is_gone_and_what_was_refused(
    stores: Stores, tmp_path: Path
) -> None:
    root = tmp_path / "runbooks"
    root.mkdir()
    (root / "a.md").write_text("# Alpha\n\none")
    (root / "b.md").write_text("# Beta\n\ntwo")
    (root / "copy.md").write_text("# Alpha\n\none")
    (root / "empty.md").write_text("")
    allowed = Allowed(folders=(tmp_path,))
    first = _read(stores, _source(address=str(root)), allowed)
    (root / "a.md").write_text("# Alpha\n\nchanged")
    (root / "b.md").unlink()

    second = _read(stores, first, allowed)

    assert (first.added, len(first.refused), first.copies) == (("Alpha", "Beta"), 1, ("copy.md",))
    assert (second.changed, second.gone) == (("Alpha",), ("Beta",))


def test_a_folder_that_no_operator_listed_is_refused(stores: Stores, tmp_path: Path) -> None:
    done = _read(stores, _source(address=str(tmp_path)))

    assert done.state is SyncState.FAILED
    assert "not on the list" in done.sentence


@pytest.mark.proves("D7")
@pytest.mark.parametrize(
    "address",
    [
        "http://docs.example.org/a",
        "https://other.example.org/a",
        "https://u:p@docs.example.org/",
        "https://docs.example.org:99999/a",
        "https://docs.example.org:x/a",
        "https://[::1/",
    ],
)
def test_a_page_of_a_host_that_is_not_listed_is_never_fetched(address: str) -> None:
    with pytest.raises(BadInput):
        fetch_page(address, frozenset({"docs.example.org"}), 1000)


@pytest.mark.proves("D7")
def test_a_listed_name_that_leads_to_this_machine_is_not_fetched() -> None:
    with pytest.raises(BadInput):
        fetch_page("https://localhost/a", frozenset({"localhost"}), 1000)


def test_a_listed_name_of_an_impossible_form_leads_nowhere() -> None:
    host = f"{'a' * 64}.example.org"

    with pytest.raises(OutsideTrouble):
        fetch_page(f"https://{host}/ä", frozenset({host}), 1000)


def test_who_asks_how_the_library_is_tells_of_it_alone(
    stores: Stores, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    client = KnowledgeClient(SECRET, "", tmp_path / "library.port", WordFallback(stores.transactions))

    with pytest.raises(OutsideTrouble):
        client.health()
    assert not caplog.records
    client.close()


def test_while_the_library_is_away_words_that_mean_the_same_are_found_too(stores: Stores) -> None:
    keep(stores, "revert", "Revert a configuration", "Press *Revert*, then wait.")
    keep(stores, "lamp", "Change the lamp of the console", "Turn it to the left.")
    away = WordFallback(stores.transactions)

    undone, strange = (away.answer(text, Reader()) for text in ("undo the config", "water the plants"))

    assert [citation.article for citation in undone.citations] == ["revert"]
    assert strange.kind is AnswerKind.UNKNOWN
