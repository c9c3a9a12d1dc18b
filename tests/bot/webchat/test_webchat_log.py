"""The contract of the web chat's log and marks, for every store that keeps them."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel

from domain.errors import NotFound
from domain.ids import BlobId
from domain.ports.web_chat import NewWebMessage, WebFile
from storage.engine import Database
from storage.stores.web_chat_store import SqlReadMarks, SqlWebChatLog
from tests.bot.webchat.parts import MemoryLog

Stores = tuple[Any, Any]


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "memory":
        memory = MemoryLog()
        yield memory, memory
        return
    database = Database(f"sqlite:///{tmp_path / 'chat.db'}")
    SQLModel.metadata.create_all(database.engine)
    yield SqlWebChatLog(database), SqlReadMarks(database)
    database.close()


def a_message(key: str, **changes: Any) -> NewWebMessage:
    plain = {
        "key": key,
        "channel": "ops",
        "author": "ana",
        "text": "hi",
        "at": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    }
    return NewWebMessage.model_validate(plain | changes)


def test_a_message_comes_back_as_it_was_kept(stores: Stores) -> None:
    log, _ = stores
    file = WebFile(name="a.csv", size_bytes=3, blob=BlobId("f" * 64))

    kept = log.append(a_message("k1", files=(file,), text="ünï"))

    assert log.find(kept.id) == kept
    assert kept.files == (file,)


def test_the_same_key_again_returns_the_first_message(stores: Stores) -> None:
    log, _ = stores

    first, again = log.append(a_message("k1")), log.append(a_message("k1", text="other"))

    assert again == first
    assert len(log.page("ops", "", "ana", 0, 10)) == 1


def test_changes_follow_appends_and_updates_in_order(stores: Stores) -> None:
    log, _ = stores
    one = log.append(a_message("k1", card="{}", author=""))
    two = log.append(a_message("k2"))

    log.update(one.id, '{"title": "b"}')

    changed = log.changes(0, 10)
    assert [message.id for message in changed] == [two.id, one.id]
    assert log.latest_change() == changed[-1].change
    assert log.changes(changed[-1].change, 10) == []


def test_the_same_card_again_changes_nothing(stores: Stores) -> None:
    log, _ = stores
    kept = log.append(a_message("k1", card="{}"))

    log.update(kept.id, "{}")

    assert log.changes(kept.change, 10) == []


def test_updating_what_is_not_there_is_not_found(stores: Stores) -> None:
    log, _ = stores

    with pytest.raises(NotFound):
        log.update("77", "{}")


def test_an_answer_is_counted_on_the_message_it_answers(stores: Stores) -> None:
    log, _ = stores
    first = log.append(a_message("k1"))

    answer = log.append(a_message("k2", thread=first.id))
    log.append(a_message("k3", thread=first.id, visible_to="jo"))

    assert log.find(first.id).replies == 1
    assert log.find(first.id).change > answer.change
    assert [m.id for m in log.page("ops", first.id, "ana", 0, 10)] == [first.id, answer.id]
    assert [m.id for m in log.page("ops", "", "ana", 0, 10)] == [first.id]


def test_a_whisper_is_on_nobody_elses_page(stores: Stores) -> None:
    log, _ = stores
    log.append(a_message("k1", visible_to="jo"))

    assert log.page("ops", "", "ana", 0, 10) == []
    assert len(log.page("ops", "", "jo", 0, 10)) == 1


def test_older_pages_come_before(stores: Stores) -> None:
    log, _ = stores
    ids = [log.append(a_message(f"k{n}")).id for n in range(5)]

    newest = log.page("ops", "", "ana", 0, 2)
    older = log.page("ops", "", "ana", int(newest[0].id), 2)

    assert [m.id for m in [*older, *newest]] == ids[1:]


@pytest.mark.parametrize("wrong", ["", "x", "-1", "1; drop table", "9" * 30, "٣"])
def test_an_id_that_is_none_finds_nothing(stores: Stores, wrong: str) -> None:
    log, _ = stores

    assert log.find(wrong) is None


def test_unread_counts_what_others_wrote_since_the_mark(stores: Stores) -> None:
    log, marks = stores
    ids = [log.append(a_message(f"k{n}", author=who)).id for n, who in enumerate(["jo", "ana", "", "jo"])]

    marks.mark("ana", "ops", int(ids[0]))
    marks.mark("ana", "ops", 0)

    assert marks.unread("ana", ("ops", "quiet")) == {"ops": 2, "quiet": 0}


def test_writers_at_once_leave_no_gap_for_a_follower(stores: Stores) -> None:
    log, _ = stores
    seen: list[str] = []
    after = 0
    threads = [
        threading.Thread(target=lambda who=who: [log.append(a_message(f"{who}-{n}")) for n in range(10)])
        for who in range(4)
    ]

    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) or log.latest_change() > after:
        for message in log.changes(after, 3):
            after = message.change
            seen.append(message.id)
    for thread in threads:
        thread.join()

    assert len(seen) == len(set(seen)) == 40
