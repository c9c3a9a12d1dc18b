"""The columns of a configuration from the columns of a profile, with the answers to ambiguous readings."""

import math
import re
from collections.abc import Mapping
from typing import Literal

from config_gen.bounds import counted_on, roomy_bounds, roomy_length, roomy_scale
from config_gen.key_scores import says_remark
from config_gen.meanings import CODES_OF_DIGITS, SHARED, closeness, treatment_of
from config_gen.naming import column_names_from, known_zone
from config_gen.profile_questions import DECIMAL_MARKS, EPOCH_READINGS, THOUSANDS
from config_gen.types.digits import plain_digits
from config_gen.types.names import says_code, says_identifier, says_number
from config_gen.types.numbers import sign_first
from config_gen.types.unit_words import unit_of
from config_gen.types.units import number_in, without_affix
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.profiles import ColumnProfile, ColumnType, SampleProfile
from domain.errors import BadInput

_TYPES = {
    ColumnType.STRING: FieldType.TEXT,
    ColumnType.NULL: FieldType.TEXT,
    ColumnType.OBJECT: FieldType.JSON,
    ColumnType.ARRAY: FieldType.JSON,
}
_PLAIN = frozenset({None, ".", ""})
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL})
_MAY_IDENTIFY = frozenset({FieldType.TEXT, FieldType.INTEGER})
_OF_A_TYPE = (
    "minimum", "maximum", "decimal_char", "group_char", "negative", "affix", "precision", "scale",
    "max_length",
)  # fmt: skip
_MOST_DIGITS = 38
"""More digits no usual database keeps of a decimal."""
_SERVICE_TIME = r"\d{1,2}:[0-5]\d(:[0-5]\d(\.\d+)?)?"
_PLAIN_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,40})?")
_TELLING = 20
"""So many different values are hardly different by chance."""
_BY_CHANCE = 0.05
_FEWEST_BOUNDED = 5
"""Fewer numbers say nothing of where others lie: a file of one row is one of many days."""
_TIMES = frozenset({FieldType.DATE, FieldType.DATETIME, FieldType.TIME, FieldType.YEARMONTH})
# What the profile's questions call their readings, and the type that each of them means.
_CHOSEN_TYPES = {
    "text": FieldType.TEXT,
    "number": FieldType.INTEGER,
    "yes or no": FieldType.BOOLEAN,
    THOUSANDS: FieldType.INTEGER,
    **dict.fromkeys(DECIMAL_MARKS.values(), FieldType.DECIMAL),
    **dict.fromkeys(EPOCH_READINGS, FieldType.DATETIME),
}
_NEGATIVES: dict[str, Literal["trailing", "parentheses"]] = {
    "trailing": "trailing",
    "parentheses": "parentheses",
}


def columns_from(profile: SampleProfile, readings: Mapping[str, str]) -> tuple[Column, ...]:
    """Return one column per profiled column.

    Args:
        profile: The measured sample.
        readings: `<question code>:<column>` to the option that a person chose.

    Raises:
        BadInput: The sample has no columns.
    """
    if not profile.columns:
        raise BadInput(
            f"no columns in a {profile.format} sample",
            say="I found no columns in this sample, so there is nothing to configure yet.",
            next_step="Drop a file that has at least one row.",
        )
    chosen = {key.partition(":")[2]: option for key, option in readings.items() if ":" in key}
    names = column_names_from(column.name for column in profile.columns)
    return tuple(
        _column(name, column, chosen.get(column.name))
        for name, column in zip(names, profile.columns, strict=True)
    )


def retyped(column: Column, former: Column) -> Column:
    """Return a column of another type than before, without what belonged to the former type."""
    update: dict[str, object] = {}
    for field in _OF_A_TYPE:
        if getattr(column, field) == getattr(former, field):
            update[field] = None
    for field in ("true_values", "false_values", "allowed"):
        if getattr(column, field) == getattr(former, field):
            update[field] = ()
    if column.type in _TIMES:
        update["format"] = column.format or "iso"
    elif column.format == former.format:
        update |= {"format": None, "time_zone": None}
    if column.type is FieldType.DECIMAL:
        update |= {"precision": 38, "scale": column.scale if column.scale != former.scale else 10}
    return column.model_copy(update=update)


def names_by_source(columns: tuple[Column, ...]) -> dict[str, str]:
    """Return table name by the name that the file uses."""
    return {column.source: column.name for column in columns}


