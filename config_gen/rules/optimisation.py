"""Optimisation: what would cost less time, space or money. Only hints: nothing here is wrong."""

from collections.abc import Iterator

from config_gen.documents import pointer
from config_gen.rules.frame import HINT, Family, Fault, Subject, put
from domain.configuration.feed_columns import FieldType
from domain.configuration.feed_load import LoadMode
from domain.configuration.feed_source import FormatKind

family = Family("optimisation")
_WIDE = 200
_LONG_TEXT = 20_000
_MANY_DIGITS = 30
_LARGE_BYTES = 1024**3
_TEXT_KINDS = frozenset({FormatKind.DELIMITED, FormatKind.JSON, FormatKind.XML, FormatKind.NDJSON})


@family.rule("OPT001", HINT, "A table has fewer columns than a person can overlook.")
def _(subject: Subject) -> Iterator[Fault]:
    if len(subject.config.columns) > _WIDE:
        yield Fault(
            "/columns", f"{len(subject.config.columns)} columns in one table; readers would gain from two."
        )


@family.rule("OPT002", HINT, "Long texts are not read with every row.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if (column.max_length or 0) > _LONG_TEXT:
            yield Fault(
                pointer("columns", number, "max_length"),
                f"*{column.name}* takes {column.max_length} characters a row.",
            )


@family.rule("OPT003", HINT, "Decimals keep as many digits as the values need.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, column in enumerate(subject.config.columns):
        if (column.precision or 0) > _MANY_DIGITS:
            yield Fault(
                pointer("columns", number, "precision"),
                f"*{column.name}* keeps {column.precision} digits; up to 18 fit into one machine word.",
                put(
                    "Keep 18 digits", "columns", number, "precision", value=max(18, (column.scale or 0) + 10)
                ),
            )


@family.rule("OPT004", HINT, "Large text files come compressed or in a columnar format.")
def _(subject: Subject) -> Iterator[Fault]:
    source, kind = subject.config.source, subject.config.format.kind
    if (source.most_bytes or 0) > _LARGE_BYTES and kind in _TEXT_KINDS and not source.containers:
        yield Fault(
            "/source/containers", "Files of more than 1 GiB come as plain text; Parquet would be a tenth."
        )


@family.rule("OPT005", HINT, "Rows that can be told apart are not all loaded again.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    if config.load.mode is LoadMode.REPLACE and config.keys.primary and config.watermark:
        yield Fault(
            "/load/mode",
            "Each load replaces everything, although key and watermark would find what is new.",
            put("Merge by the key", "load", value={"mode": "merge", "merge_on": config.keys.primary}),
        )


@family.rule("OPT006", HINT, "A workbook is for people.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.config.format.kind is FormatKind.EXCEL and subject.config.format.sheet is None:
        yield Fault("/format/sheet", "No sheet is named: of a workbook with several, the fullest is read.")


@family.rule("OPT007", HINT, "Raw rows do not stay for ever.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.config.target.bronze.keep_days is None:
        yield Fault(
            "/target/bronze/keep_days",
            "Nothing removes rows from the bronze table.",
            put("Keep them 90 days", "target", "bronze", "keep_days", value=90),
        )


@family.rule("OPT008", HINT, "Partitions are few and large.")
def _(subject: Subject) -> Iterator[Fault]:
    partition = subject.config.partition
    if partition is not None and len(partition.columns) > 2:
        yield Fault(
            "/partition/columns", f"{len(partition.columns)} columns cut the tables into very small pieces."
        )


@family.rule("OPT009", HINT, "Rows that are merged lie together.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    silver = config.target.silver
    unclustered = silver is not None and not silver.cluster_by and config.partition is None
    if config.load.mode is LoadMode.HISTORY and unclustered:
        yield Fault(
            "/target/silver/cluster_by",
            "Every load looks through the whole history; rows of one key should lie together.",
            put("Let them", "target", "silver", "cluster_by", value=config.keys.primary[:4]),
        )


@family.rule("OPT010", HINT, "Nested values that people query become columns.")
def _(subject: Subject) -> Iterator[Fault]:
    nested = [column.name for column in subject.config.columns if column.type is FieldType.JSON]
    if len(nested) > 3:
        yield Fault("/columns", f"{len(nested)} columns hold JSON; each query has to take it apart again.")
