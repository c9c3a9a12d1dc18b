"""Cut the part of a text that dialects are tried on: whole records, also where one cell holds pages."""

import re

_CHARS_TRIED = 60_000
_CHARS_OF_LONG_CELLS = 1_000_000
_FEWEST_RECORDS = 3


def whole_records(text: str) -> str:
    """Return the first lines of a text; quotes that are open at their end are followed to their end."""
    if len(text) <= _CHARS_TRIED:
        return text
    if text.count('"', 0, _CHARS_TRIED) % 2:
        end = _end_outside_quotes(text)
        if end:
            return text[:end]
    cut = max(text.rfind("\n", 0, _CHARS_TRIED), text.rfind("\r", 0, _CHARS_TRIED))
    return text[: cut + 1] if cut > 0 else text[:_CHARS_TRIED]


def _end_outside_quotes(text: str) -> int:
    """Return where a few records end, for cells that hold pages; 0 where quotes do not tell."""
    quoted, records = False, 0
    for mark in re.finditer('["\n]', text[:_CHARS_OF_LONG_CELLS]):
        if mark.group() == '"':
            quoted = not quoted
        elif not quoted:
            records += 1
            if records >= _FEWEST_RECORDS and mark.end() >= _CHARS_TRIED:
                return mark.end()
    return 0
