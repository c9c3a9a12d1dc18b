"""The contract of the conversation book, for every store that keeps it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from domain.ports.conversation_book import Conversation
from storage.engine import Database
from storage.stores.conversation_book_store import SqlConversationBook
from tests.bot.teams.parts import MemoryBook


class TickingClock:
    """A second later each time it is asked."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


@pytest.fixture(params=["memory", "sqlite"])
def book(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "memory":
        yield MemoryBook()
        return
    database = Database(f"sqlite:///{tmp_path / 'book.db'}")
    SQLModel.metadata.create_all(database.engine)
    yield SqlConversationBook(database, TickingClock())
    database.close()


def a_chat(identity: str, person: str = "", service: str = "https://s/") -> Conversation:
    return Conversation(tenant="t", id=identity, kind="personal", service_url=service, person=person)


def test_a_conversation_is_found_in_its_own_tenant_only(book: Any) -> None:
    book.remember(a_chat("c1"))

    assert book.find("t", "c1") == a_chat("c1")
    assert book.find("other", "c1") is None


def test_what_is_known_is_replaced_but_the_person_is_kept(book: Any) -> None:
    book.remember(a_chat("c1", "ana"))

    book.remember(a_chat("c1", service="https://new/"))

    assert book.find("t", "c1") == a_chat("c1", "ana", "https://new/")


def test_the_newest_personal_chat_of_a_person_is_used(book: Any) -> None:
    book.remember(a_chat("c1", "ana"))
    book.remember(a_chat("c2", "ana"))
    book.remember(a_chat("c3", "jo"))

    assert book.personal("t", "ana") == a_chat("c2", "ana")
    assert book.personal("t", "kim") is None


def test_a_dialog_is_kept_until_it_is_answered(book: Any) -> None:
    book.keep_dialog("k", "{}")
    book.keep_dialog("k", '{"a": 1}')

    assert book.find_dialog("k") == '{"a": 1}'
    assert book.find_dialog("other") is None
