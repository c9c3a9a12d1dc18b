"""Suggest transformations for a profiled sample, each with its reason and how many rows it would touch."""

from collections.abc import Sequence

from config_gen.meanings import SECRETS, UPPER_CASE
from config_gen.preview import Row, rows_touched
from config_gen.rows import cast, cells_by_column
from domain.configuration.feed_columns import Column, FieldType, Treatment
from domain.configuration.feed_rules import Layer, Step, Transformation
from domain.configuration.feed_source import Format
from domain.configuration.profiles import SampleProfile

_TREATMENT_STEPS = {
    Treatment.MASK: Step.MASK,
    Treatment.HASH: Step.HASH,
    Treatment.TOKENIZE: Step.TOKENIZE,
    Treatment.ENCRYPT: Step.ENCRYPT,
    Treatment.DROP: Step.DROP,
}

_SECRETS_HELD = "These columns hold keys or passwords, which nobody who reads the data needs."


def suggest_transformations(
    profile: SampleProfile, columns: Sequence[Column], feed_format: Format, key: Sequence[str]
) -> tuple[Transformation, ...]:
    """Return the steps that the sample calls for, in the order in which they must run.

    `touches` is counted on the profile's preview rows and scaled to all rows that were read.
    """
    rows = [cast(columns, feed_format, cells).values for cells in cells_by_column(columns, profile.preview)]
    steps = [
        Transformation(
            id="audit_columns",
            step=Step.ADD_AUDIT_COLUMNS,
            layer=Layer.BRONZE,
            reason="Every row can be traced to its file and load.",
            touches=profile.records,
        ),
        *_tidying(columns, rows),
        *_zones(columns),
        *_protection(columns),
    ]
    if key and profile.keys and profile.keys[0].score < 1:
        steps.append(
            Transformation(
                id="deduplicate",
                step=Step.DEDUPLICATE,
                columns=tuple(key),
                reason="A file may carry a row twice; the last one counts.",
            )
        )
    return tuple(step if step.touches is not None else _estimated(step, rows, profile) for step in steps)


def _tidying(columns: Sequence[Column], rows: Sequence[Row]) -> list[Transformation]:
    texts = {
        column.name: [value for row in rows if isinstance(value := row.get(column.name), str)]
        for column in columns
        if column.type is FieldType.TEXT
    }
    padded = tuple(name for name, found in texts.items() if any(text != text.strip() for text in found))
    spaced = tuple(name for name, found in texts.items() if any("  " in text.strip() for text in found))
    lower = tuple(
        column.name
        for column in columns
        if column.meaning in UPPER_CASE and any(text != text.upper() for text in texts.get(column.name, ()))
    )
    wanted = (
        ("trim", Step.TRIM, padded, "Values carry spaces at their ends."),
        ("collapse_spaces", Step.COLLAPSE_SPACES, spaced, "Values carry more than one space in a row."),
        ("upper_codes", Step.UPPER, lower, "Codes of these kinds are written in capitals."),
    )
    return [
        Transformation(id=name, step=step, columns=touched, reason=reason)
        for name, step, touched, reason in wanted
        if touched
    ]


def _zones(columns: Sequence[Column]) -> list[Transformation]:
    by_zone: dict[str, list[str]] = {}
    for column in columns:
        if column.type is FieldType.DATETIME and column.time_zone and column.time_zone != "UTC":
            by_zone.setdefault(column.time_zone, []).append(column.name)
    return [
        Transformation(
            id=f"to_utc_{number}",
            step=Step.TO_UTC,
            columns=tuple(names),
            values={"time_zone": zone},
            reason=f"Local times of {zone} become comparable.",
        )
        for number, (zone, names) in enumerate(sorted(by_zone.items()), 1)
    ]


def _protection(columns: Sequence[Column]) -> list[Transformation]:
    by_treatment: dict[tuple[bool, Treatment], list[str]] = {}
    for column in columns:
        if column.treatment is not Treatment.NONE:
            kind = column.meaning in SECRETS, column.treatment
            by_treatment.setdefault(kind, []).append(column.name)
    return [
        Transformation(
            id=f"protect_{'secrets_' if secret else ''}by_{treatment.value}",
            step=_TREATMENT_STEPS[treatment],
            columns=tuple(names),
            reason=_SECRETS_HELD if secret else "These columns hold personal data.",
        )
        for (secret, treatment), names in by_treatment.items()
    ]


def _estimated(step: Transformation, rows: Sequence[Row], profile: SampleProfile) -> Transformation:
    if not rows:
        return step
    touched = rows_touched(step, rows)
    scaled = touched if profile.records <= len(rows) else round(touched * profile.records / len(rows))
    return step.model_copy(update={"touches": scaled})
