"""Pictures are drawn by a process that stands ready, because starting one takes longer than drawing."""

import asyncio
import contextlib
import math
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.watch.feed_health import Light, TimelineEntry
from runtime.wiring.pictures import ChildPictures

NOW = datetime(2026, 11, 22, 5, 45, tzinfo=UTC)
ENTRY = TimelineEntry(
    feed="fx_trades", at=NOW, probability=0.4, state=Light.YELLOW, team="desk", criticality="high"
)


def drawers() -> set[str]:
    """Return the ids of our children that draw, or stand ready to."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            is_ours = f"PPid:\t{os.getpid()}\n" in status.read_text()
            if is_ours and b"bot.pictures" in status.with_name("cmdline").read_bytes():
                found.add(status.parent.name)
    return found


async def test_the_next_picture_is_drawn_by_a_process_that_was_started_before_it(tmp_path: Path) -> None:
    pictures = ChildPictures(tmp_path, b"k" * 32)

    first = await pictures.of_hours_ahead((), NOW)
    ready = drawers()
    second = await pictures.of_hours_ahead((ENTRY,), NOW)
    afterwards = drawers()
    pictures.close()

    assert len({first, second, ""}) == 3
    assert (len(ready), len(afterwards)) == (1, 1)
    assert ready != afterwards, "it drew the second one"
    assert drawers() == set()


async def test_why_a_picture_could_not_be_drawn_stands_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    never = ENTRY.model_copy(update={"probability": math.nan})
    pictures = ChildPictures(tmp_path, b"k" * 32)

    drawn = await pictures.of_hours_ahead((never,), NOW)
    pictures.close()

    assert drawn == ""
    assert "drawing ended with 1: " in caplog.text
    assert "probability" in caplog.text


async def test_a_picture_that_was_expected_is_drawn_by_a_process_that_was_started_before_it(
    tmp_path: Path,
) -> None:
    pictures = ChildPictures(tmp_path, b"k" * 32)

    pictures.expect()
    ready = drawers()
    pictures.expect()
    again = drawers()
    first = await pictures.of_hours_ahead((), NOW)
    afterwards = drawers()
    pictures.close()

    assert first
    assert len(ready) == 1
    assert again == ready, "one is enough"
    assert ready.isdisjoint(afterwards), "it drew the first one"


async def test_a_picture_that_many_ask_for_at_once_is_drawn_once(tmp_path: Path) -> None:
    pictures = ChildPictures(tmp_path, b"k" * 32)
    asked = [asyncio.ensure_future(pictures.of_hours_ahead((ENTRY,), NOW)) for _ in range(4)]

    await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
    drawn_at = _drawn_at(tmp_path)
    names = await asyncio.gather(*asked)
    pictures.close()

    assert len(set(names)) == 1
    assert _drawn_at(tmp_path) == drawn_at


def _drawn_at(folder: Path) -> set[int]:
    return {path.stat().st_mtime_ns for path in folder.glob("*.png")}
