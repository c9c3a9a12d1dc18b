"""To and from the Open Data Contract Standard, version 3.

What the standard has words for is written in its words. The whole configuration travels along as one custom
property, so that a contract of ours comes back without loss; a contract of somebody else becomes a draft.
"""

import re
from typing import Any

from pydantic import JsonValue

from config_gen.documents import dump, dump_document, parse, parse_document
from config_gen.naming import column_names_from, feed_name_from
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_rules import Check
from domain.errors import BadInput

_VERSION = "v3.0.2"
_CARRIED = "dogwatchConfiguration"
_LOGICAL = {
    FieldType.TEXT: "string",
    FieldType.INTEGER: "integer",
    FieldType.DECIMAL: "number",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "date",
    FieldType.TIME: "string",
    FieldType.YEAR: "integer",
    FieldType.YEARMONTH: "string",
    FieldType.JSON: "object",
}
_FROM_LOGICAL = {
    "string": "text",
    "integer": "integer",
    "number": "decimal",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "datetime",
    "time": "time",
    "object": "json",
    "array": "json",
}


def contract_from(config: FeedConfig) -> bytes:
    """Return the configuration as a data contract in YAML."""
    table = config.target.silver or config.target.bronze
    contract: dict[str, Any] = {
        "apiVersion": _VERSION,
        "kind": "DataContract",
        "id": f"dogwatch.{config.feed}",
        "name": config.feed,
        "version": f"{config.revision}.0.0",
        "status": "active",
        "description": {"purpose": config.description or config.title or config.feed},
        "schema": [
            {
                "name": table.table,
                "physicalName": f"{table.database}.{table.table}",
                "logicalType": "object",
                "physicalType": "table",
                "properties": [_property(config, column) for column in config.columns],
                "quality": [
                    {"type": "text", "name": rule.id, "description": rule.reason or rule.check.value}
                    for rule in config.quality.rules
                ],
            }
        ],
        "slaProperties": _promises(config),
        "customProperties": [{"property": _CARRIED, "value": dump(config).decode()}],
    }
    if config.tags:
        contract["tags"] = list(config.tags)
    return dump_document({name: value for name, value in contract.items() if value != []})


def config_from_contract(content: bytes) -> FeedConfig:
    """Return the configuration that a data contract describes; what it leaves open becomes a draft's default.

    Raises:
        BadInput: No contract of version 3, or one without columns.
    """
    contract = parse_document(content)
    if contract.get("kind") != "DataContract" or not str(contract.get("apiVersion", "")).startswith("v3"):
        raise _refused("it is no data contract of version 3")
    for entry in _list(contract.get("customProperties")):
        if isinstance(entry, dict) and entry.get("property") == _CARRIED:
            return parse(str(entry.get("value", "")).encode())
    return _draft(contract)


def _property(config: FeedConfig, column: Column) -> dict[str, Any]:
    key = config.keys.primary
    options: dict[str, Any] = {}
    if column.max_length and column.type is FieldType.TEXT:
        options["maxLength"] = column.max_length
    if column.pattern and column.type is FieldType.TEXT:
        options["pattern"] = column.pattern
    found: dict[str, Any] = {
        "name": column.name,
        "businessName": column.source,
        "logicalType": _LOGICAL[column.type],
        "physicalType": column.type.value,
        "required": not column.nullable,
        "unique": column.unique,
        "primaryKey": column.name in key,
        "primaryKeyPosition": key.index(column.name) + 1 if column.name in key else -1,
    }
    if column.description:
        found["description"] = column.description
    if column.personal_data != "none":
        found["classification"] = config.governance.classification.value
    if options:
        found["logicalTypeOptions"] = options
    return found


def _promises(config: FeedConfig) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if config.sla.fresh_within_minutes:
        found.append({"property": "latency", "value": config.sla.fresh_within_minutes, "unit": "minutes"})
    if config.sla.available_by:
        found.append({"property": "timeOfAvailability", "value": config.sla.available_by})
    if config.governance.retention_days:
        found.append({"property": "retention", "value": config.governance.retention_days, "unit": "d"})
    return found


def _draft(contract: dict[str, JsonValue]) -> FeedConfig:
    tables = [table for table in _list(contract.get("schema")) if isinstance(table, dict)]
    properties = (
        [part for part in _list(tables[0].get("properties")) if isinstance(part, dict)] if tables else []
    )
    if not properties:
        raise _refused("its schema names no columns")
    feed = feed_name_from(str(contract.get("name") or contract.get("id") or "imported"))
    names = column_names_from(str(part.get("name", "")) for part in properties)
    key = [name for name, part in zip(names, properties, strict=True) if part.get("primaryKey") is True]
    unique: list[JsonValue] = [
        {"id": "key_unique", "check": Check.UNIQUE.value, "columns": list(key), "severity": "error",
         "on_failure": "quarantine"}
    ] if key else []  # fmt: skip
    counted: JsonValue = {"id": "enough_rows", "check": Check.ROW_COUNT.value, "values": {"minimum": "1"}}
    purpose = contract.get("description")
    return FeedConfig.model_validate(
        {
            "feed": feed,
            "description": str(purpose.get("purpose", ""))[:1000] if isinstance(purpose, dict) else "",
            "owner": {"team": "unknown"},
            "criticality": "normal",
            "source": {"kind": "directory", "system": str(contract.get("dataProduct") or feed)[:120]},
            "format": {"kind": "parquet"},
            "columns": [_column(name, part) for name, part in zip(names, properties, strict=True)],
            "keys": {"primary": key},
            "load": {"mode": "merge", "merge_on": key} if key else {"mode": "replace"},
            "quality": {"rules": [*unique, counted], "quarantine_days": 30},
            "schedule": {"kind": "arrival"},
            "target": {"bronze": {"database": "imported_bronze", "table": feed, "keep_days": 90}},
            "governance": {"classification": "internal", "retention_days": 2557},
        }
    )


def _column(name: str, part: dict[str, JsonValue]) -> dict[str, JsonValue]:
    is_key = part.get("primaryKey") is True
    return {
        "name": name,
        "source": str(part.get("physicalName") or part.get("name") or name)[:200],
        "type": _FROM_LOGICAL.get(str(part.get("logicalType")), "text"),
        "nullable": not (part.get("required") is True or is_key),
        "unique": part.get("unique") is True,
        "description": re.sub(r"\s+", " ", str(part.get("description") or ""))[:1000],
    }


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _refused(why: str) -> BadInput:
    return BadInput(f"contract refused: {why}", say=f"I can't take this contract: {why}.")
