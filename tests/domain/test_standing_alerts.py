"""Alerts are found by the feeds that they tell of, as they stand after each change."""

from datetime import timedelta

from domain.ids import AlertId, FeedName
from domain.watch.alerts import Alert, AlertState
from domain.watch.standing_alerts import StandingAlerts
from tests.domain.builders import NOW, an_alert

FX, REF, DESK = FeedName("fx_trades"), FeedName("ref_data"), FeedName("desk_view")


def _alert(name: str, root: FeedName, minutes: float = 0, **facts: object) -> Alert:
    return an_alert(NOW + timedelta(minutes=minutes), id=AlertId(name), root=root, **facts)


def test_an_alert_is_found_by_its_root_and_by_what_waits_for_it_the_oldest_first() -> None:
    late, early = _alert("late", FX, 5, dependants=(DESK,)), _alert("early", REF, dependants=(FX,))
    standing = StandingAlerts([late, early, _alert("other", DESK, 9)])

    assert [one.id for one in standing.open_of((FX,))] == ["early", "late"]
    assert [one.id for one in standing.open_of((FX, DESK))] == ["early", "late", "other"]
    assert standing.open_of((FeedName("nobody"),)) == []


def test_an_alert_that_changed_is_found_once_and_as_it_stands_now() -> None:
    standing = StandingAlerts([_alert("one", FX)])

    standing.keep(_alert("one", FX, dependants=(DESK,), probability=0.9))

    assert [(one.id, one.probability) for one in standing.open_of((FX, DESK))] == [("one", 0.9)]
    assert [one.id for one in standing] == ["one"]


def test_one_that_was_closed_meanwhile_is_not_found_but_still_there() -> None:
    standing = StandingAlerts([_alert("one", FX, sender="airflow\njson")])
    assert [one.id for one in standing.of_silent_senders()] == ["one"]

    standing.keep(_alert("one", FX, sender="airflow\njson", state=AlertState.CLOSED))

    assert (standing.open_of((FX,)), standing.of_silent_senders()) == ([], [])
    assert [one.id for one in standing] == ["one"]
