"""What the sample cannot decide, asked with both readings of a real value; and columns to slice a feed by."""

import datetime as dt
import itertools
import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from config_gen.day_order import DECIDED
from config_gen.drift_columns import other_order
from config_gen.types.moments import as_strptime_reads, in_named_zone, in_order, since_1970
from config_gen.types.names import says_moment, words_of
from config_gen.types.wordlists import word_set
from domain.configuration.profiles import ColumnProfile, ColumnType, Question, Reading, Watermark, bounded
from domain.counting import counted

_GROWING = word_set(
    """
    updated modified created timestamp ts time date loaded ingested event change posted booked trade
    value
    """
)
_OF_A_THING = word_set(
    """
    birth born dob geburtsdatum geburtstag due expiry expires expiration maturity fällig fälligkeit
    fälligkeitsdatum ablaufdatum échéance vencimiento scadenza vervaldatum
    """
)
"""Lists are sorted by such days, but what comes later may be due sooner, or older."""
_MOMENTS = frozenset((ColumnType.DATETIME, ColumnType.DATE, ColumnType.YEARMONTH))
_INSTANTS_READ = 5_000
"""Reading a moment by its form takes long; so many tell whether a column is in order."""
_NOT_BY_CHANCE = 5
"""So many different moments hardly fall from row to row unless somebody sorted them."""
_MOST = 12
EPOCH_READINGS = {
    "seconds since 1970": "epoch_s",
    "milliseconds since 1970": "epoch_ms",
    "microseconds since 1970": "epoch_us",
    "nanoseconds since 1970": "epoch_ns",
}
_DECIDED = (
    "begins with a zero",
    "speaks of a code",
    "check digit",
    "than a number keeps",
    "signs its numbers",
)
"""Of the reasons for which digits are kept as text, those that leave nothing to ask."""
_FIRST, _LAST = 1990, 2100
THOUSANDS = "thousands"
DECIMAL_MARKS = {",": "decimal comma", ".": "decimal point"}
_MARK_NAMES = {",": "comma", ".": "point"}
_PARTED = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}")


def column_questions(columns: Sequence[ColumnProfile]) -> list[Question]:
    """Return the doubts that a person should settle, the worst first, at most twelve."""
    asked: list[Question] = []
    for column in columns:
        question = (
            _day_or_month(column)
            or _thousands(column)
            or _zero_or_one(column)
            or _code_or_number(column)
            or _counted_moment(column)
        )
        if question is not None:
            asked.append(question)
    order = ("day_month", "grouping", "epoch", "flag", "code")
    return sorted(asked, key=lambda question: order.index(question.code))[:_MOST]


def _day_or_month(column: ColumnProfile) -> Question | None:
    if (
        column.type not in (ColumnType.DATE, ColumnType.DATETIME)
        or not column.format
        or DECIDED in column.evidence
        or (other := other_order(column)) is None
    ):
        return None
    value = next(
        (example for example in column.examples if _read(example, column.format) != _read(example, other)),
        column.examples[0],
    )
    return Question(
        code="day_month",
        column=column.name,
        value=value,
        text=f"In {column.name}, no value tells whether the day or the month comes first.",
        readings=tuple(Reading(option=form, means=_read(value, form)) for form in (column.format, other)),
    )


def _read(value: str, form: str) -> str:
    try:
        return dt.datetime.strptime(value, form).strftime("%d %B %Y")  # noqa: DTZ007  only the day is shown
    except ValueError:
        return "not readable"


def _thousands(column: ColumnProfile) -> Question | None:
    if not column.may_part_thousands:
        return None
    decides = _PARTED.fullmatch
    value = next((example for example in column.examples if decides(example)), column.minimum or "")
    found = decides(value)
    if found is None:
        return None
    mark = found[1]
    readings = (
        Reading(option=DECIMAL_MARKS[mark], means=value.replace(",", ".")),
        Reading(option=THOUSANDS, means=value.replace(mark, "")),
    )
    return Question(
        code="grouping",
        column=column.name,
        value=value,
        text=f"In {column.name}, the {_MARK_NAMES[mark]} may part thousands or decimals.",
        readings=readings if column.type is ColumnType.DECIMAL else readings[::-1],
    )


def _zero_or_one(column: ColumnProfile) -> Question | None:
    if (
        column.type is not ColumnType.INTEGER
        or column.distinct != 2
        or (column.minimum, column.maximum) != ("0", "1")
    ):
        return None
    return Question(
        code="flag",
        column=column.name,
        value="1",
        text=f"{column.name} holds only 0 and 1.",
        readings=(
            Reading(option="number", means="1, can be added up"),
            Reading(option="yes or no", means="true"),
        ),
    )


