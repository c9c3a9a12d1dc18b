"""What a backup refuses: a changed byte, a stranger's keys, a house in use; and what it says then."""

import errno
import json
import os
import shutil
import sqlite3
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.errors import BadInput, NotNow, OutsideTrouble
from domain.identity.people import Person, Role
from domain.ids import PersonId
from remediation.fingerprints import fingerprints_of
from remediation.journal import Journal
from runtime.cli import main
from runtime.keys import KeyFolder
from runtime.people.endings import Ended, Ending, endings_since, note_ending
from runtime.people.known_people import prepare
from runtime.people.people_file import PersonEntry, keep_people
from runtime.sealed_archive import backup_keys, read_facts, unseal, write_sealed
from runtime.settings.house import Settings
from runtime.wiring.stores import RESTORING, open_stores
from tests.storage.names_left import still_names
from tests.waiting import wait_until

pytestmark = pytest.mark.proves("R2")


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    made = KeyFolder(tmp_path / "keys")
    backup_keys(made)
    return made


def _archive(tmp_path: Path, keys: KeyFolder, content: bytes = b"truth" * 50_000) -> Path:
    inside = tmp_path / "inside"
    inside.write_bytes(content)
    path = tmp_path / "one.backup"
    write_sealed(path, keys, {"taken_at": "2026-11-28T10:00:00+00:00"}, lambda tar: tar.add(inside, "truth"))
    return path


def test_what_was_sealed_is_read_back_and_is_not_in_clear(tmp_path: Path, keys: KeyFolder) -> None:
    path = _archive(tmp_path, keys)

    facts = read_facts(path, keys)
    unseal(path, keys, tmp_path / "out", sha256=facts["sha256"])

    assert facts["taken_at"].startswith("2026-11-28")
    assert (tmp_path / "out" / "truth").read_bytes() == b"truth" * 50_000
    assert b"truth" not in path.read_bytes()
    assert not list(tmp_path.glob("*.half"))


@pytest.mark.parametrize("ending", [".sig", ".sig.next", ".backup"])
def test_a_backup_over_an_earlier_one_leaves_one_of_them_whole_wherever_it_is_cut_short(
    tmp_path: Path, keys: KeyFolder, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _archive(tmp_path, keys, b"earlier" * 50_000)
    replace, write = Path.replace, Path.open

    def cut(self: Path, target: Path) -> Path:
        if target.name.endswith(ending):
            raise OSError(errno.EIO, "the power went")
        return replace(self, target)

    def full(self: Path, mode: str = "r", **named: Any) -> Any:
        if mode == "w" and self.name.endswith(ending):
            write(self, mode, **named).close()  # the name is there, and no room for what it holds
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, mode, **named)

    monkeypatch.setattr(Path, "replace", cut)
    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OutsideTrouble):
        _archive(tmp_path, keys, b"later" * 50_000)
    monkeypatch.undo()

    facts = read_facts(path, keys)
    unseal(path, keys, tmp_path / "out", sha256=facts["sha256"])
    whole = b"later" * 50_000 if ending == ".sig" else b"earlier" * 50_000
    assert (tmp_path / "out" / "truth").read_bytes() == whole


@pytest.mark.parametrize("place", [0, 100, 70_000, -1])
def test_one_changed_byte_anywhere_is_refused(tmp_path: Path, keys: KeyFolder, place: int) -> None:
    path = _archive(tmp_path, keys)
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)

    with pytest.raises(BadInput, match="not what was signed"):
        read_facts(path, keys)


def test_a_cut_backup_a_forged_signature_and_a_missing_one_are_refused(
    tmp_path: Path, keys: KeyFolder
) -> None:
    path = _archive(tmp_path, keys)
    beside = path.with_name("one.backup.sig")
    said = json.loads(beside.read_text())

    beside.write_text(json.dumps(said | {"facts": said["facts"] | {"taken_at": "2027-01-01T00:00:00+00:00"}}))
    with pytest.raises(BadInput, match="not signed by a key"):
        read_facts(path, keys)
    beside.write_text("[]")
    with pytest.raises(BadInput, match="signature file"):
        read_facts(path, keys)
    beside.unlink()
    with pytest.raises(BadInput) as refused:
        read_facts(path, keys)
    assert "two files" in refused.value.sentence()
    beside.write_text(json.dumps(said))
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BadInput, match="not what was signed"):
        read_facts(path, keys)


