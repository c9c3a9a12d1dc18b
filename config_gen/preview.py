"""Show sample rows as they would land: cast, then every transformation in order."""

from collections.abc import Sequence

from config_gen.casting import Value
from config_gen.rows import Cells, LandedRow, cast, shown
from config_gen.steps import CHANGES
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_rules import Step, Transformation

AUDIT_COLUMNS = ("_loaded_at", "_file_name", "_row_number")
Row = dict[str, Value | None]


def preview(config: FeedConfig, rows: Sequence[Cells]) -> list[LandedRow]:
    """Return the rows as they would land.

    Args:
        config: The configuration to try.
        rows: Cells by the file's own column names; see `rows.cells_by_column`.

    Returns:
        The rows that stay, in order, each with what could not be read. Rows dropped by a step are missing.
    """
    cast_rows = [cast(config.columns, config.format, row) for row in rows]
    landed = [(row.values, tuple(row.problems.values())) for row in cast_rows]
    for step in config.transformations:
        changed = apply_step(step, [values for values, _ in landed])
        landed = [(values, landed[origin][1]) for origin, values in changed]
    return [LandedRow(values, problems) for values, problems in landed]


def rows_touched(step: Transformation, rows: Sequence[Row]) -> int:
    """Return how many rows the step changes or drops."""
    after = apply_step(step, rows)
    changed = sum(1 for origin, values in after if values != rows[origin])
    return changed + len(rows) - len(after)


def apply_step(step: Transformation, rows: Sequence[Row]) -> list[tuple[int, Row]]:
    """Return the rows after one step, each with the index that it had before."""
    if step.step is Step.DEDUPLICATE:
        return _deduplicated(step, rows)
    if step.step is Step.DROP_ROWS:
        return [(n, row) for n, row in enumerate(rows) if not _is_dropped(step, row)]
    if step.step is Step.FILL_FORWARD:
        return list(enumerate(_filled_forward(step, rows)))
    return [(n, _changed(step, row, n)) for n, row in enumerate(rows)]


def _changed(step: Transformation, row: Row, number: int) -> Row:
    if step.step is Step.DROP:
        return {name: value for name, value in row.items() if name not in step.columns}
    if step.step is Step.ADD_AUDIT_COLUMNS:
        return {
            **row,
            AUDIT_COLUMNS[0]: "<time of load>",
            AUDIT_COLUMNS[1]: "<file>",
            AUDIT_COLUMNS[2]: number + 1,
        }
    if step.step is Step.CONCATENATE:
        parts = [shown(row.get(name)) for name in step.columns]
        return {
            **row,
            step.output or step.columns[0]: step.values.get("separator", " ").join(filter(None, parts)),
        }
    if step.step is Step.SPLIT:
        pieces = shown(row.get(step.columns[0])).split(step.values.get("separator", " "))
        wanted = int(step.values.get("part", "0"))
        return {**row, step.output or step.columns[0]: pieces[wanted] if wanted < len(pieces) else None}
    change = CHANGES[step.step]
    result = dict(row)
    for name in step.columns:
        result[step.output or name] = change(row.get(name), step.values)
    return result


def _deduplicated(step: Transformation, rows: Sequence[Row]) -> list[tuple[int, Row]]:
    last: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows):
        names = step.columns or tuple(row)
        last[tuple(shown(row.get(name)) for name in names)] = number
    return [(number, rows[number]) for number in sorted(last.values())]


def _is_dropped(step: Transformation, row: Row) -> bool:
    unwanted = set(step.values.values())
    return any((shown(row.get(name)) or "") in unwanted for name in step.columns)


def _filled_forward(step: Transformation, rows: Sequence[Row]) -> list[Row]:
    last: Row = {}
    filled = []
    for row in rows:
        last.update({name: row[name] for name in step.columns if row.get(name) is not None})
        filled.append({**row, **{name: last.get(name) for name in step.columns}})
    return filled
