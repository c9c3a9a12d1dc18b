"""Fenced code: where a block begins and which line ends it. One that opens with ~~~ may hold ```."""

import re

FENCED = re.compile(r"(?P<fence>```|~~~).*?(?:(?P=fence)|\Z)", re.DOTALL)
"""A whole block, or what is left of a text whose last one is not closed."""
_FENCE = re.compile(r"^\s*(```|~~~)")


def fence_of(line: str) -> str:
    """Return the mark with which a line opens or closes a block, empty for any other line."""
    marked = _FENCE.match(line)
    return marked[1] if marked else ""


def fence_after(line: str, fence: str) -> str:
    """Return the mark of the block that is open behind a line, empty for none; `fence` is the one before."""
    mark = fence_of(line)
    if not fence:
        return mark
    return "" if mark == fence else fence