@pytest.mark.parametrize("size", [250_000, 3_000_000])
def test_an_archive_that_is_another_one_once_it_is_opened_is_refused(
    tmp_path: Path, keys: KeyFolder, size: int
) -> None:
    path = _archive(tmp_path, keys)
    facts = read_facts(path, keys)
    _archive(tmp_path, keys, b"o" * size)

    with pytest.raises(BadInput, match="replaced while it was read"):
        unseal(path, keys, tmp_path / "out", sha256=facts["sha256"])


def test_keys_of_another_house_open_nothing(tmp_path: Path, keys: KeyFolder) -> None:
    path = _archive(tmp_path, keys)
    stranger = KeyFolder(tmp_path / "stranger")
    backup_keys(stranger)

    with pytest.raises(BadInput, match="not signed by a key"):
        read_facts(path, stranger)
    with pytest.raises(BadInput):
        unseal(path, stranger, tmp_path / "out", sha256="")


def test_no_member_of_an_archive_lands_outside_its_folder(tmp_path: Path, keys: KeyFolder) -> None:
    def climb(tar: tarfile.TarFile) -> None:
        (tmp_path / "inside").write_text("x")
        tar.add(tmp_path / "inside", "../outside")

    write_sealed(tmp_path / "one.backup", keys, {}, climb)

    facts = read_facts(tmp_path / "one.backup", keys)
    with pytest.raises(BadInput, match="outside"):
        unseal(tmp_path / "one.backup", keys, tmp_path / "out", sha256=facts["sha256"])
    assert not (tmp_path / "outside").exists()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_folder_that_never_was_a_house_is_not_backed_up(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["backup"]) == 1
    assert "nothing to back up" in capsys.readouterr().err


def test_copies_that_a_killed_backup_left_are_removed_by_a_later_one(data: Path, tmp_path: Path) -> None:
    open_stores(Settings()).database.close()
    left, under_way = data / ".backup-left", data / ".backup-now"
    for folder, days in ((left, 2), (under_way, 0)):
        folder.mkdir()
        (folder / "database").write_bytes(b"a copy of everything")
        moment = time.time() - days * 86_400
        os.utime(folder, (moment, moment))

    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0

    assert [path.name for path in data.glob(".backup-*")] == [under_way.name]


def test_a_folder_that_is_not_there_becomes_no_file_of_its_name(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_stores(Settings()).database.close()

    assert main(["backup", "--to", str(tmp_path / "unmounted")]) == 1
    assert f"There is no folder {tmp_path / 'unmounted'}" in capsys.readouterr().err
    assert main(["backup", "--to", str(tmp_path / "unmounted" / "one.backup")]) == 1
    assert list(tmp_path.glob("unmounted*")) == []


def test_a_restore_never_touches_a_house_in_use_and_an_interrupted_one_can_only_be_finished(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_stores(Settings()).database.close()
    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0
    assert main(["restore", str(tmp_path / "one.backup")]) == 1
    assert "is in use" in capsys.readouterr().err

    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))
    (tmp_path / "new" / RESTORING).mkdir(parents=True)
    with pytest.raises(NotNow, match="half restored"):
        open_stores(Settings())
    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(data / "keys")]) == 0
    assert "Audit trail: whole" in capsys.readouterr().out
    open_stores(Settings()).database.close()


