"""What people say of a sample in words: understood as a whole, borne out by it, or refused with a reason."""

import pytest

from config_gen.assembly import assemble
from config_gen.correcting import corrected
from config_gen.correction_words import LONGEST
from config_gen.documents import dump, parse
from config_gen.profile import profile
from config_gen.questions import parse_answers
from config_gen.rules.validation import validate
from domain.configuration.corrections import Correction, Heard, replaced
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_load import LoadMode
from domain.configuration.feed_rules import Step
from domain.configuration.profiles import SampleProfile
from runtime.wiring.comparing.delivery_rules import rules_of
from runtime.wiring.corrections import heard_in, with_corrections


def _sample() -> SampleProfile:
    rows = [
        f"T{100 + n // 2},{n % 2 + 1},{'PAY' if n % 2 else 'REC'},{n * 1250},"
        f"{n % 9 + 1:02d}/{n % 5 + 1:02d}/2025,"
        f"{'' if n == 7 else 'x'},2025-03-0{n % 9 + 1} 10:0{n % 9}:00"
        for n in range(40)
    ]
    text = "trade_id,leg,direction,amount,value date,note,booked at\n" + "\n".join(rows) + "\n"
    return profile(text.encode(), "legs.csv")


def _heard(text: str) -> Heard:
    return heard_in(text, _sample(), "")


def _config(*said: str) -> FeedConfig:
    sample = _sample()
    config = assemble(sample, parse_answers(sample, {"owner_team": "fx"}))
    for text in said:
        found = heard_in(text, sample, dump(config).decode())
        assert found.corrections, (text, found)
        config, left_out = with_corrections(config, found.corrections)
        assert left_out == ()
    return config


@pytest.mark.parametrize(
    ("text", "say"),
    [
        ("key is trade_id and leg", "The key is **trade_id + leg**."),
        ("The primary key: trade_id + leg.", "The key is **trade_id + leg**."),
        ("trade_id and leg are the key", "The key is **trade_id + leg**."),
        ("please use `trade_id`, leg as key", "The key is **trade_id + leg**."),
        ("there is no key", "There is no key."),
        ("no key", "There is no key."),
        ("the date is month first", "In **value_date** the month comes first."),
        ("value date is MM/DD/YYYY", "**value_date** is written MM/DD/YYYY."),
        ("amount is in cents", "**amount** is in hundredths: what lands is divided by 100."),
        ("Amount is in EUR", "**amount** is in EUR."),
        ("amount is in kWh", "**amount** is in kWh."),
        ("leg is text", "**leg** is text."),
        ("keep leg as text, not a number", "**leg** is text."),
        ("direction may be empty", "**direction** may be empty."),
        ("direction must not be empty", "**direction** is never empty."),
        ("rename note to remark", "**note** is called **remark** in the tables."),
        ("Rename note to remark", "**note** is called **remark** in the tables."),
        ("call note `remark`", "**note** is called **remark** in the tables."),
        ("note should be called the_remark", "**note** is called **the_remark** in the tables."),
        ("note is sometimes empty", "**note** may be empty."),
        ("no, amount is in cents", "**amount** is in hundredths: what lands is divided by 100."),
        ("> amount is in EUR\nno, amount is in USD", "**amount** is in USD."),
        ("note is personal", "**note** is personal data, and masked."),
        ("booked at is in Europe/Berlin", "**booked_at** is by the clocks of Europe/Berlin."),
    ],
)
def test_what_people_say_of_a_sample_is_understood(text: str, say: str) -> None:
    assert [one.say for one in _heard(text).corrections] == [say]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("Schlüssel ist trade_id und leg", "key is trade_id and leg"),
        ("Nein, der Primärschlüssel besteht aus trade_id und der leg.", "key is trade_id and leg"),
        ("trade_id bildet zusammen mit leg den Schlüssel", "key is trade_id and leg"),
        ("trade_id und leg sind der Schlüssel", "key is trade_id and leg"),
        ("es gibt keinen Schlüssel", "no key"),
        ("amount ist in Cent", "amount is in cents"),
        ("die Spalte amount ist in Euro", "amount is in euros"),
        ("amount steht in Tausend", "amount is in thousands"),
        ("leg ist keine Zahl", "leg is text"),
        ("das Datum ist Monat zuerst", "the date is month first"),
        ("beim value_date steht der Monat vor dem Tag", "value_date is month first"),
        ("value date ist MM/TT/JJJJ", "value date is MM/DD/YYYY"),
        ("note darf leer sein", "note may be empty"),
        ("direction ist nie leer", "direction is never empty"),
        ("benenne note in remark um", "rename note to remark"),
        ("note ist personenbezogen", "note is personal"),
        ("booked at ist in Europe/Berlin", "booked at is in Europe/Berlin"),
    ],
)
def test_what_is_said_in_german_is_taken_as_the_same_in_english(text: str, english: str) -> None:
    assert _heard(english).corrections
    assert _heard(text).corrections == _heard(english).corrections


