"""Read the rows of a file that is one side of a comparison: what it writes as text stays text.

A reader that guesses takes 0007 for 7 on the one side and keeps it on the other: keys that came whole would
differ, and zeros that got lost would not be told.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from runtime.wiring.comparing.delivered_rows import read_rows

if TYPE_CHECKING:
    import pandas as pd


def rows_of_side(path: Path, name: str) -> "pd.DataFrame":
    """Return the rows of a file, by the suffix of its name, with numbers only where all values are such.

    Raises:
        BadInput: The file can't be read, or its suffix is of no kind that is compared.
    """
    from telemetry.same_form import as_numbers

    rows = read_rows(path, name, as_written=True)
    for column in rows.columns:
        numbers = as_numbers(rows[column], apart=True, padded=True)
        if numbers is not None:
            rows[column] = numbers
    return rows