@pytest.mark.proves("L6")
def test_who_was_erased_after_a_backup_is_erased_again_by_its_restore(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = open_stores(Settings())
    with stores.transactions.writing() as uow:
        for name, called in (("x17", "Rosalind Quill"), ("y4", "Otto Stays"), ("z9", "Mabel Before")):
            uow.people.save(Person(id=PersonId(name), name=called, email=f"{name}@example.org"))
    stores.database.close()
    assert main(["user", "erase", "--id", "z9"]) == 0
    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0
    stores = open_stores(Settings())
    with stores.transactions.writing() as uow:
        uow.people.save(Person(id=PersonId("later"), name="Lea Later"))
    stores.database.close()
    assert [main(["user", "erase", "--id", person]) for person in ("x17", "later", "nobody")] == [0, 0, 1]

    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))
    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(data / "keys")]) == 0

    told = capsys.readouterr().out
    assert "Erased again, as they were after the backup: x17.\n" in told
    assert "Audit trail: whole" in told
    stores = open_stores(Settings())
    with stores.database.reading() as connection:
        found = [bool(still_names(connection, word)) for word in ("Rosalind", "Otto", "Mabel")]
    stores.database.close()
    assert found == [False, True, False]
    assert "nobody" not in (data / "keys" / "erased.jsonl").read_text()


@pytest.mark.proves("L6")
def test_an_older_copy_of_the_keys_forgets_nobody_whom_the_list_at_home_names(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_people("x17", "y4")
    assert main(["user", "erase", "--id", "y4"]) == 0
    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0
    shutil.copytree(data / "keys", tmp_path / "safe")
    assert main(["user", "erase", "--id", "x17"]) == 0
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))
    shutil.copytree(data / "keys", tmp_path / "new" / "keys")

    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(tmp_path / "safe")]) == 0

    assert not _is_still_named("Called x17")
    listed = (tmp_path / "new" / "keys" / "erased.jsonl").read_text()
    assert [name in listed for name in ("x17", "y4")] == [True, True]


@pytest.mark.proves("L6")
def test_who_is_erased_while_a_backup_is_taken_is_erased_again_by_its_restore(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_people("x17")
    listed = data / "keys" / "erased.jsonl"
    with ThreadPoolExecutor() as beside, closing(sqlite3.connect(data / "dogwatch.db")) as other:
        other.execute(
            "BEGIN IMMEDIATE"
        )  # whoever erases is on the list by now, and waits for its turn to write
        erased = beside.submit(main, ["user", "erase", "--id", "x17"])
        wait_until(lambda: listed.exists() and "x17" in listed.read_text())
        assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0
        assert not erased.done()
        other.rollback()
        assert erased.result(30) == 0
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))

    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(data / "keys")]) == 0

    assert not _is_still_named("Called x17")


@pytest.mark.proves("R2")
def test_files_and_folders_that_lie_elsewhere_and_are_linked_come_back(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = open_stores(Settings())
    blob = stores.blobs.put(b"dropped long ago")
    stores.database.close()
    mounted, disk = tmp_path / "mounted.yaml", tmp_path / "disk"
    mounted.write_text("targets: []\n")
    (data / "runner").mkdir(mode=0o700)
    (data / "runner" / "targets.yaml").symlink_to(mounted)
    (data / "blobs").rename(disk)
    (data / "blobs").symlink_to(disk)
    shelves = [path for path in disk.iterdir() if path.is_dir() and path.name != "incoming"]
    for shelf in shelves:
        shelf.rename(tmp_path / f"elsewhere-{shelf.name}")
        shelf.symlink_to(tmp_path / f"elsewhere-{shelf.name}")
    (disk / "round").symlink_to(disk)

    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))
    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(data / "keys")]) == 0

    back = tmp_path / "new" / "runner" / "targets.yaml"
    assert (back.read_text(), back.is_symlink()) == ("targets: []\n", False)
    stores = open_stores(Settings())
    assert shelves
    assert stores.blobs.get(blob) == b"dropped long ago"
    stores.database.close()


