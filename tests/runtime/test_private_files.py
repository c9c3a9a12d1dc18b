"""What a house keeps is for its own account, whatever the machine's habits are."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.private_files import keep_private, make_private
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores


@pytest.fixture(autouse=True)
def a_careless_machine() -> Iterator[None]:
    before = os.umask(0)
    yield
    os.umask(before)


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_house_is_read_by_its_own_account_only(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "house"

    stores = open_stores(Settings(data_dir=data))
    with stores.transactions.writing() as uow:
        uow.people.everybody()

    assert _mode(data) & 0o066 == 0
    files = sorted(data.glob("dogwatch.db*"))
    assert files
    assert all(_mode(file) & 0o077 == 0 for file in files)


def test_a_database_that_everybody_could_read_is_kept_from_others_and_left_to_its_group(
    tmp_path: Path,
) -> None:
    file = tmp_path / "dogwatch.db"
    file.touch(mode=0o664)

    keep_private(file)

    assert _mode(file) == 0o660


def test_a_folder_that_was_there_stays_as_it_was_set(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o1777)
    before = _mode(shared)

    make_private(shared)

    assert _mode(shared) == before
