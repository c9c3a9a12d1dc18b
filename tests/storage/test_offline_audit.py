"""The trail outside the house: verified by a program that shares no code with it, also after an erasure."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import text

from domain.approval.approvals import Verdict
from domain.identity.people import Role
from domain.ids import ApprovalId, PersonId
from domain.proof.audit import AuditAct, AuditEntry
from runtime.settings.house import Settings
from runtime.verbs.audit_export import write_export
from runtime.wiring.stores import Stores, open_stores
from storage.audit.audit_verify import rows_of, verify
from storage.erasure import erase_person
from tests.domain.builders import NOW, a_person, a_request
from tests.storage.names_left import still_names

VERIFIER = Path(__file__).resolve().parents[2] / "tools" / "verify_audit.py"


@pytest.fixture
def stores(tmp_path: Path) -> Stores:
    return open_stores(Settings(data_dir=tmp_path / "data"))


def exported(stores: Stores, tmp_path: Path, entries: int = 4) -> Path:
    for number in range(entries):
        with stores.transactions.writing() as uow:
            uow.audit.append(
                AuditEntry(
                    at=NOW, act=AuditAct.REFUSED, actor="ada", subject=f"plan/{number}", facts={"n": "1"}
                )
            )
    stores.anchors.anchor(stores.database, force=True)
    path = tmp_path / "export.jsonl"
    assert write_export(stores, path) == entries
    return path


def verified(export: Path, *keys: Path) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-I", str(VERIFIER), str(export), *map(str, keys)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.proves("L5")
def test_an_export_verifies_offline_with_a_public_key_alone(stores: Stores, tmp_path: Path) -> None:
    export = exported(stores, tmp_path)
    keys, strangers = tmp_path / "keys.json", tmp_path / "strangers.json"
    keys.write_text(json.dumps(stores.audit_ring.public_keys()))
    strangers.write_text(json.dumps(dict.fromkeys(stores.audit_ring.public_keys(), "ab" * 32)))

    whole, foreign = verified(export, keys), verified(export, strangers)

    assert whole.returncode == 0, whole.stdout + whole.stderr
    assert foreign.returncode == 1
    source = VERIFIER.read_text()
    assert len(source.splitlines()) <= 160
    assert "domain" not in source.replace("Dogwatch", "")
    assert "storage" not in source


@pytest.mark.proves("L5")
@pytest.mark.parametrize("line", range(1, 6))
@pytest.mark.parametrize("change", ["drop", "edit", "swap", "spoil"])
def test_every_change_of_an_export_is_found(stores: Stores, tmp_path: Path, line: int, change: str) -> None:
    export = exported(stores, tmp_path)
    lines = export.read_text().splitlines()
    entries = [n for n, text in enumerate(lines) if json.loads(text)["kind"] == "entry"]
    if line > len(entries) or (change == "swap" and line == len(entries)):
        pytest.skip("there are fewer entries")
    at = entries[line - 1]
    if change == "drop":
        del lines[at]
    elif change == "edit":
        lines[at] = lines[at].replace("ada", "eve")
    elif change == "spoil":
        lines[at] = json.dumps(json.loads(lines[at]) | {("signature", "hash", "at")[line % 3]: "zz"})
    else:
        lines[at], lines[at + 1] = lines[at + 1], lines[at]
    export.write_text("\n".join(lines) + "\n")

    found = verified(export)

    assert (found.returncode, found.stdout[:10], found.stderr) == (1, "NOT whole:", "")


@pytest.mark.proves("L5")
def test_an_export_of_a_trail_that_holds_bytes_is_made_and_found_to_be_edited(
    stores: Stores, tmp_path: Path
) -> None:
    export = exported(stores, tmp_path)
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps(stores.audit_ring.public_keys()))
    with stores.database.writing() as connection:
        connection.execute(text("DROP TRIGGER audit_entries_no_update"))
        connection.execute(text("UPDATE audit_entries SET signature = x'ff00' WHERE number = 2"))

    write_export(stores, export)
    bytes_in_it = verified(export, keys)
    lines = export.read_text().splitlines()
    export.write_text("\n".join(line for line in lines if json.loads(line)["kind"] == "keys") + "\n")
    empty = verified(export, keys)

    assert "entry 2 is not signed by a trusted key" in bytes_in_it.stdout
    assert "no anchors: that an end was cut off would not be seen" in empty.stdout


@pytest.mark.proves("L3", "L5")
def test_an_export_without_its_end_and_its_anchors_is_found_by_anchors_from_elsewhere(
    stores: Stores, tmp_path: Path
) -> None:
    export = exported(stores, tmp_path)
    keys, none, elsewhere = (tmp_path / name for name in ("keys.json", "none.json", "anchors.jsonl"))
    keys.write_text(json.dumps(stores.audit_ring.public_keys()))
    none.write_text("{}")
    elsewhere.write_text("".join(json.dumps(asdict(one)) + "\n" for one in stores.anchors.all()))

    untouched = verified(export, keys, elsewhere)
    trusting_nobody = verified(export, none)
    lines = [text for text in export.read_text().splitlines() if json.loads(text)["kind"] != "anchor"]
    export.write_text("\n".join(lines[:-1]) + "\n")
    cut = verified(export, keys, elsewhere)

    assert untouched.returncode == 0, untouched.stdout + untouched.stderr
    assert "not signed by a trusted key" in trusting_nobody.stdout
    assert "the tail is cut off" in cut.stdout


@pytest.mark.proves("L6")
def test_an_erased_person_has_no_name_anywhere_and_the_chain_still_verifies(
    stores: Stores, tmp_path: Path
) -> None:
    with stores.transactions.writing() as uow:
        somebody = a_person("x17", Role.APPROVER)
        uow.people.save(somebody.model_copy(update={"name": "Rosalind Quill", "email": "rosa@example.org"}))
        uow.audit.append(AuditEntry(at=NOW, act=AuditAct.REFUSED, actor="x17", subject="plan/1"))

    erase_person(stores.database, stores.transactions, PersonId("x17"), NOW)

    with stores.database.reading() as connection:
        assert still_names(connection, "Rosalind") == []
        assert still_names(connection, "rosa@example.org") == []
    report = verify(rows_of(stores.database), [], stores.audit_ring)
    assert report.is_whole
    with stores.transactions.reading() as uow:
        assert not uow.people.get(PersonId("x17")).is_active
    assert verified(exported_again(stores, tmp_path)).returncode == 0


@pytest.mark.proves("L6")
def test_what_is_counted_adds_up_to_the_chain(stores: Stores) -> None:
    for number, verdict in enumerate((Verdict.APPROVED, Verdict.REJECTED, Verdict.APPROVED)):
        with stores.transactions.writing() as uow:
            request = a_request(verdict=verdict).model_copy(update={"id": ApprovalId(f"a{number}")})
            uow.approvals.save(request)
            uow.audit.append(
                AuditEntry(
                    at=NOW,
                    act=AuditAct.VERDICT_REACHED,
                    actor="ada",
                    subject=f"approval/{request.id}",
                    facts={"verdict": verdict.value},
                )
            )

    told = [json.loads(row["canonical"]) for row in rows_of(stores.database)]
    with stores.transactions.reading() as uow:
        for verdict in (Verdict.APPROVED, Verdict.REJECTED):
            in_chain = sum(
                entry["act"] == "verdict_reached" and entry["facts"]["verdict"] == verdict.value
                for entry in told
            )
            assert uow.approval_list.count(verdict) == in_chain


def exported_again(stores: Stores, tmp_path: Path) -> Path:
    path = tmp_path / "again.jsonl"
    write_export(stores, path)
    return path
