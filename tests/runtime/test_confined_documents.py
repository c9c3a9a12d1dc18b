"""Documents are read by children of a helper: what breaks there is refused, and pages are read fast."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from config_gen.samples.confined import Bounds
from domain.errors import BadInput
from domain.knowledge.articles import EVERYONE
from domain.knowledge.library import KnowledgeSource, SourceKind, SyncState
from knowledge.ingestion.reading import read_document
from runtime.library.confined_documents import parsed_in_child
from runtime.library.librarian import Librarian
from runtime.library.places import Allowed, Found, Unread, count_in, read_place
from runtime.wiring.stores import Stores
from tests.runtime.test_library_dates import stores

__all__ = ["stores"]
PAGE = b"---\nalerts: [PumpDown]\nlast_updated: 2021-02-03\n---\n# Pump\n\nTurn the valve.\n"


def test_a_child_reads_what_a_new_interpreter_reads() -> None:
    assert read_document("pump.md", PAGE, parsed_in_child) == read_document("pump.md", PAGE)


@pytest.mark.parametrize("content", [b"%PDF-1.4\nno more than this", b""])
def test_what_its_reader_refuses_is_refused_in_the_same_words(content: bytes) -> None:
    with pytest.raises(BadInput) as alone:
        read_document("pump.pdf", content)
    with pytest.raises(BadInput) as confined:
        read_document("pump.pdf", content, parsed_in_child)

    assert confined.value.say == alone.value.say


def test_a_document_that_needs_too_much_is_stopped_and_the_next_one_is_read() -> None:
    narrow = partial(parsed_in_child, bounds=Bounds(1 << 20, 5, 20.0))
    # Far more than what a helper that has read other documents holds free anyway.
    with pytest.raises(BadInput, match="document reader"):
        read_document("big.md", b"# Big\n\n" + b"word " * 8_000_000, narrow)

    assert read_document("pump.md", PAGE, parsed_in_child).title == "Pump"


def _source(folder: Path) -> KnowledgeSource:
    return KnowledgeSource(
        id="s1", kind=SourceKind.GIT, name="runbooks", address=str(folder), readers=frozenset({EVERYONE}),
        publishes=True,
    )  # fmt: skip


def test_how_far_a_folder_is_read_is_told_of_all_that_it_holds(stores: Stores, tmp_path: Path) -> None:
    folder = tmp_path / "runbooks"
    folder.mkdir()
    for number in range(7):
        (folder / f"{number}.md").write_text(f"# Page {number}\n\nTurn valve {number}.")
    (folder / ".hidden.md").write_text("# Not shown\n\nx")
    (folder / "picture.png").write_bytes(b"x")
    allowed, source, totals = Allowed(folders=(folder,)), _source(folder), []
    with stores.transactions.writing() as uow:
        uow.sources.save(source)

    def files(one: KnowledgeSource) -> Iterator[Found | Unread]:
        for found in read_place(one, stores.blobs, allowed):
            with stores.transactions.reading() as uow:
                totals.append(uow.sources.get("s1").total)
            yield found

    Librarian(stores.transactions, files, stores.clock, lambda one: count_in(one, allowed)).read(source)

    assert totals == [7] * 7


def test_a_folder_that_can_not_be_counted_fails_and_keeps_no_other_waiting(
    stores: Stores, tmp_path: Path
) -> None:
    source = _source(tmp_path)
    with stores.transactions.writing() as uow:
        uow.sources.save(source)

    def broken(one: KnowledgeSource) -> int:
        raise PermissionError(one.address)

    Librarian(stores.transactions, lambda one: iter(()), stores.clock, broken).read(source)

    with stores.transactions.reading() as uow:
        assert uow.sources.get("s1").state is SyncState.FAILED


def test_a_folder_that_may_not_be_read_holds_nothing_that_is_known(tmp_path: Path) -> None:
    assert count_in(_source(tmp_path), Allowed()) == 0
