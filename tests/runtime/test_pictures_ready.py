"""Pictures are drawn by a process that stands ready, because starting one takes longer than drawing."""

from datetime import UTC, datetime
from pathlib import Path

from domain.feed_health import Light, TimelineEntry
from runtime.wiring.pictures import ChildPictures

NOW = datetime(2026, 11, 22, 5, 45, tzinfo=UTC)
ENTRY = TimelineEntry(
    feed="fx_trades", at=NOW, probability=0.4, state=Light.YELLOW, team="desk", criticality="high"
)


async def test_the_next_picture_is_drawn_by_a_process_that_was_started_before_it(tmp_path: Path) -> None:
    pictures = ChildPictures(tmp_path, b"k" * 32)

    first = await pictures.of_hours_ahead((), NOW)
    ready = pictures._ready
    second = await pictures.of_hours_ahead((ENTRY,), NOW)

    assert ready is not None
    assert ready.returncode == 0, "it drew the second one"
    assert len({first, second, ""}) == 3
    pictures.close()
    assert pictures._ready is None
