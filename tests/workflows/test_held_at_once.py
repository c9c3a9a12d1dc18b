"""On PostgreSQL transactions decide side by side: the same bytes, or the same day, are asked about once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.errands import ErrandRef
from domain.errands import Errand, ErrandKind
from domain.ids import FeedName, PersonId
from domain.watch.feed_health import QualityPoint, ReconciliationPoint
from runtime.settings.house import Settings
from runtime.wiring.comparing.comparables import KnownTables
from runtime.wiring.watch_errands import EngineErrands
from tests.counterparts.postgres import create_database, postgres_server
from tests.workflows.watch_house import FX, PLACE, WatchHouse

_TOGETHER = 4
_SECONDS = 60


class MeetingErrands(EngineErrands):
    """Judges as ever; each waits for the others before anything is decided."""

    meeting = threading.Barrier(_TOGETHER)

    def score(self, feed: FeedName, path: Path, name: str, now: datetime) -> QualityPoint:
        """Score, and wait."""
        found = super().score(feed, path, name, now)
        self.meeting.wait(_SECONDS)
        return found

    def reconcile(self, feed: FeedName, business_date: str, now: datetime) -> ReconciliationPoint:
        """Compare, and wait."""
        found = super().reconcile(feed, business_date, now)
        self.meeting.wait(_SECONDS)
        return found


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres_server() as running:
        yield running


@pytest.fixture
def house(address: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[WatchHouse]:
    url = create_database(address, f"held{abs(hash(request.node.name)) % 10**9}")
    made = WatchHouse(tmp_path, database=url)
    sides = {f"{side}_file": str(tmp_path / (side + ".csv")) for side in ("source", "target")}
    tables = {"key": "trade_id", "columns": "amount", "on_break": "hold", **sides}
    settings = Settings(data_dir=tmp_path, database={"url": url}, watch={"reconciliations": {FX: tables}})
    made.errands = made.made_errands(settings, MeetingErrands(settings, made.stores))
    KnownTables(settings, made.stores).configuration(FX)
    yield made
    made.stores.database.close()


def _asked(house: WatchHouse) -> list[str]:
    with house.transactions.reading() as uow:
        return [one.subject for one in uow.approval_list.pending()]


def _run_together(house: WatchHouse, names: list[str]) -> None:
    def run(name: str) -> None:
        ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id=name))

    with ThreadPoolExecutor(len(names)) as threads:
        list(threads.map(run, names))


def test_the_same_bytes_scored_at_the_same_moment_ask_once(house: WatchHouse) -> None:
    names = [f"d{number}" for number in range(_TOGETHER)]
    for name in names:
        house.hand_in(name, b"trade_id,amount\n" + b"T1,\n" * 60)

    _run_together(house, names)

    (asked,) = _asked(house)
    with house.transactions.reading() as uow:
        same = {uow.errands.get(name).same_as for name in names}
    assert same == {"", asked.removeprefix("delivery/")}


def test_the_same_day_compared_at_the_same_moment_asks_once(house: WatchHouse) -> None:
    names = [f"c{number}" for number in range(_TOGETHER)]
    rows = [f"{number},1" for number in range(100)]
    for side, kept in (("source", rows), ("target", rows[:50])):
        (house.folder / f"{side}.csv").write_text("\n".join(["trade_id,amount", *kept]))
    day = (house.clock.now() - timedelta(days=1)).date().isoformat()
    with house.transactions.writing() as uow:
        for name in names:
            told = {"id": name, "kind": ErrandKind.RECONCILE, "asked_by": PersonId("erin"), "feed": FX}
            told |= {"place": PLACE, "at": house.clock.now(), "business_date": day, "is_quiet": True}
            uow.errands.save(Errand.model_validate(told))

    _run_together(house, names)

    assert len(_asked(house)) == 1
