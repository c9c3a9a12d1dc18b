"""Acts stand in line for the writer; none of them waits for a database that is not there."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cards.model import Reply
from bot.line import Line
from domain.errors import OutsideTrouble
from domain.identity.chat import Account, Incoming, IncomingKind, Place, Platform
from runtime.keys import KeyFolder
from runtime.wiring.stores import transactions_of
from storage.engine import Database


def an_act(key: str) -> Incoming:
    return Incoming(
        key=key,
        kind=IncomingKind.MESSAGE,
        account=Account(platform=Platform.WEB, workspace="web", user="sam"),
        place=Place(platform=Platform.WEB, workspace="web", channel="general"),
        at=datetime(2026, 11, 22, 12, tzinfo=UTC),
        text="feeds",
    )


@pytest.mark.proves("E12")
async def test_acts_hear_at_once_that_the_database_is_away(tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path}/no/such/folder/truth.db")
    line = Line(transactions_of(away, KeyFolder(tmp_path / "keys")).writing, lambda act, uow: Reply())

    async with asyncio.timeout(60):
        told = await asyncio.gather(*(line.do(an_act(f"k{n}")) for n in range(3)), return_exceptions=True)

    assert [type(one) for one in told] == [OutsideTrouble] * 3
    away.close()
