"""A person edits a piece; each input is judged at once, and nothing half-made is left."""

import pytest

from config_gen.editing import Objections, edited, form_for
from domain.configuration.feed_columns import FieldType
from domain.configuration.feed_config import FeedConfig
from domain.errors import NotFound
from tests.config_gen.builders import a_config


def _inputs(piece: str) -> dict[str, str]:
    return {question.code: question.proposed for question in form_for(a_config(), piece)}


def _edited(piece: str, **changed: str) -> FeedConfig:
    return edited(a_config(), piece, _inputs(piece) | changed)


def _refused(piece: str, **changed: str) -> dict[str, str]:
    with pytest.raises(Objections) as caught:
        _edited(piece, **changed)
    return caught.value.inputs


@pytest.mark.parametrize("piece", ["settings", "column/amount", "rule/key_unique"])
def test_a_form_that_is_sent_back_untouched_changes_nothing(piece: str) -> None:
    assert _edited(piece) == a_config()


def test_owner_schedule_and_target_are_edited_together() -> None:
    after = _edited("settings", owner_team="rates", schedule="07:30", bronze_database="rates_bronze")

    assert after.owner.team == "rates"
    assert (after.schedule.cron, after.schedule.expected_by) == ("30 7 * * *", "07:30")
    assert after.target.bronze.database == "rates_bronze"


def test_every_input_that_is_wrong_gets_its_own_sentence() -> None:
    objections = _refused("settings", schedule="when it rains", time_zone="Mars/North", grace_minutes="soon")

    assert set(objections) == {"schedule", "time_zone", "grace_minutes"}


def test_a_name_that_no_table_takes_is_refused_at_its_input() -> None:
    assert "name" in _refused("column/amount", name="Amount in EUR!")


def test_a_renamed_column_is_followed_everywhere_and_remembers_its_name() -> None:
    after = _edited("column/trade_id", name="deal_id")

    column = after.find_column("deal_id")
    assert column is not None
    assert column.former_names == ("trade_id",)
    assert after.keys.primary == after.load.merge_on == ("deal_id",)
    assert after.quality.rules[0].columns == ("deal_id",)


def test_the_text_beside_the_numbers_is_edited_and_taken_away_again() -> None:
    with_euro = _edited("column/amount", affix="€")
    without = edited(with_euro, "column/amount", {"affix": ""})

    assert with_euro.find_column("amount") == a_config().columns[1].model_copy(update={"affix": "€"})
    assert without == a_config()


def test_another_type_drops_what_belonged_to_the_former_one() -> None:
    after = _edited("column/amount", type="text")

    column = after.find_column("amount")
    assert column is not None
    assert column.type is FieldType.TEXT
    assert column.precision is None


def test_a_column_of_the_key_can_not_be_empty() -> None:
    assert _refused("column/trade_id", nullable="yes")


def test_a_column_joins_the_key() -> None:
    after = _edited("column/trade_date", is_key="yes")

    assert after.keys.primary == ("trade_id", "trade_date")


def test_a_rule_is_added_and_taken_away() -> None:
    given = _inputs("rule/new") | {
        "id": "amount_range",
        "check": "range",
        "columns": "amount",
        "minimum": "0",
        "severity": "warning",
    }
    with_rule = edited(a_config(), "rule/new", given)
    rule = next(rule for rule in with_rule.quality.rules if rule.id == "amount_range")

    assert rule.values == {"minimum": "0"}
    without = edited(with_rule, "rule/amount_range", {"stays": "no"})
    assert without.quality.rules == a_config().quality.rules


def test_a_rule_about_a_column_that_is_not_there_is_refused() -> None:
    given = _inputs("rule/new") | {"id": "x_not_null", "check": "not_null", "columns": "nowhere"}

    with pytest.raises(Objections):
        edited(a_config(), "rule/new", given)


def test_a_piece_that_is_gone_says_so() -> None:
    with pytest.raises(NotFound):
        form_for(a_config(), "column/nowhere")
