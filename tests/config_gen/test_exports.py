"""Exports say the same in other tools' words, and the tools themselves accept them."""

import importlib.util
import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft201909Validator

from config_gen.exports import config_from_contract, contract_from, dlt_schema, expectation_suite
from config_gen.exports.reading import reading_of
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_config import FeedConfig
from domain.errors import BadInput
from tests.config_gen.builders import a_config, a_document


def a_rich_config() -> FeedConfig:
    rules = [
        *a_document()["quality"]["rules"],
        {
            "id": "range",
            "check": "range",
            "columns": ["amount"],
            "values": {"minimum": "0", "maximum": "9.5"},
        },
        {"id": "shape", "check": "pattern", "columns": ["trade_id"], "values": {"pattern": "T-\\d+"}},
        {"id": "one_of", "check": "accepted_values", "columns": ["trade_id"], "accepted": ["T-1", "T-2"]},
        {"id": "both", "check": "unique", "columns": ["trade_id", "trade_date"]},
        {"id": "columns", "check": "columns"},
        {"id": "given", "check": "not_null", "columns": ["trade_id"], "failing_per_mille": 5},
        {"id": "luhn", "check": "check_digit", "columns": ["trade_id"], "values": {"scheme": "isin"}},
    ]
    return a_config(
        quality={"rules": rules}, tags=["fx"], sla={"fresh_within_minutes": 60, "available_by": "08:00"}
    )


def tool(name: str) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed; it comes with the optional list `bench`")


def test_a_contract_of_ours_comes_back_without_loss() -> None:
    assert config_from_contract(contract_from(a_rich_config())) == a_rich_config()


def test_a_contract_of_somebody_else_becomes_a_draft() -> None:
    contract = yaml.safe_load(contract_from(a_rich_config()))
    del contract["customProperties"]

    draft = config_from_contract(yaml.safe_dump(contract).encode())

    assert draft.column_names() == ("trade_id", "amount", "trade_date")
    assert draft.keys.primary == ("trade_id",)
    assert [column.nullable for column in draft.columns] == [False, True, False]


@pytest.mark.parametrize("content", [b"kind: Other", b"kind: DataContract\napiVersion: v2.2.2",
                                     b"kind: DataContract\napiVersion: v3.0.2\nschema: []"])  # fmt: skip
def test_what_is_no_contract_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(BadInput) as refused:
        config_from_contract(content)

    assert refused.value.say.startswith("I can't take this contract")


def test_the_contract_is_valid_by_the_standards_own_schema_and_model() -> None:
    tool("open_data_contract_standard")
    import open_data_contract_standard
    from open_data_contract_standard.model import OpenDataContractStandard

    content = contract_from(a_rich_config())
    own = json.loads(
        (Path(open_data_contract_standard.__file__).parent / "schema.json").read_text(encoding="utf-8")
    )

    Draft201909Validator(own).validate(yaml.safe_load(content))
    assert OpenDataContractStandard.from_string(content.decode()).name == "fx_trades"


def test_dlt_takes_the_schema() -> None:
    tool("dlt")
    from dlt.common.schema import Schema

    schema = Schema.from_dict(yaml.safe_load(dlt_schema(a_rich_config())))

    columns = schema.get_table("fx_trades")["columns"]
    assert columns["amount"]["data_type"] == "decimal"
    assert columns["trade_id"]["primary_key"]


def _in_euro() -> FeedConfig:
    rich = a_rich_config()
    columns = tuple(
        column.model_copy(update={"affix": "€", "decimal_char": ","}) if column.name == "amount" else column
        for column in rich.columns
    )
    return rich.model_copy(update={"columns": columns})


def test_what_a_tool_has_no_words_for_travels_beside_the_column() -> None:
    columns = yaml.safe_load(dlt_schema(_in_euro()))["tables"]["fx_trades"]["columns"]
    told = json.loads(expectation_suite(_in_euro()))["meta"]["read_as"]

    assert columns["amount"]["x-read-as"]["affix"] == told["amount"]["affix"] == "€"
    assert columns["amount"]["x-read-as"]["decimal_char"] == ","


def test_a_column_that_reads_as_it_stands_carries_nothing() -> None:
    plain = Column(name="qty", source="qty", type=FieldType.INTEGER, nullable=False)

    assert reading_of(plain) == {}
    assert reading_of(plain.model_copy(update={"source": "Qty"})) == {"source": "Qty"}


def test_great_expectations_takes_every_expectation() -> None:
    tool("great_expectations")
    from great_expectations.core.expectation_suite import ExpectationSuite

    suite = json.loads(expectation_suite(a_rich_config()))

    made = ExpectationSuite(name=suite["name"], expectations=suite["expectations"], meta=suite["meta"])
    assert len(made.expectations) == 8
    assert suite["meta"]["without_counterpart"] == ["luhn"]


def test_the_suite_asks_what_the_rules_ask() -> None:
    suite = json.loads(expectation_suite(a_rich_config()))

    kinds = {entry["meta"]["rule"]: entry["type"] for entry in suite["expectations"]}

    assert kinds["both"] == "expect_compound_columns_to_be_unique"
    assert kinds["range"] == "expect_column_values_to_be_between"


def test_the_dlt_schema_names_key_and_disposition() -> None:
    table = yaml.safe_load(dlt_schema(a_rich_config()))["tables"]["fx_trades"]

    assert table["write_disposition"] == "merge"
    assert table["columns"]["trade_id"]["merge_key"]
