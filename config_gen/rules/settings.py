"""Schema rules about steps and quality rules: each has the settings that it needs."""

import re
from collections.abc import Iterator

from config_gen.documents import pointer
from config_gen.meanings import CHECK_DIGITS
from config_gen.rules.frame import ERROR, Family, Fault, Subject, drop
from domain.configuration.feed_rules import Check, QualityRule, Step, Transformation

family = Family("settings")
_NEEDED_VALUES = {
    Step.NULL_IF: (),
    Step.REPLACE: ("text",),
    Step.PAD_LEFT: ("length",),
    Step.STRIP_PREFIX: ("text",),
    Step.FILL_DEFAULT: ("text",),
    Step.DIVIDE: ("by",),
}
_NUMBERS = ("length", "digits", "part", "keep", "by")
_WITHOUT_COLUMNS = frozenset({Step.ADD_AUDIT_COLUMNS, Step.DEDUPLICATE})
_WHOLE_FILE = frozenset({Check.ROW_COUNT, Check.ROW_COUNT_CHANGE, Check.COLUMNS, Check.FRESHNESS})


@family.rule("SCH023", ERROR, "A quality rule has the settings that its check needs.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, rule in enumerate(subject.config.quality.rules):
        trouble = _rule_trouble(rule)
        if trouble:
            yield Fault(
                pointer("quality", "rules", number),
                f"The rule *{rule.id}* {trouble}.",
                drop("Take the rule away", "quality", "rules", number),
            )


@family.rule("SCH024", ERROR, "A transformation has the settings that its step needs.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, step in enumerate(subject.config.transformations):
        trouble = _step_trouble(step)
        if trouble:
            yield Fault(
                pointer("transformations", number),
                f"The step *{step.id}* {trouble}.",
                drop("Take the step away", "transformations", number),
            )


@family.rule("SCH030", ERROR, "Per mille, counts and days in settings are numbers.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, step in enumerate(subject.config.transformations):
        if step.step is Step.MAP_VALUES:
            continue
        for name in _NUMBERS:
            text = step.values.get(name)
            if (
                text is not None
                and step.step is not Step.REPLACE
                and not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text)
            ):
                yield Fault(
                    pointer("transformations", number, "values", name),
                    f"The step *{step.id}* has `{text[:30]}` as {name}, which is no number.",
                )


def _rule_trouble(rule: QualityRule) -> str | None:
    if not rule.columns and rule.check not in _WHOLE_FILE:
        return "looks at no column"
    if rule.check is Check.PATTERN and not rule.values.get("pattern"):
        return "checks a pattern but has none"
    if rule.check is Check.RANGE and not {"minimum", "maximum"} & set(rule.values):
        return "checks a range but has no bound"
    if rule.check is Check.ACCEPTED_VALUES and not rule.accepted:
        return "checks accepted values but lists none"
    if rule.check is Check.CHECK_DIGIT and rule.values.get("scheme") not in CHECK_DIGITS:
        return "checks check digits of a kind that I do not know"
    if rule.check is Check.ORDER and len(rule.columns) < 2:
        return "compares the order of columns but names only one"
    if rule.check is Check.ROW_COUNT and not {"minimum", "maximum"} & set(rule.values):
        return "counts rows but has no bound"
    for name in ("minimum", "maximum", "days", "minutes", "per_mille"):
        text = rule.values.get(name, "0")
        if rule.check in _WHOLE_FILE | {Check.NO_FUTURE} and not re.fullmatch(r"\d{1,12}", text):
            return f"has `{text[:30]}` as {name}, which is no number"
    return None


def _step_trouble(step: Transformation) -> str | None:
    if not step.columns and step.step not in _WITHOUT_COLUMNS:
        return "changes no column"
    missing = [name for name in _NEEDED_VALUES.get(step.step, ()) if name not in step.values]
    if missing:
        return f"needs the setting `{missing[0]}`"
    if step.step in {Step.MAP_VALUES, Step.NULL_IF, Step.DROP_ROWS} and not step.values:
        return "has no values to look for"
    if step.step in {Step.CONCATENATE, Step.COPY} and step.output is None:
        return "does not say into which new column"
    if step.step is Step.DIVIDE and re.fullmatch(r"0+(\.0+)?", step.values.get("by", "1")):
        return "divides by zero"
    return None
