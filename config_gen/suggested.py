"""Steps and rules that a sample calls for, beside those that a configuration has; each is taken or left."""

from collections.abc import Sequence
from typing import TypeVar

from config_gen.columns import names_by_source
from config_gen.preview import preview
from config_gen.quality_rules import suggest_rules
from config_gen.quality_run import run_rules
from config_gen.rows import Cells, cells_by_column, shown
from config_gen.template_model import Template
from config_gen.transformations import suggest_transformations
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_rules import Check, QualityRule, Transformation
from domain.configuration.feed_views import LandedRows, SuggestionKind, SuggestionView
from domain.configuration.profiles import TEXT_LIMIT, SampleProfile, bounded
from domain.errors import NotNow
from domain.text.redaction import mask_shapes

_CELL = 60
_EACH_ALONE = frozenset({Check.NOT_NULL, Check.COMPLETENESS})
_Part = TypeVar("_Part", Transformation, QualityRule)


def suggestions_for(
    config: FeedConfig, profile: SampleProfile, template: Template | None
) -> list[SuggestionView]:
    """Return every step and rule that is in the configuration or that the sample calls for.

    `touches` of rules is counted on the sample's first rows and scaled to all rows that were read.
    """
    steps, rules = _offered(config, profile, template)
    has = {step.id for step in config.transformations}, {rule.id for rule in config.quality.rules}
    quality = config.quality.model_copy(update={"rules": tuple(rules)})
    failing = _failing(config.model_copy(update={"quality": quality}), profile)
    return [
        *(
            SuggestionView(
                id=step.id,
                kind=SuggestionKind.STEP,
                what=step.step.value.replace("_", " "),
                columns=step.columns,
                reason=step.reason,
                touches=step.touches,
                is_taken=step.id in has[0],
            )
            for step in steps
        ),
        *(
            SuggestionView(
                id=rule.id,
                kind=SuggestionKind.RULE,
                what=rule.check.value.replace("_", " "),
                columns=rule.columns,
                reason=rule.reason,
                touches=failing.get(rule.id, rule.touches),
                is_taken=rule.id in has[1],
            )
            for rule in rules
        ),
    ]


def toggled(
    config: FeedConfig, profile: SampleProfile, template: Template | None, kind: SuggestionKind, name: str
) -> FeedConfig:
    """Return the configuration with one suggestion taken, or left out when it was taken.

    Raises:
        NotNow: It is no longer suggested.
    """
    steps, rules = _offered(config, profile, template)
    if kind is SuggestionKind.STEP:
        kept = [step for step in config.transformations if step.id != name]
        if len(kept) == len(config.transformations):
            order = [step.id for step in steps]
            kept.append(_named(steps, name))
            kept.sort(key=lambda step: order.index(step.id) if step.id in order else len(order))
        return config.model_copy(update={"transformations": tuple(kept)})
    left = [rule for rule in config.quality.rules if rule.id != name]
    if len(left) == len(config.quality.rules):
        left.append(_named(rules, name))
    return config.model_copy(update={"quality": config.quality.model_copy(update={"rules": tuple(left)})})


def _told(text: str, length: int = TEXT_LIMIT) -> str:
    """Return what is shown to many, without the secret that a cell may hold."""
    return bounded(mask_shapes(text), length)


def landed(config: FeedConfig, profile: SampleProfile) -> LandedRows:
    """Return the sample's first rows as they would land, and what in them is not as agreed."""
    config = _within_preview(config, profile)
    rows = cells_of(config, profile)
    found = preview(config, rows)
    names = tuple(dict.fromkeys(name for row in found for name in row.values))
    broken = tuple(
        _told(result.sentence)
        for result in run_rules(config, rows)
        if not result.holds and result.failing_rows
    )
    return LandedRows(
        columns=names,
        rows=tuple(tuple(_told(shown(row.values.get(name)), _CELL) for name in names) for row in found),
        problems=tuple(tuple(_told(p, 120) for p in row.problems) for row in found),
        left_out=max(0, len(rows) - len(found)),
        broken_rules=broken,
    )


def _within_preview(config: FeedConfig, profile: SampleProfile) -> FeedConfig:
    """Return the configuration of the columns that a preview holds: the first ones of a wide file."""
    width = len(profile.preview[0]) if profile.preview else 0
    beyond = {column.name for column in profile.columns[width:]}
    columns = tuple(column for column in config.columns if column.source not in beyond)
    if not beyond or not columns:
        return config
    here = {column.name for column in columns}
    rules = tuple(kept for rule in config.quality.rules if (kept := _within(rule, here)) is not None)
    steps = tuple(step for step in config.transformations if set(step.columns) <= here)
    return config.model_copy(
        update={
            "columns": columns,
            "transformations": steps,
            "quality": config.quality.model_copy(update={"rules": rules}),
        }
    )


def _within(rule: QualityRule, here: set[str]) -> QualityRule | None:
    """Return the rule as far as it is about these columns; None where it can't be tried on them alone."""
    if set(rule.columns) <= here:
        return rule
    kept = tuple(name for name in rule.columns if name in here)
    return rule.model_copy(update={"columns": kept}) if kept and rule.check in _EACH_ALONE else None


def cells_of(config: FeedConfig, profile: SampleProfile) -> list[dict[str, str | None]]:
    """Return the sample's first rows by the file's own column names."""
    names = [column.name for column in profile.columns]
    by_name: list[dict[str, str | None]] = [dict(zip(names, row, strict=False)) for row in profile.preview]
    known = {column.source for column in config.columns}
    if known & set(names):
        return by_name
    return cells_by_column(config.columns, profile.preview)


def _offered(
    config: FeedConfig, profile: SampleProfile, template: Template | None
) -> tuple[list[Transformation], list[QualityRule]]:
    here = set(config.column_names())
    known = names_by_source(config.columns)
    seen = [column for column in config.columns if column.source in known]
    steps = list(suggest_transformations(profile, seen, config.format, config.keys.primary))
    rules = list(suggest_rules(profile, seen, config.keys.primary))
    if template is not None:
        steps += [step for step in template.transformations if set(step.columns) <= here]
        rules += [rule for rule in template.rules if set(rule.columns) <= here]
    return _first_of_each([*config.transformations, *steps]), _first_of_each([*config.quality.rules, *rules])


def _first_of_each(parts: Sequence[_Part]) -> list[_Part]:
    by_id: dict[str, _Part] = {}
    for part in parts:
        by_id.setdefault(part.id, part)
    return list(by_id.values())


def _failing(config: FeedConfig, profile: SampleProfile) -> dict[str, int]:
    rows: Sequence[Cells] = cells_of(config, profile)
    if not rows:
        return {}
    scale = max(1.0, profile.records / len(rows))
    return {result.rule: round(len(result.failing_rows) * scale) for result in run_rules(config, rows)}


def _named(parts: Sequence[_Part], name: str) -> _Part:
    found = next((part for part in parts if part.id == name), None)
    if found is None:
        raise NotNow(f"{name} is not suggested", say="That is no longer suggested.")
    return found