def _code_or_number(column: ColumnProfile) -> Question | None:
    decided = any(reason in column.evidence for reason in _DECIDED)
    if not column.code_of_digits or decided or not column.examples:
        return None
    value = column.examples[0]
    return Question(
        code="code",
        column=column.name,
        value=value,
        text=f"{column.name} is made of digits; I keep it as text ({column.evidence}).",
        readings=(
            Reading(option="text", means=f"“{value}”"),
            Reading(option="number", means=f"{int(value):,}" if value.isdigit() else value),
        ),
    )


def _counted_moment(column: ColumnProfile) -> Question | None:
    """Ask whether whole numbers of a column that speaks of time count seconds, or parts of one, from 1970."""
    if column.type is not ColumnType.INTEGER or not says_moment(column.name):
        return None
    edges = [text for text in (column.minimum, column.maximum) if text]
    for option, form in EPOCH_READINGS.items():
        moments = [_moment(text, form) for text in edges]
        if moments and all(moment is not None and _FIRST <= moment.year <= _LAST for moment in moments):
            value = column.minimum or ""
            return Question(
                code="epoch",
                column=column.name,
                value=value,
                text=f"{column.name} holds whole numbers that read as moments.",
                readings=(
                    Reading(option=option, means=f"{moments[0]:%d %B %Y %H:%M:%S} UTC"),
                    Reading(option="number", means=f"{int(value):,}"),
                ),
            )
    return None


def _moment(text: str, form: str) -> dt.datetime | None:
    try:
        return since_1970(text, form)
    except ValueError:
        return None


def watermarks(columns: Sequence[ColumnProfile], cells: Sequence[Sequence[str]]) -> list[Watermark]:
    """Return columns that grow down the file or up, best first: they say how far a load has come."""
    found: list[tuple[int, Watermark]] = []
    for column in columns:
        moment = column.type in _MOMENTS
        if (
            column.nulls
            or not (moment or (column.type is ColumnType.INTEGER and column.distinct == column.values))
            or column.values < 2
            or (column.meaning is not None and column.meaning.label == "date_of_birth")
        ):
            continue
        words = set(words_of(column.name))
        grows = "" if words & _OF_A_THING else _growth(column, cells[column.position])
        named = bool(words & _GROWING)
        if grows or (moment and named):
            why = grows or "a moment by type and name"
            found.append(
                (2 * bool(grows) + moment + named, Watermark(column=column.name, reason=bounded(why)))
            )
    return [mark for _, mark in sorted(found, key=lambda entry: -entry[0])[:3]]


def _growth(column: ColumnProfile, values: Sequence[str]) -> str:
    """Return in words that values follow one another in time or number; empty where they do not."""
    if column.distinct < 2:
        return ""
    form = column.format or ""
    if column.type is ColumnType.INTEGER or form.startswith(("%Y", "iso")):
        order: Callable[[str], Any] = int if column.type is ColumnType.INTEGER else str
        seen = [value.strip() for value in values[:20_000]]
    else:
        seen = [value.strip() for value in values[:_INSTANTS_READ]]
        order = in_order(form, seen) or partial(_instant, form=form)
    if _is_sorted(seen, order):
        return "never falls from row to row"
    if column.type in _MOMENTS and column.distinct >= _NOT_BY_CHANCE and _is_sorted(seen[::-1], order):
        return "never rises from row to row: the newest stand first"
    return ""


def _is_sorted(values: Sequence[str], order: Callable[[str], Any]) -> bool:
    try:
        return all(one <= other for one, other in itertools.pairwise(map(order, values)))
    except (ValueError, TypeError):  # a value of another form; one with an offset beside one without
        return False


def _instant(text: str, form: str) -> dt.datetime:
    return in_named_zone(as_strptime_reads(text, form), form)


def partitions(columns: Sequence[ColumnProfile]) -> list[Watermark]:
    """Return columns with few, well-filled values to split storage by: dates first, then short lists."""
    found = []
    for column in columns:
        if column.nulls or column.distinct < 2 or column.values < 20:
            continue
        if column.type is ColumnType.DATE and column.distinct <= 0.2 * column.values:
            found.append(
                (
                    0,
                    Watermark(
                        column=column.name,
                        reason=f"{counted(column.distinct, 'day')} over {counted(column.values, 'row')}",
                    ),
                )
            )
        elif column.enum and column.type is ColumnType.STRING and column.distinct <= 12:
            found.append(
                (1, Watermark(column=column.name, reason=f"only {column.distinct} values, none empty"))
            )
    return [mark for _, mark in sorted(found, key=lambda entry: entry[0])[:3]]
