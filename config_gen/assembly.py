"""Put a configuration together: what the sample proves, what a person answered, what the template adds.

In this order of weight: evidence from the sample first, then the person's answers to what it leaves open,
then the template, then our defaults. A template never changes a type that the values prove.
"""

from collections.abc import Sequence

from config_gen.bounds import counted_on
from config_gen.chance_keys import is_plausible
from config_gen.columns import columns_from, names_by_source
from config_gen.file_day import with_day_of_file
from config_gen.meanings import CODES_OF_DIGITS, closeness, treatment_of
from config_gen.naming import file_pattern_from, known_zone
from config_gen.quality_rules import suggest_rules
from config_gen.running import governance_from, notification_from, schedule_from, sla_from, target_from
from config_gen.template_model import Template, find_hint
from config_gen.transformations import suggest_transformations
from domain.configuration import profiles
from domain.configuration.feed_columns import Column, FieldType, PersonalData
from domain.configuration.feed_config import FeedConfig, Owner
from domain.configuration.feed_load import (
    Granularity,
    Keys,
    Load,
    LoadMode,
    Partition,
    Quality,
    Reconciliation,
    Watermark,
)
from domain.configuration.feed_operation import Classification, CompatibilityPolicy, Provenance
from domain.configuration.feed_rules import Comparison, CountSource, ReconciliationCheck
from domain.configuration.feed_source import (
    Delimited,
    FixedWidthField,
    Format,
    FormatKind,
    Nested,
    Source,
    SourceKind,
)
from domain.configuration.onboarding import OnboardingAnswers
from domain.configuration.profiles import SampleProfile

_NESTED = frozenset({FormatKind.JSON, FormatKind.NDJSON, FormatKind.XML, FormatKind.ISO20022})
_STANDARDS = frozenset(
    {
        FormatKind.ISO20022,
        FormatKind.SWIFT_MT,
        FormatKind.FIX,
        FormatKind.NACHA,
        FormatKind.X12,
        FormatKind.EDIFACT,
        FormatKind.BAI2,
    }
)
_DEFAULT_ENCODING = "utf-8"


def assemble(
    profile: SampleProfile, answers: OnboardingAnswers, template: Template | None = None
) -> FeedConfig:
    """Return the configuration for a sample.

    Raises:
        BadInput: The sample has no columns, so that there is nothing to configure.
    """
    columns = columns_from(profile, answers.readings)
    columns = tuple(_hinted(column, template) for column in columns) if template else columns
    key = with_day_of_file(profile, columns, _key(profile, columns, template))
    columns = tuple(_as_key(column, key) for column in columns)
    feed_format = _format(profile, answers)
    watermark = _watermark(profile, columns, template)
    partition = _partition(profile, columns, template)
    known = {rule.id for rule in template.rules} if template else set()
    return FeedConfig(
        feed=answers.feed,
        title=answers.feed.replace("_", " ").capitalize(),
        description=template.explanation if template else "",
        tags=template.tags if template else (),
        owner=Owner(team=answers.owner_team, contact=answers.owner_contact or answers.channel),
        criticality=answers.criticality,
        source=_source(profile, answers),
        format=feed_format,
        columns=columns,
        keys=Keys(primary=key),
        partition=partition,
        watermark=watermark,
        load=_load(
            columns,
            key,
            has_watermark=watermark is not None,
            has_partition=partition is not None,
            template=template,
        ),
        transformations=suggest_transformations(profile, columns, feed_format, key)
        + tuple(
            step for step in (template.transformations if template else ()) if _fits(step.columns, columns)
        ),
        quality=Quality(
            rules=tuple(rule for rule in suggest_rules(profile, columns, key) if rule.id not in known)
            + tuple(rule for rule in (template.rules if template else ()) if _fits(rule.columns, columns)),
            quarantine_days=30,
        ),
        reconciliation=_reconciliation(template, columns),
        schedule=schedule_from(answers),
        sla=sla_from(answers),
        target=target_from(answers),
        notification=notification_from(answers),
        governance=governance_from(answers, columns, template),
        compatibility=(template.compatibility if template else None) or CompatibilityPolicy.BACKWARD,
        provenance=Provenance(
            template=template.name if template else None,
            sample_name=profile.name,
            sample_sha256=profile.sha256,
            sample_rows=profile.records,
        ),
    )


def _hinted(column: Column, template: Template) -> Column:
    hint = find_hint(template, column)
    if hint is None:
        return column
    update: dict[str, object] = {
        "description": column.description or hint.description,
        "unit": column.unit or hint.unit,
    }
    if column.meaning is None and hint.meaning is not None:
        guarded = template.classification in {Classification.CONFIDENTIAL, Classification.RESTRICTED}
        near = closeness(hint.meaning, personal=guarded)
        update |= {"meaning": hint.meaning, "meaning_is_guess": True}
        update |= {"personal_data": near, "treatment": treatment_of(hint.meaning, near)}
        if hint.meaning in CODES_OF_DIGITS and column.type is FieldType.INTEGER:
            # As a number, such a code would lose its leading zeros; bounds of numbers go with it.
            update |= {"type": FieldType.TEXT, "minimum": None, "maximum": None}
    return column.model_copy(update=update)


def _as_key(column: Column, key: Sequence[str]) -> Column:
    if column.name not in key:
        return column
    update: dict[str, object] = {"nullable": False, "unique": column.unique or len(key) == 1}
    if len(key) == 1 and column.type is FieldType.INTEGER:
        update |= {"minimum": counted_on(column.minimum), "maximum": None}
    return column.model_copy(update=update)


