"""Schema rules about the file: the format is whole, and its signs can be told apart."""

import codecs
import itertools
import re
from collections.abc import Iterator
from zoneinfo import available_timezones

from config_gen.documents import pointer
from config_gen.rules.frame import ERROR, Family, Fault, Subject, drop, put
from domain.configuration.feed_source import FormatKind

family = Family("reading")
_ZONES = frozenset(available_timezones())


@family.rule("SCH018", ERROR, "The format has the section that its kind needs, and no other.")
def _(subject: Subject) -> Iterator[Fault]:
    feed_format = subject.config.format
    kind = feed_format.kind
    if kind is FormatKind.DELIMITED and feed_format.delimited is None:
        yield Fault(
            "/format/delimited",
            "A delimited file needs its dialect: without it nobody knows where a cell ends.",
            put("Take comma and header", "format", "delimited", value={"delimiter": ",", "quote": '"'}),
        )
    if kind is not FormatKind.DELIMITED and feed_format.delimited is not None:
        yield Fault(
            "/format/delimited",
            f"A {kind.value} file has no delimiter; one of the two is wrong.",
            drop("Take the dialect away", "format", "delimited"),
        )
    if kind is FormatKind.FIXED_WIDTH and not feed_format.fixed_width:
        yield Fault("/format/fixed_width", "A fixed-width file needs its layout: field, start and length.")


@family.rule("SCH019", ERROR, "Fixed-width fields do not overlap, and every column has its field.")
def _(subject: Subject) -> Iterator[Fault]:
    fields = subject.config.format.fixed_width
    in_order = sorted(enumerate(fields), key=lambda numbered: numbered[1].start)
    for (number, first), (_number, second) in itertools.pairwise(in_order):
        if first.start + first.length > second.start:
            yield Fault(
                pointer("format", "fixed_width", number, "length"),
                f"The field *{first.name}* ends at {first.start + first.length}, but *{second.name}* "
                f"starts at {second.start} already.",
            )
    if fields:
        known = {field.name for field in fields}
        for number, column in enumerate(subject.config.columns):
            if column.source not in known:
                yield Fault(
                    pointer("columns", number, "source"),
                    f"*{column.name}* is read from a field that the layout lacks.",
                )


@family.rule("SCH020", ERROR, "The encoding is one that we can decode.")
def _(subject: Subject) -> Iterator[Fault]:
    encoding = subject.config.format.encoding
    if encoding is None:
        return
    try:
        is_text = codecs.lookup(encoding)._is_text_encoding
    except LookupError:
        is_text = False
    if not is_text:
        yield Fault(
            "/format/encoding",
            f"`{encoding}` is no text encoding that I know.",
            put("Take utf-8", "format", "encoding", value="utf-8"),
        )


@family.rule("SCH021", ERROR, "Delimiter, quote, escape and decimal sign can be told apart.")
def _(subject: Subject) -> Iterator[Fault]:
    dialect = subject.config.format.delimited
    if dialect is None:
        return
    if dialect.delimiter in {dialect.quote, dialect.escape}:
        yield Fault("/format/delimited/delimiter", "Delimiter and quote are the same character.")
    if dialect.delimiter in {"\n", "\r", "\r\n"}:
        yield Fault(
            "/format/delimited/delimiter", "The delimiter is a line end, so every cell would be a row."
        )
    if dialect.quote is None and dialect.escape is None:
        for number, column in enumerate(subject.config.columns):
            if dialect.delimiter in {column.decimal_char, column.group_char}:
                yield Fault(
                    pointer("columns", number, "decimal_char"),
                    f"`{dialect.delimiter}` separates cells and stands inside *{column.name}*, unquoted.",
                )


@family.rule("SCH022", ERROR, "Every time zone is one of the IANA list.")
def _(subject: Subject) -> Iterator[Fault]:
    config = subject.config
    places: list[tuple[tuple[str | int, ...], str | None]] = [
        (("schedule", "time_zone"), config.schedule.time_zone),
        (("format", "time_zone"), config.format.time_zone),
    ]
    places += [(("columns", n, "time_zone"), column.time_zone) for n, column in enumerate(config.columns)]
    for steps, zone in places:
        if zone is not None and zone not in _ZONES and not re.fullmatch(r"[+-]\d\d:?\d\d|Z", zone):
            yield Fault(
                pointer(*steps),
                f"`{zone[:40]}` is no time zone that I know.",
                put("Take UTC", *steps, value="UTC"),
            )
