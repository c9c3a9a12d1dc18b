"""Every process follows the policy's file: a change counts without a restart, a broken one does not."""

import logging
import os
import time
from pathlib import Path

import pytest

from domain.errors import BadInput
from runtime.settings.house import Settings
from runtime.wiring.policy_file import PolicyFile

_RULE = "rules:\n  - {{id: {name}, needs: [{{role: approver, count: 1}}]}}\n"


def _write(path: Path, text: str, *, seconds_ago: float) -> None:
    path.write_text(text, encoding="utf-8")
    written = time.time() - seconds_ago
    os.utime(path, (written, written))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.yaml"
    _write(path, _RULE.format(name="first"), seconds_ago=60)
    return path


@pytest.fixture
def policy(file: Path, tmp_path: Path) -> PolicyFile:
    return PolicyFile(Settings(data_dir=tmp_path, policy_file=str(file)))


def test_a_changed_file_counts_without_a_restart(file: Path, policy: PolicyFile) -> None:
    before = policy()
    _write(file, _RULE.format(name="second"), seconds_ago=30)

    assert policy().rules[0].id == "second"
    assert policy().version != before.version
    assert policy() is policy()


def test_a_file_that_is_being_written_is_left_until_it_rests(file: Path, policy: PolicyFile) -> None:
    _write(file, "rules: []\n", seconds_ago=0)

    assert policy().rules[0].id == "first"


@pytest.mark.parametrize("text", ["rules: [{id: x, needs: 7}]", "rules: [", "", "\udce4"])
def test_a_broken_change_leaves_the_former_policy_in_force_and_is_logged_once(
    file: Path, policy: PolicyFile, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.ERROR)
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    os.utime(file, (1, 1))

    assert policy().rules[0].id == "first"
    assert policy().rules[0].id == "first"
    assert len(caplog.records) == 1


def test_a_file_that_is_gone_leaves_the_former_policy_in_force(file: Path, policy: PolicyFile) -> None:
    file.unlink()

    assert policy().rules[0].id == "first"


def test_a_later_start_with_a_broken_file_goes_on_under_the_rules_that_were_in_force(
    file: Path, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, policy_file=str(file))
    running = PolicyFile(settings)
    before = running()
    running.keep(before)
    file.write_bytes(b"rules: \xff")

    later, other = PolicyFile(settings), PolicyFile(settings)
    _write(file, _RULE.format(name="mended"), seconds_ago=30)

    assert "can't be read" in later.trouble
    assert other.before == before
    assert later().rules[0].id == "mended"
    assert later.trouble == ""


def test_nothing_starts_with_a_file_that_is_not_valid(tmp_path: Path, file: Path) -> None:
    file.write_text("rules: 7", encoding="utf-8")

    with pytest.raises(BadInput):
        PolicyFile(Settings(data_dir=tmp_path, policy_file=str(file)))
