"""A plan that changed how a feed works is a change that the watch weighs, as a deployment is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.planning import FixRef
from activities.reporting_runs import ReportNote
from domain.remediation.fixes import FixState
from domain.remediation.run_reports import RunState
from domain.running.readings import Sign
from storage.stores.readings_store import readings_seen_since
from tests.workflows.mending_house import MendingDesk, a_report


@pytest.fixture
def desk(tmp_path: Path) -> MendingDesk:
    return MendingDesk(tmp_path)


def _told(desk: MendingDesk, state: RunState = RunState.VERIFIED, **fix: Any) -> list[tuple[str, str]]:
    """Let a plan end, twice reported, and return what was read of it."""
    desk.open_fix()
    desk.change("p1", state=FixState.RUNNING, order="o1", **fix)
    for _ in range(2):
        desk.reporting.take_report(ReportNote(ref=FixRef(id="p1"), report=a_report(state)))
    since = datetime.now(UTC) - timedelta(days=1)
    pieces = readings_seen_since(desk.database, since, since)
    return [(resource, sign) for piece in pieces for resource, sign, _, _ in piece]


def test_a_verified_plan_that_changed_its_feed_is_one_change_of_it(desk: MendingDesk) -> None:
    assert _told(desk, changes_feed=True) == [("fx_trades", Sign.CHANGE.value)]


def test_so_is_the_plan_that_takes_it_back(desk: MendingDesk) -> None:
    desk.open_fix("p0")

    assert _told(desk, changes_feed=True, undoes="p0") == [("fx_trades", Sign.CHANGE.value)]


@pytest.mark.parametrize("state", [RunState.ROLLED_BACK, RunState.REFUSED, RunState.STOPPED, RunState.BUSY])
def test_a_plan_that_did_not_come_to_its_end_is_none(desk: MendingDesk, state: RunState) -> None:
    assert _told(desk, state, changes_feed=True) == []


def test_a_rerun_or_a_pause_is_none_and_a_service_is_no_feed(desk: MendingDesk) -> None:
    assert _told(desk) == []
    trouble = desk.fix("p1").trouble.model_copy(update={"feed": "", "service": "pay"})
    assert _told(desk, changes_feed=True, trouble=trouble) == []
