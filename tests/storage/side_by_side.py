"""Transactions of PostgreSQL that meet at a moment of the test's choosing, without sleeping for it."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import psycopg

from storage.engine import _AUDIT_LOCK
from tests.waiting import wait_until

SECONDS = 60


@contextmanager
def threads(many: int = 2) -> Iterator[Callable[[Callable[[], object]], Future[object]]]:
    with ThreadPoolExecutor(many) as pool:
        yield pool.submit


def until_waiting(address: str, number: int) -> None:
    """Wait until so many transactions wait for a lock that another one holds."""
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as truth:
        question = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
        wait_until(lambda: truth.execute(question).fetchone() == (number,), SECONDS)


@contextmanager
def nothing_recorded(address: str) -> Iterator[None]:
    """Hold up everything at its entry in the audit trail, which comes after what it read."""
    with psycopg.connect(address.replace("+psycopg", "")) as held:
        held.execute("SELECT pg_advisory_xact_lock(%s)", [_AUDIT_LOCK])
        yield


def end_who_waits(address: str) -> None:
    """Take their connections from those who wait, as a restart of the database does."""
    with psycopg.connect(address.replace("+psycopg", ""), autocommit=True) as truth:
        truth.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE NOT granted")