@pytest.mark.parametrize(
    "text",
    [
        "der Schlüssel liegt im Büro",
        "ist amount in Cent",
        "Ada ist im Urlaub",
        "amount sieht gut aus",
        "das ist gut",
        "wir sind in Cent am rechnen",
        "note an alle: das Datum steht",
    ],
)
def test_other_talk_in_german_is_none_of_our_business(text: str) -> None:
    found = _heard(text)

    assert (found.corrections, found.is_about_columns) == ((), False)


def test_what_can_not_be_taken_in_german_is_said() -> None:
    assert "I can't take “amount ist falsch”" in _heard("amount ist falsch").objection
    assert "I can't take “amount ist in Äpfeln”" in _heard("amount ist in Äpfeln").objection


@pytest.mark.parametrize(
    "text",
    [
        "thanks",
        "I think the amount looks high today",
        "is amount in cents?",
        "what is the key",
        "which columns are the key",
        "the key is to restart the loader first",
        "who owns trade_id?",
        "let's merge it",
        "the trade desk is in Europe/Berlin",
        "Ada is on leave, no date yet",
        "key people are away",
        "key points of the call; amount of work: some",
        "note that we moved",
        "amount looks fine to me",
        "call leg back",
        "call note tomorrow",
        "please call the leg first",
        "no amount is in cents",
        "> amount is in cents\nwhy is that",
        "amount of trades is in the mail already",
        "amount is in cents " * (LONGEST // 15),
    ],
)
def test_other_talk_in_the_thread_is_none_of_our_business(text: str) -> None:
    found = _heard(text)

    assert (found.corrections, found.is_about_columns) == ((), False)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("key is trade_id", "does not tell all rows of the sample apart"),
        ("key is trade_id and direction and note", "is empty in 1 of 40 rows"),
        ("key is trade_id and colour", "I know no column **colour** here"),
        ("booked at is day first", "is no date that begins with a day or month"),
        ("value date is YYYY-MM-DD", "is no date in the form YYYY-MM-DD"),
        ("direction is a number", "“REC” is no number"),
        ("direction is in cents", "is text and no number"),
        ("note is never empty", "is empty in 1 of 40 rows"),
        ("rename note to leg", "There is a column **leg** already"),
        ("amount is dubious", "In this thread I take `key is A and B`"),
        ("amount is missing", "I can't take “amount is missing”"),
        ("the direction must be empty", "I can't take “the direction must be empty”"),
        ("leg must be called first", "I can't take “leg must be called first”"),
        ("key is trade_id and leg; amount is dubious", "I can't take “amount is dubious”"),
    ],
)
def test_what_the_sample_disproves_is_refused_with_the_reason(text: str, why: str) -> None:
    found = _heard(text)

    assert found.corrections == ()
    assert why in found.objection


def test_a_key_that_was_said_is_what_rows_are_merged_on() -> None:
    config = _config("key is trade_id and leg")

    assert config.keys.primary == config.load.merge_on == ("trade_id", "leg")
    assert [rule.columns for rule in config.quality.rules if rule.id == "key_unique"] == [("trade_id", "leg")]
    assert [finding.code for finding in validate(config) if finding.blocks] == []


def test_a_feed_without_a_key_is_appended() -> None:
    config = _config("there is no key")

    assert (config.keys.primary, config.load.merge_on, config.load.mode) == ((), (), LoadMode.APPEND)
    assert "key_unique" not in {rule.id for rule in config.quality.rules}
    assert [finding.code for finding in validate(config) if finding.blocks] == []


def test_cents_land_as_whole_units_and_their_bounds_follow() -> None:
    before = _config()
    config = _config("amount is in cents")

    step = next(step for step in config.transformations if step.step is Step.DIVIDE)
    assert (step.columns, step.values) == (("amount",), {"by": "100"})
    column, former = config.find_column("amount"), before.find_column("amount")
    assert column is not None
    assert former is not None
    assert column.type.value == "decimal"
    assert [finding.code for finding in validate(config) if finding.blocks] == []


@pytest.mark.parametrize("said", ["amount is in cents", "amount is in thousandths", "amount is in EUR"])
def test_bounds_follow_what_was_said_last_however_often_it_was_said(said: str) -> None:
    def bounds(config: FeedConfig) -> list[object]:
        column = config.find_column("amount")
        assert column is not None
        ruled = [dict(rule.values) for rule in config.quality.rules if rule.columns == ("amount",)]
        return [column.minimum, column.maximum, ruled]

    assert bounds(_config("amount is in cents", said)) == bounds(_config(said))
    assert bounds(_config("amount is in cents", "amount is in EUR")) == bounds(_config())


def test_bounds_of_whole_numbers_are_kept_where_parts_are_made_of_them() -> None:
    [rule] = [one for one in _config("leg is in cents").quality.rules if one.id == "leg_range"]

    assert rule.values == {"minimum": "-0.01", "maximum": "0.05"}


def test_a_delivery_in_cents_is_held_to_its_bounds_in_cents() -> None:
    def bounds(config: FeedConfig) -> list[tuple[float | None, float | None]]:
        return [(rule.least, rule.most) for rule in rules_of(config).columns if rule.column == "amount"]

    assert bounds(_config())[0][1] is not None
    assert bounds(_config("amount is in cents")) == bounds(_config())


