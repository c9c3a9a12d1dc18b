"""A Git host that takes its time holds up whoever asks it something, and nobody else."""

import asyncio
import itertools
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cards.model import Reply
from domain.configuration.changes import FeedEntry
from domain.configuration.reviews import FeedVersion
from domain.errors import OutsideTrouble
from domain.identity.chat import Incoming, IncomingKind
from domain.ids import FeedName
from tests.bot.desk_house import DeskHouse, account_of, place_of, whispered
from tests.waiting import until

_SECONDS = 60
_FEED = FeedName("fx_trades")
_VERSION = FeedVersion(sha="a" * 40, subject="first", author="Sam", at=datetime(2026, 1, 1, tzinfo=UTC))
_keys = itertools.count(1)


@dataclass
class _Host:
    """Answers as soon as it may, and keeps what it was asked."""

    may_answer: threading.Event = field(default_factory=threading.Event)
    trouble: OutsideTrouble | None = None
    asked: list[str] = field(default_factory=list)

    def list_feeds(self) -> Sequence[FeedName]:
        self._wait("feeds")
        return [_FEED]

    def read_all(self) -> Mapping[FeedName, bytes]:
        self._wait("all")
        return {_FEED: b"feed: fx_trades\n"}

    def read_feed(self, feed: FeedName, at: str | None = None) -> bytes | None:
        self._wait(f"feed at {at}")
        return b"feed: fx_trades\n"

    def history(self, feed: FeedName, limit: int = 20) -> Sequence[FeedVersion]:
        self._wait("history")
        return [_VERSION]

    def _wait(self, what: str) -> None:
        self.asked.append(what)
        assert self.may_answer.wait(_SECONDS)
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def host() -> Iterator[_Host]:
    made = _Host()
    yield made
    made.may_answer.set()


@pytest.fixture
def house(tmp_path: Path, host: _Host) -> Iterator[DeskHouse]:
    made = DeskHouse(tmp_path, shelf=host)
    with made.transactions.writing() as uow:
        uow.feeds.save(FeedEntry(name=_FEED, owner="ops", updated_at=made.clock.at))
    yield made
    made.database.close()


def _said(house: DeskHouse, person: str, text: str) -> Incoming:
    return Incoming(
        key=f"web:slow-{next(_keys)}",
        kind=IncomingKind.MESSAGE,
        account=account_of(person, "web"),
        place=place_of("web"),
        at=house.clock.at,
        text=text,
        message="m1",
        addressed=True,
        signed_in_at=house.clock.at,
    )


async def _do(house: DeskHouse, act: Incoming) -> Reply:
    await house.desk.accept(act)
    return await house.desk.work(act)


@pytest.mark.parametrize("words", ["config fx_trades", "config fx_trades history", "config search currency"])
def test_while_the_host_hangs_for_one_the_acts_of_others_are_done(
    house: DeskHouse, host: _Host, words: str
) -> None:
    async def both() -> None:
        slow = asyncio.create_task(_do(house, _said(house, "sam", words)))
        await until(lambda: host.asked)
        async with asyncio.timeout(_SECONDS / 2):
            await _do(house, _said(house, "ada", "feeds"))
        assert not slow.done()
        host.may_answer.set()
        await slow

    asyncio.run(both())

    assert len(house.said_to_all()) >= 2


def test_many_who_ask_a_host_that_hangs_leave_the_threads_of_the_others_free(
    house: DeskHouse, host: _Host
) -> None:
    async def many() -> None:
        slow = [asyncio.create_task(_do(house, _said(house, "sam", "config fx_trades"))) for _ in range(20)]
        await until(lambda: host.asked)
        async with asyncio.timeout(_SECONDS / 2):
            await _do(house, _said(house, "ada", "feeds"))
        host.may_answer.set()
        await asyncio.gather(*slow)

    asyncio.run(many())

    assert sum("feed: fx_trades" in said for said in house.said_to_all()) == 20


def test_what_an_act_wants_is_asked_once_and_the_act_done_once(house: DeskHouse, host: _Host) -> None:
    host.may_answer.set()

    house.say("sam", "config fx_trades")

    assert host.asked == ["feed at None"]
    assert len(house.said_to_all()) == 1


def test_a_host_that_is_away_is_told_and_the_act_is_done_when_it_is_back(
    house: DeskHouse, host: _Host
) -> None:
    host.may_answer.set()
    host.trouble = OutsideTrouble(
        "host away", say="GitHub does not answer right now.", next_step="I try again."
    )
    act = _said(house, "sam", "config fx_trades")

    told = whispered(asyncio.run(_do(house, act)))
    host.trouble = None
    asyncio.run(house.desk.work(act))

    assert "GitHub does not answer" in told
    assert any("feed: fx_trades" in said for said in house.said_to_all())
