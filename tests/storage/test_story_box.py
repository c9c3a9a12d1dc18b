"""Calls to stories: who writes and who delivers at the same moment lose none."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from domain.stories import StoryCall, StoryKind
from storage import prepared
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW


def test_a_call_written_again_is_not_lost_to_who_lets_go_of_it_meanwhile(
    transactions: SqlTransactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = StoryCall(key="watch/main#1", kind=StoryKind.WATCH, subject_id="main", at=NOW)
    again = call.model_copy(update={"at": NOW + timedelta(milliseconds=3)})
    with transactions.writing() as uow:
        uow.stories.add(call)

    def let_go() -> None:
        with transactions.writing() as uow:
            uow.stories.delivered(call)

    courier, execute = threading.Thread(target=let_go), prepared.execute_raw

    def execute_and_pause(*given: Any) -> Any:
        cursor = execute(*given)
        if threading.current_thread() is threading.main_thread() and not courier.ident:
            courier.start()
            courier.join(0.5)
        return cursor

    with transactions.writing() as uow:
        monkeypatch.setattr(prepared, "execute_raw", execute_and_pause)
        uow.stories.add(again)
    courier.join(10.0)

    with transactions.reading() as uow:
        assert uow.stories.due(NOW + timedelta(seconds=1), 10) == [again]
