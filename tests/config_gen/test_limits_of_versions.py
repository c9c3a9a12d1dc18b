"""What readers hear of limits that change: looser or tighter as the files see it, whatever divides them."""

from typing import Any

import pytest

from config_gen.correcting import corrected
from config_gen.rules.validation import validate
from domain.configuration.corrections import Correction, CorrectionKind
from domain.configuration.feed_config import FeedConfig
from domain.configuration.findings import Finding
from tests.config_gen.builders import a_config, a_document


def _with_amount(**more: Any) -> FeedConfig:
    document = a_document()
    document["columns"][1] |= {"minimum": "0", "maximum": "5000", **more}
    return FeedConfig.model_validate(document)


def _found(now: FeedConfig, before: FeedConfig) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for one in validate(now.model_copy(update={"revision": 2}), previous=before):
        found.setdefault(one.code, []).append(one)
    return found


def _divided(config: FeedConfig, by: str) -> FeedConfig:
    return corrected(
        config, Correction(kind=CorrectionKind.DIVISOR, columns=("amount",), value=by, say="It is in parts.")
    )


@pytest.mark.parametrize("by", ["100", "0.001"])
@pytest.mark.parametrize("kind", ["decimal", "integer"])
def test_what_is_divided_with_its_bounds_is_told_and_blocks_nothing(kind: str, by: str) -> None:
    size = {"precision": None, "scale": None} if kind == "integer" else {}
    agreed = _with_amount(type=kind, **size)

    found = _found(_divided(agreed, by), agreed)

    assert "VER006" not in found
    assert "times" in found["VER013"][0].sentence
    assert not any(one.blocks for all_of in found.values() for one in all_of)


def test_what_is_divided_already_and_stays_so_is_not_told() -> None:
    agreed = _divided(_with_amount(), "100")

    assert "VER013" not in _found(agreed, agreed)


@pytest.mark.parametrize(
    ("maximum", "blocks"), [("10000", True), (None, True), ("4000", False), ("5000.00", None)]
)
def test_only_wider_bounds_surprise_readers(maximum: str | None, blocks: bool | None) -> None:
    found = _found(_with_amount(maximum=maximum), _with_amount()).get("VER006", [])

    assert [one.blocks for one in found] == ([] if blocks is None else [blocks])


def test_bounds_that_stay_are_kept_for_readers_whatever_is_divided() -> None:
    agreed = _with_amount()
    divided = _divided(agreed, "100").model_copy(update={"columns": agreed.columns})

    assert "VER006" not in _found(divided, agreed)


def test_a_bound_that_goes_beyond_what_the_division_explains_blocks() -> None:
    agreed = _with_amount()
    columns = tuple(
        one.model_copy(update={"maximum": "60"}) if one.name == "amount" else one
        for one in _divided(agreed, "100").columns
    )

    found = _found(_divided(agreed, "100").model_copy(update={"columns": columns}), agreed)

    assert [one.blocks for one in found["VER006"]] == [True]


def test_a_column_that_becomes_text_still_blocks() -> None:
    agreed = _with_amount()

    found = _found(_with_amount(type="text", minimum=None, maximum=None, precision=None, scale=None), agreed)

    assert found["VER004"][0].blocks


def test_a_text_that_becomes_a_divided_number_still_blocks() -> None:
    agreed = _with_amount(type="text", minimum=None, maximum=None, precision=None, scale=None)

    assert _found(_divided(_with_amount(), "100"), agreed)["VER004"][0].blocks


@pytest.mark.parametrize("bound", ["nan", "Infinity", "1e999999999"])
def test_a_bound_that_is_no_number_of_a_file_is_a_finding_and_no_fault(bound: str) -> None:
    assert "VER006" in _found(_with_amount(maximum=bound), _with_amount())


@pytest.mark.parametrize("by", ["nan", "-100", "1e999999", "Infinity"])
def test_a_divisor_that_is_no_number_is_told_as_that_alone(by: str) -> None:
    divided = _divided(_with_amount(), "100")
    steps = tuple(one.model_copy(update={"values": {"by": by}}) for one in divided.transformations)

    found = _found(_with_amount().model_copy(update={"transformations": steps}), _with_amount())

    assert found["SCH030"][0].blocks
    assert "VER013" not in found


def test_days_as_bounds_are_compared_as_they_stand() -> None:
    document = a_document()
    document["columns"][2] |= {"minimum": "2020-01-01"}

    assert a_config() != FeedConfig.model_validate(document)
    assert "VER006" in _found(FeedConfig.model_validate(document), a_config())


def test_smaller_parts_get_room_behind_the_point() -> None:
    agreed = _divided(_with_amount(type="integer", precision=None, scale=None), "100")

    column = _divided(agreed, "1000").find_column("amount")

    assert column is not None
    assert (column.type.value, column.scale) == ("decimal", 3)
