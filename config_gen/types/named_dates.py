"""Read digits as days, hours or months where a column's name speaks of them."""

import re
from collections.abc import Mapping

from config_gen.types.impossible_days import has_no_such_day
from config_gen.types.temporal import TemporalReading
from domain.configuration.profiles import ColumnProfile, ColumnType

_TWO_DIGITS = {
    "%Y": r"(?:19|20)\d\d",
    "%y": r"\d\d",
    "%m": r"(?:0[1-9]|1[0-2])",
    "%d": r"(?:0[1-9]|[12]\d|3[01])",
    "%H": r"(?:[01]\d|2[0-3])",
    "%j": r"(?:00[1-9]|0[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6])",
}
DAYS_OF_DIGITS = ("%d%m%Y", "%m%d%Y")
_FEWEST_UNNAMED, _FEWEST_DAYS = 20, 3


def read_named_date(values: Mapping[str, int]) -> TemporalReading | None:
    """Return how six to eight digits read as days, or ten as hours, for a column whose name speaks of them.

    A year first is tried before a day first, and that before a month first; a pattern must fit every value.
    """
    for pattern in ("%Y%m%d", "%d%m%Y", "%m%d%Y", "%y%m%d", "%d%m%y", "%m%d%y", "%Y%m%d%H", "%Y%j"):
        if all(map(_form(pattern).match, values)) and not (
            "%j" in pattern and any(map(has_no_such_day, values))
        ):
            kind = ColumnType.DATETIME if "%H" in pattern else ColumnType.DATE
            return TemporalReading(kind, pattern, sum(values.values()), compact=True)
    return None


def read_unnamed_date(values: Mapping[str, int]) -> TemporalReading | None:
    """Return how eight digits with the year behind read as days, whatever their column is called.

    Of codes one in a thousand looks so; of some twenty that differ hardly ever all do. Which of the first
    two numbers is the day has to be told by them; numbers that run on (25012001, 25012002) are of one day.
    """
    if len(values) < _FEWEST_UNNAMED or len({value[:4] for value in values}) < _FEWEST_DAYS:
        return None
    fitting = [order for order in DAYS_OF_DIGITS if all(map(_form(order).match, values))]
    if len(fitting) != 1:
        return None
    return TemporalReading(ColumnType.DATE, fitting[0], sum(values.values()), compact=True)


def may_be_days(column: ColumnProfile, form: str | None) -> bool:
    """Tell whether numbers or codes are days in a form that other files of the feed told.

    A short file does not tell it; and what was agreed to be a number before we knew the form stays one.
    """
    if form not in DAYS_OF_DIGITS or not (column.type is ColumnType.INTEGER or column.code_of_digits):
        return False
    return bool(column.examples) and all(map(_form(form).match, column.examples))


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_TWO_DIGITS[part] for part in re.findall("%[A-Za-z]", pattern)) + "$")


def read_named_month(values: Mapping[str, int]) -> TemporalReading | None:
    """Return how six digits read as months, for a column whose name speaks of them."""
    form = re.compile(_TWO_DIGITS["%Y"] + _TWO_DIGITS["%m"] + "$")
    if not all(map(form.match, values)):
        return None
    return TemporalReading(ColumnType.YEARMONTH, "%Y%m", sum(values.values()), compact=True)
