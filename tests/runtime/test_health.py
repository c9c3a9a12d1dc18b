"""What `/healthz` says of a part is asked; why a part is away stands in the log, once."""

import logging
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from domain.errors import OutsideTrouble
from runtime.keys import KeyFolder
from runtime.processes.health import AWAY, STARTING, UP, Health, Neighbour
from runtime.settings.house import Settings
from runtime.wiring.temporal import Connection
from storage.engine import Database, clock_lead
from tests.full_disk import files_end_at


class Part:
    """Answers, or fails as it is told to."""

    trouble: Exception | None = None

    async def look(self) -> None:
        """Answer a look."""
        if self.trouble is not None:
            raise self.trouble


@pytest.fixture
def health(tmp_path: Path) -> Iterator[Health]:
    database = Database(f"sqlite:///{tmp_path}/truth.db")
    connection = Connection("127.0.0.1:1", Settings(data_dir=tmp_path), KeyFolder(tmp_path / "keys"))
    made = Health(database, connection, tmp_path, kept_seconds=0.0)
    made.ask("stories", Part().look)
    yield made
    database.close()


async def test_why_a_part_went_is_said_once_however_often_it_is_asked(
    health: Health, caplog: pytest.LogCaptureFixture
) -> None:
    part = Part()
    health.ask("slack", part.look)
    before = await health.parts()
    part.trouble = OutsideTrouble("the socket was closed", say="Slack is away.")
    away = [await health.parts() for _ in range(3)]
    part.trouble = None
    after = await health.parts()
    part.trouble = OutsideTrouble("closed again", say="Slack is away.")
    await health.parts()

    assert [one["slack"] for one in (before, *away, after)] == [UP, AWAY, AWAY, AWAY, UP]
    assert caplog.messages == ["slack is away: the socket was closed", "slack is away: closed again"]


async def test_a_fault_of_our_own_is_logged_with_where_it_came_from(
    health: Health, caplog: pytest.LogCaptureFixture
) -> None:
    part = Part()
    part.trouble = KeyError("user_id")
    health.ask("slack", part.look)

    with caplog.at_level(logging.WARNING):
        parts = await health.parts()

    assert parts["slack"] == AWAY
    assert parts["database"] == UP
    assert "in look" in caplog.text


async def test_a_disk_that_may_only_be_read_is_away_before_anybody_acts(
    health: Health, caplog: pytest.LogCaptureFixture
) -> None:
    before = await health.parts()
    with files_end_at(0):
        during = await health.parts()
    after = await health.parts()

    assert [one["disk"] for one in (before, during, after)] == [UP, AWAY, UP]
    assert any("disk is away" in said for said in caplog.messages)


def _beside(health: Health, part: Part, *, is_promised: bool) -> None:
    health.ask_beside([Neighbour("library", part.look, is_promised)])


async def test_a_process_that_was_promised_starts_and_is_away_when_it_is_gone(
    health: Health, caplog: pytest.LogCaptureFixture
) -> None:
    part = Part()
    part.trouble = OutsideTrouble("no answer", say="The library is away.")
    _beside(health, part, is_promised=True)
    before = await health.parts()
    part.trouble = None
    there = await health.parts()
    part.trouble = OutsideTrouble("no answer any more", say="The library is away.")
    gone = await health.parts()

    assert [one["library"] for one in (before, there, gone)] == [STARTING, UP, AWAY]
    assert caplog.messages == ["library is away: no answer any more"]


async def test_a_process_that_never_comes_is_away_once_it_had_its_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(f"sqlite:///{tmp_path}/truth.db")
    connection = Connection("127.0.0.1:1", Settings(data_dir=tmp_path), KeyFolder(tmp_path / "keys"))
    health = Health(database, connection, tmp_path, kept_seconds=0.0, starts_within_seconds=0.0)
    health.ask("stories", Part().look)
    part = Part()
    part.trouble = OutsideTrouble("no answer", say="The library is away.")
    _beside(health, part, is_promised=True)

    found = [(await health.parts())["library"] for _ in range(2)]

    assert found == [AWAY, AWAY]
    assert caplog.messages == ["library is away: no answer"]
    database.close()


async def test_a_process_that_nobody_promised_is_named_once_it_was_seen(health: Health) -> None:
    part = Part()
    part.trouble = OutsideTrouble("no answer", say="The runner is away.")
    _beside(health, part, is_promised=False)
    before = await health.parts()
    part.trouble = None
    there = await health.parts()
    part.trouble = OutsideTrouble("no answer", say="The runner is away.")
    gone = await health.parts()

    assert "library" not in before
    assert set(before.values()) == {UP}
    assert [one["library"] for one in (there, gone)] == [UP, AWAY]


class AnotherClock(Database):
    """A database elsewhere whose clock goes differently; all else is as it is."""

    ahead = 0.0
    trouble: Exception | None = None

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_sqlite = False

    def seconds_ahead(self, now: datetime) -> float:
        """Return what a test tells."""
        if self.trouble is not None:
            raise self.trouble
        return self.ahead


async def test_a_clock_that_is_not_the_databases_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = AnotherClock(f"sqlite:///{tmp_path}/truth.db")
    connection = Connection("127.0.0.1:1", Settings(data_dir=tmp_path), KeyFolder(tmp_path / "keys"))
    health = Health(database, connection, tmp_path, kept_seconds=0.0)
    health.ask("stories", Part().look)

    seen = []
    for ahead in (0.0, 9.0, -600.0, 600.0, 1.0):
        database.ahead = ahead
        seen.append((await health.parts())["clock"])
    database.close()

    assert seen == [UP, UP, AWAY, AWAY, UP]
    assert "differ by 600 s; let both follow one (NTP)" in caplog.text


async def test_a_database_that_is_away_says_nothing_against_a_clock(tmp_path: Path) -> None:
    database = AnotherClock(f"sqlite:///{tmp_path}/truth.db")
    connection = Connection("127.0.0.1:1", Settings(data_dir=tmp_path), KeyFolder(tmp_path / "keys"))
    health = Health(database, connection, tmp_path, kept_seconds=0.0)
    database.trouble = OutsideTrouble("database: away", say="My database is away.")

    parts = await health.parts()
    database.close()

    assert parts["clock"] == UP


@pytest.mark.parametrize(
    ("told", "waited", "ahead"),
    [
        (1_000.0, 0.0, 0.0),
        (1_000.4, 0.5, 0.0),
        (1_000.5, 0.5, 0.0),
        (1_060.5, 0.5, -60.0),
        (940.0, 0.5, 60.0),
    ],
)
def test_waiting_for_a_database_is_no_difference_of_clocks(told: float, waited: float, ahead: float) -> None:
    assert clock_lead(1_000.0, told, waited) == ahead


async def test_a_house_on_a_file_has_no_other_clock(health: Health) -> None:
    assert "clock" not in await health.parts()
