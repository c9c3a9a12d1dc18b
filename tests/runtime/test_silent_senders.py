"""A sender of many feeds dies and comes back: one card, one light, one line on the intake page."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.presenters.alerts import alert_card
from domain.ids import FeedName, RunId
from domain.ports.run_intake import RunEvent
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.running.runs import Outcome, Run
from domain.watch.alerts import Alert, AlertState
from domain.watch.feed_health import Light
from domain.watch.watching import Threshold
from storage.feed_health import SqlFeedHealth
from tests.runtime.dawn import DAILY, DESK, SIX_THIRTY, Dawn, FixedClock
from tests.workflows.watch_house import WatchHouse

LOADS = [FeedName(f"load_{number:02d}") for number in range(14)]
SENDER = {"source": "prod", "dialect": "openlineage", "namespace": "airflow"}


class _Morning(Dawn):
    """A house in which one client reports fourteen loads that are due at half past six."""

    loads = LOADS
    schedule, every, told_after = DAILY, timedelta(days=1), timedelta(hours=1)

    def fill(self) -> None:
        with self.transactions.writing() as uow:
            uow.watched.keep(
                [Feed(name, DESK, self.schedule) for name in self.loads], SIX_THIRTY - timedelta(days=90)
            )
            past = [
                _run(name, SIX_THIRTY - self.every * back) for name in self.loads for back in range(30, 1, -1)
            ]
            uow.runs.add_history(past, SIX_THIRTY)
            uow.watched.set_thresholds(
                [Threshold(name, DESK, 0.4, 5, 5, True) for name in self.loads], SIX_THIRTY
            )
        self.clock.at = SIX_THIRTY - self.every + self.told_after  # type: ignore[attr-defined]
        self.tells(self.loads, SIX_THIRTY - self.every)

    def tells(self, names: list[FeedName], due: datetime, outcome: Outcome = Outcome.OK) -> None:
        self.intake.take([RunEvent(_run(name, due, outcome), **SENDER) for name in names])  # type: ignore[arg-type]

    def opened(self) -> list[Alert]:
        return WatchHouse.open_alerts(self)

    def lights(self) -> dict[str, tuple[Light, str]]:
        every = SqlFeedHealth(self.stores.database).every()
        return {one.name: (one.state, one.why) for one in every if one.name in LOADS}


def _run(name: FeedName, due: datetime, outcome: Outcome = Outcome.OK) -> Run:
    end = due + timedelta(minutes=5)
    return Run(name, RunId(f"{due:%d%H%M}"), end, outcome, due, due, end, rows_written=1_000)


@pytest.fixture
def morning(tmp_path: Path) -> _Morning:
    house = _Morning(tmp_path, clock=FixedClock(SIX_THIRTY - timedelta(hours=1)))  # type: ignore[arg-type]
    house.fill()
    return house


def test_a_dead_client_of_fourteen_feeds_is_one_card_until_it_reports_again(morning: _Morning) -> None:
    for minutes in range(-30, 60, 5):
        morning.at(minutes)

    (alert,) = morning.opened()
    card = alert_card(alert, {}, morning.clock.now())
    assert card.title == "Nothing heard from airflow (OpenLineage, key prod)"
    assert "since 23 Nov 07:30 UTC" in card.lead
    assert "14 feeds are due without news: load_00, load_01" in card.lead
    assert "fix.open" not in {action.verb for action in card.actions}
    light, why = morning.lights()["load_03"]
    assert (light, why[:22]) == (Light.RED, "nothing was heard from")

    morning.clock.at = SIX_THIRTY + timedelta(minutes=90)  # type: ignore[attr-defined]
    morning.tells(LOADS[1:], SIX_THIRTY)
    morning.tells(LOADS[:1], SIX_THIRTY, Outcome.FAILED)
    morning.at(91)

    assert morning.opened() == []
    with morning.transactions.reading() as uow:
        closed = uow.alerts.get(alert.id)
    assert (closed.state, closed.outcome) == (AlertState.CLOSED, None)
    lights = morning.lights()
    assert lights.pop(LOADS[0])[1].startswith("its last run failed")
    assert {light for light, _ in lights.values()} == {Light.GREEN}


def test_after_a_night_asleep_the_card_says_who_did_not_listen(morning: _Morning) -> None:
    morning.at(-30)
    morning.at(480)
    morning.at(481)

    (alert,) = morning.opened()
    assert alert.sentence.endswith(" and 9 more. I was not listening before 14:30 UTC.")


def test_feeds_whose_sender_speaks_of_others_are_late_by_themselves(morning: _Morning) -> None:
    morning.clock.at = SIX_THIRTY + timedelta(minutes=30)  # type: ignore[attr-defined]
    morning.tells(LOADS[4:], SIX_THIRTY)

    morning.at(40)

    assert {alert.root for alert in morning.opened()} == set(LOADS[:4])
    assert not any(alert.sender for alert in morning.opened())


class _Two(_Morning):
    """The same with two loads every half hour: too few for a card of their client."""

    loads = LOADS[:2]
    schedule = Schedule(Rhythm.INTERVAL, every_minutes=30)
    every, told_after = timedelta(minutes=30), timedelta(minutes=6)


def test_a_client_of_two_feeds_that_is_gone_for_three_runs_is_named_on_their_cards(tmp_path: Path) -> None:
    house = _Two(tmp_path, clock=FixedClock(SIX_THIRTY - timedelta(hours=1)))  # type: ignore[arg-type]
    house.fill()
    said = []
    for minutes in (40, 70, 100):
        house.at(minutes)
        cards = [card for card in house.opened() if card.root in LOADS]
        said.append(["nothing was heard from airflow" in card.why.casefold() for card in cards])

    assert said == [[False, False], [False, False], [True, True]]
    assert all(card.state is AlertState.HAPPENED and not card.sender for card in cards)
