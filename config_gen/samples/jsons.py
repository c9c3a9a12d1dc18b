"""Read JSON and NDJSON into columns: find the list of records, flatten what is nested, keep it bounded."""

import json
import re
from collections import Counter
from typing import Any

from config_gen.samples.json_shapes import as_records, breaks_off
from config_gen.samples.limits import Limits
from config_gen.samples.parsed import Parsed
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import ColumnType, bounded
from domain.counting import counted
from domain.errors import BadInput

_TYPES = {
    "str": ColumnType.STRING,
    "int": ColumnType.INTEGER,
    "float": ColumnType.DECIMAL,
    "bool": ColumnType.BOOLEAN,
    "dict": ColumnType.OBJECT,
    "list": ColumnType.ARRAY,
}
_LINE_END = re.compile(r"\r\n|\r|\n")  # texts may hold whatever else Python takes for the end of a line
_FLATTENED = 4
_LEVELS_SEARCHED = 3
MUCH_LONGER = 2
"""An inner list holds the records when it is longer than the outer one by this."""


def read_json(text: str, name: str, limits: Limits) -> Parsed:
    """Return the records of one JSON document.

    Raises:
        BadInput: Not JSON, too deep, or holding numbers that JSON does not allow.
    """
    _refuse_dust([text], name, limits)
    _refuse_depth(text, name, limits)
    try:
        document = json.loads(text, parse_constant=_refuse_constant, parse_int=_bounded_int)
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        several = _one_after_another(text)
        if several is None:
            raise _not_json(error, text, name) from error
        parsed = Parsed(FormatKind.JSON, f"{len(several):,} objects, one after another", subformat="$")
        _fill(parsed, several[: limits.records], limits, name)
        parsed.estimated = len(several)
        return parsed
    records, where, said = as_records(document, *_records(document), keyed=limits.json_keyed)
    parsed = Parsed(
        FormatKind.JSON, f"one JSON document; {counted(len(records), 'record')} at {where}", subformat=where
    )
    parsed.record_path = where.removeprefix("$").removeprefix(".")
    parsed.warnings += said
    _fill(parsed, records[: limits.records], limits, name)
    parsed.estimated = len(records)
    repeated = _repeated_keys(text)
    if repeated:
        parsed.warnings.append(
            f"The key “{bounded(repeated, 60)}” stands twice in one object; the last value counts."
        )
    return parsed


def _one_after_another(text: str) -> list[dict[str, Any]] | None:
    """Return objects that follow each other without a list around them, or None for anything else."""
    decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_bounded_int)
    found: list[dict[str, Any]] = []
    place = 0
    while place < len(text):
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return None
        if not isinstance(value, dict):
            return None
        found.append(value)
        while place < len(text) and text[place].isspace():
            place += 1
    return found if len(found) > 1 else None


def read_ndjson(pieces: list[str], name: str, limits: Limits) -> Parsed:
    """Return the records of JSON lines, one object a line.

    Raises:
        BadInput: A line is no JSON object; the sentence names the line.
    """
    _refuse_dust(pieces, name, limits)
    records: list[Any] = []  # Any: what a stranger's JSON holds
    parted = 0
    for piece_number, piece in enumerate(pieces):
        for number, line in enumerate(_LINE_END.split(piece), start=1):
            if not line.strip():
                continue
            try:
                _refuse_depth(line, name, limits)
                records.append(json.loads(line, parse_constant=_refuse_constant, parse_int=_bounded_int))
            except (json.JSONDecodeError, RecursionError, ValueError) as error:
                if piece_number == len(pieces) - 1 and records and breaks_off(piece, line):
                    parted = number
                    break
                where = f"Line {number:,}" if piece_number == 0 else "A line"
                raise BadInput(
                    f"{name}: line {number}: {error}",
                    say=f"{where} of **{name}** is not valid JSON: {_reason(error)}.",
                    next_step="Each line must hold one complete JSON object; mend that line and "
                    "drop the file again.",
                ) from error
            if len(records) >= limits.records:
                break
    parsed = Parsed(FormatKind.NDJSON, f"{counted(len(records), 'line')}, each one JSON value")
    if parted:
        parsed.warnings.append(
            f"Line {parted:,}, the last, breaks off in the middle: the file was probably cut. It is left out."
        )
    _fill(parsed, records, limits, name)
    parsed.estimated = len(records)
    return parsed


def looks_like_ndjson(text: str) -> bool:
    """Tell whether the first lines are complete JSON objects of their own."""
    lines = [line.strip() for line in _LINE_END.split(text, 20)[:20] if line.strip()]
    if len(lines) > 1 and len(text) > 60_000:
        lines = lines[:-1] or lines
    if len(lines) < 2 and not (lines and lines[0].startswith("{")):
        return False
    good = [_is_value(line) for line in lines[:10]]
    return good[0] and sum(good) > 1 and sum(good) >= len(good) / 2


