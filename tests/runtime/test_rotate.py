"""Keys that are replaced: what the former ones signed and sealed stays good, and nothing runs meanwhile."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from sqlalchemy import text
from temporalio.api.common.v1 import Payload

from bot.cards.model import Action
from domain.errors import NotAllowed, NotNow
from domain.identity.chat import Place, Platform
from domain.proof.audit import AuditAct, AuditEntry
from runtime.cli import main
from runtime.keys import KeyFolder
from runtime.payload_codec import SealingCodec
from runtime.ports import only_one
from runtime.settings.house import Settings
from runtime.wiring.desk import build_mint
from runtime.wiring.stores import Stores, open_stores
from storage import neighbours
from storage.audit.audit_verify import rows_of, verify
from storage.engine import Database
from storage.neighbours import machines_beside
from tests.counterparts.postgres import create_database, postgres_server
from tests.waiting import wait_until

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
PLACE = Place(platform=Platform.WEB, workspace="web", channel="approvals")
_OPENED: list[Stores] = []
BUTTON = Action(label="Approve", verb="approval.approve", subject="approval/1")


@pytest.fixture
def rotate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    monkeypatch.chdir(tmp_path)

    def run(*what: str) -> tuple[int, str]:
        for stores in _OPENED:
            if stores.database.is_sqlite:  # whatever has its file open counts as running, in this process too
                stores.database.close()
        code = main(["rotate", *what])
        told = capsys.readouterr()
        return code, told.out + told.err

    return run


def a_house() -> Stores:
    stores = open_stores(Settings())
    _OPENED.append(stores)
    return stores


def note(stores: Stores, subject: str) -> None:
    with stores.transactions.writing() as uow:
        uow.audit.append(AuditEntry(at=NOW, act=AuditAct.REFUSED, actor="visitor", subject=subject))


def test_a_trail_goes_on_under_a_new_key_and_verifies_from_its_first_entry(
    rotate: Callable[..., tuple[int, str]],
) -> None:
    note(a_house(), "before")

    code, said = rotate("audit")
    note(a_house(), "after")

    stores = a_house()
    report = verify(rows_of(stores.database), (), stores.audit_ring)
    assert code == 0, said
    assert report.is_whole, report.trouble
    assert len(report.keys) == 2
    acts = [row["act"] for row in rows_of(stores.database)]
    assert acts == ["refused", "key_added", "key_changed", "refused"]


def test_a_trail_verified_with_an_older_copy_of_the_keys_says_what_is_missing(
    rotate: Callable[..., tuple[int, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note(a_house(), "before")
    trusted = tmp_path / ".dogwatch/keys/audit.trusted.json"
    older = trusted.read_text()
    rotate("audit")
    newer = trusted.read_text()

    trusted.write_text(older)
    code = main(["audit", "verify"])
    said = capsys.readouterr().err
    trusted.write_text(newer)

    assert code == 1
    assert "of a newer copy in place" in said
    assert main(["audit", "verify"]) == 0


def test_a_button_drawn_before_works_until_the_rotation_after_the_next(
    rotate: Callable[..., tuple[int, str]],
) -> None:
    token = build_mint(a_house())(BUTTON, PLACE)

    rotate("buttons")
    assert build_mint(a_house()).read(token, PLACE).verb == "approval.approve"
    assert build_mint(a_house())(BUTTON, PLACE).split(".")[0] != token.split(".")[0]
    rotate("buttons")

    with pytest.raises(NotAllowed):
        build_mint(a_house()).read(token, PLACE)


async def test_what_stories_sealed_opens_after_every_rotation(
    rotate: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    keys = a_house().keys

    def codec() -> SealingCodec:
        current, ring = keys.secret_ring("temporal-payloads")
        return SealingCodec(ring, current)

    sealed = await codec().encode([Payload(data=b"first")])
    rotate("stories")
    later = await codec().encode([Payload(data=b"second")])
    rotate("stories")

    opened = await codec().decode([*sealed, *later])

    assert [one.data for one in opened] == [b"first", b"second"]
    assert len(json.loads((tmp_path / ".dogwatch/keys/temporal-payloads.secret").read_text())) == 4


def test_sessions_signed_before_end(rotate: Callable[..., tuple[int, str]]) -> None:
    before = a_house().keys.secret("web-session")

    rotate("sessions")

    _, ring = a_house().keys.secret_ring("web-session")
    assert before not in ring.values()


@pytest.mark.parametrize("what", ["orders", "backup"])
def test_what_a_former_key_signed_stays_believed(rotate: Callable[..., tuple[int, str]], what: str) -> None:
    former = a_house().keys.signer(what)
    signature = former.sign(b"told")

    code, said = rotate(what)

    keys = a_house().keys
    assert code == 0, said
    assert keys.signer(what).key_id != former.key_id
    assert keys.ring(what).is_signed(former.key_id, b"told", signature)


def test_nothing_is_rotated_beside_a_running_house(
    rotate: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    former = a_house().keys.signer("audit").key_id

    with only_one(tmp_path / ".dogwatch"):
        code, said = rotate("audit")

    assert code == 1
    assert "Stop it, rotate, and start it again." in said
    assert a_house().keys.signer("audit").key_id == former


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgres_server() as address:
        yield address


def test_nothing_is_rotated_beside_a_worker_that_has_the_database_open(
    rotate: Callable[..., tuple[int, str]],
) -> None:
    stores = a_house()
    note(stores, "before")
    before = Settings().data_dir.joinpath("keys/audit.ed25519").read_text()
    path = stores.database.engine.url.database
    stores.database.close()
    opens = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM sqlite_master')"
    worker = subprocess.Popen(
        [sys.executable, "-c", f"{opens}; print('up', flush=True); input()", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert worker.stdout is not None
        worker.stdout.readline()
        beside = rotate("audit")
    finally:
        worker.communicate(b"\n")
    alone = rotate("audit")

    assert beside[0] != 0
    assert "its processes would not know the new key" in beside[1]
    assert alone[0] == 0, alone[1]
    assert Settings().data_dir.joinpath("keys/audit.ed25519").read_text() != before


def test_nothing_is_rotated_beside_who_recovers_the_database_just_now(
    rotate: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Recovered(sqlite3.Connection):
        def execute(self, *_: object) -> sqlite3.Cursor:
            error = sqlite3.OperationalError("database is locked")
            error.sqlite_errorcode = sqlite3.SQLITE_BUSY_RECOVERY
            raise error

    note(a_house(), "before")
    monkeypatch.setattr(neighbours, "sqlite3", SimpleNamespace(**{**vars(sqlite3), "connect": Recovered}))

    code, told = rotate("audit")

    assert code != 0
    assert "its processes would not know the new key" in told


@pytest.mark.parametrize("name", ["", "?application_name=feeds"])
def test_nothing_is_rotated_beside_a_process_that_shares_the_database(
    rotate: Callable[..., tuple[int, str]], server: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("DOGWATCH_DATABASE__URL", create_database(server, f"house{len(name)}") + name)
    elsewhere = a_house()  # a front or worker of another machine that uses the same database
    former = elsewhere.keys.signer("audit").key_id

    code, said = rotate("audit")
    kept = KeyFolder(elsewhere.keys.folder).signer("audit").key_id
    elsewhere.database.close()
    wait_until(lambda: not machines_beside_of(Settings()), 20)
    after, then = rotate("audit")

    assert code == 1
    assert "Dogwatch is connected to its database from 127.0.0.1" in said
    assert "Stop every process of it, rotate" in said
    assert kept == former
    assert after == 0, then
    assert KeyFolder(elsewhere.keys.folder).signer("audit").key_id != former


def test_connections_that_a_pooler_keeps_can_be_named_and_no_others(
    rotate: Callable[..., tuple[int, str]], server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOGWATCH_DATABASE__URL", create_database(server, "pooled"))
    kept_open = a_house()
    former = kept_open.keys.signer("audit").key_id

    other, of_another = rotate("audit", "--pooler", "10.0.0.9")
    code, said = rotate("audit", "--pooler", "127.0.0.1")
    kept_open.database.close()

    assert other == 1
    assert "add --pooler 127.0.0.1" in of_another
    assert code == 0, said
    assert KeyFolder(kept_open.keys.folder).signer("audit").key_id != former


def test_whoever_else_uses_the_server_keeps_nobody_from_rotating(
    rotate: Callable[..., tuple[int, str]], server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = create_database(server, "rotated")
    other_house = Database(create_database(server, "another"))
    other_house.ping()
    monkeypatch.setenv("DOGWATCH_DATABASE__URL", address)
    a_house().database.close()
    wait_until(lambda: not machines_beside_of(Settings()), 20)

    with psycopg.connect(address.replace("+psycopg", "")):
        code, said = rotate("audit")
    other_house.close()

    assert code == 0, said


def machines_beside_of(settings: Settings) -> list[str]:
    database = Database(settings.database_url())
    try:
        return machines_beside(database)
    finally:
        database.close()


def test_nothing_is_rotated_where_the_trail_takes_no_entry(rotate: Callable[..., tuple[int, str]]) -> None:
    stores = a_house()
    note(stores, "before")
    former = stores.keys.secret_ring("action-tokens")
    with stores.database.writing() as connection:
        connection.execute(text("DROP TRIGGER audit_entries_no_update"))
        connection.execute(text("UPDATE audit_entries SET hash = 'zz'"))

    code, said = rotate("buttons")

    assert code == 1
    assert "was changed from outside" in said
    assert a_house().keys.secret_ring("action-tokens") == former


def test_a_folder_without_a_house_gets_none(rotate: Callable[..., tuple[int, str]], tmp_path: Path) -> None:
    code, said = rotate("buttons")

    assert code == 1
    assert "There is no house in" in said
    assert not (tmp_path / ".dogwatch").exists()


def test_the_form_of_older_releases_is_read(tmp_path: Path) -> None:
    (tmp_path / "action-tokens.secret").write_text(json.dumps({"secret": "ab" * 32}))

    assert KeyFolder(tmp_path).secret_ring("action-tokens") == ("k1", {"k1": bytes.fromhex("ab" * 32)})


def test_a_token_still_ends_with_its_own_time_after_a_rotation(
    rotate: Callable[..., tuple[int, str]],
) -> None:
    mint = build_mint(a_house())
    token = mint.mint(BUTTON, PLACE, datetime.now(UTC) + timedelta(seconds=-1))
    rotate("buttons")

    with pytest.raises(NotNow, match="expired"):
        build_mint(a_house()).read(token, PLACE)
