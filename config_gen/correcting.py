"""Put what people said about a sample into a configuration, with the steps and rules that go with it."""

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from functools import partial
from operator import mul

from config_gen.corrections import apply_to_columns
from config_gen.editing import edited
from domain.configuration.corrections import SETTINGS, Correction, CorrectionKind
from domain.configuration.feed_columns import Column, FieldType, PersonalData, Treatment
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_load import LoadMode
from domain.configuration.feed_operation import Classification
from domain.configuration.feed_rules import (
    Check,
    OnFailure,
    QualityRule,
    RuleSeverity,
    Step,
    Transformation,
)
from domain.errors import BadInput

_BY_KEY = frozenset({LoadMode.MERGE, LoadMode.HISTORY})
_PROTECTING = frozenset({Step.MASK, Step.HASH, Step.TOKENIZE, Step.ENCRYPT, Step.DROP})
_MASKED = "protect_by_mask"
_MOST_DIGITS = 38
_OPEN_TO_MANY = frozenset({Classification.PUBLIC, Classification.INTERNAL})


def corrected(config: FeedConfig, correction: Correction) -> FeedConfig:
    """Return the configuration with what was said; raises `BadInput` where it does not fit any more."""
    known = {column.name for column in config.columns}
    missing = [name for name in correction.columns if name not in known]
    if missing:
        raise BadInput(f"no column {missing[0]}", say=f"There is no column *{missing[0]}* any more.")
    if correction.kind in SETTINGS:
        return edited(config, "settings", {SETTINGS[correction.kind]: correction.value})
    if correction.kind is CorrectionKind.KEY:
        return _with_key(config, correction.columns)
    if correction.kind in (CorrectionKind.TYPE, CorrectionKind.FORMAT):
        changes = apply_to_columns(config.columns, correction)
        return _edited(config, {name: {k: str(v) for k, v in one.items()} for name, one in changes.items()})
    [name] = correction.columns
    if correction.kind is CorrectionKind.NAME:
        return _edited(config, {name: {"name": correction.value}})
    if correction.kind is CorrectionKind.FILLED:
        return _edited(config, {name: {"nullable": "no" if correction.value == "yes" else "yes"}})
    if correction.kind is CorrectionKind.UNIT:
        return _edited(_undivided(config, name), {name: {"unit": correction.value}})
    if correction.kind is CorrectionKind.DIVISOR:
        return _divided(config, name, correction)
    if correction.kind is CorrectionKind.ZONE:
        return _in_zone(config, name, correction.value)
    return _personal(config, name, is_personal=correction.value == "yes")


def _edited(config: FeedConfig, answers: dict[str, dict[str, str]]) -> FeedConfig:
    for name, inputs in answers.items():
        config = edited(config, f"column/{name}", inputs)
    return config


def _with_key(config: FeedConfig, key: tuple[str, ...]) -> FeedConfig:
    """Return the configuration with another key: rows are found by it, and no two of a file share it."""
    if key and key == config.keys.primary == config.load.merge_on:
        return config
    mode = config.load.mode
    if not key and mode in _BY_KEY:
        mode = LoadMode.APPEND
    elif key and not config.keys.primary and mode is LoadMode.APPEND:
        mode = LoadMode.MERGE  # as a sample whose key was found is loaded
    rules = [
        rule for rule in config.quality.rules if not (rule.check is Check.UNIQUE and rule.id == "key_unique")
    ]
    at = next((n for n, rule in enumerate(config.quality.rules) if rule.id == "key_unique"), len(rules))
    steps = [
        step.model_copy(update={"columns": key}) if step.step is Step.DEDUPLICATE else step
        for step in config.transformations
        if key or step.step is not Step.DEDUPLICATE
    ]
    if key:
        unique = QualityRule(
            id="key_unique",
            check=Check.UNIQUE,
            columns=key,
            severity=RuleSeverity.ERROR,
            on_failure=OnFailure.QUARANTINE,
            reason="Somebody who knows the feed said that these columns tell its rows apart.",
        )
        rules.insert(at, unique)
    merge_on = key if mode in _BY_KEY else ()
    columns = tuple(
        column.model_copy(
            update={
                "nullable": column.nullable and column.name not in key,
                "unique": (column.unique and (column.name,) != config.keys.primary) or key == (column.name,),
            }
        )
        for column in config.columns
    )
    return config.model_copy(
        update={
            "columns": columns,
            "keys": config.keys.model_copy(update={"primary": key}),
            "load": config.load.model_copy(update={"mode": mode, "merge_on": merge_on}),
            "quality": config.quality.model_copy(update={"rules": tuple(rules)}),
            "transformations": tuple(steps),
        }
    )


def _divided(config: FeedConfig, name: str, correction: Correction) -> FeedConfig:
    """Return the configuration with a step that makes whole units of parts; bounds follow it."""
    config = _undivided(config, name)
    by = Decimal(correction.value)
    step = Transformation(
        id=_free_id(config, f"{name}_in_whole_units"[:80]),
        step=Step.DIVIDE,
        columns=(name,),
        values={"by": correction.value},
        reason="Somebody who knows the feed said in which unit it comes.",
    )
    divided = _with_bounds(config, name, lambda bound: bound / by)
    columns = tuple(_in_parts(one, correction.value) if one.name == name else one for one in divided.columns)
    return divided.model_copy(update={"columns": columns, "transformations": (*config.transformations, step)})


