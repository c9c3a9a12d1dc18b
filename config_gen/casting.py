"""Read one cell as its column says: the value as it would land, or the reason why it cannot."""

import json
import re
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from config_gen.types.digits import plain_digits
from config_gen.types.impossible_days import has_no_such_day
from config_gen.types.moments import EPOCHS, as_strptime_reads, in_named_zone, since_1970
from config_gen.types.numbers import sign_first
from config_gen.types.units import lacks_share, without_affix
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_source import Format

Value = str | int | Decimal | bool | date | datetime | time
_TRUE = frozenset({"true", "t", "yes", "y", "1"})
_FALSE = frozenset({"false", "f", "no", "n", "0"})
_INTEGER = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d{1,60}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,3})?", re.ASCII)


class Unreadable(ValueError):  # noqa: N818  a claim about a cell, not a fault of ours
    """The cell is not what its column says; the text is the reason."""


def is_null(column: Column, text: str, feed_format: Format) -> bool:
    """Return whether the cell means no value."""
    blank = text == "" or (column.type is not FieldType.TEXT and text.isspace())
    return blank or text in column.null_values or text in feed_format.null_values


def read_value(column: Column, text: str) -> Value:
    """Return the value of a cell that is not null.

    Raises:
        Unreadable: The text is not of the column's type and format.
    """
    if column.type in {FieldType.TEXT, FieldType.JSON}:
        return _json(text) if column.type is FieldType.JSON else text
    stripped = plain_digits(text.strip())
    if column.type is FieldType.BOOLEAN:
        return _boolean(column, stripped)
    if column.type in {FieldType.INTEGER, FieldType.DECIMAL}:
        return _number(column, stripped)
    try:
        return _moment(column, stripped)
    except ValueError as error:
        raise Unreadable(f"is no {column.type.value} in the form {column.format or 'iso'}") from error


def plainly_written(column: Column) -> Column:
    """Return the column as bounds are written: ISO dates, a dot before decimals, no unit."""
    fields = ("format", "decimal_char", "group_char", "negative", "affix", "precision", "scale")
    return column.model_copy(update=dict.fromkeys(fields))


def _json(text: str) -> str:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as error:
        if text.endswith("…"):  # a preview holds the beginning of a long cell
            return text
        raise Unreadable("is no JSON") from error
    return text


def _boolean(column: Column, text: str) -> bool:
    true = {word.lower() for word in column.true_values} or _TRUE
    false = {word.lower() for word in column.false_values} or _FALSE
    if text.lower() in true:
        return True
    if text.lower() in false:
        return False
    raise Unreadable("is neither true nor false")


def _number(column: Column, text: str) -> int | Decimal:
    if column.affix and lacks_share(text, column.affix):
        raise Unreadable(f"lacks the {column.affix} of its column")
    text = without_affix(text, column.affix) if column.affix else text
    text = sign_first(text, column.negative)
    plain = text.replace(column.group_char, "") if column.group_char else text
    if column.group_char in {" ", "\u00a0", "\u202f"}:
        plain = re.sub(r"[ \u00a0\u202f]", "", plain)
    if column.decimal_char and column.decimal_char != ".":
        if "." in plain:
            raise Unreadable(f"has a point although {column.decimal_char!r} is the decimal sign")
        plain = plain.replace(column.decimal_char, ".")
    if column.type is FieldType.INTEGER:
        if not _INTEGER.fullmatch(plain):
            raise Unreadable("is no whole number")
        return int(plain)
    if not _DECIMAL.fullmatch(plain):
        raise Unreadable("is no number")
    try:
        return _sized(column, Decimal(plain))
    except InvalidOperation as error:
        raise Unreadable("is no number") from error


def _sized(column: Column, number: Decimal) -> Decimal:
    if column.scale is not None and number != round(number, column.scale):
        raise Unreadable(f"has more than {column.scale} decimals")
    if column.precision is not None and abs(number) >= Decimal(10) ** (
        column.precision - (column.scale or 0)
    ):
        raise Unreadable(f"has more digits than {column.precision}")
    return number


def _moment(column: Column, text: str) -> Value:
    pattern = None if column.format in {None, "iso"} else column.format
    if pattern in EPOCHS:
        return since_1970(text, pattern)
    if pattern:
        text = as_strptime_reads(text, pattern)
    if column.type is FieldType.YEAR:
        if not re.fullmatch(r"[+-]?\d{1,4}", text):
            raise ValueError(text)
        return int(text)
    if column.type is FieldType.YEARMONTH:
        return datetime.strptime(text, pattern or "%Y-%m").date()  # noqa: DTZ007  a month has no zone
    if column.type is FieldType.DATE:
        if pattern and "%j" in pattern and has_no_such_day(text):
            raise ValueError(text)
        if pattern:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007  a date has no zone
        return date.fromisoformat(text[:10]) if _only_a_date(text) else _raise(text)
    if column.type is FieldType.TIME:
        return datetime.strptime(text, pattern).time() if pattern else time.fromisoformat(text)  # noqa: DTZ007
    moment = in_named_zone(text, pattern) if pattern else datetime.fromisoformat(text)
    if moment.tzinfo is None and column.time_zone:
        return moment.replace(tzinfo=_zone(column.time_zone))
    return moment


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(name) from error


def _only_a_date(text: str) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\d([T ]00:00(:00(\.0+)?)?(Z|[+-]00:?00)?)?", text))


def _raise(text: str) -> date:
    raise ValueError(text)