@pytest.mark.proves("A5", "I4", "R2")
def test_who_was_shut_out_after_a_backup_stays_out_after_its_restore_with_accounts_and_keys(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_people("x17", "y4", "z9")
    for name in ("x17", "y4", "z9"):
        account = f"console:local:{name}"
        assert main(["user", "add", "--id", name, "--roles", "approver", "--account", account]) == 0
    assert main(["key", "add", "--person", "y4", "--name", "grafana"]) == 0
    key = capsys.readouterr().out.rpartition("dwk_")[2].partition("_")[0]
    assert main(["user", "deactivate", "--id", "z9"]) == 0
    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0
    assert main(["user", "deactivate", "--id", "x17"]) == 0
    assert main(["user", "unlink", "--account", "console:local:y4"]) == 0
    assert main(["key", "revoke", "--id", key]) == 0
    assert main(["user", "activate", "--id", "z9"]) == 0
    assert "Copy" in capsys.readouterr().out

    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))
    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(data / "keys")]) == 0

    told = capsys.readouterr().out
    assert "Shut out again, as they were after the backup: Called x17 (x17)." in told
    assert "Taken off their owners again: console:local:y4 (y4)." in told
    assert f"Revoked again: 1 API key, {key} (grafana)." in told
    assert "Let in again only after the backup, so out now: z9." in told
    assert "Let in, with these roles: y4 (approver)." in told
    assert "Audit trail: whole" in told
    stores = open_stores(Settings())
    with stores.transactions.reading() as uow:
        assert [uow.people.get(PersonId(name)).is_active for name in ("x17", "y4", "z9")] == [
            False,
            True,
            False,
        ]
        assert uow.people.accounts_of(PersonId("y4")) == []
        assert all(one.revoked_at is not None for one in uow.api_keys.every())
    with stores.transactions.writing() as uow:
        file = [PersonEntry(person=Person(id=PersonId("x17"), name="X", roles=frozenset({Role.APPROVER})))]
        assert keep_people(file, uow, stores.clock.now()) == ["x17"]
        assert not uow.people.get(PersonId("x17")).is_active
    stores.database.close()


@pytest.mark.proves("A5", "R2")
def test_whom_the_file_shut_out_after_a_backup_is_out_after_its_restore_unless_the_file_lists_them_again(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = tmp_path / "people.yaml"
    monkeypatch.setenv("DOGWATCH_PEOPLE_FILE", str(people))

    def start(text: str) -> dict[str, bool]:
        people.write_text(f"people: [{text}]")
        stores = open_stores(Settings())
        prepare(Settings(), stores)
        with stores.transactions.reading() as uow:
            found = {one.id: one.is_active for one in uow.people.everybody()}
        stores.database.close()
        return found

    both = "{id: x17, name: X, roles: [approver]}, {id: y4, name: Y, roles: [approver]}"
    start(both)
    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0
    start(both.replace("[approver]", "[approver], is_active: false"))

    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))
    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(data / "keys")]) == 0

    assert start("{id: y4, name: Y, roles: [approver]}") == {"x17": False, "y4": True}


@pytest.mark.parametrize("days", [0, 2])
def test_only_what_was_said_about_the_time_of_a_backup_or_later_is_said_again(
    tmp_path: Path, days: int
) -> None:
    taken_at = datetime(2026, 11, 28, 10, tzinfo=UTC)
    for name, at in (("before", -days * 1440 - 1), ("out", 5), ("back", 6), ("unknown", 7)):
        moment = taken_at + timedelta(minutes=at)
        note_ending(tmp_path, Ending(what=Ended.PERSON, id=name, at=moment))
    note_ending(
        tmp_path, Ending(what=Ended.PERSON, id="back", at=taken_at + timedelta(hours=1), is_over=False)
    )

    found = {ending.id: ending.is_over for ending in endings_since(tmp_path, taken_at)}

    told = {"out": True, "back": False, "unknown": True}
    assert found == (told if days else {"before": True, **told})


def test_newer_keys_that_lie_there_already_outlive_a_restore_with_an_older_copy(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_people("x17")
    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0
    shutil.copytree(data / "keys", tmp_path / "older")
    assert main(["rotate", "audit"]) == 0
    name = "audit.ed25519"
    newer = (data / "keys" / name).read_bytes()
    shutil.copytree(data / "keys", tmp_path / "new" / "keys")

    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))
    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(tmp_path / "older")]) == 0

    aside = list((tmp_path / "new" / "keys").glob(f"{name}.before-*"))
    assert [one.read_bytes() for one in aside] == [newer]
    told = capsys.readouterr().out
    assert "were set aside: " in told
    assert name in told


