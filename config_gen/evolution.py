"""Carry an agreed configuration over to tomorrow's file: what drifted, and nothing else, changes.

Table names stay what readers know: a column that the file calls by another name keeps its own, and one
that no longer comes stays, empty and deprecated, so that nobody breaks by surprise.
"""

from collections.abc import Mapping, Sequence

from config_gen.assembly import assemble
from config_gen.drift_columns import is_whole_number_too, other_order
from config_gen.types.named_dates import may_be_days
from config_gen.types_order import survives_new
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_operation import Provenance
from domain.configuration.feed_rules import Check, QualityRule
from domain.configuration.feed_source import Format
from domain.configuration.onboarding import OnboardingAnswers
from domain.configuration.profiles import ColumnProfile, ColumnType, Drift, DriftKind, SampleProfile

_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL, FieldType.YEAR})
_WRITING = (
    "format", "time_zone", "decimal_char", "group_char", "negative", "affix", "precision", "scale",
)  # fmt: skip


def evolved(config: FeedConfig, profile: SampleProfile, drift: Drift) -> FeedConfig:
    """Return the configuration that reads tomorrow's file as well as yesterday's.

    Args:
        config: What is agreed.
        profile: What was measured on tomorrow's file.
        drift: How that differs from yesterday's.
    """
    fresh = assemble(as_agreed(profile, config, drift.renamed), _answers_of(config))
    came = {column.source: column for column in fresh.columns}
    now_called = dict(drift.renamed)
    gone = [c for c in config.columns if now_called.get(c.source, c.source) not in came]
    named = {(change.column, change.kind) for change in drift.changes}
    kept = {
        source: _adapted(
            column,
            came[source],
            is_out_of_range=(source, DriftKind.OUT_OF_RANGE) in named,
            has_new_values=(source, DriftKind.NEW_VALUES) in named,
        )
        for column in config.columns
        if (source := now_called.get(column.source, column.source)) in came
    }
    taken = {column.name for column in config.columns}
    empty_now = {c.column for c in drift.changes if c.kind is DriftKind.NULLS_APPEARED}
    columns = [_opened(kept.get(c.source), c.source in empty_now) or _added(c, taken) for c in fresh.columns]
    columns += [_missing(c, config.keys.primary) if c.source in drift.removed else c for c in gone]
    return config.model_copy(
        update={
            "revision": config.revision + 1,
            "columns": tuple(columns),
            "format": _format_now(config.format, fresh.format, profile),
            "quality": config.quality.model_copy(
                update={"rules": in_step(config.quality.rules, config.columns, columns)}
            ),
            "source": config.source.model_copy(update={"containers": profile.container}),
            "provenance": Provenance(
                template=config.provenance.template,
                sample_name=profile.name,
                sample_sha256=profile.sha256,
                sample_rows=profile.records,
            ),
        }
    )


def where_drifted(config: FeedConfig, profile: SampleProfile, drift: Drift) -> FeedConfig:
    """Return the configuration carried over, or as agreed for a file that fits: what is said comes on top."""
    if drift.changes or drift.label != "same":
        return evolved(config, profile, drift)
    return config.model_copy(update={"revision": config.revision + 1})


def _format_now(agreed: Format, fresh: Format, profile: SampleProfile) -> Format:
    """Return how tomorrow's file is written, with what people agreed on and no file tells."""
    delimited = fresh.delimited
    if delimited is not None and agreed.delimited is not None:
        kept = {name: getattr(agreed.delimited, name) for name in ("trailer_rows", "ragged_rows")}
        # A file may come without its line of units.
        units = max(agreed.delimited.below_header_rows, delimited.below_header_rows)
        delimited = delimited.model_copy(update=kept | {"below_header_rows": units})
    return agreed.model_copy(
        update={
            "kind": fresh.kind,
            "encoding": agreed.encoding if agreed.encoding in profile.encodings_alike else fresh.encoding,
            "delimited": delimited,
            "fixed_width": fresh.fixed_width,
            "nested": fresh.nested,
            "sheet": agreed.sheet if agreed.sheet in profile.sheets else fresh.sheet,
            "standard": fresh.standard,
        }
    )


def as_agreed(
    profile: SampleProfile, config: FeedConfig, renamed: Sequence[tuple[str, str]] = ()
) -> SampleProfile:
    """Return the profile with days and months in the agreed order, and agreed numbers and lists as such."""
    formerly = {now: old for old, now in renamed}
    agreed = {column.source: column for column in config.columns}
    columns = tuple(
        _read_as(column, agreed.get(formerly.get(column.name, column.name))) for column in profile.columns
    )
    return profile.model_copy(update={"columns": columns})