def _column(name: str, seen: ColumnProfile, reading: str | None) -> Column:
    usual = _type_and_format(seen, None)
    seen = _marked(seen, reading)
    kind, pattern = _type_and_format(seen, reading)
    label = seen.meaning.label if seen.meaning else None
    if label in CODES_OF_DIGITS and kind is FieldType.INTEGER and reading is None:
        kind = FieldType.TEXT  # as a number, such a code would lose its leading zeros
    near = closeness(label, personal=bool(seen.meaning and seen.meaning.personal))
    precision, scale = _decimal_size(seen) if kind is FieldType.DECIMAL else (None, None)
    limits = seen.constraints
    low, high = (_bound(kind, text, seen) for text in (limits.minimum, limits.maximum or seen.maximum))
    if seen.values < _FEWEST_BOUNDED:
        low, high = None, None
    low, high = roomy_bounds(low, high, seen.name, label) if kind in _NUMBERS else (None, None)
    counts_on = limits.maximum is None or says_identifier(seen.name) or says_number(seen.name)
    if kind is FieldType.INTEGER and counts_on:
        low, high = counted_on(low), None
    chosen_true, chosen_false = ((), ()) if reading is None else (("1",), ("0",))
    kept = (kind, pattern) == usual  # bounds were taken in the type that the profile saw
    return Column(
        name=name,
        source=seen.name or f"column_{seen.position}",
        type=kind,
        nullable=seen.nullable,
        format=pattern,
        time_zone=known_zone(seen.timezone) if kind is FieldType.DATETIME else None,
        decimal_char=_decimal_char(seen) if kind is FieldType.DECIMAL else None,
        group_char=seen.group_char or None,
        negative=_NEGATIVES.get(seen.negative or "") if kind in _NUMBERS else None,
        affix=seen.affix if kind in _NUMBERS else None,
        precision=precision,
        scale=scale,
        true_values=(seen.true_values or chosen_true) if kind is FieldType.BOOLEAN else (),
        false_values=(seen.false_values or chosen_false) if kind is FieldType.BOOLEAN else (),
        null_values=tuple(token for token in seen.null_values if token),
        meaning=label,
        unit=unit_of(seen.affix) if seen.affix and kind in _NUMBERS else None,
        meaning_is_guess=bool(seen.meaning and not seen.meaning.verified),
        unique=limits.unique and kind in _MAY_IDENTIFY and _differs_for_good(seen) and label not in SHARED,
        allowed=limits.enum or () if kind is FieldType.TEXT else (),
        pattern=_shape(seen) if kind is FieldType.TEXT else None,
        minimum=low if kept else None,
        maximum=high if kept else None,
        max_length=roomy_length(limits.max_length, label) if kind is FieldType.TEXT else None,
        personal_data=near,
        treatment=treatment_of(label, near),
    )


def _differs_for_good(seen: ColumnProfile) -> bool:
    """Tell whether values that differ in the sample hardly do so by chance, or as free texts do."""
    if seen.values < _TELLING or says_remark(seen.name):
        return False
    if seen.type is not ColumnType.INTEGER or seen.constraints.maximum is None:
        return True
    if says_identifier(seen.name) or says_number(seen.name) or says_code(seen.name):
        return True
    low, high = (number_in(edge or "", seen) for edge in (seen.minimum, seen.maximum))
    # So many numbers drawn from so wide a reach would all differ so often (the birthday problem).
    return low is None or high is None or math.exp(-(seen.values**2) / (2 * (high - low + 1))) < _BY_CHANCE


def _marked(seen: ColumnProfile, reading: str | None) -> ColumnProfile:
    """Return the column with the mark in its numbers meant as a person said."""
    mark = seen.group_char or seen.decimal_char
    if reading == THOUSANDS:
        return seen.model_copy(update={"group_char": mark, "decimal_char": None, "decimals": 0})
    if reading in DECIMAL_MARKS.values():
        return seen.model_copy(update={"group_char": None, "decimal_char": mark, "decimals": 3})
    return seen


def _type_and_format(seen: ColumnProfile, reading: str | None) -> tuple[FieldType, str | None]:
    as_text = seen.code_of_digits or seen.after_midnight  # no time of a table holds 25:10
    kind = FieldType.TEXT if as_text else _TYPES.get(seen.type) or FieldType(seen.type.value)
    pattern = (seen.format or "iso") if kind in _TIMES else None
    option = (reading or "").strip()
    kind = _CHOSEN_TYPES.get(option.lower(), kind)
    if "%" in option and kind in _TIMES:
        pattern = option[:60]
    pattern = EPOCH_READINGS.get(option, pattern)
    return kind, pattern if kind in _TIMES else None


def _shape(seen: ColumnProfile) -> str | None:
    return _SERVICE_TIME if seen.after_midnight else seen.constraints.pattern


def _bound(kind: FieldType, text: str | None, seen: ColumnProfile) -> str | None:
    """Return a bound that rules can compare with, in the writing of programs whatever that of the file is."""
    if not text or kind not in {FieldType.INTEGER, FieldType.DECIMAL, FieldType.YEAR}:
        return text
    bare = without_affix(text, seen.affix) if seen.affix else text
    plain = sign_first(plain_digits(bare), seen.negative)
    for mark, meant in ((seen.group_char, ""), (_decimal_char(seen), ".")):
        plain = plain.replace(mark, meant) if mark else plain
    return plain if _PLAIN_NUMBER.fullmatch(plain) else None


def _decimal_char(seen: ColumnProfile) -> str | None:
    return None if seen.decimal_char in _PLAIN else seen.decimal_char


def _decimal_size(seen: ColumnProfile) -> tuple[int, int]:
    ends = [
        number
        for text in (seen.minimum, seen.maximum)
        if text and (number := number_in(text, seen)) is not None
    ]
    whole = max((len(str(int(abs(end)))) for end in ends if math.isfinite(end)), default=10)
    scale = max(min(roomy_scale(seen.decimals), _MOST_DIGITS - whole - 2), 0)
    return min(max(18, whole + scale + 2), _MOST_DIGITS), scale
