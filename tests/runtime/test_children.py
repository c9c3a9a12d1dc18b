"""The processes beside the doors are ours, wherever the house was started from, and end with it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.processes.children import children_of
from runtime.settings.house import Settings


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
        env=child.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert "backup" in done.stdout


@pytest.mark.proves("K1")
def test_no_child_is_given_what_only_the_doors_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doors = ("SLACK__SIGNING_SECRET", "TEAMS__APP_PASSWORD", "NOTIFY__WEBHOOK_SECRET")
    for name in (*doors, "SIGNIN__OIDC_CLIENT_SECRET"):
        monkeypatch.setenv(f"DOGWATCH_{name}", "canary-4821")

    children = children_of(Settings(data_dir=tmp_path / "data"), "127.0.0.1:1")

    assert len(children) >= 3
    assert [one.name for one in children if "canary-4821" in one.environment.values()] == []


_CHILD_OF = (
    "import subprocess, sys; from runtime.temporal_child import ends_with_us; "
    "child = subprocess.Popen([sys.executable, '-c', 'print(1)'], preexec_fn=ends_with_us()); "
    "sys.exit(child.wait())"
)


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")
def test_a_child_of_process_one_lives_as_in_a_container() -> None:
    container = ["bwrap", "--dev-bind", "/", "/", "--proc", "/proc", "--unshare-pid", "--as-pid-1"]

    done = subprocess.run(
        [*container, sys.executable, "-c", _CHILD_OF], capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.returncode) == ("1\n", 0), done.stderr


def test_a_child_whose_parent_is_gone_already_does_not_begin() -> None:
    orphan = f"from runtime.temporal_child import die_with_parent; die_with_parent({os.getppid()}); print(1)"

    done = subprocess.run([sys.executable, "-c", orphan], capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("", 1)