def _read_as(seen: ColumnProfile, agreed: Column | None) -> ColumnProfile:
    if agreed is not None and agreed.format and agreed.format == other_order(seen):
        return seen.model_copy(update={"format": agreed.format})
    if agreed is not None and may_be_days(seen, agreed.format):
        days = {"type": ColumnType.DATE, "format": agreed.format, "code_of_digits": False}
        return seen.model_copy(update=days)
    if agreed is not None and agreed.type is FieldType.INTEGER and is_whole_number_too(seen):
        return seen.model_copy(update={"type": ColumnType.INTEGER, "format": None, "code_of_digits": False})
    if agreed is not None and agreed.allowed and seen.grouped:
        # This time its rows came sorted; that says nothing against what was agreed.
        bounds = seen.constraints.model_copy(update={"enum": seen.grouped})
        return seen.model_copy(update={"enum": seen.grouped, "grouped": (), "constraints": bounds})
    return seen


def readers_hit(
    config: FeedConfig, others: Sequence[FeedConfig], drift: Drift, observed: Sequence[str] = ()
) -> tuple[str, ...]:
    """Return whom the drift reaches downstream, each in a sentence; empty when nobody is known.

    Readers are those that the configuration names, feeds that name this one as their source, and
    `observed`: feeds whose runs were seen to read what this one writes.
    """
    by_source = {column.source: column.name for column in config.columns}
    touched = {by_source.get(c.column, c.column) for c in drift.changes if c.column}
    touched |= {by_source.get(name, name) for name in (*drift.removed, *drift.added)}
    touched |= {by_source.get(old, old) for old, _ in drift.renamed}
    said = []
    for reader in config.lineage.consumers:
        used = sorted(set(reader.columns) & touched)
        if used:
            names = ", ".join(f"*{name}*" for name in used[:5])
            tell = f"; tell {reader.contact}" if reader.contact else ""
            said.append(f"the {reader.kind} *{reader.name}* uses {names}{tell}")
        elif not reader.columns and touched:
            said.append(
                f"the {reader.kind} *{reader.name}* reads the feed; which columns is not written down"
            )
    named = {reader.name for reader in config.lineage.consumers}
    said += [
        f"the feed *{other.feed}* of {other.owner.team} is made from it"
        for other in others
        if config.feed in other.lineage.upstream and other.feed not in named and touched
    ]
    declared = named | {other.feed for other in others if config.feed in other.lineage.upstream}
    said += [
        f"the feed *{reader}* reads what it writes, as its runs show; nothing declares that"
        for reader in observed
        if reader not in declared and reader != config.feed and touched
    ]
    return tuple(said)


def in_step(
    rules: Sequence[QualityRule], before: Sequence[Column], after: Sequence[Column]
) -> tuple[QualityRule, ...]:
    """Return the rules in step with changed columns; one that would contradict them is left out."""
    was = {column.name: column for column in before}
    now = {column.name: column for column in after}
    return tuple(kept for rule in rules if (kept := _followed(rule, was, now)) is not None)


def _followed(rule: QualityRule, was: Mapping[str, Column], now: Mapping[str, Column]) -> QualityRule | None:
    if not set(rule.columns) <= now.keys():
        return None
    if rule.check is Check.NOT_NULL:
        required = tuple(name for name in rule.columns if not now[name].nullable)
        return rule.model_copy(update={"columns": required}) if required else None
    if rule.check is Check.COMPLETENESS:
        kept = tuple(name for name in rule.columns if not now[name].deprecated)
        return rule.model_copy(update={"columns": kept}) if kept else None
    if len(rule.columns) != 1:
        return rule
    name = rule.columns[0]
    old, new = was.get(name), now[name]
    if old is None or old == new:
        return rule
    if rule.check is Check.ACCEPTED_VALUES and old.allowed != new.allowed:
        accepted = tuple(dict.fromkeys((*rule.accepted, *new.allowed)))
        return rule.model_copy(update={"accepted": accepted}) if new.allowed else None
    if rule.check is Check.RANGE and (old.minimum, old.maximum) != (new.minimum, new.maximum):
        bounds = {"minimum": new.minimum, "maximum": new.maximum}
        values = {side: bound for side, bound in bounds.items() if bound is not None}
        return rule.model_copy(update={"values": values}) if values else None
    if rule.check in {Check.RANGE, Check.PATTERN, Check.NO_FUTURE} and old.type is not new.type:
        return None
    return rule


