"""Hours that a question names are taken at their word, where they are over."""

from datetime import UTC, datetime

import pytest

from bot.asked_days import AskedDays
from bot.question_kinds import Topic
from bot.questions import read

NOW = datetime(2026, 12, 1, 15, tzinfo=UTC)
NAMES = frozenset({"fx_trades"})


@pytest.mark.parametrize(
    ("text", "since", "until", "words"),
    [
        ("what failed at 6", "01 05:30", "01 06:30", "around 01 Dec 06:00 UTC"),
        ("any failures since friday at 6?", "27 06:00", "01 15:00", "since 27 Nov 06:00 UTC"),
        ("what happened between 2 and 4 am", "01 02:00", "01 04:00", "from 01 Dec 02:00 to 04:00 UTC"),
        ("how many feeds failed this morning?", "01 00:00", "01 12:00", "this morning"),
        ("what failed yesterday morning", "30 00:00", "30 12:00", "yesterday morning"),
        ("which feeds finished before 7?", "01 00:00", "01 07:00", "from 01 Dec 00:00 to 07:00 UTC"),
        ("failures since noon", "01 12:00", "01 15:00", "since 01 Dec 12:00 UTC"),
        ("did fx_trades fail at 6?", "01 05:30", "01 06:30", "around 01 Dec 06:00 UTC"),
        # Days as they always were.
        ("what failed last night", "30 18:00", "01 08:00", "last night"),
        ("what failed yesterday", "30 00:00", "01 00:00", "yesterday"),
        ("what failed since friday", "27 00:00", "01 15:00", "since Friday, 27 Nov"),
    ],
)
def test_hours_that_are_over_are_the_span(text: str, since: str, until: str, words: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is not None
    assert found.window is not None
    assert (f"{found.window.since:%d %H:%M}", f"{found.window.until:%d %H:%M}") == (since, until)
    assert found.window.words == words


@pytest.mark.parametrize(
    "text",
    ["which feeds have a deadline at 6", "when is fx_trades due, at 6?", "which feeds run at 6?",
     "will fx_trades be done by 9?", "which took longer than 30 minutes", "did it fail 3 times"],
)  # fmt: skip
def test_a_time_of_day_that_is_to_come_or_none_names_no_span(text: str) -> None:
    found = read(text, NAMES, NOW)

    assert found is None or found.window is None


def test_hours_are_those_of_the_feeds_own_clock() -> None:
    days = AskedDays(NOW, "UTC", lambda feed: "America/New_York")

    found = days.window("did fx_trades fail this morning", ["fx_trades"])

    assert found is not None
    assert found.since == datetime(2026, 12, 1, 5, tzinfo=UTC)


def test_what_happened_in_some_hours_is_what_changed() -> None:
    found = read("what happened between 2 and 4 am", NAMES, NOW)

    assert found is not None
    assert found.topic is Topic.CHANGED