def _in_parts(column: Column, by: str) -> Column:
    """Return the column with room behind the point for what division leaves; whole numbers become parts."""
    digits = len(by) - 1 if Decimal(by) > 1 else 0
    if column.type is FieldType.INTEGER and digits:
        return column.model_copy(
            update={"type": FieldType.DECIMAL, "precision": _MOST_DIGITS, "scale": digits}
        )
    more = digits - (column.scale or 0)
    if column.type is FieldType.DECIMAL and column.precision is not None and more > 0:
        room = min(column.precision + more, _MOST_DIGITS)
        return column.model_copy(update={"precision": room, "scale": digits})
    return column


def _undivided(config: FeedConfig, name: str) -> FeedConfig:
    """Return the configuration without the steps that divide a column alone; its bounds grow back."""
    for step in config.transformations:
        if step.step is Step.DIVIDE and step.columns == (name,):
            config = _with_bounds(config, name, partial(mul, _divisor(step)))
    return _without_step(config, name, {Step.DIVIDE})


def _divisor(step: Transformation) -> Decimal:
    try:
        return Decimal(step.values.get("by", "1")) or Decimal(1)
    except InvalidOperation:
        return Decimal(1)


def _with_bounds(config: FeedConfig, name: str, moved: Callable[[Decimal], Decimal]) -> FeedConfig:
    """Return the configuration with other bounds of a column."""
    columns = tuple(
        one.model_copy(update={"minimum": _put(one.minimum, moved), "maximum": _put(one.maximum, moved)})
        if one.name == name
        else one
        for one in config.columns
    )
    rules = tuple(
        rule.model_copy(
            update={
                "values": {
                    key: (_put(text, moved) or text) if key in ("minimum", "maximum") else text
                    for key, text in rule.values.items()
                }
            }
        )
        if rule.check is Check.RANGE and rule.columns == (name,)
        else rule
        for rule in config.quality.rules
    )
    return config.model_copy(
        update={
            "columns": columns,
            "quality": config.quality.model_copy(update={"rules": rules}),
        }
    )


def _put(bound: str | None, moved: Callable[[Decimal], Decimal]) -> str | None:
    return format(moved(Decimal(bound)).normalize(), "f") if bound else None


def _in_zone(config: FeedConfig, name: str, zone: str) -> FeedConfig:
    config = _without_step(config, name, {Step.TO_UTC})
    columns = tuple(
        column.model_copy(update={"time_zone": zone}) if column.name == name else column
        for column in config.columns
    )
    steps = config.transformations
    if zone != "UTC":
        to_utc = Transformation(
            id=_free_id(config, f"{name}_to_utc"[:80]),
            step=Step.TO_UTC,
            columns=(name,),
            values={"time_zone": zone},
            reason=f"Local times of {zone} become comparable.",
        )
        steps = (*steps, to_utc)
    return config.model_copy(update={"columns": columns, "transformations": steps})


def _personal(config: FeedConfig, name: str, *, is_personal: bool) -> FeedConfig:
    config = _without_step(config, name, _PROTECTING)
    update: dict[str, object] = {"personal_data": PersonalData.NONE, "treatment": Treatment.NONE}
    steps: Sequence[Transformation] = config.transformations
    governance = config.governance
    if is_personal:
        update = {"personal_data": PersonalData.DIRECT, "treatment": Treatment.MASK}
        masked = next((step for step in steps if step.id == _MASKED and step.step is Step.MASK), None)
        reason = "These columns hold personal data."
        fresh = masked or Transformation(id=_free_id(config, _MASKED), step=Step.MASK, reason=reason)
        grown = fresh.model_copy(update={"columns": (*fresh.columns, name)})
        steps = [grown if step is masked else step for step in steps] + ([] if masked else [grown])
        if governance.classification in _OPEN_TO_MANY:
            governance = governance.model_copy(update={"classification": Classification.CONFIDENTIAL})
    columns = tuple(
        column.model_copy(update=update) if column.name == name else column for column in config.columns
    )
    return config.model_copy(
        update={"columns": columns, "transformations": tuple(steps), "governance": governance}
    )


def _without_step(config: FeedConfig, name: str, kinds: set[Step] | frozenset[Step]) -> FeedConfig:
    """Return the configuration whose steps of these kinds leave a column alone."""
    steps = [
        step.model_copy(update={"columns": tuple(one for one in step.columns if one != name)})
        if step.step in kinds
        else step
        for step in config.transformations
        if not (step.step in kinds and step.columns == (name,))
    ]
    return config.model_copy(update={"transformations": tuple(steps)})


def _free_id(config: FeedConfig, wanted: str) -> str:
    taken = {step.id for step in config.transformations}
    return next(
        name
        for n in range(1, len(taken) + 2)
        if (name := wanted if n == 1 else f"{wanted[:76]}_{n}") not in taken
    )
