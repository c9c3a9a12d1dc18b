"""Texts from outside on their way into tables that people open: never a formula.

A quotation mark goes in front of what a spreadsheet would compute, and `cell_as_written` takes it away
again: what is exported for people is also what we read back, to the last character.
"""

import re

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""The last four are the wide forms of the first: where people write with them, they begin a formula, too."""
_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?")


def plain_cell(text: str) -> str:
    """Return the text so that a spreadsheet shows it and does not compute it; numbers stay numbers."""
    if not text.startswith((*_STARTS, "'")) or not text.lstrip("'").startswith(_STARTS):
        return text
    return text if _NUMBER.fullmatch(text) else f"'{text}"


def cell_as_written(cell: str) -> str:
    """Return the text that `plain_cell` made a cell of."""
    return cell[1:] if cell.startswith("'") and plain_cell(cell[1:]) == cell else cell
