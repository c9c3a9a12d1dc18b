"""What a feed's configuration demands of a delivery, in the words of telemetry's score."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from domain.configuration.feed_columns import FieldType, Treatment
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_rules import Check, Step
from domain.configuration.feed_source import FormatKind
from domain.data_quality.quality import Dimension, Finding

if TYPE_CHECKING:
    import pandas as pd

    from telemetry.quality import QualityRules

MOST_CHECKED = 50_000
"""Rows that the configuration's own rules look at, from the top: they read cell by cell."""
_NAMED = 5
_AS_IT_IS = frozenset({FieldType.TEXT, FieldType.JSON})
_TIMES = frozenset({FieldType.DATE, FieldType.DATETIME})
_SEGMENTED = frozenset({FormatKind.X12, FormatKind.EDIFACT, FormatKind.BAI2})
_DIMENSIONS = {
    Check.NOT_NULL: Dimension.COMPLETENESS,
    Check.COMPLETENESS: Dimension.COMPLETENESS,
    Check.COLUMNS: Dimension.COMPLETENESS,
    Check.UNIQUE: Dimension.UNIQUENESS,
    Check.ROW_COUNT: Dimension.VOLUME,
    Check.ROW_COUNT_CHANGE: Dimension.VOLUME,
    Check.FRESHNESS: Dimension.TIMELINESS,
    Check.NO_FUTURE: Dimension.TIMELINESS,
    Check.ORDER: Dimension.CONSISTENCY,
    Check.SUM: Dimension.CONSISTENCY,
    Check.REFERENCE: Dimension.CONSISTENCY,
}


def rules_of(config: FeedConfig) -> "QualityRules":
    """Return what a feed's configuration demands of its rows; columns go by the names in the file."""
    from telemetry.quality import ColumnRule, QualityRules

    columns = tuple(
        ColumnRule(
            column=column.source,
            required=not column.nullable,
            pattern=column.pattern or "",
            allowed=frozenset(column.allowed),
            least=_as_it_comes(config, column.name, column.minimum),
            most=_as_it_comes(config, column.name, column.maximum),
        )
        for column in config.columns
    )
    named = {column.name: column.source for column in config.columns}
    fresh = _fresh_column(config)
    return QualityRules(
        columns=columns,
        key=tuple(named[name] for name in config.keys.primary if name in named),
        may_repeat=config.format.kind in _SEGMENTED,
        fresh_column=fresh[0],
        fresh_format=fresh[1],
        fresh_hours=(config.sla.fresh_within_minutes or 0) / 60.0,
    )


def broken_rules(config: FeedConfig, cells: "pd.DataFrame", now: datetime) -> tuple[Finding, ...]:
    """Return what each rule, and each agreed type, found in the cells of a file.

    Files that say of themselves of which types they are (Parquet) have none of these.

    Rules that the score checks by itself (no value, allowed values, range, pattern of one column) are left
    to it, for the whole file; these here look at the first `MOST_CHECKED` rows, as they would land.
    """
    if config.format.kind is FormatKind.PARQUET:
        return ()
    from config_gen.quality_run import run_rules

    frame = cells.head(MOST_CHECKED)
    kept = tuple(rule for rule in config.quality.rules if rule.check not in _BY_COLUMN)
    asked = config.model_copy(update={"quality": config.quality.model_copy(update={"rules": kept})})
    rows = [{str(name): str(cell) for name, cell in row.items()} for row in frame.to_dict("records")]
    told = run_rules(asked, rows, today=now.date())
    ruled = tuple(
        Finding(
            _DIMENSIONS.get(rule.check, Dimension.VALIDITY),
            rule.id,
            ", ".join((result.columns or rule.columns)[:_NAMED]),
            (len(result.failing_rows) or 1) if not result.holds else 0,
            len(frame) if result.failing_rows else 1,
            "" if result.holds else result.sentence.replace("*", ""),
        )
        for rule, result in zip(kept, told, strict=True)
    )
    return (*ruled, *_unreadable(config, frame))


def _unreadable(config: FeedConfig, frame: "pd.DataFrame") -> list[Finding]:
    """Return how many cells of each typed column are not what was agreed, with one of them and the reason."""
    from config_gen.casting import Unreadable, is_null, read_value

    found = []
    for column in config.columns:
        if column.type in _AS_IT_IS or column.source not in frame:
            continue
        bad, why = 0, ""
        counts = frame[column.source].value_counts()
        for text, times in zip(map(str, counts.index), counts, strict=True):
            if is_null(column, text, config.format):
                continue
            try:
                read_value(column, text)
            except Unreadable as error:
                bad += int(times)
                shown = f"“{text[:30]}”" if column.treatment is Treatment.NONE else "a protected value"
                why = why or f"{shown} {error}"
        found.append(Finding(Dimension.VALIDITY, "agreed type", column.source, bad, len(frame), why))
    return found


def column_drift(config: FeedConfig, found: Iterable[str]) -> tuple[str, ...]:
    """Return how a delivery's columns differ from the agreed ones; nothing for files that name none."""
    kind, dialect = config.format.kind, config.format.delimited
    is_plain = dialect is not None and dialect.header and not dialect.preamble_rows
    if kind is not FormatKind.PARQUET and not is_plain:
        return ()
    names = list(found)
    agreed = [column.source for column in config.columns]
    fresh = [name for name in names if name not in agreed]
    lost = [name for name in agreed if name not in names]
    if len(lost) == len(agreed):
        return ()  # none of them: the file is read otherwise than it is written, and scores as that
    said = [f"new columns that nobody agreed on: {', '.join(fresh[:_NAMED])}"] if fresh else []
    return (*said, *([f"agreed columns that did not come: {', '.join(lost[:_NAMED])}"] if lost else []))


_BY_COLUMN = frozenset({Check.NOT_NULL, Check.ACCEPTED_VALUES, Check.RANGE, Check.PATTERN})


def _fresh_column(config: FeedConfig) -> tuple[str, str]:
    """Return the column that says how new a row is, with its format; empty without a promise to keep."""
    if not config.sla.fresh_within_minutes or config.watermark is None:
        return "", ""
    column = config.find_column(config.watermark.column)
    if column is None or column.type not in _TIMES or (column.format or "").startswith("epoch"):
        return "", ""
    return column.source, column.format if column.format and "%" in column.format else ""


def _as_it_comes(config: FeedConfig, name: str, bound: str | None) -> float | None:
    """Return a bound of what lands as one of what the file holds: cents, say, where a step divides them."""
    found = _number(bound)
    for step in config.transformations:
        if found is not None and step.step is Step.DIVIDE and name in step.columns:
            found *= _number(step.values.get("by", "1")) or 1.0
    return found


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
