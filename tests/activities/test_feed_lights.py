"""The light of a feed and the words beside it say the same as its estimate."""

from dataclasses import replace
from datetime import timedelta

import pytest

from activities.feed_lights import differs, health_of
from domain.ids import FeedName
from domain.watch.alerts import AlertState
from domain.watch.feed_health import FeedHealth, Light, RunPoint
from domain.watch.predictions import Reason
from domain.watch.watching import Estimate
from tests.domain.builders import an_alert
from tests.domain.test_alert_rules import NOW, REF, _estimate


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


@pytest.mark.parametrize(
    ("upstreams", "state", "why"),
    [
        ((REF,), AlertState.RAISED, "it waits for ref_data, which is expected to fail"),
        ((), AlertState.HAPPENED, "it shares the card of ref_data, which is in trouble"),
        ((REF,), AlertState.BACK_ON_TRACK, "nothing speaks for trouble"),
    ],
)
def test_a_feed_on_the_card_of_another_says_why_and_how_that_stands(
    upstreams: tuple[FeedName, ...], state: AlertState, why: str
) -> None:
    found = _of_level(0.02, 0.76)
    feed = replace(found.watched.feed, upstreams=upstreams)
    card = an_alert(NOW, root=REF, dependants=(feed.name,), state=state)

    assert health_of(replace(found, watched=replace(found.watched, feed=feed)), card, NOW).why == why


@pytest.mark.parametrize(
    ("probability", "minutes", "is_anew"), [(0.7, 4, True), (0.7, 1, False), (0.02, 4, False)]
)
def test_what_is_said_of_a_feed_in_danger_grows_minutes_old_at_most_though_its_chance_stands_still(
    probability: float, minutes: int, is_anew: bool
) -> None:
    def shown(ago: int) -> FeedHealth:
        found = _of_level(probability, 0.76)
        said = (Reason(f"its 06:30 UTC run should have started {20 + ago} minutes ago", 1.0),)
        return health_of(
            replace(found, prediction=replace(found.prediction, reasons=said)),
            None,
            NOW + timedelta(minutes=ago),
        )

    assert differs(shown(0), shown(minutes)) is is_anew
    assert not differs(shown(0), shown(0).model_copy(update={"measured_at": NOW + timedelta(hours=1)}))
