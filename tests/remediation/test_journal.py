"""A journal that is not whole is no journal: the runner is off, and says what to do."""

import sqlite3
from pathlib import Path

import pytest

from remediation.account import RemediationOff
from remediation.journal import Act, Journal, Place


def _filled(path: Path) -> None:
    journal = Journal(path)
    for number in range(200):
        order = f"order-{number}"
        journal.accept(order, nonce=f"{number:032}", plan_id=f"plan-{number}", title="t" * 200)
        journal.intend(Place(order, 1, Act.DO, 1), {"kept": "x" * 200})
    journal.close()


@pytest.mark.proves("E6")
def test_a_journal_that_was_closed_is_opened_again_with_all_that_it_knew(tmp_path: Path) -> None:
    _filled(tmp_path / "journal.sqlite")

    journal = Journal(tmp_path / "journal.sqlite")

    assert len(journal.open_orders()) == 200
    journal.close()


@pytest.mark.proves("E6")
@pytest.mark.parametrize("harm", ["head", "page", "cut", "other", "folder"])
def test_a_damaged_journal_turns_remediation_off_in_words(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "runner" / "journal.sqlite"
    path.parent.mkdir()
    _filled(path)
    whole = path.read_bytes()
    if harm == "head":
        path.write_bytes(b"\xff" * 100 + whole[100:])
    elif harm == "page":
        at = len(whole) // 2 // 4096 * 4096
        path.write_bytes(whole[:at] + b"\xff" * 4096 + whole[at + 4096 :])
    elif harm == "cut":
        path.write_bytes(whole[: len(whole) // 3])
    elif harm == "other":
        path.write_bytes(b"no database at all" * 400)
    else:
        path = tmp_path / "gone" / "journal.sqlite"

    with pytest.raises(RemediationOff) as off:
        Journal(path)

    assert "its journal can't be used" in off.value.say
    assert "need another yes" in off.value.next_step


def test_a_journal_that_another_process_writes_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    _filled(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO refusals (order_id, what) VALUES ('o', 'w')")
    other.execute("COMMIT")

    Journal(path).close()
    other.close()
