"""The light of a feed and the words beside it say the same as its estimate."""

from dataclasses import replace

import pytest

from activities.feed_lights import health_of
from domain.feed_health import Light, RunPoint
from domain.watching import Estimate
from tests.domain.test_alert_rules import NOW, _estimate


def _of_level(probability: float, level: float) -> Estimate:
    found = _estimate(0, probability)
    run = RunPoint(run="r1", outcome="ok", finished_at=NOW)
    return replace(found, watched=replace(found.watched, threshold=level), last=run)


@pytest.mark.parametrize(
    ("probability", "light", "why"),
    [
        (0.02, Light.GREEN, "nothing speaks for trouble"),
        (0.32, Light.GREEN, "32% likely to fail within the hour; it alerts from 76%"),
        (0.69, Light.YELLOW, "69% likely to fail within the hour; it alerts from 76%"),
        (0.8, Light.YELLOW, "80% likely to fail within the hour"),
    ],
)
def test_a_feed_is_not_fine_while_trouble_is_probable(probability: float, light: Light, why: str) -> None:
    shown = health_of(_of_level(probability, 0.76), None, NOW)

    assert (shown.state, shown.why) == (light, why)
