"""Typed parameters of runbooks: what may fill each blank, and the sentence when something does not fit."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum

from domain.errors import BadInput
from domain.remediation.plans import Frozen, Line, Slug, Value, Whole
from domain.text.redaction import holds_key


class ParameterKind(StrEnum):
    """What a parameter may hold."""

    NAME = "name"
    TEXT = "text"
    INTEGER = "integer"
    SWITCH = "switch"
    CHOICE = "choice"
    DATE = "date"
    MOMENT = "moment"
    PATH = "path"
    IDENTIFIER = "identifier"
    NAMES = "names"


class Parameter(Frozen):
    """One typed blank of a runbook."""

    name: Slug
    kind: ParameterKind
    summary: Line
    default: Value | None = None
    choices: tuple[str, ...] = ()
    least: Whole = 0
    most: Whole = 1_000_000


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_IDENTIFIER = re.compile(r"[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?")
_LONGEST_TEXT = 2_000
_LONGEST_LIST = 200


def checked_parameters(wanted: tuple[Parameter, ...], given: Mapping[str, Value]) -> dict[str, Value]:
    """Return every parameter with a fitting value, defaults filled in.

    Raises:
        BadInput: One is missing, unknown or does not fit its type; the sentence names it.
    """
    unknown = sorted(set(given) - {parameter.name for parameter in wanted})
    if unknown:
        raise _misfit(unknown[0], "isn't a parameter of this runbook")
    checked: dict[str, Value] = {}
    for parameter in wanted:
        value = given.get(parameter.name, parameter.default)
        if value is None:
            raise _misfit(parameter.name, "is needed, and nothing here says which: fill it in")
        fault = fault_of(parameter, value)
        if fault:
            raise _misfit(parameter.name, fault)
        checked[parameter.name] = value
    return checked


def fault_of(parameter: Parameter, value: Value) -> str:
    """Return why a value does not fit a parameter, empty when it does."""
    kind = parameter.kind
    if kind is ParameterKind.SWITCH:
        return "" if isinstance(value, bool) else "must be yes or no"
    if kind is ParameterKind.INTEGER:
        if isinstance(value, bool) or not isinstance(value, int):
            return "must be a whole number"
        is_inside = parameter.least <= value <= parameter.most
        return "" if is_inside else f"must be from {parameter.least} to {parameter.most}"
    # Approvers and the trail read every value, and scripts need none: a target brings its own credential.
    if any(holds_key(text) for text in (value if isinstance(value, tuple) else (str(value),))):
        return "looks like a secret, which many would read here: a target brings its own credential"
    if kind is ParameterKind.NAMES:
        return _fault_of_names(value)
    if not isinstance(value, str):
        return "must be text"
    if len(value) > _LONGEST_TEXT or any(ord(character) < 32 for character in value):
        return "must be one line of at most 2,000 characters"
    return _fault_of_text(parameter, value)


def _fault_of_names(value: Value) -> str:
    if not isinstance(value, tuple) or not 1 <= len(value) <= _LONGEST_LIST:
        return f"must be a list of 1 to {_LONGEST_LIST} names"
    return "" if all(_NAME.fullmatch(name) for name in value) else "holds something that is no name"


def _fault_of_text(parameter: Parameter, value: str) -> str:
    match parameter.kind:
        case ParameterKind.NAME:
            return (
                ""
                if _NAME.fullmatch(value)
                else "must be a name of letters, digits, dot, dash and underscore"
            )
        case ParameterKind.IDENTIFIER:
            return "" if _IDENTIFIER.fullmatch(value) else "must be a table or column name in lower case"
        case ParameterKind.CHOICE:
            return "" if value in parameter.choices else f"must be one of {', '.join(parameter.choices)}"
        case ParameterKind.PATH:
            return "" if _is_relative(value) else "must be a relative path without .. in it"
        case ParameterKind.DATE | ParameterKind.MOMENT:
            return _fault_of_time(parameter.kind, value)
        case _:
            return ""


def _fault_of_time(kind: ParameterKind, value: str) -> str:
    try:
        if kind is ParameterKind.DATE:
            date.fromisoformat(value)
            return ""
        moment = datetime.fromisoformat(value)
    except ValueError:
        return "must be a date such as 2026-03-31, with a time and zone where a moment is asked for"
    return "" if moment.tzinfo is not None else "needs a time zone, such as +00:00"


def _is_relative(path: str) -> bool:
    parts = path.split("/")
    return all(part not in ("", ".", "..") and not part.startswith("-") for part in parts)


def _misfit(name: str, fault: str) -> BadInput:
    label = name.replace("_", " ").capitalize()
    return BadInput(f"parameter {name}: {fault}", say=f"{label} {fault}.")
