"""The front's desk knows whether what says who may what can be read, whatever door somebody stands at."""

import json
import os
import time
from pathlib import Path

import pytest

from domain.identity.chat import Platform
from domain.ids import PersonId
from runtime.people.known_people import prepare
from runtime.processes.front import Front, build_front
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from runtime.wiring.web_sign_ins import WebSignIns
from web.visitors import Visitors


def front_of(folder: Path, **settings: object) -> Front:
    people = folder / "people.yaml"
    people.write_text(json.dumps({"people": [{"id": "ada", "name": "Ada", "roles": ["approver"]}]}))
    os.utime(people, (time.time() - 100, time.time() - 100))
    chosen = Settings(data_dir=folder / "data", people_file=str(people), **settings)
    stores = open_stores(chosen)
    prepare(chosen, stores)
    return build_front(chosen, stores, "127.0.0.1:1", 8420)


def doors_that_read(front: Front) -> set[str]:
    return {platform.value for platform in Platform if front.desk._tools.are_rights_read(platform)}


@pytest.mark.proves("A5")
def test_a_people_file_that_cannot_be_taken_stops_high_risk_at_every_door(tmp_path: Path) -> None:
    front = front_of(tmp_path)
    assert front.people is not None
    before = doors_that_read(front)

    front.people.is_read = lambda: False

    assert before == {"slack", "teams", "web", "console"}
    assert doors_that_read(front) == set()


@pytest.mark.proves("A5")
def test_a_directory_that_does_not_answer_stops_high_risk_on_the_web_where_it_vouches(
    tmp_path: Path,
) -> None:
    ldap = {"url": "ldaps://127.0.0.1:1", "base": "dc=example,dc=org"}
    ldap |= {"account": "cn=reader", "credential": "secret://directory"}
    front = front_of(tmp_path, signin={"ldap": ldap})
    before = doors_that_read(front)

    front.doors.are_rights_read[Platform.WEB] = lambda: False

    assert "leavers" in front.doors.watches
    assert before == {"slack", "teams", "web", "console"}
    assert doors_that_read(front) == {"slack", "teams", "console"}


@pytest.mark.proves("I4", "A5")
def test_the_web_chat_knows_which_of_the_demo_people_is_out(tmp_path: Path) -> None:
    chosen = Settings(data_dir=tmp_path / "data")
    stores = open_stores(chosen)
    prepare(chosen, stores)
    with stores.transactions.writing() as uow:
        uow.people.save(uow.people.get(PersonId("sam")).model_copy(update={"is_active": False}))
    visitors = Visitors(
        lambda request: None,
        "web",
        reading=stores.transactions.reading,
        writing=stores.transactions.writing,
        clock=stores.clock,
    )

    sign_ins = WebSignIns(stores, visitors)

    assert [sign_ins.is_out(name) for name in ("sam", "ada", "nobody")] == [True, False, False]
    stores.database.close()
