"""Compatibility of the columns with the version that is true now.

*Backward*: readers of the old version understand files of the new one. *Forward*: readers of the new
version understand old files, such as those of the archive. The feed's policy says which of the two must
hold; a break that the policy allows is still told, as a hint.
"""

from collections.abc import Iterator
from decimal import Decimal

from config_gen.difference import renamed_columns
from config_gen.documents import pointer
from config_gen.rules.frame import ERROR, HINT, WARNING, Family, Fault, Subject, listed, put
from config_gen.rules.limits import changed_limits, divisor_of
from config_gen.types_order import survives_new, survives_old
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_operation import CompatibilityPolicy
from domain.configuration.findings import FindingSeverity

family = Family("versions")
_BACKWARD = frozenset({CompatibilityPolicy.BACKWARD, CompatibilityPolicy.FULL})
_FORWARD = frozenset({CompatibilityPolicy.FORWARD, CompatibilityPolicy.FULL})
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL})
_READ_BY = ("type", "format", "time_zone", "decimal_char", "group_char", "negative", "affix")


@family.rule("VER001", ERROR, "No column goes that a named reader needs.")
def _(subject: Subject) -> Iterator[Fault]:
    for consumer in subject.previous.lineage.consumers if subject.previous else ():
        gone = [name for name in consumer.columns if name not in subject.names]
        if gone:
            yield Fault("/columns", f"*{consumer.name}* needs {listed(gone)}, which would be gone.")


@family.rule("VER002", ERROR, "No column goes while the policy protects its readers.")
def _(subject: Subject) -> Iterator[Fault]:
    for name in _removed(subject):
        yield Fault(
            "/columns",
            f"*{name}* is removed: readers who use it break.",
            severity=_weight(subject.config, _BACKWARD),
        )


