"""An alert whose fix ran, and after which the run went well, is neither right nor wrong."""

from datetime import timedelta
from pathlib import Path

import pytest

from activities.watching import WatchRef
from domain.ids import AlertId, PersonId, RequestId
from domain.remediation.fixes import Fix, FixState
from domain.remediation.runbooks import Trouble
from domain.running.runs import Outcome
from domain.watch.alerts import Alert
from domain.watch.predictions import Verdict
from tests.workflows.watch_house import FX, PLACE, WatchHouse


def _fixed(house: WatchHouse, state: FixState) -> None:
    now = house.clock.now()
    fix = Fix(
        id=RequestId("f1"),
        state=state,
        subject_name=f"feed/{FX}",
        trouble=Trouble(types=(), feed=FX, environment="production"),
        place=PLACE,
        requested_by=PersonId("erin"),
        authors=frozenset({PersonId("erin")}),
        opened_at=now,
        updated_at=now,
        started_at=now,
    )
    with house.transactions.writing() as uow:
        uow.fixes.save(fix)


def _closed_after(house: WatchHouse, state: FixState) -> Alert:
    """Return the alert of a run that is slow, gets a fix, and ends well."""
    house.begins(minutes_ago=11)
    house.watching.sweep(WatchRef())
    (alert,) = house.open_alerts()
    house.clock.ahead += timedelta(minutes=1)
    _fixed(house, state)
    house.clock.ahead += timedelta(minutes=1)
    house.report(Outcome.OK, finished_at=house.clock.now())
    for _ in range(3):
        house.clock.ahead += timedelta(minutes=1)
        house.watching.sweep(WatchRef())
    with house.transactions.reading() as uow:
        return uow.alerts.get(AlertId(alert.id))


@pytest.mark.parametrize(
    ("state", "outcome", "neither"),
    [
        (FixState.VERIFIED, Verdict.PREVENTED, [True]),
        (FixState.ROLLED_BACK, Verdict.DID_NOT_HAPPEN, []),
    ],
)
def test_a_fix_that_ran_makes_it_prevented_and_one_that_was_undone_does_not(
    tmp_path: Path, state: FixState, outcome: Verdict, neither: list[bool]
) -> None:
    house = WatchHouse(tmp_path)

    alert = _closed_after(house, state)

    assert alert.outcome is outcome
    with house.transactions.reading() as uow:
        words = uow.words.since(alert.opened_at - timedelta(hours=1))
    assert [word.is_neither for word in words] == neither
