"""Slack's own rules for blocks, checked with slack_sdk's models and, for what those skip, here."""

from collections.abc import Iterator
from typing import Any

from slack_sdk.models.blocks import Block

_LONGEST = {"button": 75, "option": 75, "confirm_title": 100, "confirm_text": 300}


def check_blocks(blocks: list[dict[str, Any]], most: int) -> None:
    """Fail when Slack would refuse these blocks."""
    assert 0 < len(blocks) <= most
    for block in blocks:
        parsed = Block.parse(block)
        assert parsed is not None, block
        parsed.validate_json()
    names = [block["block_id"] for block in blocks if "block_id" in block]
    assert len(names) == len(set(names))
    assert all(0 < len(name) <= 255 for name in names)
    for text in texts(blocks):
        assert text["text"].strip(), "Slack refuses empty texts"
        assert width(text["text"]) <= 3_000
        assert text["type"] == "plain_text" or text["verbatim"] is True
        assert text["type"] == "mrkdwn" or text["emoji"] is False
    for block in blocks:
        _check_block(block)
    assert sum(width(text["text"]) for text in texts(blocks)) <= 13_000 + len(blocks) * 1_000


def _check_block(block: dict[str, Any]) -> None:
    match block["type"]:
        case "section":
            assert ("text" in block) != ("fields" in block)
            assert len(block.get("fields", [])) <= 10
            assert all(width(field["text"]) <= 2_000 for field in block.get("fields", []))
        case "context":
            assert 0 < len(block["elements"]) <= 10
        case "actions":
            assert 0 < len(block["elements"]) <= 25
            ids = [element["action_id"] for element in block["elements"]]
            assert len(ids) == len(set(ids))
            for button in block["elements"]:
                _check_button(button)
        case "input":
            assert width(block["label"]["text"]) <= 2_000
            _check_input(block["element"])


def _check_button(button: dict[str, Any]) -> None:
    assert width(button["text"]["text"]) <= 75
    assert 0 < len(button["value"]) <= 2_000
    assert len(button["action_id"]) <= 255
    assert button.get("style") in (None, "primary", "danger")
    if "confirm" in button:
        assert width(button["confirm"]["text"]["text"]) <= 300
        assert width(button["confirm"]["confirm"]["text"]) <= 30


def _check_input(element: dict[str, Any]) -> None:
    assert width(element.get("initial_value", "")) <= 3_000
    groups = element.get("option_groups", [])
    assert len(groups) <= 100
    for options in [element.get("options"), *(group["options"] for group in groups)]:
        if options is None:
            continue
        assert 0 < len(options) <= 100
        for option in options:
            assert 0 < width(option["value"]) <= 150
            assert width(option["text"]["text"]) <= 75
    if element["type"] == "static_select":
        assert "options" in element or groups


def texts(value: Any) -> Iterator[dict[str, Any]]:
    """Give every text object anywhere inside."""
    if isinstance(value, dict):
        if value.get("type") in ("mrkdwn", "plain_text") and isinstance(value.get("text"), str):
            yield value
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def buttons(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every button."""
    return [b for block in blocks if block["type"] == "actions" for b in block["elements"]]


def width(text: str) -> int:
    """Return the UTF-16 length."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
