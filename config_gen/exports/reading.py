"""How the text of a column reads, for tools that have no words of their own for it."""

from typing import Any

from domain.configuration.feed_columns import Column

_TOLD = ("format", "time_zone", "decimal_char", "group_char", "negative", "affix")
_LISTED = ("true_values", "false_values", "null_values")


def reading_of(column: Column) -> dict[str, Any]:
    """Return what a loader must know to read the column as its type; empty where nothing is special."""
    found: dict[str, Any] = {"source": column.source} if column.source != column.name else {}
    found |= {name: value for name in _TOLD if (value := getattr(column, name)) not in (None, "", "iso")}
    found |= {name: list(values) for name in _LISTED if (values := getattr(column, name))}
    return found
