"""What people say of a feed itself is understood as a whole sentence, and everyday talk is not."""

import pytest

from config_gen.setting_words import read_setting
from domain.configuration.corrections import CorrectionKind as Kind


@pytest.mark.parametrize(
    ("text", "cron"),
    [
        ("this is daily", "0 6 * * *"),
        ("daily", "0 6 * * *"),
        ("It comes daily at 6:30", "30 6 * * *"),
        ("every weekday at 07.15", "15 7 * * 1-5"),
        ("at 18:00 every day", "0 18 * * *"),
        ("weekly on mondays, at 8:00", "0 8 * * 1"),
        ("every friday", "0 6 * * 5"),
        ("monthly on the 3rd", "0 6 3 * *"),
        ("the feed is hourly", "0 * * * *"),
        ("every 15 minutes", "*/15 * * * *"),
        ("on arrival", "on arrival"),
        ("this comes every weekday at 7am", "0 7 * * 1-5"),
        ("it's daily at 12 am", "0 0 * * *"),
        ("we get it daily at 6:30 pm", "30 18 * * *"),
        ("it's hourly", "0 * * * *"),
        ("kommt jeden Werktag um 7", "0 7 * * 1-5"),
        ("täglich um 5:45 Uhr", "45 5 * * *"),
    ],
)
def test_a_schedule_is_understood(text: str, cron: str) -> None:
    assert read_setting(text) == (Kind.SCHEDULE, cron)


def test_the_agreed_clock_stays_where_only_the_days_are_said() -> None:
    assert read_setting("daily", "45 4 * * 1-5") == (Kind.SCHEDULE, "45 4 * * *")
    assert read_setting("daily", "*/5 * * * *") == (Kind.SCHEDULE, "0 6 * * *")


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("owner team-fx", Kind.OWNER, "team-fx"),
        ("owner is the payments team", Kind.OWNER, "payments"),
        ("Owned by Team FX", Kind.OWNER, "fx"),
        ("team rates owns it", Kind.OWNER, "rates"),
        ("owner billing", Kind.OWNER, "billing"),
        ("it belongs to the shared team", Kind.OWNER, "shared"),
        ("criticality high", Kind.CRITICALITY, "high"),
        ("this feed is critical", Kind.CRITICALITY, "critical"),
        ("it is confidential", Kind.CLASSIFICATION, "confidential"),
    ],
)
def test_other_settings_are_understood(text: str, kind: Kind, value: str) -> None:
    assert read_setting(text) == (kind, value)


@pytest.mark.parametrize(
    "text",
    [
        "daily numbers are late",
        "this is daily routine",
        "daily standup at 9:00",
        "daily 7",
        "every weekday at 17 pm",
        "it's monthly numbers",
        "on monday",
        "every day at 6:30 something breaks",
        "owner is away",
        "the owner is on holiday",
        "owner is text",
        "owned by nobody",
        "the owner approved",
        "owner changed",
        "owner is aware",
        "owner is informed",
        "owner id",
        "this belongs to yesterday",
        "it belongs to fx_trades",
        "this is critical",
        "this is public",
        "it is high",
        "monthly on the 32nd",
        "daily at 25:00",
    ],
)
def test_everyday_talk_sets_nothing(text: str) -> None:
    assert read_setting(text) is None
