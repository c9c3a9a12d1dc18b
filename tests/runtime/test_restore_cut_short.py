"""A restore that is cut short again and again can be finished, whatever it had begun."""

from pathlib import Path

import pytest

from domain.errors import OutsideTrouble
from runtime.backups import restore
from runtime.cli import main
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores

pytestmark = pytest.mark.proves("R2")


def _fails(*_: object, **named: object) -> None:
    raise OutsideTrouble("no room", say="The disk is full.")


def test_a_try_that_ends_while_it_unpacks_forgets_not_which_database_an_earlier_one_began_to_fill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "old"))
    open_stores(Settings()).database.close()
    assert main(["backup", "--to", str(tmp_path / "one.backup")]) == 0
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path / "new"))
    again = ["restore", str(tmp_path / "one.backup"), "--keys", str(tmp_path / "old" / "keys")]

    for step in ("_move_in", "unseal"):
        with monkeypatch.context() as broken:
            broken.setattr(restore, step, _fails)
            assert main(again) == 1

    assert main(again) == 0
    open_stores(Settings()).database.close()