@family.rule("VER003", ERROR, "A new column may be empty or has a default, so that old files still load.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.previous is None:
        return
    known = set(subject.previous.column_names()) | set(
        renamed_columns(subject.previous, subject.config).values()
    )
    for number, column in enumerate(subject.config.columns):
        if column.name not in known and not column.nullable and column.default is None:
            yield Fault(
                pointer("columns", number, "nullable"),
                f"*{column.name}* is new and must have a value, which no old file has.",
                put("Let it be empty", "columns", number, "nullable", value=True),
                _weight(subject.config, _FORWARD),
            )


@family.rule("VER004", ERROR, "A column keeps its type, or takes one that its readers understand.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, old, new in _pairs(subject):
        if old.type is new.type and (old.scale, old.precision) == (new.scale, new.precision):
            continue
        readers, files = survives_old(old, new), survives_new(old, new)
        if readers and files:
            continue
        must = _BACKWARD if not readers else frozenset()
        must |= _FORWARD if not files else frozenset()
        who = {(False, False): "readers and old files break", (False, True): "readers break"}.get(
            (readers, files), "old files may not fit"
        )
        both = not readers and not files and subject.config.compatibility is not CompatibilityPolicy.NONE
        before, after = _divisors(subject, old, new)
        if before != after and old.type in _NUMBERS and new.type is FieldType.DECIMAL:
            both, must = False, frozenset()  # its values change in any case, and VER013 says so
        yield Fault(
            pointer("columns", number, "type"),
            f"*{new.name}* was {_sized(old)} and becomes {_sized(new)}: {who}.",
            severity=ERROR if both else _weight(subject.config, must),
        )


@family.rule("VER005", ERROR, "Whether a column may be empty changes only as the policy allows.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, old, new in _pairs(subject):
        place = pointer("columns", number, "nullable")
        if new.nullable and not old.nullable:
            yield Fault(
                place,
                f"*{new.name}* may now be empty; its readers were promised a value.",
                put("Demand a value again", "columns", number, "nullable", value=False),
                _weight(subject.config, _BACKWARD),
            )
        if old.nullable and not new.nullable and new.default is None:
            yield Fault(
                place,
                f"*{new.name}* must now have a value, which old files may lack.",
                put("Let it be empty again", "columns", number, "nullable", value=True),
                _weight(subject.config, _FORWARD),
            )


@family.rule("VER006", ERROR, "Limits of values change only as the policy allows.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, old, new in _pairs(subject):
        for part, wider, tighter in changed_limits(old, new, *_divisors(subject, old, new)):
            if wider:
                yield Fault(
                    pointer("columns", number, part),
                    f"*{new.name}* may hold values that its readers do not know ({part.replace('_', ' ')}).",
                    severity=_weight(subject.config, _BACKWARD),
                )
            if tighter:
                yield Fault(
                    pointer("columns", number, part),
                    f"*{new.name}* no longer takes values that old files hold ({part.replace('_', ' ')}).",
                    severity=_weight(subject.config, _FORWARD),
                )


@family.rule("VER007", WARNING, "A column that gets another name keeps the old one as a former name.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.previous is None:
        return
    for former, now in renamed_columns(subject.previous, subject.config).items():
        number = subject.config.column_names().index(now)
        column = subject.config.columns[number]
        if former not in column.former_names:
            names = [*column.former_names, former]
            yield Fault(
                pointer("columns", number, "former_names"),
                f"*{former}* is called *{now}* now, and nothing tells its readers.",
                put(f"Remember {former}"[:75], "columns", number, "former_names", value=names),
            )


@family.rule("VER010", WARNING, "The archive can still be read.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.previous is None:
        return
    old, new = subject.previous.format, subject.config.format
    for part in ("kind", "encoding", "standard"):
        if getattr(old, part) != getattr(new, part):
            yield Fault(
                pointer("format", part),
                f"The {part} becomes {getattr(new, part)}: files of the archive need the old.",
            )
    if old.delimited and new.delimited and old.delimited != new.delimited:
        yield Fault("/format/delimited", "The dialect changes: files of the archive need the old one.")
    if old.fixed_width and new.fixed_width and old.fixed_width != new.fixed_width:
        yield Fault("/format/fixed_width", "The layout changes: files of the archive need the old one.")
    for number, before, after in _pairs(subject):
        changed = [part for part in _READ_BY[1:] if getattr(before, part) != getattr(after, part)]
        if changed and before.type is after.type:
            yield Fault(
                pointer("columns", number, changed[0]),
                f"*{after.name}* is read with another {changed[0].replace('_', ' ')} than old files.",
            )


@family.rule("VER011", ERROR, "Where columns are found by their place, they keep it.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.previous is None:
        return
    dialect = subject.config.format.delimited
    old = [name for name in subject.previous.column_names() if name in subject.names]
    new = [name for name in subject.config.column_names() if name in set(old)]
    if old != new:
        by_place = dialect is not None and not dialect.header
        yield Fault(
            "/columns",
            "The columns stand in another order"
            + (", and only their order tells them apart." if by_place else "."),
            severity=ERROR if by_place else HINT,
        )


@family.rule("VER012", ERROR, "Every agreed change raises the revision by one.")
def _(subject: Subject) -> Iterator[Fault]:
    if subject.previous is None:
        return
    changed = subject.config != subject.previous
    wanted = subject.previous.revision + 1
    if changed and subject.config.revision < wanted:
        yield Fault(
            "/revision",
            f"The revision is {subject.config.revision}, but {subject.previous.revision} is true already.",
            put(f"Make it {wanted}", "revision", value=wanted),
        )


@family.rule("VER013", WARNING, "A column does not change its meaning under the same name.")
def _(subject: Subject) -> Iterator[Fault]:
    for number, old, new in _pairs(subject):
        for part in ("meaning", "unit", "currency_column"):
            before, after = getattr(old, part), getattr(new, part)
            if before is not None and before != after:
                yield Fault(
                    pointer("columns", number, part),
                    f"The {part.replace('_', ' ')} of *{new.name}* was {before}, now {after or 'open'}; "
                    "sums over both would be wrong.",
                )
        before, after = _divisors(subject, old, new)
        if before != after:
            yield Fault(
                pointer("columns", number),
                f"*{new.name}* lands {_times(after / before)} than so far; sums over both would be wrong.",
            )


def _pairs(subject: Subject) -> Iterator[tuple[int, Column, Column]]:
    """Columns of both versions, with the place in the new one; renamed ones are pairs too."""
    if subject.previous is None:
        return
    former = {now: then for then, now in renamed_columns(subject.previous, subject.config).items()}
    for number, column in enumerate(subject.config.columns):
        old = subject.previous.find_column(former.get(column.name, column.name))
        if old is not None:
            yield number, old, column


def _divisors(subject: Subject, old: Column, new: Column) -> tuple[Decimal, Decimal]:
    before = divisor_of(subject.previous, old.name) if subject.previous else Decimal(1)
    return before, divisor_of(subject.config, new.name)


def _times(ratio: Decimal) -> str:
    times, how = (ratio, "smaller") if ratio > 1 else (1 / ratio, "larger")
    return f"{times.normalize():f} times {how}"


def _removed(subject: Subject) -> list[str]:
    if subject.previous is None:
        return []
    renamed = renamed_columns(subject.previous, subject.config)
    return [
        name for name in subject.previous.column_names() if name not in subject.names and name not in renamed
    ]


def _weight(config: FeedConfig, must: frozenset[CompatibilityPolicy]) -> FindingSeverity:
    return ERROR if config.compatibility in must else HINT


def _sized(column: Column) -> str:
    if column.precision is None:
        return column.type.value
    return f"{column.type.value} of {column.precision} digits, {column.scale or 0} after the point"
