"""The people file while the house runs, and the verbs that end what somebody may."""

import asyncio
import contextlib
import json
import os
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.errors import BadInput
from domain.identity.chat import Account, Platform
from domain.identity.people import Person, Role
from domain.identity.web_access import SignIn
from domain.ids import PersonId
from runtime.cli import main
from runtime.people.endings import Ending, endings_since
from runtime.people.people_file import PeopleFile, keep_people, read_people
from runtime.settings.house import Settings
from runtime.wiring.stores import Stores, open_stores
from storage.audit.audit_verify import rows_of
from tests.waiting import until

SLACK = {"platform": "slack", "workspace": "T0123", "user": "U0456"}


def a_file(path: Path, *people: dict[str, object], age_seconds: float = 10.0) -> Path:
    path.write_text(json.dumps({"people": people}))  # JSON is YAML
    then = time.time() - age_seconds
    os.utime(path, (then, then))
    return path


def maria(**changes: object) -> dict[str, object]:
    return {"id": "maria", "name": "Maria Marl", "roles": ["approver"], "accounts": [SLACK]} | changes


@pytest.fixture
def stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stores:
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "data"))
    return open_stores(Settings())


def take(stores: Stores, path: Path) -> None:
    with stores.transactions.writing() as uow:
        keep_people(read_people(path), uow, stores.clock.now())


def signed_in(stores: Stores, person: str, sid: str) -> None:
    now = datetime.now(UTC)
    with stores.transactions.writing() as uow:
        uow.sign_ins.save_sign_in(
            SignIn(sid=sid, person=PersonId(person), method="oidc", began_at=now, seen_at=now)
        )


def is_live(stores: Stores, sid: str) -> bool:
    with stores.transactions.reading() as uow:
        found = uow.sign_ins.sign_in(sid)
    return found is not None and found.is_live(datetime.now(UTC))


def owner_of_slack(stores: Stores) -> str:
    account = Account(platform=Platform.SLACK, workspace="T0123", user="U0456")
    with stores.transactions.reading() as uow:
        found = uow.people.find_person(account)
    return found.id if found is not None else ""


def person(stores: Stores, name: str) -> Person:
    with stores.transactions.reading() as uow:
        return uow.people.get(PersonId(name))


