"""Signed requests that several processes of a house get at once: one of them takes each."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from runtime.wiring.used_requests import SqlUsedRequests
from storage.engine import Database
from storage.stores.sign_in_marks_store import SqlSignInMarks
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW
from web.intake.signed_once import Claim


class StillClock:
    """Stands still until a test moves it."""

    at = NOW

    def now(self):  # type: ignore[no-untyped-def]
        """Return the moment."""
        return self.at


@pytest.mark.proves("D9", "R4")
def test_of_eight_processes_one_takes_a_request_also_when_its_first_holder_has_died(
    transactions: SqlTransactions,
) -> None:
    clock = StillClock()
    processes = [SqlUsedRequests(transactions.writing, clock) for _ in range(8)]

    def at_once(key: str) -> list[Claim]:
        ready = Barrier(len(processes))

        def claim(process: SqlUsedRequests) -> Claim:
            ready.wait(20)
            return process.claim(key, 120.0)

        with ThreadPoolExecutor(len(processes)) as pool:
            return list(pool.map(claim, processes))

    first = at_once("request")
    clock.at = NOW + timedelta(seconds=121)
    after_a_death = at_once("request")
    processes[0].note("request", 600.0)

    for answers in (first, after_a_death):
        assert sorted(answers) == [Claim.OURS, *[Claim.UNDER_WAY] * 7]
    assert set(at_once("request")) == {Claim.TAKEN}


@pytest.mark.proves("D9", "R4")
def test_what_another_process_took_between_two_looks_is_not_taken_again(
    transactions: SqlTransactions, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if database.is_sqlite:
        pytest.skip("its one writer lets nobody in between")
    one, other = (SqlUsedRequests(transactions.writing, StillClock()) for _ in range(2))
    assert other.claim("request", 120.0) is Claim.OURS
    find, looks = SqlSignInMarks.find, iter([True])

    def found(marks: SqlSignInMarks, *asked: Any) -> object:  # Any: as the store takes them
        seen = find(marks, *asked)
        if next(looks, False):
            other.note("request", 600.0)
        return seen

    monkeypatch.setattr(SqlSignInMarks, "find", found)
    answers = [one.claim("request", 120.0), one.claim("request", 120.0)]

    assert answers == [Claim.TAKEN, Claim.TAKEN]


@pytest.mark.proves("D9", "R4")
def test_who_comes_to_an_end_too_late_lets_go_of_nothing_that_another_process_holds(
    transactions: SqlTransactions,
) -> None:
    clock = StillClock()
    slow, second, third = (SqlUsedRequests(transactions.writing, clock) for _ in range(3))
    first = slow.claim("request", 120.0)
    clock.at = NOW + timedelta(seconds=121)

    then = second.claim("request", 120.0)
    slow.release("request")
    meanwhile = third.claim("request", 120.0)
    second.release("request")

    assert (first, then, meanwhile) == (Claim.OURS, Claim.OURS, Claim.UNDER_WAY)
    assert third.claim("request", 120.0) is Claim.OURS
