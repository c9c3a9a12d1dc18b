"""The processes beside the doors are ours, wherever the house was started from."""

import subprocess
import sys
from pathlib import Path

import pytest

from runtime.children import children_of
from runtime.settings import Settings


def test_a_folder_with_packages_of_our_names_does_not_take_the_place_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for room in ("runtime", "web", "storage"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text("raise SystemExit('not ours')\n")
    monkeypatch.chdir(tmp_path)
    child, *_ = children_of(Settings(data_dir=tmp_path / "data"), "127.0.0.1:1")

    done = subprocess.run(
        [sys.executable, "-m", "runtime", "--help"],
        env=child._environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "backup" in done.stdout