def _key(profile: SampleProfile, columns: tuple[Column, ...], template: Template | None) -> tuple[str, ...]:
    names = names_by_source(columns)
    proven = [tuple(names[name] for name in key.columns if name in names) for key in profile.keys]
    proven = [key for key in proven if key]
    if template is not None:
        wanted = {column.name for column in columns if (hint := find_hint(template, column)) and hint.key}
        agreed = next((key for key in proven if set(key) == wanted), None)
        if agreed:
            return agreed
        if proven and wanted & set(proven[0]):
            return proven[0]
    is_safe = bool(proven) and is_plausible(profile.columns, profile.keys[0], profile.records)
    return proven[0] if is_safe else ()


def _format(profile: SampleProfile, answers: OnboardingAnswers) -> Format:
    dialect = profile.dialect if profile.format is FormatKind.DELIMITED else None
    header = profile.header
    return Format(
        kind=profile.format,
        encoding=answers.readings.get("encoding:")
        or profile.encoding
        or (_DEFAULT_ENCODING if profile.format in {FormatKind.DELIMITED, FormatKind.FIXED_WIDTH} else None),
        delimited=Delimited(
            delimiter=dialect.delimiter,
            quote=dialect.quotechar or None,
            escape=dialect.escapechar or None,
            double_quote=dialect.doublequote,
            skip_initial_space=dialect.skip_initial_space,
            record_terminator=dialect.record_terminator,
            header=header.present if header else True,
            preamble_rows=header.row if header else 0,
            below_header_rows=header.below if header else 0,
            trailer_rows=profile.trailer_rows,
        )
        if dialect
        else None,
        fixed_width=tuple(
            FixedWidthField(name=field.name, start=field.start, length=field.length)
            for field in profile.fixed_width
        ),
        nested=Nested(record_path=profile.record_path) if profile.format in _NESTED else None,
        # A workbook's only sheet is often called after its day; of several, the one that was read is meant.
        sheet=profile.sheet if len(profile.sheets) > 1 else None,
        standard=profile.subformat[:80] if profile.subformat and profile.format in _STANDARDS else None,
        time_zone=_only_zone(profile),
    )


def _only_zone(profile: SampleProfile) -> str | None:
    zones = {column.timezone for column in profile.columns if column.timezone}
    return known_zone(zones.pop()) if len(zones) == 1 else None


def _source(profile: SampleProfile, answers: OnboardingAnswers) -> Source:
    return Source(
        kind=SourceKind.UPLOAD if answers.cron is None else SourceKind.DIRECTORY,
        system=answers.source_system or answers.owner_team,
        file_pattern=file_pattern_from(profile.name),
        containers=profile.container,
    )


def _watermark(
    profile: SampleProfile, columns: Sequence[Column], template: Template | None
) -> Watermark | None:
    chosen = _likeliest(profile.watermarks, columns, template.watermark if template else ())
    return Watermark(column=chosen, late_minutes=1440) if chosen else None


def _likeliest(
    marks: Sequence[profiles.Watermark], columns: Sequence[Column], wanted: Sequence[str]
) -> str | None:
    """Return the marked column that the template wants, else the first; None where none is marked."""
    by_source = names_by_source(tuple(columns))
    found = [by_source[mark.column] for mark in marks if mark.column in by_source]
    return next((name for name in wanted if name in found), found[0] if found else None)


def _partition(
    profile: SampleProfile, columns: Sequence[Column], template: Template | None
) -> Partition | None:
    chosen = _likeliest(profile.partitions, columns, template.partition if template else ())
    column = next((column for column in columns if column.name == chosen), None)
    if column is None or column.personal_data in {PersonalData.DIRECT, PersonalData.SENSITIVE}:
        return None
    dated = column.type in {FieldType.DATE, FieldType.DATETIME}
    return Partition(columns=(column.name,), by=Granularity.DAY if dated else Granularity.VALUE)


def _load(
    columns: Sequence[Column],
    key: tuple[str, ...],
    *,
    has_watermark: bool,
    has_partition: bool,
    template: Template | None,
) -> Load:
    """Return the template's way of loading where the sample allows it, else the safest that it allows."""
    operation = _first_of(template.operation if template else (), columns)
    sequence = _first_of(template.sequence if template else (), columns)
    # Appending needs no watermark: the file's hash notices what was loaded before.
    possible = {LoadMode.REPLACE, LoadMode.APPEND}
    if key:
        possible |= {LoadMode.MERGE, LoadMode.HISTORY}
    if has_partition:
        possible.add(LoadMode.REPLACE_PARTITION)
    if operation and sequence:
        possible.add(LoadMode.CHANGES)
    usual = LoadMode.MERGE if key else LoadMode.APPEND if has_watermark else LoadMode.REPLACE
    mode = template.load if template and template.load in possible else usual
    changes = mode is LoadMode.CHANGES
    return Load(
        mode=mode,
        merge_on=key if mode in {LoadMode.MERGE, LoadMode.HISTORY} else (),
        operation_column=operation if changes else None,
        sequence_column=sequence if changes else None,
    )


def _first_of(wanted: Sequence[str], columns: Sequence[Column]) -> str | None:
    return next((column.name for column in columns if column.name in wanted), None)


def _fits(wanted: Sequence[str], columns: Sequence[Column]) -> bool:
    return set(wanted) <= {column.name for column in columns}


def _reconciliation(template: Template | None, columns: Sequence[Column]) -> Reconciliation:
    own = (
        ReconciliationCheck(id="rows_file_to_bronze", compares=Comparison.ROW_COUNT, source=CountSource.FILE),
    )
    known = {check.id for check in own}
    added = template.reconciliation if template else ()
    return Reconciliation(
        checks=own
        + tuple(check for check in added if check.id not in known and _fits(check.columns, columns)),
        # How much of a new feed usually differs nobody knows yet: its record decides what people are asked.
        on_break="hold_unusual",
    )
