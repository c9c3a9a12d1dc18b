"""Peers that read delimited text: dialect, header and column types, each as its own documentation shows."""

import csv
from pathlib import Path
from typing import Any

from benchmarks.config_truth import Answer

_SNIFFED = 65_536
_LARGEST_FIELD = 2**30
_DUCK = {
    "BIGINT": "integer",
    "INTEGER": "integer",
    "HUGEINT": "integer",
    "DOUBLE": "decimal",
    "FLOAT": "decimal",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIME": "time",
    "TIMESTAMP": "datetime",
    "TIMESTAMP WITH TIME ZONE": "datetime",
    "VARCHAR": "string",
}
_FRICTIONLESS = {
    "number": "decimal",
    "any": "string",
    "yearmonth": "yearmonth",
    "year": "year",
    "array": "array",
    "object": "object",
}
_DETECTIVE = {
    "int": "integer",
    "float": "decimal",
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
    "datetime_aware": "datetime",
    "datetime_naive": "datetime",
    "string": "string",
}


def sniffer(path: Path, name: str) -> Answer:
    """Ask the standard library's sniffer."""
    text = _text(path)
    found = csv.Sniffer().sniff(text)
    return {
        "dialect": {
            "delimiter": found.delimiter,
            "quotechar": found.quotechar,
            "escapechar": found.escapechar,
            "doublequote": found.doublequote,
        },
        "header": {"present": csv.Sniffer().has_header(text), "row": 0},
    }


def clevercsv(path: Path, name: str) -> Answer:
    """Ask CleverCSV for dialect and header."""
    import clevercsv as tool

    # A detection that fails leaves its limit behind for all that follow.
    tool.field_size_limit(_LARGEST_FIELD)
    text = _text(path)
    found = tool.Sniffer().sniff(text)
    if found is None:
        return {}
    return {
        "dialect": {
            "delimiter": found.delimiter or ",",
            "quotechar": found.quotechar or None,
            "escapechar": found.escapechar or None,
            "doublequote": not found.escapechar,
        },
        "header": {"present": tool.Sniffer().has_header(text), "row": 0},
    }


def duckdb(path: Path, name: str) -> Answer:
    """Ask DuckDB's `sniff_csv`."""
    import duckdb as tool

    row = (
        tool.connect()
        .execute(
            "SELECT Delimiter, Quote, Escape, SkipRows, HasHeader, Columns, DateFormat, "
            "TimestampFormat FROM sniff_csv(?)",
            [str(path)],
        )
        .fetchone()
    )
    if row is None:
        return {}
    delimiter, quote, escape, skipped, has_header, columns, day, moment = row
    formats = {"date": day or "iso", "datetime": moment or "iso", "time": "iso"}
    typed = [
        (
            column["name"],
            _DUCK.get(
                column["type"].split("(")[0], "decimal" if column["type"].startswith("DECIMAL") else "string"
            ),
        )
        for column in columns
    ]
    return {
        "dialect": {
            "delimiter": delimiter,
            "quotechar": quote if quote and quote != "(empty)" else None,
            "escapechar": escape if escape not in ("(empty)", quote) else None,
            "doublequote": True,
        },
        "header": {"present": has_header, "row": int(skipped)},
        "columns": [{"name": title, "type": kind, "format": formats.get(kind)} for title, kind in typed],
    }


def frictionless(path: Path, name: str) -> Answer:
    """Ask frictionless to describe the file."""
    from frictionless import Resource, system

    with system.use_context(trusted=True):
        found = Resource(path=str(path))
        found.infer()
    control: Any = found.dialect.get_control("csv") if found.dialect.has_control("csv") else None
    answer: Answer = {
        "encoding": found.encoding,
        "format": {
            "csv": "delimited",
            "tsv": "delimited",
            "xlsx": "excel",
            "xls": "excel",
            "ods": "excel",
        }.get(found.format or "", found.format),
    }
    if control is not None:
        answer["dialect"] = {
            "delimiter": control.delimiter,
            "quotechar": control.quote_char,
            "escapechar": control.escape_char,
            "doublequote": control.double_quote,
        }
    if found.dialect is not None:
        rows = found.dialect.header_rows
        answer["header"] = {"present": found.dialect.header, "row": rows[0] - 1 if rows else 0}
    answer["columns"] = [
        {
            "name": field.name,
            "type": _FRICTIONLESS.get(field.type, field.type),
            "format": field.format if field.format and "%" in field.format else "iso",
        }
        for field in found.schema.fields
    ]
    return answer


