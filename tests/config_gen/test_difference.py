"""What changed, in words that a reviewer can decide on."""

from typing import Any

from config_gen.difference import describe
from domain.configuration.feed_config import FeedConfig
from tests.config_gen.builders import a_config, a_document


def with_columns(*columns: dict[str, Any]) -> FeedConfig:
    return a_config(columns=list(columns))


def test_an_added_optional_column_and_more_decimals_are_compatible_for_readers() -> None:
    first, amount, day = a_document()["columns"]
    desk = {"name": "desk", "source": "Desk", "type": "text", "nullable": True}

    said = describe(a_config(), with_columns(first, {**amount, "scale": 4, "precision": 20}, day, desk))

    assert said == [
        "adds *desk* (text, optional): compatible for readers",
        "*amount* gets two more decimals: compatible for readers",
    ]


def test_a_removed_a_retyped_and_a_renamed_column_say_whom_they_hurt() -> None:
    first, amount, day = a_document()["columns"]

    said = describe(
        a_config(),
        with_columns(
            {**first, "name": "deal_id"}, {**amount, "type": "text", "scale": None, "precision": None}
        ),
    )

    assert "removes *trade_date*: readers who use it break" in said
    assert "renames *trade_id* to *deal_id*: readers must follow, old files are still understood" in said
    assert any(sentence.startswith("*amount* becomes text instead of decimal") for sentence in said)
    assert day["name"] == "trade_date"


def test_sections_name_place_and_values() -> None:
    said = describe(a_config(), a_config(schedule={**a_document()["schedule"], "cron": "30 7 * * *"}))

    assert said == ["changes the schedule (cron): 0 6 * * 1-5 → 30 7 * * *"]


def test_nothing_changed_says_nothing_and_a_new_feed_says_so() -> None:
    assert describe(a_config(), a_config()) == []
    assert describe(None, a_config()) == ["new feed *fx_trades* with 3 columns, owned by fx"]
    assert describe(a_config(), None) == ["takes the feed away"]
