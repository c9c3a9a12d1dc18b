"""Apply the fix of a finding: JSON-Patch-like operations on the document, then the shape is checked again."""

from collections.abc import Sequence
from typing import Any

from pydantic import JsonValue, ValidationError

from domain.configuration.feed_config import FeedConfig
from domain.configuration.findings import Finding, Operation
from domain.errors import BadInput


def apply_fix(config: FeedConfig, finding: Finding) -> FeedConfig:
    """Return the configuration with the finding's fix applied.

    Raises:
        BadInput: The finding has no fix, or the configuration has changed so that it no longer fits.
    """
    if finding.fix is None:
        raise BadInput(
            f"{finding.code} has no fix", say="This finding needs a person: there is no ready fix."
        )
    document: JsonValue = config.model_dump(mode="json")
    try:
        for operation in finding.fix.operations:
            document = patched(document, operation)
        return FeedConfig.model_validate(document)
    except (KeyError, IndexError, ValueError, ValidationError) as error:
        raise BadInput(
            f"fix of {finding.code} does not fit: {type(error).__name__}",
            say="This fix no longer fits: the configuration has changed since it was offered.",
            next_step="Look at the findings of the present version.",
        ) from error


def patched(document: JsonValue, operation: Operation) -> JsonValue:
    """Return the document after one operation; `add` also makes missing objects and lists on its way."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in operation.path.split("/")[1:]]
    if not steps:
        return operation.value
    return _changed(document, steps, operation)


def _changed(value: Any, steps: Sequence[str], operation: Operation) -> JsonValue:
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        return _changed_list(list(value), step, rest, operation)
    if value is None and operation.op == "add":
        value = [] if step == "-" else {}
        if isinstance(value, list):
            return _changed_list(value, step, rest, operation)
    if not isinstance(value, dict):
        raise KeyError(step)
    copy = dict(value)
    if rest:
        copy[step] = _changed(copy.get(step), rest, operation)
    elif operation.op == "remove":
        del copy[step]
    else:
        copy[step] = operation.value
    return copy


def _changed_list(
    members: list[JsonValue], step: str, rest: Sequence[str], operation: Operation
) -> list[JsonValue]:
    if step == "-":
        if rest or operation.op != "add":
            raise KeyError(step)
        return [*members, operation.value]
    place = int(step)
    if rest:
        members[place] = _changed(members[place], rest, operation)
    elif operation.op == "remove":
        del members[place]
    else:
        members[place] = operation.value
    return members
