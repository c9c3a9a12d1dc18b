"""Anti-patterns: what works on the first day and hurts on the hundredth."""

from collections.abc import Iterator

from config_gen.cron import parse_cron
from config_gen.documents import pointer
from config_gen.meanings import CODES_OF_DIGITS, MONEY
from config_gen.rules.frame import ERROR, HINT, WARNING, Family, Fault, Subject, drop, listed, put
from domain.configuration.feed_columns import FieldType, PersonalData
from domain.configuration.feed_config import Criticality
from domain.configuration.feed_load import Granularity, Surprise
from domain.configuration.feed_rules import OnFailure, RuleSeverity, Step
from domain.configuration.feed_source import SourceKind
from domain.errors import BadInput

family = Family("antipatterns")
_URGENT = frozenset({Criticality.HIGH, Criticality.CRITICAL})
_MOST_STARTS_A_DAY = 144
_LIKELY_VALUES = frozenset({"0", "00", "1", "false", "no", "n"})
_EVERYTHING = frozenset({".*", "^.*$", ".+", "^.+$", "[\\s\\S]*", "(.*)"})
_OPPOSITES = ({Step.UPPER, Step.LOWER}, {Step.MASK, Step.HASH}, {Step.TOKENIZE, Step.MASK})


@family.rule("ANT001", WARNING, "Tables are not cut by what is different in every row.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if config.partition is None or config.partition.by is not Granularity.VALUE:
        return
    for name in config.partition.columns:
        column = config.find_column(name)
        if column is None:
            continue
        many = column.unique or column.type in {FieldType.DATETIME, FieldType.DECIMAL, FieldType.TIME}
        if many or (name,) == config.keys.primary:
            yield Fault(
                "/partition/columns",
                f"*{name}* has another value in almost every row, so there would be a partition for each.",
                put("Cut by day", "partition", "by", value="day")
                if column.type is FieldType.DATETIME
                else None,
            )


@family.rule("ANT002", WARNING, "Not every second rule stops the load at the first bad row.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    optional = {column.name for column in config.columns if column.nullable}
    harsh = [
        rule
        for rule in config.quality.rules
        if rule.severity is RuleSeverity.ERROR
        and rule.on_failure is OnFailure.STOP
        and rule.failing_per_mille == 0
        and rule.columns
        and set(rule.columns) <= optional
    ]
    if len(harsh) >= 2 and len(harsh) * 10 > 3 * len(config.quality.rules):
        yield Fault(
            "/quality/rules",
            f"{len(harsh)} of {len(config.quality.rules)} rules stop the load at one bad optional value; "
            "people will learn to look away.",
        )


@family.rule("ANT003", HINT, "Not everything is text.")
def _(subject: Subject) -> Iterator[Fault]:
    columns = subject.config.columns
    if len(columns) >= 8 and all(column.type is FieldType.TEXT for column in columns):
        yield Fault(
            "/columns", f"All {len(columns)} columns are text: nothing notices a wrong number or date."
        )


@family.rule("ANT004", HINT, "Something in a row must be there.")
def _(subject: Subject) -> Iterator[Fault]:
    columns = subject.config.columns
    if len(columns) > 1 and all(column.nullable for column in columns):
        yield Fault("/columns", "Every column may be empty, so an empty row is a good row.")


@family.rule("ANT005", WARNING, "Columns that nobody agreed on do not vanish.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.config.schema_policy.unknown_columns is Surprise.IGNORE:
        yield Fault(
            "/schema_policy/unknown_columns",
            "A new column is thrown away silently, and with it what somebody began to send.",
            put("Keep it aside", "schema_policy", "unknown_columns", value="keep_aside"),
        )


@family.rule("ANT006", WARNING, "Values that cannot be read do not become nothing.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.config.schema_policy.wrong_types in {Surprise.FILL_NULL, Surprise.IGNORE}:
        yield Fault(
            "/schema_policy/wrong_types",
            "A value that cannot be read becomes empty, and nobody will ever know what it was.",
            put("Put such rows aside", "schema_policy", "wrong_types", value="quarantine"),
        )


@family.rule("ANT007", WARNING, "Nobody looks for files every few minutes all day.")
def _(subject: Subject) -> Iterator[Fault]:
    try:
        cron = parse_cron(subject.config.schedule.cron or "0 0 * * *")
    except BadInput:
        return
    if cron.runs_a_day() > _MOST_STARTS_A_DAY:
        yield Fault(
            "/schedule/cron", f"The load starts {cron.runs_a_day()} times a day; let the arrival start it."
        )


@family.rule("ANT008", WARNING, "Messages are read as they come, not by the clock.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if config.source.kind is SourceKind.QUEUE and config.schedule.cron is not None:
        yield Fault("/schedule/kind", "The source is a queue, but the load waits for the clock.")


@family.rule("ANT009", WARNING, "Persons do not become folders or keys.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    near = {PersonalData.DIRECT, PersonalData.SENSITIVE}
    personal = {column.name for column in config.columns if column.personal_data in near}
    sensitive = {c.name for c in config.columns if c.personal_data is PersonalData.SENSITIVE}
    for name in config.partition.columns if config.partition else ():
        if name in personal:
            yield Fault(
                "/partition/columns", f"*{name}* is personal data and would stand in the names of folders."
            )
    for name in config.keys.primary:
        if name in sensitive:
            yield Fault("/keys/primary", f"*{name}* is sensitive; once it is treated it finds no row.")


@family.rule("ANT010", WARNING, "Codes made of digits are text.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.meaning in CODES_OF_DIGITS and column.type in {FieldType.INTEGER, FieldType.DECIMAL}:
            yield Fault(
                pointer("columns", number, "type"),
                f"*{column.name}* holds {column.meaning} codes; as a number it would lose its leading zeros.",
                put("Keep it as text", "columns", number, "type", value="text"),
            )


@family.rule("ANT011", WARNING, "Money says how many decimals it keeps.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.type is FieldType.DECIMAL and column.meaning in MONEY and column.scale is None:
            yield Fault(
                pointer("columns", number, "scale"),
                f"*{column.name}* is money without a number of decimals; each platform would choose its own.",
                put("Keep four decimals", "columns", number, "scale", value=4),
            )


@family.rule("ANT012", HINT, "A local time says where it is local.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    for number, column in enumerate(config.columns):
        told = column.time_zone or config.format.time_zone or "%z" in (column.format or "")
        if column.type is FieldType.DATETIME and not told:
            yield Fault(
                pointer("columns", number, "time_zone"),
                f"*{column.name}* has no time zone unless its values say it.",
                put(f"Read {column.name} as UTC", "columns", number, "time_zone", value="UTC"),
            )


@family.rule("ANT013", WARNING, "The same demand is not made twice.")
def _(subject: Subject) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for number, rule in enumerate(subject.config.quality.rules):
        demand = f"{rule.check}|{sorted(rule.columns)}|{sorted(rule.values.items())}|{rule.layer}"
        if demand in seen:
            yield Fault(
                pointer("quality", "rules", number),
                f"*{rule.id}* demands what *{seen[demand]}* demands already.",
                drop("Take it away", "quality", "rules", number),
            )
        seen.setdefault(demand, rule.id)


@family.rule("ANT014", WARNING, "No step undoes or repeats another.")
def _(subject: Subject) -> Iterator[Fault]:
    steps = subject.config.transformations
    for number, later in enumerate(steps):
        for earlier in steps[:number]:
            shared = set(earlier.columns) & set(later.columns)
            same = earlier.step is later.step and earlier.values == later.values and not later.output
            against = any({earlier.step, later.step} == pair for pair in _OPPOSITES)
            if shared and (same or against):
                verb = "repeats" if same else "works against"
                yield Fault(
                    pointer("transformations", number),
                    f"*{later.id}* {verb} *{earlier.id}* on {listed(sorted(shared))}.",
                )
                break


@family.rule("ANT015", ERROR, "No column is dropped that something needs later.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    needed = {
        *config.keys.primary,
        *config.load.merge_on,
        *(config.partition.columns if config.partition else ()),
    }
    needed |= {config.watermark.column} if config.watermark else set()
    needed |= {name for rule in config.quality.rules if rule.layer != "bronze" for name in rule.columns}
    for number, step in enumerate(config.transformations):
        lost = sorted(needed & set(step.columns)) if step.step is Step.DROP else []
        if lost:
            yield Fault(
                pointer("transformations", number, "columns"),
                f"The step *{step.id}* drops {listed(lost)}, which keys, partitions or rules need.",
            )


@family.rule("ANT016", WARNING, "Years have four digits.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.format and "%y" in column.format and column.meaning == "date_of_birth":
            yield Fault(
                pointer("columns", number, "format"),
                f"*{column.name}* has two digits for the year: who was born in 1930 becomes a child of 2030.",
            )


@family.rule("ANT017", WARNING, "A pattern forbids something.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.pattern in _EVERYTHING:
            yield Fault(
                pointer("columns", number, "pattern"),
                f"The pattern of *{column.name}* lets everything pass.",
                put("Take the pattern away", "columns", number, "pattern", value=None),
            )


@family.rule("ANT018", WARNING, "Real values are not taken for nothing.")
def _(subject: Subject) -> Iterator[Fault]:
    lost = [text for text in subject.config.format.null_values if text.lower() in _LIKELY_VALUES]
    if lost:
        yield Fault(
            "/format/null_values",
            f"`{lost[0]}` means no value in every column, also where it is a number or an answer.",
            put("Take it out", "format", "null_values",
                value=[text for text in subject.config.format.null_values if text not in lost]),
        )  # fmt: skip


@family.rule("ANT019", WARNING, "What matters is tried more than once.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.config.criticality in _URGENT and subject.config.schedule.tries == 1:
        yield Fault(
            "/schedule/tries",
            f"The feed is *{subject.config.criticality.value}*, and one broken connection ends its day.",
            put("Try three times", "schedule", "tries", value=3),
        )
