"""Every button of an alert and of cards about rows, pressed on every door, and what it does afterwards.

What only the engine decides (does a muted cause stay silent, how a card ends) is looked at on the web.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.running.runs import Outcome
from tests.journeys.doors import Door, Seen, wait_for
from tests.journeys.held_rows import differs_and_is_compared, held_back_and_decided, two_sides
from tests.journeys.late_feeds import LateFeeds, late_feeds
from tests.journeys.three_doors import PLATFORMS, door_of

pytestmark = pytest.mark.timeout(600)


@dataclass(frozen=True)
class Scene:
    """A door, and feeds that can be late."""

    platform: str
    door: Door
    feeds: LateFeeds

    def alert(self, name: str, *says: str) -> Seen:
        """Return the card of a feed's alert, as soon as it says this."""
        return wait_for(self.door, name, "I put it at", *says)

    def said(self, *says: str) -> Seen:
        """Return the newest card that says this."""
        return wait_for(self.door, *says)


@pytest.fixture(scope="module", params=PLATFORMS)
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp(request.param)
    compared = json.dumps({"prices": two_sides(folder)})
    opened = door_of(request.param, folder, roles=("data_steward",), WATCH__RECONCILIATIONS=compared)
    with opened as (door, _), late_feeds(door.house) as feeds:
        feeds.know("positions", "birch", "cedar", "dahlia", "elm")
        feeds.begin("positions", "birch", "cedar", "dahlia")
        yield Scene(request.param, door, feeds)


def test_nobody_answers_and_people_are_called_until_somebody_has_it(scene: Scene) -> None:
    card = scene.alert("positions")
    scene.feeds.as_if("positions", announced_at=datetime.now(UTC) - timedelta(minutes=16))
    called = scene.said("nobody has acknowledged the alert of positions")
    assert "Sam Streams" in called.text
    assert "Erin Engel" in called.text

    scene.door.press(card, "Acknowledge")

    assert "Acknowledge" not in scene.alert("positions", "Sam Streams has it").buttons


def test_a_snooze_is_quiet_until_it_is_over_and_then_speaks_up(scene: Scene) -> None:
    scene.door.press(scene.alert("positions"), "Snooze 1 h")
    scene.alert("positions", "Snoozed until")

    scene.feeds.as_if("positions", snoozed_until=datetime.now(UTC))

    assert "Sam Streams" in scene.said("the alert of positions still stands").text
    scene.feeds.until(lambda: "Snoozed until" not in scene.alert("positions").text)


def test_a_deadline_is_extended_and_the_card_says_until_when(scene: Scene) -> None:
    scene.door.press(scene.alert("positions"), "Extend deadline 30 min")

    scene.alert("positions", "Deadline extended to")
    (alert,) = scene.feeds.alerts("positions")
    assert alert.extended_until is not None


def test_an_alert_leads_to_an_incident_and_to_ways_out(scene: Scene) -> None:
    card = scene.alert("positions")

    scene.door.press(card, "Open incident")
    assert "Resolve" in scene.said("SEV", "open", "positions", "Opened").buttons
    scene.alert("positions", "Incident i")
    scene.door.press(card, "Fix")
    scene.said("Ways out", "positions")


def test_a_muted_cause_is_told_no_more_until_it_is_unmuted(scene: Scene) -> None:
    scene.door.press(scene.alert("birch"), "Mute this cause")
    assert scene.said("Muted: birch", "muted this cause").buttons == ["Tell about birch again"]
    assert scene.feeds.alerts("birch") == []
    scene.door.say("muted")
    listed = scene.said("I tell nobody about 1 thing")
    assert "Tell about birch again" in listed.buttons
    if scene.platform != "web":
        return

    scene.feeds.begin("birch", "elm")
    scene.alert("elm")
    assert scene.feeds.alerts("birch") == [], "it is as late as before, and muted"

    scene.door.press(listed, "Tell about birch again")
    scene.feeds.until(lambda: scene.feeds.alerts("birch"))


def test_what_is_expected_is_a_label(scene: Scene) -> None:
    scene.door.press(scene.alert("cedar"), "This is expected")
    assert scene.said("Expected: cedar", "says that this is expected").buttons == ["Tell about cedar again"]

    labels = scene.door.house.rows('SELECT verdict, "by" FROM alert_labels WHERE feed = ?', "cedar")

    assert labels == [("expected", "sam")]


def test_a_card_ends_as_what_became_of_it(scene: Scene) -> None:
    if scene.platform != "web":
        assert "Acknowledge" in scene.alert("dahlia").buttons
        return
    scene.feeds.end("dahlia", Outcome.OK)
    scene.said("dahlia", "A run ended well")
    scene.feeds.begin("cedar")
    scene.said("Did not happen: dahlia")
    assert scene.feeds.alerts("cedar") == [], "it is as late as before, and expected"

    scene.feeds.end("elm", Outcome.FAILED)
    assert "Acknowledge" in scene.said("It happened: elm").buttons
    scene.feeds.begin("elm")
    scene.feeds.end("elm", Outcome.OK)
    over = scene.said("Happened: elm", "has been over since")
    assert over.buttons == ["It was no trouble"]
    scene.door.press(over, "It was no trouble")
    scene.said("Did not happen: elm", "says: it was no trouble")


def test_what_is_held_back_is_decided_and_what_differs_is_compared(scene: Scene) -> None:
    held_back_and_decided(scene.door)
    differs_and_is_compared(scene.door)
