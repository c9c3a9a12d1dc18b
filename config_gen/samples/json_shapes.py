"""Tell tables that JSON holds in another way than as a list of objects: they look like one record."""

from collections import Counter
from typing import Any

from domain.configuration.profiles import bounded
from domain.counting import in_series

_FEWEST_UNDER_KEYS = 5
_LOOKED_AT = 20
_ABOUT_THE_ANSWER = frozenset({"links", "_links", "errors", "warnings", "messages", "meta", "facets"})


def table_in_another_way(document: Any, records: list[Any]) -> list[str]:
    """Return what to do where the document is a table, but no list of records; nothing otherwise.

    Args:
        document: The document.
        records: What was found in it; the document itself where it holds no list of objects.
    """
    way = ""
    if isinstance(document, list):
        rows = document[:_LOOKED_AT]
        way = "each record is a list without names" if len(rows) > 1 and _are(list, rows) else ""
    elif isinstance(document, dict) and records == [document]:
        way = _way_of(document)
    if not way:
        return []
    said = f"This is no list of records: {way}."
    return [f"{said} Write it as a list of objects (`orient='records'`) to get one row each."]


def other_lists(document: Any, where: str) -> list[str]:
    """Return which lists of records stand beside the one that was read, at the same level: other feeds."""
    holder, _, own = where.removeprefix("$").removeprefix(".").rpartition(".")
    node = document
    for key in filter(None, holder.split(".")):
        node = node.get(key) if isinstance(node, dict) else None
    if not own or not isinstance(node, dict):
        return []
    found = [
        f"{bounded(str(key), 40)} ({len(value):,})"
        for key, value in node.items()
        if str(key).lower() not in _ABOUT_THE_ANSWER
        and bounded(str(key), 60) != own
        and isinstance(value, list)
        and len(value) > 1
        and _are(dict, value)
    ]
    if not found:
        return []
    return [
        f"Other lists of records stand beside “{own}”: {in_series(found, most=3)}. Each is a feed of its own."
    ]


def _way_of(document: dict[str, Any]) -> str:
    values = list(document.values())
    if {"columns", "data"} <= document.keys():
        return "names and records stand apart, as pandas writes `orient='split'`"
    if _stand_apart(values):
        return "names and records stand apart, each record a list"
    lengths = {len(value) for value in values} if _are(list, values) else set()
    if len(values) > 1 and len(lengths) == 1 and max(lengths) > 1:
        return "each column is a list of its own"
    under_keys = next((one for one in (document, *values) if _holds_records(one)), None)
    if under_keys is None:
        return ""
    key = bounded(str(next(iter(under_keys))), 40)
    return f"its {len(under_keys):,} records stand under keys, such as “{key}”"


def _stand_apart(values: list[Any]) -> bool:
    """Tell whether a list of names stands beside a list of lists of as many values."""
    lists = [value for value in values if isinstance(value, list) and len(value) > 1]
    widths = {len(names) for names in lists if _are(str, names)}
    rows = [value[:_LOOKED_AT] for value in lists if _are(list, value[:_LOOKED_AT])]
    return any(len(some[0]) in widths and len({*map(len, some)}) == 1 for some in rows)


def _are(kind: type, values: list[Any]) -> bool:
    return all(isinstance(value, kind) for value in values)


def _holds_records(node: Any) -> bool:
    """Tell whether objects with the same fields stand under keys that are values, such as identifiers."""
    values = list(node.values()) if isinstance(node, dict) else []
    if len(values) < _FEWEST_UNDER_KEYS or not all(isinstance(value, dict) and value for value in values):
        return False
    usual = Counter(frozenset(value) for value in values).most_common(1)[0][1]
    return usual >= 0.8 * len(values)


def breaks_off(text: str, line: str) -> bool:
    """Tell whether a line that is no JSON is only the beginning of an object, at the end of the text."""
    return text.endswith(line) and line.lstrip().startswith("{") and not line.rstrip().endswith("}")
