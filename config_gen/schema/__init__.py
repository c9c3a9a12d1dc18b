"""The published shape of a feed configuration: JSON Schema, and the page that explains it field by field.

Both are made from the model, lie in the repository, and are compared with it by a test; run
`python -m config_gen.schema` after a change of the model.
"""

import json
from pathlib import Path
from typing import Any

from domain.configuration.feed_config import FeedConfig

SCHEMA_FILE = Path(__file__).parent / "feed-config.schema.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_IDENTIFIER = "urn:dogwatch:feed-config:1"
EXAMPLE_FILE = Path(__file__).parent / "example.yaml"
_INTRODUCTION = """# Feed configuration

For whoever reads, reviews or edits one: every field, with its default. Nobody has to write one by hand:
[drop a sample](users.md), answer the dialog, and edit what it proposes.

One YAML document per feed, `feeds/<feed>.yaml` in the configuration repository. The shape is published
as JSON Schema in `config_gen/schema/feed-config.schema.json` (draft 2020-12). Fields that are empty are
left out. Only `true`, `false`, `null` and whole numbers are more than text; there are no aliases, tags or
duplicate keys.
A field without a default must be given.

## An example

```yaml
{example}```

The validator finds nothing to say about it. What it leaves out has its [default](#the-document).
"""


def json_schema() -> dict[str, Any]:  # Any: a JSON Schema is open by nature
    """Return the JSON Schema of a feed configuration."""
    return {"$schema": _DIALECT, "$id": _IDENTIFIER, **FeedConfig.model_json_schema()}


def schema_text() -> str:
    """Return the schema as it lies in the repository."""
    return json.dumps(json_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def documentation() -> str:
    """Return the page that explains every field, section by section."""
    schema = json_schema()
    parts: dict[str, Any] = schema["$defs"]
    introduction = _INTRODUCTION.replace("{example}", EXAMPLE_FILE.read_text(encoding="utf-8"))
    lines = [introduction, *_section("The document", schema, parts)]
    for name, part in parts.items():
        if "properties" in part:
            lines += _section(name, part, parts)
    lines += ["## Choices", ""]
    for name, part in parts.items():
        if "enum" in part:
            values = ", ".join(f"`{value}`" for value in part["enum"])
            lines += [f"### {name}", "", f"{_first_line(part)} {values}", ""]
    return "\n".join(lines).rstrip() + "\n"


def _section(name: str, part: dict[str, Any], parts: dict[str, Any]) -> list[str]:
    lines = [
        f"## {name}",
        "",
        _first_line(part),
        "",
        "| field | type | default | meaning |",
        "| --- | --- | --- | --- |",
    ]
    required = set(part.get("required", ()))
    for field, shape in part["properties"].items():
        default = "" if field in required else _default(shape)
        lines.append(f"| `{field}` | {_linked(_type(shape), parts)} | {default} | {_meaning(shape, parts)} |")
    return [*lines, ""]


def _linked(words: str, parts: dict[str, Any]) -> str:
    """Return the type with each name of a part leading to where that part is explained."""
    return " ".join(f"[{word}](#{word.lower()})" if word in parts else word for word in words.split(" "))


def _meaning(shape: dict[str, Any], parts: dict[str, Any]) -> str:
    # The generator leaves a description out where it is the section's own.
    return str(shape.get("description") or _first_line(parts.get(_type(shape), {})))


def _first_line(part: dict[str, Any]) -> str:
    return str(part.get("description", "")).splitlines()[0] if part.get("description") else ""


def _type(shape: dict[str, Any]) -> str:
    if "$ref" in shape:
        return str(shape["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in shape:
        return " or ".join(_type(one) for one in shape["anyOf"] if one.get("type") != "null")
    if "const" in shape:
        return f"`{shape['const']}`"
    if "enum" in shape:
        return ", ".join(f"`{value}`" for value in shape["enum"])
    if shape.get("type") == "array":
        return f"list of {_type(shape.get('items', {}))}"
    if shape.get("type") == "object":
        return "names with texts"
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(
        str(shape.get("type")), ""
    )


def _default(shape: dict[str, Any]) -> str:
    default = shape.get("default")
    if default in (None, "", [], {}):
        return "none"
    if isinstance(default, dict):
        return "defaults of its fields"
    return f"`{json.dumps(default, ensure_ascii=False)}`" if not isinstance(default, str) else f"`{default}`"