@contextlib.asynccontextmanager
async def followed(stores: Stores, path: Path) -> AsyncIterator[None]:
    file = PeopleFile(path, stores.transactions.writing, stores.clock.now, look_seconds=0.05)
    task = asyncio.create_task(file.follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.proves("A5", "I4")
async def test_who_leaves_by_the_file_is_out_while_the_house_runs(
    stores: Stores, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = a_file(tmp_path / "people.yaml", maria(), age_seconds=100)
    take(stores, path)
    signed_in(stores, "maria", "s1")

    async with followed(stores, path):
        path.write_text("people: [")  # an editor's half
        os.utime(path, (time.time() - 50, time.time() - 50))
        await until(lambda: "people stay as they were" in caplog.text)
        assert person(stores, "maria").is_active
        a_file(path, maria(is_active=False))
        await until(lambda: not person(stores, "maria").is_active)

    assert not is_live(stores, "s1")


@pytest.mark.proves("A5")
@pytest.mark.parametrize("broken", ["people: [", None], ids=["not valid", "gone"])
def test_who_may_what_counts_as_unread_a_minute_after_the_file_could_last_be_taken(
    stores: Stores, tmp_path: Path, broken: str | None
) -> None:
    path = a_file(tmp_path / "people.yaml", maria(), age_seconds=100)
    take(stores, path)
    seconds = [1_000.0]
    file = PeopleFile(path, stores.transactions.writing, stores.clock.now, lambda: seconds[0])

    def is_read_after(more: float) -> bool:
        seconds[0] += more
        file.look()
        return file.is_read()

    while_it_stands = [is_read_after(40), is_read_after(40)]
    if broken is None:
        path.unlink()
    else:
        path.write_text(broken)
        os.utime(path, (time.time() - 50, time.time() - 50))
    while_it_is_broken = [is_read_after(40), is_read_after(40)]
    a_file(path, maria(name="Maria M."))
    mended = is_read_after(5)

    assert while_it_stands == [True, True]
    assert while_it_is_broken == [True, False]
    assert mended
    assert person(stores, "maria").name == "Maria M."


@pytest.mark.proves("A5")
def test_an_account_of_the_file_is_the_persons_whoever_had_it(stores: Stores, tmp_path: Path) -> None:
    take(stores, a_file(tmp_path / "people.yaml", maria(), {"id": "jon", "name": "Jon"}))
    assert owner_of_slack(stores) == "maria"

    jon = {"id": "jon", "name": "Jon", "accounts": [SLACK]}
    take(stores, a_file(tmp_path / "people.yaml", maria(accounts=[]), jon))

    assert owner_of_slack(stores) == "jon"
    acts = [str(row["act"]) for row in rows_of(stores.database)]
    assert acts.count("account_linked") == 2
    assert acts.count("account_unlinked") == 1


@pytest.mark.parametrize(
    ("people", "twice"),
    [
        ([maria(), maria(accounts=[])], "person maria"),
        ([maria(), maria(id="jon")], "account slack:T0123:U0456"),
    ],
)
def test_what_stands_twice_in_the_file_is_refused(
    tmp_path: Path, people: list[dict[str, object]], twice: str
) -> None:
    with pytest.raises(BadInput) as refused:
        read_people(a_file(tmp_path / "people.yaml", *people))

    assert f"{twice} twice" in refused.value.sentence()


@pytest.mark.proves("I4", "L1")
def test_an_operator_ends_what_somebody_may_and_lets_them_in_again(
    stores: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    account = "slack:T0123:U0456"
    added = ["user", "add", "--id", "maria", "--name", "Maria Marl", "--roles", "approver"]
    assert main([*added, "--email", "m@example.org", "--account", account]) == 0
    signed_in(stores, "maria", "s1")
    signed_in(stores, "maria", "s2")

    assert main(["user", "sign-out", "--id", "maria"]) == 0
    assert "2 of Maria Marl's sign-ins ended" in capsys.readouterr().out
    assert not is_live(stores, "s1")
    signed_in(stores, "maria", "s3")
    assert main(["user", "deactivate", "--id", "maria"]) == 0
    assert not is_live(stores, "s3")
    assert not person(stores, "maria").is_active

    assert main(["user", "add", "--id", "maria", "--name", "Maria Marl", "--teams", "risk"]) == 0
    kept = person(stores, "maria")
    assert (kept.email, kept.roles, kept.is_active) == ("m@example.org", {Role.APPROVER}, False)
    assert main(["user", "activate", "--id", "maria"]) == 0
    assert person(stores, "maria").is_active

    assert main(["user", "unlink", "--account", account]) == 0
    assert owner_of_slack(stores) == ""
    assert main(["user", "unlink", "--account", account]) != 0
    assert "Nobody owns slack:T0123:U0456" in capsys.readouterr().err


@pytest.mark.proves("A5", "I4")
def test_whom_an_operator_shut_out_no_reading_of_the_file_lets_in(stores: Stores, tmp_path: Path) -> None:
    path = a_file(tmp_path / "people.yaml", maria(), age_seconds=100)
    take(stores, path)

    assert main(["user", "deactivate", "--id", "maria"]) == 0
    take(stores, a_file(path, maria(name="Maria M.")))
    out = person(stores, "maria")
    take(stores, a_file(path, maria(is_active=False)))
    take(stores, a_file(path, maria()))
    known_to_the_file = person(stores, "maria")
    assert main(["user", "deactivate", "--id", "maria"]) == 0
    assert main(["user", "activate", "--id", "maria"]) == 0
    take(stores, path)

    assert (out.name, out.is_active) == ("Maria M.", False)
    assert known_to_the_file.is_active
    assert person(stores, "maria").is_active


@pytest.mark.proves("I4")
def test_whom_the_file_lists_and_who_stays_out_is_named_in_the_log_each_time_it_is_taken(
    stores: Stores, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = a_file(tmp_path / "people.yaml", maria(), {"id": "jon", "name": "Jon"}, age_seconds=100)
    take(stores, path)
    assert main(["user", "deactivate", "--id", "maria"]) == 0
    followed = PeopleFile(path, stores.transactions.writing, stores.clock.now)

    a_file(path, maria(name="Maria M."), {"id": "jon", "name": "Jon", "is_active": False}, age_seconds=50)
    followed.look()
    followed.look()

    told = [one.getMessage() for one in caplog.records if "stays out" in one.getMessage()]
    assert len(told) == 1
    assert told[0].startswith("maria stays out although the people file has them as active")


def test_nobody_is_written_down_as_shut_out_when_that_can_not_be_done(stores: Stores, tmp_path: Path) -> None:
    path, noted = a_file(tmp_path / "people.yaml", maria()), list[Ending]()
    take(stores, path)
    a_file(path, maria(is_active=False), age_seconds=50)

    followed = PeopleFile(path, stores.transactions.writing, stores.clock.now, note=noted.append)
    with out_of_order(stores):
        followed.look()
        followed.look()
    assert noted == []

    followed.look()
    assert [(one.id, one.is_over) for one in noted] == [("maria", True)]


@pytest.mark.proves("A5", "I4")
@pytest.mark.parametrize(
    "act", [["activate", "--id", "maria"], ["add", "--id", "maria", "--account", "slack:T0123:U0456"]]
)
def test_whoever_could_not_be_let_in_again_is_not_written_down_as_let_in(
    stores: Stores, tmp_path: Path, act: list[str]
) -> None:
    take(stores, a_file(tmp_path / "people.yaml", maria()))
    assert main(["user", "unlink", "--account", "slack:T0123:U0456"]) == 0
    assert main(["user", "deactivate", "--id", "maria"]) == 0

    with out_of_order(stores):
        assert main(["user", *act]) == 1

    told = endings_since(stores.keys.folder, datetime(2020, 1, 1, tzinfo=UTC))
    assert [one.is_over for one in told] == [True, True]


@contextlib.contextmanager
def out_of_order(stores: Stores) -> Iterator[None]:
    """Let the audit trail take no entry for a while: its newest was changed, as an owner of the table can."""
    newest = text("SELECT number, hash FROM audit_entries ORDER BY number DESC LIMIT 1")
    change = text("UPDATE audit_entries SET hash = :hash WHERE number = :number")
    with stores.database.writing() as connection:
        connection.execute(text("DROP TRIGGER IF EXISTS audit_entries_no_update"))
        number, good = connection.execute(newest).one()
        connection.execute(change, {"number": number, "hash": "zz"})
    yield
    with stores.database.writing() as connection:
        connection.execute(change, {"number": number, "hash": good})


@pytest.mark.proves("A5", "I4")
def test_an_account_that_was_taken_off_no_reading_of_the_file_gives_back(
    stores: Stores, tmp_path: Path
) -> None:
    path, account = tmp_path / "people.yaml", "slack:T0123:U0456"
    jon = {"id": "jon", "name": "Jon", "accounts": [SLACK]}
    take(stores, a_file(path, maria()))

    assert main(["user", "unlink", "--account", account]) == 0
    take(stores, path)
    off = owner_of_slack(stores)
    take(stores, a_file(path, maria(accounts=[]), jon))
    anothers = owner_of_slack(stores)
    take(stores, a_file(path, maria()))
    theirs_again = owner_of_slack(stores)
    assert main(["user", "unlink", "--account", account]) == 0
    assert main(["user", "add", "--id", "maria", "--account", account]) == 0
    take(stores, path)

    assert (off, anothers, theirs_again, owner_of_slack(stores)) == ("", "jon", "maria", "maria")


@pytest.mark.proves("A5")
def test_a_question_at_the_terminal_lets_nobody_in_whom_an_operator_shut_out(stores: Stores) -> None:
    assert main(["ask", "--as", "ben", "waiting"]) == 0
    assert main(["user", "deactivate", "--id", "ada"]) == 0
    assert main(["user", "add", "--id", "erin", "--roles", "engineer"]) == 0

    assert main(["ask", "--as", "ben", "waiting"]) == 0

    assert not person(stores, "ada").is_active
    assert person(stores, "erin").roles == {Role.ENGINEER}


@pytest.mark.parametrize(("roles", "says"), [("approver", False), ("engineer", True)])
def test_who_changes_somebody_hears_that_the_file_would_change_them_back(
    stores: Stores,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    roles: str,
    says: bool,
) -> None:
    monkeypatch.setenv("DOGWATCH_PEOPLE_FILE", str(a_file(tmp_path / "people.yaml", maria(email="m@x.org"))))

    assert main(["user", "add", "--id", "maria", "--name", "Maria Marl", "--roles", roles]) == 0

    assert ("The people file says otherwise" in capsys.readouterr().out) is says


@pytest.mark.proves("L6")
def test_nobody_is_erased_of_whom_a_restore_would_not_know_it(
    stores: Stores, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["user", "add", "--id", "maria", "--name", "Maria Marl"]) == 0
    listed = Settings().data_dir / "keys" / "erased.jsonl"
    listed.symlink_to("/nowhere/at/all")

    assert main(["user", "erase", "--id", "maria"]) == 1

    assert "can't write down who is erased" in capsys.readouterr().err
    with stores.transactions.reading() as uow:
        assert uow.people.get(PersonId("maria")).name == "Maria Marl"
    listed.unlink()
    assert main(["user", "erase", "--id", "maria"]) == 0


@pytest.mark.proves("L6")
@pytest.mark.parametrize("still", [True, False])
def test_who_erases_somebody_hears_that_the_file_would_bring_them_back(
    stores: Stores,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    still: bool,
) -> None:
    assert main(["user", "add", "--id", "maria", "--name", "Maria Marl"]) == 0
    file = a_file(tmp_path / "people.yaml", maria() if still else maria(id="jon"))
    monkeypatch.setenv("DOGWATCH_PEOPLE_FILE", str(file))

    assert main(["user", "erase", "--id", "maria"]) == 0

    assert ("The people file still names them" in capsys.readouterr().out) is still
