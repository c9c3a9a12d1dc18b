"""A delivery is held back below the bar of the house, or of its feed, or when it breaks its own word."""

from pathlib import Path

import pytest

from domain.errands import DeliveryState
from domain.watch.feed_health import QualityPoint
from tests.workflows.watch_house import WatchHouse

HELD, RELEASED = DeliveryState.HELD, DeliveryState.RELEASED


@pytest.mark.parametrize(
    ("overall", "bar", "broken", "state"),
    [
        (70.0, None, "", RELEASED),
        (69.99, None, "", HELD),
        (84.9, 85.0, "", HELD),
        (60.0, 50.0, "", RELEASED),
        (100.0, None, "It says 10 rows and holds 9", HELD),
    ],
    ids=["at the bar", "below", "below its feed's", "above its feed's", "other than it says"],
)
def test_a_delivery_is_released_at_its_bar_and_asked_about_below(
    tmp_path: Path, overall: float, bar: float | None, broken: str, state: DeliveryState
) -> None:
    house = WatchHouse(tmp_path)
    house.hand_in("d1", b"trade_id\nT1\n")
    now = house.clock.now()
    score = QualityPoint(measured_at=now, overall=overall, bar=bar, broken=broken)

    with house.transactions.writing() as uow:
        found = house.gating.judge(uow, uow.errands.get("d1"), score, now)

    assert found.state is state
    with house.transactions.reading() as uow:
        asked = [one.title for one in uow.approval_list.of_subject("delivery/d1")]
    assert len(asked) == (state is HELD)
    assert all(broken in title for title in asked)
