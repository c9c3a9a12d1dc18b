"""As a stored schema of dlt, the Python loader: one table with types, hints and how it is written."""

from typing import Any

from config_gen.documents import dump_document
from config_gen.exports.reading import reading_of
from domain.configuration.feed_columns import FieldType
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_load import LoadMode

_ENGINE = 11
_TYPES = {
    FieldType.TEXT: "text",
    FieldType.INTEGER: "bigint",
    FieldType.DECIMAL: "decimal",
    FieldType.BOOLEAN: "bool",
    FieldType.DATE: "date",
    FieldType.DATETIME: "timestamp",
    FieldType.TIME: "time",
    FieldType.YEAR: "bigint",
    FieldType.YEARMONTH: "text",
    FieldType.JSON: "json",
}
_WRITES = {LoadMode.REPLACE: "replace", LoadMode.APPEND: "append"}


def dlt_schema(config: FeedConfig) -> bytes:
    """Return the feed's table as a dlt schema file in YAML."""
    columns: dict[str, Any] = {}
    for column in config.columns:
        hints: dict[str, Any] = {
            "name": column.name,
            "data_type": _TYPES[column.type],
            "nullable": column.nullable,
        }
        if column.type is FieldType.DECIMAL and column.precision is not None:
            hints |= {"precision": column.precision, "scale": column.scale or 0}
        if column.name in config.keys.primary:
            hints["primary_key"] = True
        if column.name in config.load.merge_on:
            hints["merge_key"] = True
        if column.unique:
            hints["unique"] = True
        if config.watermark and column.name == config.watermark.column:
            hints["incremental"] = True
        if config.partition and column.name in config.partition.columns[:1]:
            hints["partition"] = True
        if column.description:
            hints["description"] = column.description
        if reading := reading_of(column):
            hints["x-read-as"] = reading  # dlt keeps hints that begin so, and leaves them to the loader
        columns[column.name] = {name: hint for name, hint in hints.items() if name != "incremental"}
    table: dict[str, Any] = {
        "name": config.feed,
        "columns": columns,
        "write_disposition": _WRITES.get(config.load.mode, "merge"),
        "resource": config.feed,
        "schema_contract": {"tables": "evolve", "columns": "freeze", "data_type": "freeze"},
    }
    if config.load.mode is LoadMode.HISTORY:
        table["x-merge-strategy"] = "scd2"
    return dump_document(
        {
            "version": config.revision,
            "version_hash": "",
            "engine_version": _ENGINE,
            "name": config.feed,
            "tables": {**_own_tables(), config.feed: table},
            "settings": {},
            "normalizers": {
                "names": "snake_case",
                "json": {"module": "dlt.common.normalizers.json.relational"},
            },
            "previous_hashes": [],
        }
    )


def _own_tables() -> dict[str, Any]:
    """Return the two tables in which dlt keeps its own books; a stored schema must name them."""
    books = {
        "_dlt_version": {
            "version": ("bigint", False),
            "engine_version": ("bigint", False),
            "inserted_at": ("timestamp", False),
            "schema_name": ("text", False),
            "version_hash": ("text", False),
            "schema": ("text", False),
        },
        "_dlt_loads": {
            "load_id": ("text", False),
            "schema_name": ("text", True),
            "status": ("bigint", False),
            "inserted_at": ("timestamp", False),
            "schema_version_hash": ("text", True),
        },
    }
    return {
        name: {
            "name": name,
            "columns": {
                column: {"name": column, "data_type": kind, "nullable": nullable}
                for column, (kind, nullable) in columns.items()
            },
            "write_disposition": "skip",
            "resource": name,
        }
        for name, columns in books.items()
    }
