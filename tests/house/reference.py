"""Write the parts of the documentation that are read off the code: `python -m tests.house.reference`.

The parts stand between `<!-- generated: NAME -->` and `<!-- end -->`; everything around them is by hand.
"""

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from bot.commands.phrasebook import phrasebook
from runtime.settings.house import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
_NAMES = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Path: "path",
    SecretStr: "secret",
}
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def settings_table() -> str:
    """Return every setting by section: name, name in the environment, type, default, sentence."""
    sections = groupby(_fields(Settings, ()), key=lambda one: one[0][0] if len(one[0]) > 1 else "")
    return "\n".join(_section(name, fields) for name, fields in sections)


def _section(name: str, fields: Iterable[tuple[tuple[str, ...], FieldInfo]]) -> str:
    lines = [
        f"### `{name}`\n" if name else "### Of the whole house\n",
        "| setting | in the environment | type | default | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for path, field in fields:
        variable = "DOGWATCH_" + "__".join(path).upper()
        lines.append(
            f"| `{'.'.join(path)}` | `{variable}` | {_type(field.annotation)} | {_default(field.default)} "
            f"| {_cell(field.description or '')} |"
        )
    return "\n".join(lines) + "\n"


def commands_table() -> str:
    """Return every verb: what one says, other words for it, what it is for."""
    lines = ["| say | or | what you get |", "| --- | --- | --- |"]
    for verb in phrasebook().verbs:
        others = ", ".join(f"`{word}`" for word in verb.words[1:])
        lines.append(f"| `{_cell(verb.usage)}` | {others} | {_cell(verb.purpose)} |")
    return "\n".join(lines) + "\n"


PARTS = {"settings": settings_table, "commands": commands_table}


def filled(text: str) -> str:
    """Return a page with its generated parts as the code has them now."""
    return _PART.sub(lambda part: part[1] + "\n" + PARTS[part[2]]() + "\n" + part[3], text)


def _fields(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _fields(inner, (*above, name))
        else:
            yield (*above, name), field


def _type(annotation: Any) -> str:  # Any: whatever stands behind a colon
    if annotation in _NAMES:
        return _NAMES[annotation]
    inner = [_type(part) for part in get_args(annotation) if part not in (Ellipsis, NoneType)]
    origin = get_origin(annotation)
    if origin is tuple:
        return f"list of {inner[0]}"
    if origin is dict:
        return f"{inner[0]} to {'table' if get_origin(get_args(annotation)[1]) is dict else inner[1]}"
    if isinstance(annotation, UnionType):
        return " or ".join(inner)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "table"
    raise TypeError(f"a setting of a type that nobody has named yet: {annotation}")


def _default(value: Any) -> str:  # Any: a setting's default
    shown = value.get_secret_value() if isinstance(value, SecretStr) else value
    if shown in ("", (), {}):
        return "empty"
    if isinstance(shown, tuple):
        return f"`{json.dumps(shown)}`"
    return f"`{str(shown).lower() if isinstance(shown, bool) else shown}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Rewrite the generated parts of all pages."""
    for page in DOCS.rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        if filled(text) != text:
            page.write_text(filled(text), encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