def _opened(column: Column | None, is_empty_now: bool) -> Column | None:
    return column.model_copy(update={"nullable": True}) if column is not None and is_empty_now else column


def _answers_of(config: FeedConfig) -> OnboardingAnswers:
    return OnboardingAnswers(
        feed=config.feed,
        owner_team=config.owner.team,
        owner_contact=config.owner.contact,
        criticality=config.criticality,
        source_system=config.source.system,
        cron=config.schedule.cron,
        expected_by=config.schedule.expected_by,
        time_zone=config.schedule.time_zone,
        classification=config.governance.classification.value,
    )


def _adapted(agreed: Column, fresh: Column, *, is_out_of_range: bool, has_new_values: bool) -> Column:
    """Return the agreed column, widened as far as tomorrow's values demand.

    Limits follow only what drifted far: growth by a little is what data does, and rules warn of it.
    """
    source = fresh.source
    update: dict[str, object] = {"source": source}
    if source != agreed.source:
        update["former_names"] = tuple(dict.fromkeys((*agreed.former_names, agreed.source)))
    # A code of digits that a person or a template called text stays text.
    fits = survives_new(fresh, agreed) or (agreed.type is FieldType.INTEGER and _are_bits(fresh))
    widens = fresh.type is not agreed.type and not fits
    if widens:
        survivor = fresh if survives_new(agreed, fresh) else None
        kind = survivor.type if survivor else FieldType.TEXT
        update |= {"type": kind, "minimum": None, "maximum": None, "allowed": (), "pattern": None}
        as_fresh = kind is fresh.type
        for field in _WRITING:
            update[field] = getattr(fresh, field) if as_fresh else None
        for field in ("true_values", "false_values"):
            update[field] = getattr(fresh, field) if as_fresh else ()
        if kind is FieldType.TEXT:
            update["max_length"] = fresh.max_length if as_fresh else None
    elif fresh.type is agreed.type:
        update |= _wider_bounds(agreed, fresh) if is_out_of_range else {}
        update |= _wider_list(agreed, fresh) if has_new_values else {}
        update |= _longer(agreed, fresh)
        update |= {"format": fresh.format, "decimal_char": fresh.decimal_char, "group_char": fresh.group_char}
        update |= {"negative": fresh.negative or agreed.negative, "affix": fresh.affix}
        is_other = fresh.affix != agreed.affix and (fresh.unit or (fresh.affix and agreed.affix))
        update |= {"unit": fresh.unit} if is_other else {}
    if fresh.null_values:
        update["null_values"] = tuple(dict.fromkeys((*agreed.null_values, *fresh.null_values)))
    return agreed.model_copy(update=update)


def _are_bits(column: Column) -> bool:
    """Tell whether a column of flags holds zeros and ones, as one of whole numbers may on some days."""
    return column.type is FieldType.BOOLEAN and {*column.true_values, *column.false_values} <= {"0", "1"}


def _wider_bounds(agreed: Column, fresh: Column) -> dict[str, object]:
    update: dict[str, object] = {}
    if agreed.type in _NUMBERS:
        for side, pick in (("minimum", min), ("maximum", max)):
            mine, theirs = getattr(agreed, side), getattr(fresh, side)
            if mine is not None and theirs is not None:
                update[side] = pick(mine, theirs, key=float)
    return update


def _wider_list(agreed: Column, fresh: Column) -> dict[str, object]:
    if agreed.allowed and fresh.allowed:
        return {"allowed": tuple(dict.fromkeys((*agreed.allowed, *fresh.allowed)))}
    return {"allowed": ()}


def _longer(agreed: Column, fresh: Column) -> dict[str, object]:
    update: dict[str, object] = {}
    if agreed.scale is not None and fresh.scale is not None and fresh.scale > agreed.scale:
        whole = (agreed.precision or 18) - agreed.scale
        update |= {"scale": fresh.scale, "precision": min(38, whole + fresh.scale)}
    if agreed.max_length is not None and fresh.max_length is not None:
        update["max_length"] = max(agreed.max_length, fresh.max_length)
    return update


def _added(column: Column, taken: set[str]) -> Column:
    name = column.name
    number = 2
    while name in taken:
        name, number = f"{column.name[:58]}_{number}", number + 1
    taken.add(name)
    # Files of the archive lack it, so a row may come without it.
    return column.model_copy(update={"name": name, "nullable": True, "unique": False})


def _missing(column: Column, key: Sequence[str]) -> Column:
    if column.name in key:
        return column  # a key that no longer comes is for people to decide; the findings name it
    return column.model_copy(update={"nullable": True, "deprecated": True})
