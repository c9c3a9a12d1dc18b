"""A plan that moved a feed's deadline moves that of the open alert, which says who and with which plan."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from activities.planning import FixRef
from activities.reporting_runs import ReportNote
from bot.presenters.drawing import Drawing
from domain.remediation.fixes import FixState
from domain.remediation.run_reports import RunState
from domain.telling.postings import View
from domain.watch.alerts import Alert
from storage.blobs import DirectoryBlobs
from tests.domain.builders import a_posting, an_alert
from tests.workflows.mending_house import PLACE, MendingDesk, a_report


@pytest.fixture
def desk(tmp_path: Path) -> MendingDesk:
    return MendingDesk(tmp_path)


def _alert(desk: MendingDesk) -> Alert:
    now = desk.clock.now()
    alert = an_alert(now, overdue_at=now + timedelta(minutes=30), lateness=0.9)
    with desk.transactions.writing() as uow:
        uow.alerts.save(alert)
    return alert


def _ran(desk: MendingDesk, state: RunState, deadline: datetime | str) -> Alert:
    told = deadline if isinstance(deadline, str) else deadline.isoformat()
    desk.open_fix(
        runbook="extend-deadline", parameters={"feed": "fx_trades", "deadline": told, "text": "Later"}
    )
    desk.change("p1", state=FixState.RUNNING, order="o1", runbook="extend-deadline")
    desk.reporting.take_report(ReportNote(ref=FixRef(id="p1"), report=a_report(state)))
    with desk.transactions.reading() as uow:
        (alert,) = uow.alerts.every_open()
    return alert


def test_the_alert_is_judged_by_the_deadline_that_the_plan_has_set(desk: MendingDesk, tmp_path: Path) -> None:
    alert = _alert(desk)
    until = (desk.clock.now() + timedelta(hours=2)).replace(microsecond=0)

    after = _ran(desk, RunState.VERIFIED, until)

    assert (after.extended_until, after.extended_by, after.extended_with) == (until, "erin", "p1")
    assert desk.acts()["alert_changed"] == 1
    with desk.transactions.reading() as uow:
        stands = a_posting(View.ALERT, alert.subject, PLACE, desk.clock.now())
        card = Drawing(DirectoryBlobs(tmp_path / "blobs")).draw(stands, uow)
    fact = next(one for one in card.facts if one.label == "Deadline extended to")
    assert "plan" in fact.value
    assert "p1" in fact.value


@pytest.mark.parametrize(
    ("state", "deadline"),
    [
        (RunState.ROLLED_BACK, "2099-01-01T08:00:00+00:00"),
        (RunState.VERIFIED, "2001-01-01T08:00:00+00:00"),
        (RunState.VERIFIED, "2099-01-01"),
    ],
)
def test_a_plan_that_was_undone_or_sets_no_later_deadline_changes_nothing(
    desk: MendingDesk, state: RunState, deadline: str
) -> None:
    _alert(desk)

    assert _ran(desk, state, deadline).extended_until is None


def test_a_plan_that_is_taken_back_gives_the_run_its_former_deadline(desk: MendingDesk) -> None:
    _alert(desk)
    _ran(desk, RunState.VERIFIED, (desk.clock.now() + timedelta(hours=2)).replace(microsecond=0))
    desk.open_fix("p2", parameters={"feed": "fx_trades", "deadline": "2099-01-01T08:00:00+00:00"})
    desk.change("p2", state=FixState.RUNNING, order="o2", undoes="p1", runbook="")

    desk.reporting.take_report(ReportNote(ref=FixRef(id="p2"), report=a_report(RunState.VERIFIED)))

    with desk.transactions.reading() as uow:
        (alert,) = uow.alerts.every_open()
        given = uow.watched.extensions(desk.clock.now() - timedelta(days=1))
    assert (alert.extended_until, alert.extended_by, alert.extended_with) == (None, None, "")
    assert given == []
    assert (desk.fix("p1").undone_by, desk.fix("p1").undone_at is None) == ("p2", False)
