"""An account that was taken off somebody and is somebody else's now stays theirs, whatever the file says."""

import json
from pathlib import Path

import pytest

from domain.identity.chat import Account, Platform
from runtime.cli import main
from runtime.people.people_file import keep_people, read_people
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores

_ACCOUNT = "slack:T0123:U0456"


@pytest.mark.proves("A5", "I4")
def test_an_account_that_became_somebody_elses_is_given_back_by_an_operator_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "data"))
    stores, path = open_stores(Settings()), tmp_path / "people.yaml"
    slack = {"platform": "slack", "workspace": "T0123", "user": "U0456"}
    people = [{"id": "maria", "name": "Maria Marl", "accounts": [slack]}, {"id": "ben", "name": "Ben Born"}]
    path.write_text(json.dumps({"people": people}))  # JSON is YAML

    def owner() -> str:
        """Return whose it is after a reading of the file."""
        with stores.transactions.writing() as uow:
            keep_people(read_people(path), uow, stores.clock.now())
            found = uow.people.find_person(Account(platform=Platform.SLACK, workspace="T0123", user="U0456"))
        return found.id if found is not None else ""

    at_first = owner()
    assert main(["user", "unlink", "--account", _ACCOUNT]) == 0
    assert main(["user", "add", "--id", "ben", "--account", _ACCOUNT]) == 0
    then = owner()
    assert main(["user", "unlink", "--account", _ACCOUNT]) == 0
    off_both = owner()
    assert main(["user", "add", "--id", "maria", "--account", _ACCOUNT]) == 0

    assert (at_first, then, off_both, owner()) == ("maria", "ben", "", "maria")
    stores.database.close()
