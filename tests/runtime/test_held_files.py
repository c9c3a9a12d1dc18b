"""Folders in which strangers may exchange a file for a link at any moment: nothing outside is read."""

import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from domain.errors import BadInput, NotFound
from runtime import held_files
from runtime.library.places import Found, Unread, _read
from runtime.settings.house import Settings
from runtime.wiring.comparing.configured_cells import DayFile, FileCells
from runtime.wiring.comparing.configured_files import ConfiguredFiles
from runtime.wiring.comparing.source_folders import SourceFolders
from runtime.wiring.stores import open_stores
from tests.config_gen.builders import a_config

pytestmark = pytest.mark.proves("G3", "F1")
ROWS = "Trade Id,Amount,Date\nT1,1.25,22.11.2026\n"
SECRET = "Trade Id,Amount,Date\nhunter2,1.25,22.11.2026\n"


@pytest.fixture
def landing(tmp_path: Path) -> Path:
    folder = tmp_path.resolve() / "landing"
    folder.mkdir()
    (folder / "fx_20261122.csv").write_text(ROWS)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "fx_20261122.csv").write_text(SECRET)
    return folder


def exchange_file(landing: Path) -> None:
    (landing / "fx_20261122.csv").unlink()
    (landing / "fx_20261122.csv").symlink_to(landing.parent / "own" / "fx_20261122.csv")


def exchange_folder(landing: Path) -> None:
    landing.rename(landing.with_name("before"))
    landing.symlink_to(landing.parent / "own")


def exchange_with_a_pipe(landing: Path) -> None:
    (landing / "fx_20261122.csv").unlink()
    os.mkfifo(landing / "fx_20261122.csv")


EXCHANGES = (exchange_file, exchange_folder, exchange_with_a_pipe)


def files_of(landing: Path, tmp_path: Path) -> ConfiguredFiles:
    settings = Settings(data_dir=tmp_path / "data")
    where = {"kind": "directory", "system": "deals", "location": str(landing), "file_pattern": "fx_*.csv"}
    return ConfiguredFiles(a_config(source=where), open_stores(settings), SourceFolders(settings))


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_what_takes_the_place_of_a_file_after_it_was_found_is_not_read(
    landing: Path, tmp_path: Path, exchange: Callable[[Path], None]
) -> None:
    files = files_of(landing, tmp_path)
    (found,) = files.of_folder()

    exchange(landing)

    for read in (files.cells, files.closing, FileCells(a_config()).cells):
        with pytest.raises(NotFound, match="can't be held"):
            read(found)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_document_that_became_a_link_is_named_and_not_read(
    landing: Path, exchange: Callable[[Path], None]
) -> None:
    path = landing / "fx_20261122.csv"

    def opened() -> object:
        exchange(landing)
        return held_files.opened(path)

    (one,) = _read("fx.csv", opened)  # type: ignore[arg-type]

    assert isinstance(one, Unread)
    assert "took its place" in one.say


def test_what_our_account_may_not_read_is_said_and_not_taken_for_a_fault(
    landing: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, path = files_of(landing, tmp_path), landing / "fx_20261122.csv"
    (found,) = files.of_folder()

    def refused(place: str, how: int, **more: int) -> int:
        raise PermissionError(13, "Permission denied", place)

    monkeypatch.setattr(os, "open", refused)  # root, who may run this, is refused nothing

    for read in (lambda: files.cells(found), lambda: list(files.of_folder())):
        with pytest.raises(BadInput) as said:
            read()
        assert "I may not read" in said.value.say
    (one,) = _read("fx.csv", lambda: held_files.opened(path))
    assert isinstance(one, Unread)


def test_a_folder_that_became_a_link_lists_nothing(landing: Path) -> None:
    exchange_folder(landing)

    assert held_files.names_in(landing) == {}


def test_a_file_that_is_exchanged_while_it_is_read_stays_the_one_that_was_opened(landing: Path) -> None:
    path = landing / "fx_20261122.csv"

    with held_files.held(path) as held:
        exchange_file(landing)
        text = held.read_text()

    assert text == ROWS
    assert not held.exists()


def test_a_packed_file_is_still_known_by_its_name(landing: Path) -> None:
    path = landing / "fx.csv.gz"
    pd.read_csv(landing / "fx_20261122.csv").to_csv(path, index=False)

    with held_files.held(path) as held:
        assert pd.read_csv(held)["Trade Id"].tolist() == ["T1"]


def test_blobs_of_our_own_may_lie_behind_a_link_of_the_operator(landing: Path) -> None:
    exchange_folder(landing)

    with DayFile("fx.csv", landing / "fx_20261122.csv").opened() as path:
        assert path.read_text() == SECRET


def test_an_upload_is_read_as_before(landing: Path) -> None:
    (one,) = _read("fx.csv", (landing / "fx_20261122.csv").open("rb").__enter__)

    assert isinstance(one, Found)
    assert one.content == ROWS.encode()
