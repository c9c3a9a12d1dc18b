"""Schema rules about single columns: formats, bounds and allowed values make sense by themselves."""

import operator
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from config_gen.casting import Unreadable, plainly_written, read_value
from config_gen.documents import pointer
from config_gen.rows import is_ordered
from config_gen.rules.frame import ERROR, WARNING, Family, Fault, Subject, drop, listed, put
from config_gen.types.moments import EPOCHS
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_rules import Check

family = Family("values")
_TIMES = frozenset({FieldType.DATE, FieldType.DATETIME, FieldType.TIME, FieldType.YEARMONTH})
_DIRECTIVES = frozenset("aAwdbBmyYHIpMSfzZjUWVGuTDFe%")
_EXAMPLE = datetime(2031, 11, 23, 22, 47, 58, tzinfo=UTC)


@family.rule("SCH012", ERROR, "The format of a date or time can be read back.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        trouble = _format_trouble(column)
        if trouble:
            yield Fault(
                pointer("columns", number, "format"),
                f"The format `{column.format}` of *{column.name}* {trouble}.",
                put("Take ISO 8601", "columns", number, "format", value="iso"),
            )


@family.rule("SCH013", WARNING, "Only dates and times have a date format, and only decimals have decimals.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.format is not None and column.type not in _TIMES:
            yield Fault(
                pointer("columns", number, "format"),
                f"*{column.name}* is {column.type.value} but has a date format: one of the two is wrong.",
                put("Take the format away", "columns", number, "format", value=None),
            )
        if column.scale is not None and column.type is not FieldType.DECIMAL:
            yield Fault(
                pointer("columns", number, "scale"),
                f"*{column.name}* is {column.type.value} and still keeps decimals: one of the two is wrong.",
                put("Take the decimals away", "columns", number, "scale", value=None),
            )


@family.rule("SCH014", ERROR, "A default value is of the column's own type.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.default is not None and not _is_readable(column, column.default):
            yield Fault(
                pointer("columns", number, "default"),
                f"The default `{column.default[:40]}` of *{column.name}* is no {column.type.value}.",
                put("Take the default away", "columns", number, "default", value=None),
            )


@family.rule("SCH015", ERROR, "A least value is not greater than the greatest.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if _reversed(column, column.minimum, column.maximum):
            yield Fault(
                pointer("columns", number, "minimum"),
                f"*{column.name}* must be from {column.minimum} to {column.maximum}: nothing is.",
                put("Swap the two", "columns", number, value=_swapped(column)),
            )


@family.rule("SCH016", ERROR, "Bounds are values of the column's own type.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        for side, bound in (("minimum", column.minimum), ("maximum", column.maximum)):
            if bound is not None and not (is_ordered(column.type) and _is_bound(column, bound)):
                yield Fault(
                    pointer("columns", number, side),
                    f"The {side} `{bound[:40]}` of *{column.name}* is no {column.type.value}.",
                    put(f"Take the {side} away", "columns", number, side, value=None),
                )


@family.rule("SCH017", ERROR, "A decimal keeps at least as many digits as decimals.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.precision is not None and column.scale is not None and column.scale > column.precision:
            yield Fault(
                pointer("columns", number, "scale"),
                f"*{column.name}* keeps {column.precision} digits in all but {column.scale} after the point.",
                put("Keep 38 digits", "columns", number, "precision", value=38),
            )


@family.rule("SCH025", ERROR, "The bounds of a range rule fit the column and are in order.")
def _(subject: Subject) -> Iterator[Fault]:
    columns = {column.name: column for column in subject.config.columns}
    for number, rule in enumerate(subject.config.quality.rules):
        if rule.check is not Check.RANGE or not rule.columns or rule.columns[0] not in columns:
            continue
        column = columns[rule.columns[0]]
        bounds = [rule.values.get("minimum"), rule.values.get("maximum")]
        place = pointer("quality", "rules", number, "values")
        if not is_ordered(column.type):
            yield Fault(
                place, f"The rule *{rule.id}* wants a range, but *{column.name}* is {column.type.value}."
            )
        elif any(bound is not None and not _is_bound(column, bound) for bound in bounds):
            yield Fault(place, f"The rule *{rule.id}* has a bound that is no {column.type.value}.")
        elif _reversed(column, bounds[0], bounds[1]):
            yield Fault(place, f"The rule *{rule.id}* asks for at least {bounds[0]} and at most {bounds[1]}.")


@family.rule("SCH026", ERROR, "No text means both true and false.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        both = {text.lower() for text in column.true_values} & {text.lower() for text in column.false_values}
        if both:
            yield Fault(
                pointer("columns", number, "true_values"),
                f"In *{column.name}*, {listed(sorted(both))} means true as well as false.",
            )


@family.rule("SCH027", ERROR, "Allowed values meet the column's own pattern, length and type.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        bad = [value for value in column.allowed if not _is_possible(column, value)]
        if bad:
            yield Fault(
                pointer("columns", number, "allowed"),
                f"*{column.name}* allows `{bad[0][:40]}`, which its own pattern, length or type forbids.",
                put("Take those values out", "columns", number, "allowed",
                    value=[value for value in column.allowed if value not in bad]),
            )  # fmt: skip


@family.rule("SCH028", ERROR, "A foreign key has as many columns on both sides.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, key in enumerate(subject.config.keys.foreign):
        if len(key.columns) != len(key.feed_columns):
            yield Fault(
                pointer("keys", "foreign", number),
                f"The key to *{key.feed}* has {len(key.columns)} columns and {len(key.feed_columns)} there.",
                drop("Take the foreign key away", "keys", "foreign", number),
            )


def _format_trouble(column: Column) -> str | None:
    if column.type not in _TIMES or column.format in {None, "iso"}:
        return None
    if column.format in EPOCHS:
        return None if column.type is FieldType.DATETIME else "counts seconds, which only moments do"
    pattern = column.format or ""
    directives = re.findall(r"%[-#]?(.)", pattern)
    if not directives:
        return "has no part that stands for a date or time"
    if any(letter not in _DIRECTIVES for letter in directives):
        return "uses a part that is no strptime directive"
    letters = set(directives)
    if column.type in {FieldType.DATE, FieldType.DATETIME}:
        whole = letters & set("cxDF") or (letters & set("yYG") and letters & set("mbBjUWV"))
        if not whole:
            return "does not tell year and month"
    try:
        datetime.strptime(_EXAMPLE.strftime(pattern), pattern)  # noqa: DTZ007  only whether it can be read
    except ValueError:
        return "cannot be read back"
    return None


def _is_readable(column: Column, text: str) -> bool:
    try:
        read_value(column, text)
    except Unreadable:
        return False
    return True


def _is_bound(column: Column, text: str) -> bool:
    return _is_readable(plainly_written(column), text) or _is_readable(column, text)


def _reversed(column: Column, low: str | None, high: str | None) -> bool:
    if low is None or high is None or not is_ordered(column.type):
        return False
    plain = plainly_written(column)
    if not (_is_readable(plain, low) and _is_readable(plain, high)):
        return False
    first, last = read_value(plain, low), read_value(plain, high)
    try:
        return bool(operator.gt(first, last))
    except TypeError:
        return False


def _swapped(column: Column) -> dict[str, object]:
    return {**column.model_dump(mode="json"), "minimum": column.maximum, "maximum": column.minimum}


def _is_possible(column: Column, value: str) -> bool:
    if column.max_length is not None and len(value) > column.max_length:
        return False
    try:
        fits = column.pattern is None or re.fullmatch(column.pattern, value) is not None
    except re.error:
        fits = True
    return fits and _is_readable(column, value)
