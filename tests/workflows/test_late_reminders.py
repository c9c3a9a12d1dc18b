"""A clock that stood still for longer than a request lived calls nobody to it any more."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from activities.approving import ApprovalRef, Approving
from activities.planning import FixRef, PreviewNote
from domain.remediation.parcels import Preview
from domain.remediation.plans import DryRun
from tests.workflows.mending_house import CHANGES, RULE, MendingDesk

STEPS: list[dict[str, Any]] = [{"after_minutes": 10}, {"after_minutes": 20, "tell": "lead"}]


@pytest.mark.parametrize(("waited", "told"), [(15, {"reminded": 1}), (90, {})])
def test_nobody_is_called_to_a_request_that_nobody_can_decide_any_more(
    tmp_path: Path, waited: int, told: dict[str, int]
) -> None:
    desk = MendingDesk(tmp_path, rules=[RULE | {"steps": STEPS, "expire_after_minutes": 60}])
    approving = Approving(
        policy=lambda: desk.policy,
        channels=desk.books.channels,
        reading=desk.books.reading,
        writing=desk.books.writing,
        clock=desk.clock,
        wake=lambda: None,
        card=lambda title, text, called=(): f"{title}: {text}",
    )
    desk.open_fix()
    preview = Preview(dry_run=DryRun(effects=(CHANGES,)))
    desk.planning.take_preview(PreviewNote(ref=FixRef(id="p1", revision=1), preview=preview))
    approval = desk.fix().approval
    desk.clock.ahead = timedelta(minutes=waited)

    approving.remind(ApprovalRef(id=str(approval), step=0))

    acts = desk.acts()
    assert {act: acts[act] for act in ("reminded", "escalated") if act in acts} == told
