"""The day or period that a file is of: part of the key, or each day's rows would overwrite the former's."""

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
_PERIODS = word_set(
    """
    year yr month mo period quarter fiscal jahr monat periode quartal année annee mois año mes anno mese
    periodo ano jaar maand rok miesiąc år
    """
)
_DAYS = frozenset({FieldType.DATE, FieldType.DATETIME})
_SPANS = frozenset({FieldType.YEAR, FieldType.YEARMONTH, FieldType.INTEGER})
_FEWEST_ROWS = 5


def with_day_of_file(
    profile: SampleProfile, columns: Sequence[Column], key: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the key with the columns that name the file's own day or period: the same in every row.

    Within one file such a column tells no rows apart, so no proof from one file finds it.
    """
    if not key or profile.records < _FEWEST_ROWS or len(profile.files) > 1:
        return key
    day = next((column.name for column in columns if is_day_of_file(profile, column)), None)
    spans = {column.name for column in columns if _is_span_of_file(profile, column)} if day is None else {day}
    return tuple(c.name for c in columns if c.name in {*spans, *key}) if spans - set(key) else key


def is_day_of_file(profile: SampleProfile, column: Column) -> bool:
    """Tell whether a column names the day that the whole file is of."""
    if column.type not in _DAYS or not _is_the_same(profile, column):
        return False
    words = set(words_of(column.name))
    return words == {"date"} or bool(words & _OF_THE_FILE and not words & _OF_A_ROW)


def _is_span_of_file(profile: SampleProfile, column: Column) -> bool:
    """Tell whether a column names the year or month that the whole file is of, as yearly files have it."""
    words = set(words_of(column.name))
    spans = bool(words & _PERIODS) and words <= _PERIODS | _OF_THE_FILE
    return column.type in _SPANS and spans and _is_the_same(profile, column)


def _is_the_same(profile: SampleProfile, column: Column) -> bool:
    seen = profile.find_column(column.source)
    return seen is not None and seen.distinct == 1 and not seen.nulls
