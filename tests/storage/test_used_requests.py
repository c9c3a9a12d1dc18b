"""Signed requests that several processes of a house get at once: one of them takes each."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from threading import Barrier

import pytest

from runtime.wiring.used_requests import SqlUsedRequests
from storage.engine import Database
from storage.unit_of_work import SqlTransactions
from tests.domain.builders import NOW
from tests.storage.side_by_side import threads, until_waiting
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
    transactions: SqlTransactions, database: Database
) -> None:
    if database.is_sqlite:
        pytest.skip("its one writer lets nobody in between")
    one = SqlUsedRequests(transactions.writing, StillClock())
    assert SqlUsedRequests(transactions.writing, StillClock()).claim("request", 120.0) is Claim.OURS

    with threads() as begin:
        with transactions.writing() as uow:
            # Noted and let go of, but not yet committed: a first look does not see it, and a claim waits.
            SqlUsedRequests(lambda: nullcontext(uow), StillClock()).note("request", 600.0)
            claimed = begin(lambda: one.claim("request", 120.0))
            until_waiting(database.engine.url.render_as_string(hide_password=False), 1)
        first = claimed.result(60)

    assert [first, one.claim("request", 120.0)] == [Claim.TAKEN, Claim.TAKEN]


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


@pytest.mark.proves("D9")
def test_only_who_holds_a_request_holds_it_longer(transactions: SqlTransactions) -> None:
    clock = StillClock()
    slow, second = (SqlUsedRequests(transactions.writing, clock) for _ in range(2))
    slow.claim("request", 120.0)
    clock.at = NOW + timedelta(seconds=100)
    slow.renew("request", 120.0)
    second.renew("request", 3600.0)
    second.renew("another", 3600.0)

    clock.at = NOW + timedelta(seconds=200)
    renewed = second.claim("request", 120.0)
    clock.at = NOW + timedelta(seconds=221)
    slow.renew("request", 120.0)

    assert (renewed, second.claim("request", 120.0)) == (Claim.UNDER_WAY, Claim.OURS)
    assert second.claim("another", 120.0) is Claim.OURS
