"""Schema rules: what the document names must exist, and what stands together must fit together."""

import difflib
import re
from collections import Counter
from collections.abc import Iterator

from config_gen.documents import pointer
from config_gen.naming import RESERVED_WORDS
from config_gen.rules.frame import ERROR, HINT, WARNING, Family, Fault, Subject, drop, listed, put
from domain.configuration.feed_config import FeedConfig

family = Family("schema")


@family.rule("SCH002", ERROR, "No two columns have the same name.")
def _(subject: Subject) -> Iterator[Fault]:
    counts = Counter(subject.config.column_names())
    for number, column in enumerate(subject.config.columns):
        if counts[column.name] > 1 and subject.config.column_names().index(column.name) < number:
            free = f"{column.name[:58]}_{number + 1}"
            yield Fault(
                pointer("columns", number, "name"),
                f"*{column.name}* is the name of {counts[column.name]} columns; a table takes it once.",
                put(f"Call this one {free}"[:75], "columns", number, "name", value=free),
            )


@family.rule("SCH003", WARNING, "No column is named with a word that SQL keeps for itself.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.name in RESERVED_WORDS:
            yield Fault(
                pointer("columns", number, "name"),
                f"*{column.name}* is a word of SQL: every query would have to quote it.",
            )


@family.rule("SCH004", ERROR, "No two columns are read from the same place of the file.")
def _(subject: Subject) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for number, column in enumerate(subject.config.columns):
        if column.source in first:
            other = subject.config.columns[first[column.source]].name
            yield Fault(
                pointer("columns", number, "source"),
                f"*{column.name}* and *{other}* are both read from `{column.source[:60]}`.",
            )
        first.setdefault(column.source, number)


@family.rule("SCH005", ERROR, "Keys name columns that exist.")
def _(subject: Subject) -> Iterator[Fault]:
    keys = subject.config.keys
    for part, names in (("primary", keys.primary), ("business", keys.business)):
        yield from _missing(subject, names, "keys", part)
    for number, foreign in enumerate(keys.foreign):
        yield from _missing(subject, foreign.columns, "keys", "foreign", number, "columns")


@family.rule("SCH006", ERROR, "Partition, watermark and load name columns that exist.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if config.partition:
        yield from _missing(subject, config.partition.columns, "partition", "columns")
    if config.watermark:
        yield from _missing_one(subject, config.watermark.column, "watermark", "column")
    yield from _missing(subject, config.load.merge_on, "load", "merge_on")
    yield from _missing_one(subject, config.load.operation_column, "load", "operation_column")
    yield from _missing_one(subject, config.load.sequence_column, "load", "sequence_column")


@family.rule("SCH007", ERROR, "A transformation uses columns that exist when it runs.")
def _(subject: Subject) -> Iterator[Fault]:
    there = set(subject.names)
    for number, step in enumerate(subject.config.transformations):
        for place, name in enumerate(step.columns):
            if name not in there:
                yield Fault(
                    pointer("transformations", number, "columns", place),
                    f"The step *{step.id}* uses *{name}*, which does not exist at that point.",
                    drop(f"Take {name} out of the step"[:75], "transformations", number, "columns", place),
                )
        if step.output:
            there.add(step.output)


@family.rule("SCH008", ERROR, "A quality rule looks at columns that exist.")
def _(subject: Subject) -> Iterator[Fault]:
    made = {step.output for step in subject.config.transformations if step.output}
    for number, rule in enumerate(subject.config.quality.rules):
        unknown = [name for name in rule.columns if name not in subject.names | made]
        if unknown:
            yield Fault(
                pointer("quality", "rules", number, "columns"),
                f"The rule *{rule.id}* looks at {listed(unknown)}, which this feed does not have.",
                drop("Take the rule away", "quality", "rules", number),
            )


@family.rule("SCH009", ERROR, "Every other place that names a column names one that exists.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    for number, check in enumerate(config.reconciliation.checks):
        yield from _missing(subject, check.columns, "reconciliation", "checks", number, "columns")
    for number, consumer in enumerate(config.lineage.consumers):
        yield from _missing(subject, consumer.columns, "lineage", "consumers", number, "columns")
    for layer in ("bronze", "silver", "gold"):
        table = getattr(config.target, layer)
        if table:
            yield from _missing(subject, table.cluster_by, "target", layer, "cluster_by")
    yield from _missing_one(subject, config.governance.erasure_column, "governance", "erasure_column")
    for number, column in enumerate(config.columns):
        yield from _missing_one(subject, column.currency_column, "columns", number, "currency_column")


@family.rule("SCH010", ERROR, "Steps, rules and checks each have a name of their own.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    for places, names in (
        (("transformations",), [step.id for step in config.transformations]),
        (("quality", "rules"), [rule.id for rule in config.quality.rules]),
        (("reconciliation", "checks"), [check.id for check in config.reconciliation.checks]),
    ):
        seen: set[str] = set()
        for number, name in enumerate(names):
            if name in seen:
                free = f"{name[:75]}_{number + 1}"
                yield Fault(
                    pointer(*places, number, "id"),
                    f"*{name}* is the name of two entries; reports could not tell them apart.",
                    put(f"Call this one {free}"[:75], *places, number, "id", value=free),
                )
            seen.add(name)


@family.rule("SCH011", ERROR, "Regular expressions can be compiled and cannot run away.")
def _(subject: Subject) -> Iterator[Fault]:
    places = [
        (pointer("columns", n, "pattern"), column.name, column.pattern)
        for n, column in enumerate(subject.config.columns)
    ] + [
        (pointer("quality", "rules", n, "values", "pattern"), rule.id, rule.values.get("pattern"))
        for n, rule in enumerate(subject.config.quality.rules)
    ]
    for place, owner, pattern in places:
        trouble = pattern_trouble(pattern) if pattern else None
        if trouble:
            yield Fault(place, f"The pattern of *{owner}* {trouble}.")


@family.rule("SCH029", HINT, "A critical feed says what it is for.")
def _(subject: Subject) -> Iterator[Fault]:
    if not subject.config.description and subject.config.criticality == "critical":
        yield Fault(
            "/description", "Nothing says what this feed is for; at night somebody will want to know."
        )


def pattern_trouble(pattern: str) -> str | None:
    """Return why a regular expression may not be used, or None."""
    try:
        re.compile(pattern)
    except re.error as error:
        return f"cannot be compiled: {error.msg}"
    if re.search(r"\((?:[^()\\]|\\.)*[+*](?:[^()\\]|\\.)*\)[+*{]", pattern):
        return "repeats a repetition, so one hostile value could keep the load busy for ever"
    return None


def _missing(subject: Subject, names: tuple[str, ...], *steps: str | int) -> Iterator[Fault]:
    for number, name in enumerate(names):
        if name not in subject.names:
            yield Fault(
                pointer(*steps, number),
                f"`{'.'.join(str(step) for step in steps)}` names *{name}*, which this feed does not have."
                + _near(name, subject.config),
                drop(f"Take {name} out"[:75], *steps, number),
            )


def _missing_one(subject: Subject, name: str | None, *steps: str | int) -> Iterator[Fault]:
    if name is not None and name not in subject.names:
        yield Fault(
            pointer(*steps),
            f"`{'.'.join(str(step) for step in steps)}` names *{name}*, which this feed does not have."
            + _near(name, subject.config),
            put(f"Take {name} out"[:75], *steps, value=None)
            if steps[-1] != "column"
            else drop("Take it out", *steps[:-1]),
        )


def _near(name: str, config: FeedConfig) -> str:
    near = difflib.get_close_matches(name, config.column_names(), n=1, cutoff=0.75)
    return f" Did you mean *{near[0]}*?" if near else ""
