"""One house behind each of the three doors, opened the same way."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from tests.counterparts.processes import free_ports
from tests.counterparts.teams import CHANNEL
from tests.journeys.doors import Door, SlackDoor, TeamsDoor, WebDoor
from tests.journeys.house import house
from tests.journeys.intake_calls import intake_settings
from tests.journeys.people import people_file
from tests.journeys.slack_town import APPROVALS, FEEDS, slack_town
from tests.journeys.teams_talk import TEAMS_SETTINGS, playground_of

PLATFORMS = ("web", "slack", "teams")


@contextlib.contextmanager
def door_of(
    platform: str, folder: Path, *, roles: tuple[str, ...] = (), **more: str
) -> Iterator[tuple[Door, int]]:
    """Run a house in which Sam has some roles more; return the door and the port of the intake."""
    port, settings = intake_settings()
    (folder / "people").mkdir()
    people = people_file(folder / "people", sam=["engineer", "on_call", *roles], erin=["approver"])
    settings |= {"PEOPLE_FILE": str(people), "WATCH__CHANNEL": "incidents", **more}
    # A journey acts faster than people; how a flood is met has tests of its own.
    settings["LIMITS__ACTS_IN_TEN_SECONDS"] = "1000"
    opened = {"web": _web, "slack": _slack, "teams": _teams}[platform]
    with opened(folder, settings) as door:
        yield door, port


@contextlib.contextmanager
def _web(folder: Path, settings: dict[str, str]) -> Iterator[Door]:
    with house(folder / "data", **settings) as running:
        yield WebDoor(running)


@contextlib.contextmanager
def _slack(folder: Path, settings: dict[str, str]) -> Iterator[Door]:
    rooms = json.dumps({"approvals": APPROVALS, "incidents": FEEDS})
    with slack_town(folder, **settings, SLACK__CHANNELS=rooms) as town:
        yield SlackDoor(town)


@contextlib.contextmanager
def _teams(folder: Path, settings: dict[str, str]) -> Iterator[Door]:
    more = {
        "WEB__PORT": str(free_ports()),
        **TEAMS_SETTINGS,
        "TEAMS__CHANNELS": json.dumps({"approvals": CHANNEL, "incidents": CHANNEL}),
    }
    with (
        house(folder / "data", **settings, **more) as running,
        playground_of(running.url, folder, CHANNEL) as playground,
    ):
        yield TeamsDoor(running, playground)
