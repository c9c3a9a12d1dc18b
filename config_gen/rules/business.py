"""Business rules: what loading, checking and reconciling demand of each other."""

from collections.abc import Iterator

from config_gen.documents import pointer
from config_gen.meanings import CHECK_DIGITS, MONEY
from config_gen.rules.frame import ERROR, HINT, WARNING, Family, Fault, Subject, append, listed, put
from domain.configuration.feed_columns import FieldType
from domain.configuration.feed_config import Criticality
from domain.configuration.feed_load import LoadMode
from domain.configuration.feed_rules import Check, CountSource, OnFailure, RuleSeverity
from domain.configuration.feed_source import ArrivalSignal

family = Family("business")
_URGENT = frozenset({Criticality.HIGH, Criticality.CRITICAL})
_BY_KEY = frozenset({LoadMode.MERGE, LoadMode.HISTORY})
_LOOSE_PER_MILLE = 10


@family.rule("BUS001", ERROR, "A load that finds rows again knows by which columns.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if config.load.mode in _BY_KEY and not config.load.merge_on:
        key = list(config.keys.primary)
        fix = put("Merge on the primary key", "load", "merge_on", value=key) if key else None
        yield Fault(
            "/load/merge_on",
            f"The load is *{config.load.mode.value}*, but nothing says which row is which.",
            fix,
        )


@family.rule("BUS002", ERROR, "Appending the same rows twice is noticed.")
def _(subject: Subject) -> Iterator[Fault]:
    load = subject.config.load
    if load.mode is LoadMode.APPEND and load.once_by == "none":
        yield Fault(
            "/load/once_by",
            "Rows are appended and nothing notices a second load: one retry doubles the data.",
            put("Notice it by the file's hash", "load", "once_by", value="file_hash"),
        )


@family.rule("BUS003", ERROR, "A feed of changes says what each change is, and in which order they happened.")
def _(subject: Subject) -> Iterator[Fault]:
    load = subject.config.load
    if load.mode is LoadMode.CHANGES:
        for part, column in (
            ("operation_column", load.operation_column),
            ("sequence_column", load.sequence_column),
        ):
            if column is None:
                yield Fault(pointer("load", part), f"A feed of changes needs its {part.replace('_', ' ')}.")


@family.rule("BUS004", ERROR, "Replacing a partition needs partitions.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if config.load.mode is LoadMode.REPLACE_PARTITION and config.partition is None:
        yield Fault("/partition", "The load replaces a partition, but the tables are not cut into any.")


@family.rule("BUS005", ERROR, "What matters is reconciled.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if config.criticality in _URGENT and not config.reconciliation.checks:
        check = {"id": "rows_file_to_bronze", "compares": "row_count", "source": "file"}
        yield Fault(
            "/reconciliation/checks",
            f"The feed is *{config.criticality.value}*, but nothing checks that all of it arrived.",
            append("Count the rows", "reconciliation", "checks", value=check),
        )


@family.rule("BUS007", WARNING, "When a feed that matters fails, somebody is told.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if config.criticality not in _URGENT:
        return
    told = {event for channel in config.notification.channels for event in channel.events}
    if not {"failed", "late"} <= told:
        yield Fault("/notification/channels", "Nobody is told when this feed fails or is late.")
    elif config.criticality is Criticality.CRITICAL and config.notification.escalate_to is None:
        yield Fault(
            "/notification/escalate_to", "A *critical* feed needs somebody who is told when nobody answers."
        )


@family.rule("BUS014", WARNING, "An amount of money says in which currency it is.")
def _(subject: Subject) -> Iterator[Fault]:
    columns = subject.config.columns
    named = [column.name for column in columns if column.meaning == "currency_code"]
    for number, column in enumerate(columns):
        if column.meaning in MONEY and not (column.unit or column.currency_column or named):
            yield Fault(
                pointer("columns", number, "currency_column"),
                f"*{column.name}* is money, but in which currency?",
            )


@family.rule("BUS015", ERROR, "An error has consequences.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, rule in enumerate(subject.config.quality.rules):
        if rule.severity is RuleSeverity.ERROR and rule.on_failure is OnFailure.WARN:
            yield Fault(
                pointer("quality", "rules", number, "on_failure"),
                f"A breach of *{rule.id}* is an error, and the rows land all the same.",
                put("Put such rows aside", "quality", "rules", number, "on_failure", value="quarantine"),
            )


@family.rule("BUS016", ERROR, "What is only information does not stop a load.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, rule in enumerate(subject.config.quality.rules):
        if rule.severity is RuleSeverity.INFO and rule.on_failure is not OnFailure.WARN:
            yield Fault(
                pointer("quality", "rules", number, "on_failure"),
                f"*{rule.id}* is only information, yet a breach would {rule.on_failure.value}.",
                put("Only say so", "quality", "rules", number, "on_failure", value="warn"),
            )


@family.rule("BUS017", WARNING, "Rows that are put aside are kept for a known time.")
def _(subject: Subject) -> Iterator[Fault]:
    quality = subject.config.quality
    aside = any(rule.on_failure is OnFailure.QUARANTINE for rule in quality.rules)
    if aside and quality.quarantine_days is None:
        yield Fault(
            "/quality/quarantine_days",
            "Rows are put aside, but nothing says for how long they are kept.",
            put("Keep them 30 days", "quality", "quarantine_days", value=30),
        )


@family.rule("BUS018", WARNING, "Reconciliation does not forgive more than one percent.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, check in enumerate(subject.config.reconciliation.checks):
        if check.tolerance_per_mille > _LOOSE_PER_MILLE:
            yield Fault(
                pointer("reconciliation", "checks", number, "tolerance_per_mille"),
                f"*{check.id}* forgives {check.tolerance_per_mille} rows of 1,000; a lost file would pass.",
                put("Forgive nothing", "reconciliation", "checks", number, "tolerance_per_mille", value=0),
            )


@family.rule("BUS019", ERROR, "An empty file does not replace what is there.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    counted = any(rule.check in {Check.ROW_COUNT, Check.ROW_COUNT_CHANGE} for rule in config.quality.rules)
    if config.load.mode in {LoadMode.REPLACE, LoadMode.REPLACE_PARTITION} and not counted:
        rule = {"id": "enough_rows", "check": "row_count", "values": {"minimum": "1"}, "layer": "bronze",
                "severity": "error", "on_failure": "stop"}  # fmt: skip
        yield Fault(
            "/quality/rules",
            "Each file replaces the one before, and nothing refuses an empty one.",
            append("Demand at least one row", "quality", "rules", value=rule),
        )


@family.rule("BUS020", ERROR, "A key is never empty.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if column.nullable and column.name in subject.config.keys.primary:
            yield Fault(
                pointer("columns", number, "nullable"),
                f"*{column.name}* is part of the key and may be empty: such rows could never be found again.",
                put("Demand a value", "columns", number, "nullable", value=False),
            )


@family.rule("BUS021", WARNING, "Something checks that the key tells rows apart.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    key = set(config.keys.primary)
    checked = any(rule.check is Check.UNIQUE and set(rule.columns) == key for rule in config.quality.rules)
    if key and not checked:
        rule = {"id": "key_unique", "check": "unique", "columns": list(config.keys.primary)}
        rule |= {"severity": "error", "on_failure": "quarantine"}
        yield Fault(
            "/quality/rules",
            f"{listed(config.keys.primary)} is the key, but no rule notices when it comes twice.",
            append("Check the key", "quality", "rules", value=rule),
        )


@family.rule("BUS022", WARNING, "The owner of what matters can be reached.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.config.criticality in _URGENT and not subject.config.owner.contact:
        yield Fault("/owner/contact", f"Nothing says how to reach *{subject.config.owner.team}*.")


@family.rule("BUS023", WARNING, "Codes that carry check digits are checked.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    checked = {
        name for rule in config.quality.rules if rule.check is Check.CHECK_DIGIT for name in rule.columns
    }
    for number, column in enumerate(config.columns):
        if column.meaning in CHECK_DIGITS and not column.meaning_is_guess and column.name not in checked:
            rule = {"id": f"{column.name}_check_digit"[:80], "check": "check_digit", "columns": [column.name],
                    "values": {"scheme": column.meaning}, "severity": "error", "on_failure": "quarantine",
                    "failing_per_mille": 5}  # fmt: skip
            yield Fault(
                pointer("columns", number, "meaning"),
                f"*{column.name}* holds {column.meaning} codes, whose check digits nobody checks.",
                append("Check them", "quality", "rules", value=rule),
            )


@family.rule("BUS024", ERROR, "The signal that a file is whole can be found.")
def _(subject: Subject) -> Iterator[Fault]:
    source, dialect = subject.config.source, subject.config.format.delimited
    if source.signal in {ArrivalSignal.TRIGGER_FILE, ArrivalSignal.MANIFEST} and not source.signal_pattern:
        yield Fault(
            "/source/signal_pattern", "A second file says that the first is whole, but its name is not given."
        )
    if source.signal is ArrivalSignal.TRAILER and dialect is not None and dialect.trailer_rows == 0:
        yield Fault(
            "/format/delimited/trailer_rows",
            "The trailer says that the file is whole, but the format has none.",
            put("Expect one trailer record", "format", "delimited", "trailer_rows", value=1),
        )


@family.rule("BUS025", ERROR, "What reconciliation counts against exists.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    trailer = config.format.delimited is None or config.format.delimited.trailer_rows > 0
    for number, check in enumerate(config.reconciliation.checks):
        place = pointer("reconciliation", "checks", number, "source")
        if check.source is CountSource.TRAILER and not trailer:
            yield Fault(place, f"*{check.id}* reads the trailer, but the format has none.")
        if check.source is CountSource.MANIFEST and config.source.signal is not ArrivalSignal.MANIFEST:
            yield Fault(place, f"*{check.id}* reads a manifest, but none comes with the file.")


@family.rule("BUS027", ERROR, "Reconciliation sums numbers.")
def _(subject: Subject) -> Iterator[Fault]:
    kinds = {column.name: column.type for column in subject.config.columns}
    for number, check in enumerate(subject.config.reconciliation.checks):
        if check.compares != "control_total":
            continue
        place = pointer("reconciliation", "checks", number, "columns")
        if not check.columns:
            yield Fault(place, f"*{check.id}* sums a control total of no column.")
        for name in check.columns:
            if kinds.get(name, FieldType.DECIMAL) not in {FieldType.DECIMAL, FieldType.INTEGER}:
                yield Fault(place, f"*{check.id}* sums *{name}*, which is {kinds[name].value}.")


@family.rule("BUS028", HINT, "A feed says what it is for.")
def _(subject: Subject) -> Iterator[Fault]:
    if not subject.config.description:
        yield Fault("/description", "Nothing says yet what this feed is for.")
