"""Comparisons that nobody asked for: after a good run, a few at a time, and what people see of them."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment, WorkflowEnvironment

from activities.errands import ErrandRef
from activities.reconciling import DailyRef, Pace
from domain.data_quality.discrepancies import Discrepancy
from domain.data_quality.reconciling import day_of
from domain.errands import Errand
from domain.identity.chat import Platform
from domain.running.runs import Outcome
from runtime.settings.house import Settings
from tests.workflows.house import server
from tests.workflows.test_watch_stories import _keep
from tests.workflows.watch_house import FX, WatchHouse, watch_workers
from workflows import names
from workflows.daily import DailyWorkflow

SIDES = {"key": "trade_id", "columns": "amount", "date_column": "day"}


@pytest.fixture
async def environment() -> AsyncIterator[WorkflowEnvironment]:
    async with server() as started:
        yield started


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    """Keep a house that knows both sides of a feed, as files of a day."""
    made = WatchHouse(tmp_path)
    tables = SIDES | {f"{side}_file": str(tmp_path / (side + "_{date}.csv")) for side in ("source", "target")}
    settings = Settings(data_dir=tmp_path, watch={"reconciliations": {FX: tables}})
    made.errands = made.made_errands(settings)
    made.reconciling = made.made_reconciling(settings, Pace(at_once=2))
    return made


def _fill(house: WatchHouse, day: str, lost: int = 0, side: str = "") -> None:
    for name, rows in (("source", 400), ("target", 400 - lost)):
        if side in ("", name):
            lines = [f"{n},{n * 2},{day}" for n in range(rows)]
            (house.folder / f"{name}_{day}.csv").write_text("\n".join(["trade_id,amount,day", *lines]))


def _days(house: WatchHouse) -> list[str]:
    """Return the days that are owed around now, the oldest first."""
    today = date.fromisoformat(day_of(house.clock.now(), None, 0))
    return [(today - timedelta(days=back)).isoformat() for back in range(6, -1, -1)]


def _carry_out(house: WatchHouse) -> list[Errand]:
    with house.transactions.reading() as uow:
        wanted = uow.errands.wanted()
    for errand in wanted:
        ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id=errand.id))
    return wanted


def _work_off(house: WatchHouse) -> list[Errand]:
    done: list[Errand] = []
    while house.reconciling.open_owed():
        wanted = _carry_out(house)
        if not wanted:
            break
        done += wanted
    return done


def _open_one(house: WatchHouse) -> Discrepancy | None:
    with house.transactions.reading() as uow:
        return uow.discrepancies.open_of(FX)


def _cards(house: WatchHouse, subject: str) -> int:
    with house.transactions.reading() as uow:
        return len(uow.posting_lookup.about(subject))


def test_good_runs_are_followed_by_comparisons_a_few_at_a_time_and_each_day_once(house: WatchHouse) -> None:
    for day in _days(house):
        _fill(house, day)

    house.reconciling.open_owed()
    house.reconciling.open_owed()
    with house.transactions.reading() as uow:
        assert len(uow.errands.wanted()) == 2
    done = _work_off(house)

    assert len({errand.business_date for errand in done}) == len(done) >= 3
    assert house.reconciling.open_owed() == 0
    fresh = house.made_reconciling(Settings(data_dir=house.folder))
    assert fresh.open_owed() == 0
    with house.transactions.reading() as uow:
        assert {one.state for one in uow.quality.reconciliations(FX, 20)} == {"done"}
        assert uow.discrepancies.every_open() == []


def test_one_card_tells_of_lost_rows_and_closes_when_the_day_agrees(house: WatchHouse) -> None:
    days = _days(house)
    for day in days:
        _fill(house, day)
    _work_off(house)
    house.clock.ahead += timedelta(days=1)
    bad, now = day_of(house.clock.now(), None, 1), house.clock.now()
    _fill(house, bad, lost=90)
    house.report(Outcome.OK, run="d1", scheduled_at=now, started_at=now, finished_at=now)
    assert house.reconciling.open_owed() == 0, "not before the delay"
    house.clock.ahead += timedelta(minutes=31)
    _work_off(house)

    one = _open_one(house)
    assert one is not None
    assert [(kind.kind, kind.rows) for kind in one.worst.mismatches] == [("missing rows", 90)]
    assert one.announced_at is not None
    assert _cards(house, one.subject) == 1
    assert _work_off(house) == []

    _fill(house, bad)
    later = house.clock.now() + timedelta(minutes=5)
    house.report(Outcome.OK, run="d1 again", scheduled_at=now, started_at=later, finished_at=later)
    house.clock.ahead += timedelta(minutes=40)
    _work_off(house)

    with house.transactions.reading() as uow:
        over = uow.discrepancies.get(one.id)
    assert not over.is_open
    assert "agree" in over.sentence
    assert _cards(house, one.subject) == 1


def test_a_day_that_can_not_be_compared_is_kept_told_once_and_tried_again(house: WatchHouse) -> None:
    for day in _days(house):
        _fill(house, day, side="source")

    house.reconciling.open_owed()
    _carry_out(house)
    house.reconciling.open_owed()
    _carry_out(house)

    with house.transactions.reading() as uow:
        told = {one.state for one in uow.quality.reconciliations(FX, 20)}
        cards = [
            one for one in uow.postings.due(house.clock.now(), 50, [Platform.WEB]) if "uncompared" in one.key
        ]
    assert told == {"failed"}
    assert len({card.key for card in cards}) == len(cards) >= 1
    assert "There is no file" in cards[0].card_json
    failed = _compared(house, "failed")
    for day in _days(house):
        _fill(house, day)
    house.clock.ahead += timedelta(hours=1, minutes=1)
    _work_off(house)
    assert failed & _compared(house, "done")


def _compared(house: WatchHouse, state: str) -> set[str]:
    with house.transactions.reading() as uow:
        return {one.business_date for one in uow.quality.reconciliations(FX, 20) if one.state == state}


async def test_the_work_of_a_day_compares_what_is_owed_and_ends(
    environment: WorkflowEnvironment, house: WatchHouse
) -> None:
    for day in _days(house):
        _fill(house, day)
    _work_off(house)
    async with watch_workers(environment.client, house):
        handle = await environment.client.start_workflow(
            DailyWorkflow.run, DailyRef(), id=names.daily_id(), task_queue=names.FRONT_QUEUE
        )
        assert await handle.result() == 0
        await _keep(handle, "daily-quiet")
