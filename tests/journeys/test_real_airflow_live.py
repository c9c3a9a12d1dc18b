"""A house watches a real Airflow at work: its reports come in, and a card comes while a run goes on.

On demand, minutes long: `make install-airflow`, then `pytest -m slow` with this file.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.ids import FeedName, RunId, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.alerts import Alert
from domain.watch.predictions import Verdict
from domain.watch.watching import Threshold
from runtime.wiring.stores import Stores
from tests.counterparts.airflow import Airflow, need_airflow
from tests.journeys.house import house, wait_until
from tests.journeys.intake_calls import KEY
from tests.journeys.late_feeds import store_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
TRADES, RATES = FeedName("fx_trades"), FeedName("fx_rates")
DESK = TeamId("desk")


@pytest.mark.parametrize("major", [2, 3])
def test_runs_that_take_longer_than_ever_raise_cards_and_what_becomes_of_them_is_said(
    major: int, tmp_path: Path
) -> None:
    need_airflow(major)
    keys = json.dumps({"airflow": KEY})
    with house(tmp_path / "data", TELEMETRY__KEYS=keys) as running, store_of(running) as stores:
        _know(stores, TRADES, RATES)
        (tmp_path / "airflow").mkdir()
        airflow = Airflow(major, tmp_path / "airflow", running.url, KEY)
        try:
            airflow.run_feeds("live1", "2026-11-20T06:30:00Z")
        finally:
            airflow.stop()

        failed = wait_until(lambda: _ended(running.rows("SELECT document FROM alerts"), RATES), 90)
        well = wait_until(lambda: _ended(running.rows("SELECT document FROM alerts"), TRADES), 90)

    assert failed.outcome is Verdict.HAPPENED
    assert "fx_rates failed at" in failed.sentence
    assert failed.is_foretold
    assert well.outcome is Verdict.DID_NOT_HAPPEN
    assert "has taken" in well.reasons[0]


def _know(stores: Stores, *names: FeedName) -> None:
    """Put feeds under watch whose runs always took two seconds; these take longer."""
    now = datetime.now(UTC)
    daily = Schedule(Rhythm.DAILY, at_minute=(now.hour + 12) % 24 * 60)
    with stores.transactions.writing() as uow:
        uow.watched.keep([Feed(name, DESK, daily) for name in names], now)
        for name in names:
            dues = [now - timedelta(hours=hour) for hour in range(1, 120)]
            ended = [(due, due + timedelta(seconds=2)) for due in dues]
            uow.runs.add_history(
                [
                    Run(name, RunId(f"h{number}"), end, Outcome.OK, due, due, end)
                    for number, (due, end) in enumerate(ended)
                ],
                now,
            )
        uow.watched.set_thresholds([Threshold(name, DESK, 0.3, 5, 5, True) for name in names], now)


def _ended(rows: list[tuple[object, ...]], feed: FeedName) -> Alert | None:
    """Return the alert of a feed once what became of it is known."""
    alerts = [Alert.model_validate_json(str(document)) for (document,) in rows]
    return next((one for one in alerts if one.root == feed and one.outcome is not None), None)
