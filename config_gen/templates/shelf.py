"""The templates on the shelf: one YAML file each, read once."""

import io
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config_gen.documents import parse_document
from config_gen.template_model import Template
from domain.configuration.feed_source import FormatKind
from domain.errors import DogwatchError, NotFound

_FOLDER = Path(__file__).parent / "data"


@cache
def all_templates() -> tuple[Template, ...]:
    """Return every template, by name.

    Raises:
        DogwatchError: A file of ours is broken; it is named.
    """
    found = []
    for path in sorted(_FOLDER.glob("*.yaml")):
        try:
            found.append(Template.model_validate(parse_document(path.read_bytes())))
        except ValidationError as error:
            raise DogwatchError(
                f"template {path.name}: {error}", say=f"The template {path.stem} is broken."
            ) from error
    return tuple(found)


def get_template(name: str) -> Template:
    """Return the template of that name.

    Raises:
        NotFound: There is none.
    """
    found = next((template for template in all_templates() if template.name == name), None)
    if found is None:
        raise NotFound(f"no template of {len(name)} characters", say="There is no template of that name.")
    return found


def sample_bytes(template: Template) -> bytes:
    """Return the template's sample as the file that a feed would send."""
    if template.sample.text:
        return template.sample.text.encode(template.sample.encoding)
    header, *rows = template.sample.rows
    if FormatKind.PARQUET in template.formats:
        return _parquet(header, rows)
    if FormatKind.AVRO in template.formats:
        return _avro(header, rows)
    return _workbook(header, rows)


def _workbook(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None  # noqa: S101  a new workbook has one sheet
    sheet.append(list(header))
    for row in rows:
        sheet.append([_typed(cell) for cell in row])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _parquet(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {name: [_typed(row[place]) for row in rows] for place, name in enumerate(header)}
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held)
    return held.getvalue()


def _avro(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> bytes:
    import fastavro

    kinds = {int: "long", float: "double", str: "string", bool: "boolean"}
    records = [{name: _typed(cell) for name, cell in zip(header, row, strict=True)} for row in rows]
    fields = [{"name": name, "type": kinds[type(records[0][name])]} for name in header]
    held = io.BytesIO()
    fastavro.writer(held, {"type": "record", "name": "row", "fields": fields}, records)
    return held.getvalue()


def _typed(cell: str) -> Any:  # Any: whatever the file format's own types are
    if cell in {"true", "false"}:
        return cell == "true"
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell
