"""Tell a delivery whose days lie where no earlier one had any: in 1970, in 2062, or of another calendar.

Days move on with each delivery, so they are held to no bounds; but what is off by more than a year is no
move. A file of long ago that is handed in again is told as well: nobody expects it among today's.
"""

from collections.abc import Sequence
from datetime import date
from statistics import median_low
from typing import TYPE_CHECKING

from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_config import FeedConfig
from domain.data_quality.quality import Dimension, Finding

if TYPE_CHECKING:
    import pandas as pd

_TIMES = frozenset({FieldType.DATE, FieldType.DATETIME})
_LEAST_EARLIER, _LEAST_DAYS, _MOST_READ = 3, 20, 400
_FAR_DAYS = 400
"""More than a year: some feeds come once in one, and some begin again after as long."""


def days_off(
    config: FeedConfig, rows: "pd.DataFrame", earlier: "Sequence[pd.DataFrame]"
) -> tuple[Finding, ...]:
    """Return the columns of days whose middle lies far from every day of the earlier deliveries."""
    if len(earlier) < _LEAST_EARLIER:
        return ()
    found = [_off(column, rows, earlier) for column in config.columns if column.type in _TIMES]
    return tuple(one for one in found if one is not None)


def _off(column: Column, rows: "pd.DataFrame", earlier: "Sequence[pd.DataFrame]") -> Finding | None:
    days = _days(column, rows)
    if len(days) < _LEAST_DAYS:
        return None
    middle = median_low(days)
    came = [found for one in earlier if (found := _days(column, one))]
    known = [day for found in came for day in found]
    if len(known) < _LEAST_DAYS:
        return None
    middles = list(map(median_low, came))
    # Files of one contract each lie as far apart as contracts do.
    far = max(_FAR_DAYS, max(middles) - min(middles))
    # Placeholders such as 2099-12-31 that came before are as usual as any other day.
    if min(known) - far <= middle <= max(known) + far:
        return None
    now, first, last = map(date.fromordinal, (middle, min(known), max(known)))
    said = f"its middle day is {now}, those of earlier deliveries lie between {first} and {last}"
    return Finding(Dimension.TIMELINESS, "usual days", column.source, 1, 1, said)


def _days(column: Column, rows: "pd.DataFrame") -> list[int]:
    """Return the days of up to some hundred rows from all over the file, as ordinal numbers."""
    from config_gen.casting import Unreadable, read_value

    if column.source not in rows:
        return []
    cells = rows[column.source].dropna()
    days = []
    for cell in cells.iloc[:: max(1, len(cells) // _MOST_READ)]:
        if isinstance(cell, date):  # moments are days, too
            days.append(cell.toordinal())
            continue
        try:
            read = read_value(column, str(cell))
        except Unreadable:
            continue
        if isinstance(read, date):  # by its own clock: at the ends of the calendar there is no other zone
            days.append(read.toordinal())
    return days
