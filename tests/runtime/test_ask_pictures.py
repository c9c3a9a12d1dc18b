"""A talk at a terminal that may have needed a picture leaves no process behind."""

import os
from pathlib import Path

import pytest

from runtime.cli import main

_DRAWER = b"bot.pictures"


def _drawers() -> set[str]:
    found = set()
    for line in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        pids = line.read_text().split()
        found |= {pid for pid in pids if _DRAWER in Path(f"/proc/{pid}/cmdline").read_bytes()}
    return found


def test_a_talk_that_may_need_a_picture_leaves_no_process_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOGWATCH_DATA_DIR", str(tmp_path))
    before = _drawers()

    assert main(["ask", "--as", "sam", "feeds"]) == 0

    assert _drawers() <= before