def test_what_is_said_last_of_a_unit_counts() -> None:
    config = _config("amount is in cents", "amount is in EUR")

    assert [step.id for step in config.transformations if step.step is Step.DIVIDE] == []
    column = config.find_column("amount")
    assert column is not None
    assert column.unit == "EUR"


def test_personal_data_is_masked_and_the_feed_is_confidential() -> None:
    config = _config("note is personal")

    assert config.governance.classification.value == "confidential"
    assert any(step.step is Step.MASK and step.columns == ("note",) for step in config.transformations)
    assert [finding.code for finding in validate(config) if finding.blocks] == []
    assert not any(
        step.step is Step.MASK for step in _config("note is personal", "note is not personal").transformations
    )


def test_a_date_said_to_be_month_first_is_read_so() -> None:
    column = _config("the date is month first").find_column("value_date")

    assert column is not None
    assert column.format == "%m/%d/%Y"


def test_new_names_come_after_what_is_said_of_the_old_ones() -> None:
    sample = _sample()
    said = _heard("rename amount to notional; amount is in cents").corrections
    config, left_out = with_corrections(assemble(sample, parse_answers(sample, {"owner_team": "fx"})), said)

    assert left_out == ()
    assert [step.columns for step in config.transformations if step.step is Step.DIVIDE] == [("notional",)]
    assert parse(dump(config)) == config


def test_what_does_not_fit_any_more_is_left_out_and_said() -> None:
    gone = Correction.model_validate(
        {"kind": "unit", "columns": ["colour"], "value": "EUR", "say": "colour is in EUR."}
    )
    config, left_out = with_corrections(_config(), [gone])

    assert config == _config()
    assert left_out == ("This can't be: colour is in EUR. There is no column *colour* any more.",)


def test_what_is_said_again_of_a_place_takes_the_place_of_the_former() -> None:
    first = _heard("key is trade_id and leg; amount is in cents").corrections
    later = _heard("there is no key; amount is in EUR").corrections

    assert replaced(first, later) == later


def test_what_the_configuration_does_not_allow_is_refused_at_once() -> None:
    found = heard_in("leg may be empty", _sample(), dump(_config("key is trade_id and leg")).decode())

    assert found.corrections == ()
    assert found.objection.startswith("This can't be: **leg** may be empty.")


def test_a_whole_number_that_is_called_a_number_stays_whole() -> None:
    assert _config("amount is a number") == _config()


def test_a_correction_changes_only_what_it_speaks_of() -> None:
    before, after = _config(), corrected(_config(), _heard("leg is text").corrections[0])

    assert [column.name for column in after.columns if column != before.find_column(column.name)] == ["leg"]


def test_a_column_that_is_called_as_people_say_how_often_is_a_column() -> None:
    rows = "".join(f"{n // 2},{n % 2},{n}.5\n" for n in range(40))
    sample = profile(f"id,daily,amount\n{rows}".encode(), "rates.csv")

    [said] = heard_in("key is id, daily", sample, "").corrections

    assert said.columns == ("id", "daily")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("leg is text and note may be empty", ["**leg** is text.", "**note** may be empty."]),
        (
            "trade_id, leg is the key and amount is a decimal",
            ["The key is **trade_id + leg**.", "**amount** is decimal."],
        ),
        (
            "key is trade_id and leg and amount is in cents",
            [
                "The key is **trade_id + leg**.",
                "**amount** is in hundredths: what lands is divided by 100.",
            ],
        ),
        ("pk is trade_id, leg", ["The key is **trade_id + leg**."]),
        ("make leg a text", ["**leg** is text."]),
        ("amount is decimal(18,2)", ["**amount** is decimal."]),
        ("amount -> paid_amount", ["**amount** is called **paid_amount** in the tables."]),
        ("leg -> text", ["**leg** is text."]),
        ("mask trade_id", ["**trade_id** is personal data, and masked."]),
        ("trade_id should not be masked", ["**trade_id** is no personal data."]),
        ("do not mask trade_id", ["**trade_id** is no personal data."]),
    ],
)
def test_what_people_say_in_one_breath_or_as_an_order_is_understood(text: str, says: list[str]) -> None:
    assert [one.say for one in _heard(text).corrections] == says


@pytest.mark.parametrize("text", ["drop note", "ignore the leg column", "hash trade_id", "skip amount"])
def test_an_order_that_no_sentence_brings_about_is_not_passed_over(text: str) -> None:
    found = _heard(text)

    assert found.corrections == ()
    assert found.objection.startswith(f"I can't take “{text}”.")


@pytest.mark.parametrize(
    "text",
    [
        "mask the problem",
        "make it a good one",
        "set a reminder",
        "drop the file again",
        "ignore me",
        "a -> b",
        "amount -> wrong",
        "leg -> done",
        "we moved and they may be late",
        "key people are away and Ana is on call",
    ],
)
def test_orders_to_people_are_none_of_our_business(text: str) -> None:
    assert not _heard(text).is_about_columns
    assert not _heard(text).corrections
