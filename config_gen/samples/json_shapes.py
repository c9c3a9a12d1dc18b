"""Tell tables that JSON holds in another way than as a list of objects: they look like one record."""

from collections import Counter
from typing import Any

from domain.configuration.profiles import bounded
from domain.counting import in_series

_FEWEST_UNDER_KEYS = 5
_MANY_KEYS = 12
"""So many objects alike are records whatever their keys; fewer, as cpu and memory, may be parts of one."""
_LOOKED_AT, _FEWEST_ROWS = 20, 2
_ABOUT_THE_ANSWER = frozenset({"links", "_links", "errors", "warnings", "messages", "meta", "facets"})


def _in_another_way(document: Any, records: list[Any]) -> list[str]:
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


def as_records(
    document: Any, records: list[Any], where: str, *, keyed: bool = True
) -> tuple[list[Any], str, list[str]]:
    """Return the records, where they stand, and what to say of a table that is held in another way.

    Args:
        document: The document.
        records: What was found in it; the document itself where it holds no list of objects.
        where: Where that was found.
        keyed: Whether records under keys are rows.
    """
    found = _under_keys(document) if keyed and records == [document] else None
    if found is not None:
        return found[0], found[1], [found[2]]
    return records, where, [*_in_another_way(document, records), *_other_lists(document, where)]


def _under_keys(document: Any) -> tuple[list[dict[str, Any]], str, str] | None:
    """Return records that stand under keys, such as identifiers, each with its key as a field of its own.

    Keys that only number the records are left out: those of the next file are the same.
    A table by columns, each an object of its rows, is turned into rows too.
    With them where they stand, as `$.funds.*`, and a sentence that tells it; None where there are none.
    """
    if not isinstance(document, dict):
        return None
    if (rows := _by_columns(document)) is not None:
        return (
            rows,
            "$",
            f"Each column is an object of its {len(rows):,} rows; I read it row by row.",
        )
    places = [("$", document), *((f"$.{bounded(str(key), 60)}", value) for key, value in document.items())]
    found = next(((path, node) for path, node in places if _holds_records(node)), None)
    if found is None or any(isinstance(value, list) and value for value in document.values()):
        return None
    path, node = found
    if len(node) < _MANY_KEYS and 2 * sum(any(map(str.isdigit, key)) for key in node) < len(node):
        return None
    if any(list(node) == list(map(str, range(first, first + len(node)))) for first in (0, 1)):
        said = f"Its {len(node):,} records stand under the numbers of their rows; a load has to read them so."
        return list(node.values()), f"{path}.*", said
    field = "key"
    while any(field in record for record in node.values()):
        field = f"_{field}"
    example = bounded(str(next(iter(node))), 40)
    said = (
        f"Its {len(node):,} records stand under keys, such as “{example}”. Each is a row, with its key in the"
        f" column “{field}”; a load has to read them so."
    )
    return [{field: str(key), **record} for key, record in node.items()], f"{path}.*", said


def _by_columns(document: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return the rows of a table whose columns are objects by a row's number: `DataFrame.to_json()`."""
    columns = list(document.values())
    if not columns or not _are(dict, columns) or len(columns[0]) < _FEWEST_ROWS:
        return None
    numbers = list(map(str, range(len(columns[0]))))
    if not all(column.keys() == set(numbers) for column in columns):
        return None
    return [{name: column[number] for name, column in document.items()} for number in numbers]


def _other_lists(document: Any, where: str) -> list[str]:
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
    held = next((one for one in (document, *values) if _holds_records(one)), None)
    if held is None:
        return ""
    key = bounded(str(next(iter(held))), 40)
    return f"its {len(held):,} records stand under keys, such as “{key}”"


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