def _is_value(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return line[:1] in "{["


def _refuse_dust(pieces: list[str], name: str, limits: Limits) -> None:
    parts = sum(piece.count("{") + piece.count("[") for piece in pieces)
    if parts > limits.json_parts:
        raise BadInput(
            f"{name}: {parts} objects and lists",
            say=f"**{name}** holds {parts:,} objects and lists; I read up to {limits.json_parts:,}.",
            next_step="Send a part of it, for example the first 10,000 records.",
        )


def _refuse_depth(text: str, name: str, limits: Limits) -> None:
    depth = deepest = 0
    if text.count("[") + text.count("{") <= limits.json_depth:
        return
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{\]}]', text):
        mark = token.group()
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > limits.json_depth:
                line = text.count("\n", 0, token.start()) + 1
                raise BadInput(
                    f"{name}: JSON deeper than {limits.json_depth}",
                    say=f"**{name}** nests more than {limits.json_depth} levels deep (line {line:,}).",
                    next_step="Flatten the document, or send the list of records that matters.",
                )
        elif mark in "]}":
            depth -= 1


def _refuse_constant(constant: str) -> float:
    raise ValueError(f"{constant} is not allowed in JSON")


def _bounded_int(digits: str) -> int:
    if len(digits) > 400:
        raise ValueError(f"a number of {len(digits):,} digits")
    return int(digits)


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[0].lower()}{error.msg[1:]} at line {error.lineno:,}, character {error.colno:,}"
    return "it nests too deeply" if isinstance(error, RecursionError) else str(error)


def _not_json(error: Exception, text: str, name: str) -> BadInput:
    return BadInput(
        f"{name}: {error}",
        say=f"**{name}** begins like JSON but is not valid: {_reason(error)}.",
        next_step="Mend that place, or tell me the format if it is another one."
        if len(text) > 1
        else "Drop a file with records.",
    )


def _records(document: Any) -> tuple[list[Any], str]:
    """Return the records and where they stand: the document, or the largest list of objects inside it.

    Of lists on several levels the outer one counts, unless an inner one is much longer: links and errors
    stand above the records of many answers.
    """
    if isinstance(document, list):
        return document, "$"
    if not isinstance(document, dict):
        return [document], "$"
    best: tuple[int, list[Any], str] = (0, [document], "$")
    frontier: list[tuple[Any, str]] = [(document, "$")]
    for _ in range(_LEVELS_SEARCHED):
        following: list[tuple[Any, str]] = []
        outer = best[0]
        for node, path in frontier:
            for key, value in list(node.items())[:200]:
                here = f"{path}.{bounded(str(key), 60)}"
                if isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value[:20]):
                    if len(value) > max(best[0], MUCH_LONGER * outer):
                        best = (len(value), value, here)
                elif isinstance(value, dict):
                    following.append((value, here))
        frontier = following
    return best[1], best[2]


def _fill(parsed: Parsed, records: list[Any], limits: Limits, name: str) -> None:
    rows: list[dict[str, tuple[str, str]]] = []
    names: dict[str, None] = {}
    for record in records:
        flat: dict[str, tuple[str, str]] = {}
        _flatten(record if isinstance(record, dict) else {"value": record}, "", flat, 0)
        names.update(dict.fromkeys(flat))
        if len(names) > limits.columns:
            raise BadInput(
                f"{name}: more than {limits.columns} fields",
                say=f"The records of **{name}** have more than {limits.columns:,} different fields.",
                next_step="Keys that are values (dates, identifiers) should become a column; then "
                "drop the file again.",
            )
        rows.append(flat)
    _keep_within(parsed, rows, len(names), limits)
    parsed.names = [bounded(key) for key in names]
    parsed.columns = [[row[key][0] if key in row else "" for row in rows] for key in names]
    for position, key in enumerate(names):
        kinds = Counter(row[key][1] for row in rows if key in row and row[key][1] != "NoneType")
        declared = _declared(set(kinds))
        if declared is not None:
            parsed.declared[position] = declared
    parsed.records = len(rows)


def _keep_within(parsed: Parsed, rows: list[Any], width: int, limits: Limits) -> None:
    """Leave out the last records where all of them, side by side, would be too many cells."""
    most = limits.cells // max(width, 1)
    if len(rows) > most:
        parsed.warnings.append(
            f"The records have {width:,} different fields, few in common; I read {most:,} of them."
        )
        parsed.sampled = True
        del rows[most:]


def _declared(kinds: set[str]) -> ColumnType | None:
    if len(kinds) == 1:
        return _TYPES.get(kinds.pop())
    return ColumnType.DECIMAL if kinds == {"int", "float"} else ColumnType.STRING if kinds else None


def _flatten(node: dict[str, Any], prefix: str, flat: dict[str, tuple[str, str]], depth: int) -> None:
    for key, value in node.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and value and depth < _FLATTENED:
            _flatten(value, f"{path}.", flat, depth + 1)
        else:
            flat[path] = (_text(value), type(value).__name__)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:10_000]


def _repeated_keys(text: str) -> str | None:
    if len(text) > 2_000_000:
        return None
    found: list[str] = []

    def pairs(entries: list[tuple[str, Any]]) -> None:
        seen: set[str] = set()
        for key, _ in entries:
            if key in seen:
                found.append(key)
            seen.add(key)

    json.loads(text, object_pairs_hook=pairs)
    return found[0] if found else None
