"""The published schema and its documentation say what the model says."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from config_gen.documents import document_of, parse
from config_gen.rules.validation import validate
from config_gen.schema import EXAMPLE_FILE, SCHEMA_FILE, documentation, json_schema, schema_text
from tests.config_gen.builders import a_config, a_document

DOCUMENTATION = Path(__file__).parents[2] / "docs" / "feed-configuration.md"


def test_the_published_schema_is_the_models_own() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def test_the_documentation_explains_every_field_of_the_model() -> None:
    assert DOCUMENTATION.read_text(encoding="utf-8") == documentation()


def test_the_example_is_a_configuration_without_a_finding() -> None:
    example = parse(EXAMPLE_FILE.read_bytes())

    assert example.feed == "fx_trades"
    assert validate(example) == []


def test_every_field_has_a_sentence() -> None:
    schema = json_schema()
    parts = [schema, *(part for part in schema["$defs"].values() if "properties" in part)]

    silent = [
        f"{part['title']}.{name}"
        for part in parts
        for name, shape in part["properties"].items()
        if not shape.get("description") and "$ref" not in shape
    ]

    assert silent == []


def test_the_schema_is_of_draft_2020_12_and_takes_a_good_configuration() -> None:
    Draft202012Validator.check_schema(json_schema())

    Draft202012Validator(json_schema()).validate(document_of(a_config()))


@pytest.mark.parametrize("broken", [{"feed": "../x"}, {"colour": "red"}, {"columns": []}, {"revision": 0}])
def test_the_schema_refuses_what_the_model_refuses(broken: dict[str, object]) -> None:
    assert list(Draft202012Validator(json_schema()).iter_errors({**a_document(), **broken}))
