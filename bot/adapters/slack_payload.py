"""Reading Slack's JSON without trusting its shape."""

import re
from collections.abc import Mapping
from typing import Any

# Any: a platform's JSON; every value is looked at by the functions below before it is used.
Payload = Mapping[str, Any]
_CARD = re.compile(r"^(\d+-)")


def part(payload: Payload, name: str) -> Payload:
    """Return an inner object, empty when there is none."""
    found = payload.get(name)
    return found if isinstance(found, Mapping) else {}


def text_of(payload: Payload, name: str) -> str:
    """Return a string, empty when there is none."""
    found = payload.get(name)
    return found if isinstance(found, str) else ""


def answers(values: Payload, pressed_block: str) -> dict[str, str]:
    """Return what was filled in, by question; of several cards on a page only the pressed one's."""
    card = _CARD.match(pressed_block)
    mine = card.group() if card else ""
    found: dict[str, str] = {}
    for block, elements in values.items():
        if not isinstance(elements, Mapping) or (mine and not block.startswith(mine)):
            continue
        for element in elements.values():
            if isinstance(element, Mapping):
                found[_CARD.sub("", block)] = _answer(element)
    return found


def _answer(element: Payload) -> str:
    match text_of(element, "type"):
        case "static_select" | "radio_buttons" | "external_select":
            return text_of(part(element, "selected_option"), "value")
        case "checkboxes":
            return "true" if element.get("selected_options") else "false"
        case "datepicker":
            return text_of(element, "selected_date")
        case _:
            return text_of(element, "value")