def test_a_list_that_somebody_mended_by_hand_is_read_and_goes_on(tmp_path: Path) -> None:
    at = datetime(2026, 11, 28, 10, tzinfo=UTC)
    for name in ("one", "two"):
        note_ending(tmp_path, Ending(what=Ended.PERSON, id=name, at=at))
    path = tmp_path / "endings.jsonl"
    path.write_text(path.read_text().replace("\n", "\n\n", 1).rstrip("\n"))

    note_ending(tmp_path, Ending(what=Ended.PERSON, id="three", at=at))

    assert [one.id for one in endings_since(tmp_path, at)] == ["one", "two", "three"]


def test_a_keys_folder_that_is_only_to_be_read_keeps_nobody_from_being_shut_out(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _with_people("x17")
    (data / "keys" / "endings.jsonl").mkdir()  # what can't be written to

    assert main(["user", "deactivate", "--id", "x17"]) == 0

    told = capsys.readouterr()
    assert "may do nothing any more" in told.out
    assert "Copy" not in told.out
    assert "a restore of an earlier backup undoes it" in told.err


def _with_people(*names: str) -> None:
    stores = open_stores(Settings())
    with stores.transactions.writing() as uow:
        for name in names:
            uow.people.save(Person(id=PersonId(name), name=f"Called {name}"))
    stores.database.close()


def _is_still_named(word: str) -> bool:
    stores = open_stores(Settings())
    with stores.database.reading() as connection:
        found = bool(still_names(connection, word))
    stores.database.close()
    return found


@pytest.mark.proves("E6", "R2")
def test_a_runners_journal_that_is_damaged_in_a_backup_keeps_nothing_else_from_coming_back(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_stores(Settings()).database.close()
    path = data / "runner" / "journal.sqlite"
    path.parent.mkdir(mode=0o700)
    journal = Journal(path)
    for number in range(200):
        journal.accept(f"order-{number}", nonce=f"{number:032}", plan_id=f"p{number}", title="t" * 200)
    journal.close()
    whole = path.read_bytes()
    at = len(whole) // 2 // 4096 * 4096
    path.write_bytes(whole[:at] + b"\xff" * 4096 + whole[at + 4096 :])
    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))

    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(data / "keys")]) == 0

    assert "The runner's journal was damaged in the backup" in capsys.readouterr().out
    home = tmp_path / "new" / "runner"
    assert (home / "journal.sqlite.damaged").exists()
    Journal(home / "journal.sqlite").close()
    open_stores(Settings()).database.close()


def test_a_backup_names_the_runners_journal_where_that_alone_cannot_be_copied(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_stores(Settings()).database.close()
    (data / "runner").mkdir(mode=0o700)
    (data / "runner" / "journal.sqlite").write_bytes(b"no database at all" * 400)

    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 1

    told = capsys.readouterr().err
    assert "The runner's journal could not be copied" in told
    assert "move it away" in told


def test_what_a_runner_tells_masked_changes_by_comes_back_and_stays_private(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_stores(Settings()).database.close()
    (data / "runner").mkdir(mode=0o700)
    before = fingerprints_of(data / "runner").of_kept({"x": 1})
    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0

    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))
    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(data / "keys")]) == 0

    assert fingerprints_of(tmp_path / "new" / "runner").of_kept({"x": 1}) == before


def test_a_list_of_the_erased_that_cannot_be_read_stops_a_restore_before_it_fills_anything(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_stores(Settings()).database.close()
    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0
    (data / "keys" / "erased.jsonl").write_text('{"person": "x17"\n')

    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))
    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(data / "keys")]) == 1

    assert "I can't read who was erased" in capsys.readouterr().err
    assert not list((tmp_path / "new").glob("dogwatch.db*"))
    for home in (data, tmp_path / "new"):  # mended in both, or taken out
        (home / "keys" / "erased.jsonl").unlink()
    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(data / "keys")]) == 0


def test_without_the_keys_nothing_is_restored_and_no_keys_are_made(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["restore", str(tmp_path / "one.backup"), "--keys", str(tmp_path / "empty")]) == 1
    assert "--keys FOLDER" in capsys.readouterr().err
    assert list((tmp_path / "empty").iterdir()) == []