def csv_detective(path: Path, name: str) -> Answer:
    """Ask csv-detective's routine."""
    from csv_detective import routine

    found = routine(str(path), num_rows=500, output_profile=False, save_results=False)
    return {
        "encoding": found.get("encoding"),
        "dialect": {
            "delimiter": found.get("separator"),
            "quotechar": '"',
            "escapechar": None,
            "doublequote": True,
        },
        "header": {"present": True, "row": int(found.get("header_row_idx") or 0)},
        "columns": [
            {"name": title, "type": _DETECTIVE.get(about.get("python_type"), "string")}
            for title, about in (found.get("columns") or {}).items()
        ],
    }


def pandas(path: Path, name: str) -> Answer:
    """Let pandas sniff the delimiter and convert."""
    import pandas as tool

    frame = tool.read_csv(path, sep=None, engine="python", nrows=5000, encoding_errors="replace")
    frame = frame.convert_dtypes()
    return {"columns": [{"name": str(title), "type": _pandas_type(frame[title])} for title in frame.columns]}


def _pandas_type(column: Any) -> str:
    from pandas.api import types

    if types.is_bool_dtype(column.dtype):
        return "boolean"
    if types.is_integer_dtype(column.dtype):
        return "integer"
    if types.is_float_dtype(column.dtype):
        return "decimal"
    return "datetime" if types.is_datetime64_any_dtype(column.dtype) else "string"


def polars(path: Path, name: str) -> Answer:
    """Let polars read and parse dates."""
    import polars as tool

    frame = tool.read_csv(
        path,
        separator=_most_frequent(path),
        try_parse_dates=True,
        infer_schema_length=1000,
        encoding="utf8-lossy",
        truncate_ragged_lines=True,
    )
    kinds = {"Boolean": "boolean", "Date": "date", "Time": "time", "String": "string"}
    found = []
    for title, dtype in frame.schema.items():
        kind = (
            "integer"
            if dtype.is_integer()
            else "decimal"
            if dtype.is_float()
            else "datetime"
            if str(dtype).startswith("Datetime")
            else kinds.get(str(dtype), "string")
        )
        found.append({"name": title, "type": kind})
    return {"columns": found}


def pyarrow(path: Path, name: str) -> Answer:
    """Let Arrow's CSV reader convert."""
    from pyarrow import csv as tool

    frame = tool.read_csv(
        str(path), parse_options=tool.ParseOptions(delimiter=_most_frequent(path), newlines_in_values=True)
    )
    found = []
    for field in frame.schema:
        words = str(field.type)
        kind = next(
            (
                kind
                for start, kind in (
                    ("int", "integer"),
                    ("double", "decimal"),
                    ("bool", "boolean"),
                    ("timestamp", "datetime"),
                    ("date", "date"),
                    ("time", "time"),
                )
                if words.startswith(start)
            ),
            "string",
        )
        found.append({"name": field.name, "type": "null" if words == "null" else kind})
    return {"columns": found}


def _text(path: Path) -> str:
    return path.read_bytes()[:_SNIFFED].decode("utf-8", "replace").lstrip("\ufeff")


def _most_frequent(path: Path) -> str:
    """Polars and Arrow do not look for a delimiter: give them the most frequent one of the first line."""
    first = _text(path).split("\n", 1)[0]
    return max(",;\t|", key=first.count)
