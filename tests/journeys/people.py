"""The three demo people with an account on every platform, as a people file."""

import json
from pathlib import Path

from tests.counterparts.slack import TEAM
from tests.counterparts.teams import TENANT

_TEAMS_USER = "00000000-0000-0000-0000-0000000000a{}"
_PEOPLE: tuple[tuple[str, str, list[str], str, str, int], ...] = (
    ("sam", "Sam Streams", ["stream_team"], "market-data", "U01ALICE", 0),
    ("ada", "Ada Approver", ["approver", "data_steward", "lead"], "data-governance", "U02BOB", 1),
    ("erin", "Erin Engel", ["engineer", "on_call"], "platform", "U03CEM", 2),
)


def people_file(folder: Path, **more_roles: list[str]) -> Path:
    """Write the file, with more roles for some, and return its path."""
    path = folder / "people.yaml"
    entries = [
        {
            "id": person,
            "name": name,
            "roles": [*roles, *more_roles.get(person, [])],
            "teams": [team],
            "accounts": [
                {"platform": "web", "workspace": "web", "user": person},
                {"platform": "console", "workspace": "local", "user": person},
                {"platform": "slack", "workspace": TEAM, "user": slack},
                {"platform": "teams", "workspace": TENANT, "user": _TEAMS_USER.format(teams)},
            ],
        }
        for person, name, roles, team, slack, teams in _PEOPLE
    ]
    path.write_text(json.dumps({"people": entries}))  # JSON is YAML
    return path
