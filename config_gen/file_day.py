"""The day that a whole file is of: part of the key, or each day's rows would overwrite the former's."""

from collections.abc import Sequence

from config_gen.types.names import words_of
from config_gen.types.wordlists import word_set
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.profiles import SampleProfile

_OF_THE_FILE = word_set(
    """
    as asof business trade trading price pricing position valuation snapshot report reporting cob effective
    balance statement eod observation reference quote market run
    """
)
_OF_A_ROW = word_set(
    """
    birth created updated modified expiry expires maturity issue start end from to until due delivery payment
    settlement settle posted booked opened closed hired joined last next first
    """
)
_DAYS = frozenset({FieldType.DATE, FieldType.DATETIME})
_FEWEST_ROWS = 5


def with_day_of_file(
    profile: SampleProfile, columns: Sequence[Column], key: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the key with the column that names the file's own day, where the same stands in every row.

    Within one file such a column tells no rows apart, so no proof from one file finds it.
    """
    if not key or profile.records < _FEWEST_ROWS or len(profile.files) > 1:
        return key
    day = next((column.name for column in columns if is_day_of_file(profile, column)), None)
    return key if day is None or day in key else tuple(c.name for c in columns if c.name in {day, *key})


def is_day_of_file(profile: SampleProfile, column: Column) -> bool:
    """Tell whether a column names the day that the whole file is of."""
    seen = profile.find_column(column.source)
    if column.type not in _DAYS or seen is None or seen.distinct != 1 or seen.nulls:
        return False
    words = set(words_of(column.name))
    return words == {"date"} or bool(words & _OF_THE_FILE and not words & _OF_A_ROW)
