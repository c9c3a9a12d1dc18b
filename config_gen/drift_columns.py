"""What changed inside one column between two files: type, writing, range, value list, missing values."""

from config_gen.types.named_dates import DAYS_OF_DIGITS, may_be_days
from config_gen.types.names import says_identifier, says_number
from config_gen.types.units import number_in
from domain.configuration.profiles import Change, ColumnProfile, ColumnType, DriftKind, bounded
from domain.configuration.written_forms import as_people_write
from domain.counting import counted

# Reading the left type's values as the right type loses nothing.
_WIDENS = {
    (ColumnType.INTEGER, ColumnType.DECIMAL),
    (ColumnType.DATE, ColumnType.DATETIME),
    (ColumnType.YEAR, ColumnType.INTEGER),
}
_DECLARED = ("declared by the parquet", "declared by the avro")
_NUMERIC = (ColumnType.INTEGER, ColumnType.DECIMAL)
_MARKS = {",": "a comma", ".": "a point", " ": "a blank", "'": "an apostrophe"}
_THOUSAND = 1_000
_DENSE = 0.5
_FAR = 10.0
_SHRUNK = 30
_WITH_UNIT = "kept as text with its unit"
_NEW_VALUES_SHOWN = 5


def read_as(old: ColumnProfile, new: ColumnProfile) -> ColumnProfile:
    """Return the new column as the feed has it, where its values allow that as well.

    On the first days of a month no value tells which number is the day; on some days all amounts are whole,
    all counts are ones and no code begins with a zero. The files before have told what they are.
    """
    if old.type is ColumnType.STRING and new.affix and _WITH_UNIT in old.evidence:
        return new.model_copy(update={"type": old.type})  # profiles of before units were left out
    if old.type is not new.type and _also_reads(old, new):
        return new.model_copy(update={"type": old.type})
    if old.type is new.type and old.format and old.format == other_order(new):
        return new.model_copy(update={"format": old.format})
    return new


def _also_reads(old: ColumnProfile, new: ColumnProfile) -> bool:
    """Tell whether all values that are read as the new type are ordinary ones of the former type.

    What a file declares itself is another matter: there, somebody changed the type.
    """
    if new.evidence.startswith(_DECLARED):
        return False
    if old.type is ColumnType.BOOLEAN and new.type is ColumnType.STRING:
        return 0 < new.distinct <= len(new.examples) and set(new.examples) <= _flags_of(old)
    if may_be_days(new, old.format) or may_be_days(old, new.format):
        return True
    if new.type is ColumnType.INTEGER:
        return old.type is ColumnType.DECIMAL or _are_codes_still(old, new)
    if old.type is ColumnType.INTEGER:
        bits = {*new.true_values, *new.false_values} <= {"0", "1"}
        is_year = new.type is ColumnType.YEAR
        return is_year or (new.type is ColumnType.BOOLEAN and bits) or is_whole_number_too(new)
    return False


def is_whole_number_too(column: ColumnProfile) -> bool:
    """Tell whether it is the name alone that makes months or codes of whole numbers, or days of eight digits.

    The house learns such names, and what was agreed to be a number before it did stays one.
    """
    if column.type is ColumnType.YEARMONTH:
        return column.format == "%Y%m"
    by_name = column.code_of_digits and "speaks of a code" in column.evidence
    return column.format in DAYS_OF_DIGITS or (column.type is ColumnType.STRING and by_name)


def _flags_of(column: ColumnProfile) -> set[str]:
    return {*column.true_values, *column.false_values}


def _are_codes_still(old: ColumnProfile, new: ColumnProfile) -> bool:
    """Tell whether numbers are codes none of which begins with a zero; shorter ones have lost their zeros."""
    is_code = old.type is ColumnType.STRING and old.code_of_digits
    return is_code and old.min_length <= new.min_length and new.max_length <= old.max_length


def other_order(column: ColumnProfile) -> str | None:
    """Return the column's format with day and month swapped, where no value tells which comes first."""
    if column.format is None or "would fit as well" not in column.evidence:
        return None
    return column.format.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def column_changes(old: ColumnProfile, new: ColumnProfile) -> list[Change]:
    """Return what changed in a column that both files have."""
    found: list[Change] = []
    if ColumnType.NULL in (old.type, new.type):
        return found
    if old.type is not new.type:
        return [_retyped(old, new)]
    found += _rewritten(old, new) + _marked_otherwise(old, new)
    found += _other_words(old, new) + _lost_zeros(old, new)
    found += _out_of_range(old, new)
    found += _new_values(old, new)
    if not old.nullable and new.nulls and not old.nulls:
        said = (
            f"{new.name} was always filled and is now empty in {new.nulls:,} of "
            f"{counted(new.nulls + new.values, 'row')}."
        )
        found.append(
            Change(
                kind=DriftKind.NULLS_APPEARED,
                column=new.name,
                before="0",
                after=str(new.nulls),
                say=said,
                breaks_backward=True,
            )
        )
    return found


def _retyped(old: ColumnProfile, new: ColumnProfile) -> Change:
    was, now = old.type, new.type
    few = min(old.values, new.values) < 1
    text_now, text_before = now is ColumnType.STRING, was is ColumnType.STRING
    return Change(
        kind=DriftKind.RETYPED,
        column=new.name,
        before=was.value,
        after=now.value,
        say=f"{new.name} was {was.value} and is now {now.value} (for example "
        f"“{bounded(new.examples[0], 40) if new.examples else ''}”).",
        # What is text can be read as text; but codes that lost their zeros are found nowhere any more.
        breaks_backward=not few and (now, was) not in _WIDENS and (not text_before or old.code_of_digits),
        breaks_forward=not few and (was, now) not in _WIDENS and not text_now,
    )


def _rewritten(old: ColumnProfile, new: ColumnProfile) -> list[Change]:
    facts = [
        ("format", old.format, new.format),
        ("decimal mark", old.decimal_char, new.decimal_char),
        ("time zone", old.timezone, new.timezone),
    ]
    return [
        Change(
            kind=DriftKind.FORMAT_CHANGED,
            column=new.name,
            before=was or "none",
            after=now or "none",
            say=f"The {what} of {new.name} changed from {_shown(was)} to {_shown(now)}.",
            breaks_backward=True,
            breaks_forward=True,
        )
        for what, was, now in facts
        if was != now and ((was and now) or what == "time zone") and "iso" not in (was, now)
    ]


def _marked_otherwise(old: ColumnProfile, new: ColumnProfile) -> list[Change]:
    """Name signs and marks of thousands that the former files did not have, or no longer come.

    Small or positive numbers show neither; what they did not show is not said to be gone.
    """
    if old.type not in _NUMERIC:
        return []
    facts = []
    if new.negative and old.negative != new.negative:
        facts.append(("writing of negative numbers", old.negative or "a sign in front", new.negative))
    elif old.negative and not new.negative and _least(new) < 0:
        facts.append(("writing of negative numbers", old.negative, "a sign in front"))
    if old.affix != new.affix and new.type in _NUMERIC:
        facts.append(("text beside the numbers", old.affix or "none", new.affix or "none"))
    if old.group_char != new.group_char and min(_size(old), _size(new)) >= _THOUSAND:
        was, now = (_MARKS.get(one.group_char or "", one.group_char or "none") for one in (old, new))
        facts.append(("mark between thousands", was, now))
    return [
        _written_otherwise(new, was, now, f"The {what} of {new.name} changed from {was} to {now}.")
        for what, was, now in facts
    ]


def _least(column: ColumnProfile) -> float:
    return number_in(column.minimum or "", column) or 0.0


def _size(column: ColumnProfile) -> float:
    """Return how far from zero the numbers of a column go."""
    return max(abs(number_in(edge or "", column) or 0.0) for edge in (column.minimum, column.maximum))


def _shown(fact: str | None) -> str:
    return as_people_write(fact) if fact else "none"


def _other_words(old: ColumnProfile, new: ColumnProfile) -> list[Change]:
    """Name words for yes and no that the former files did not have: readers take them for neither."""
    known = {word.lower() for word in _flags_of(old)}
    fresh = sorted(word for word in _flags_of(new) if word.lower() not in known)
    if not known or not fresh:
        return []
    was, now = (" and ".join(sorted(_flags_of(one))) for one in (old, new))
    return [_written_otherwise(new, was, now, f"{new.name} was written {was} and is now {now}.")]


def _written_otherwise(new: ColumnProfile, was: str, now: str, say: str) -> Change:
    """Return that a column's values are written in a way that readers of the former one do not know."""
    return Change(
        kind=DriftKind.FORMAT_CHANGED,
        column=new.name,
        before=was,
        after=now,
        say=say,
        breaks_backward=True,
        breaks_forward=True,
    )


def _lost_zeros(old: ColumnProfile, new: ColumnProfile) -> list[Change]:
    """Name codes that always had one length, with zeros in front, and now are shorter and have none."""
    had_zeros = old.code_of_digits and "begins with a zero" in old.evidence
    has_none = new.code_of_digits and "begins with a zero" not in new.evidence
    shorter = 1 < old.min_length == old.max_length > new.min_length and new.max_length <= old.max_length
    if not (had_zeros and has_none and shorter):
        return []
    return [
        Change(
            kind=DriftKind.FORMAT_CHANGED,
            column=new.name,
            before=f"{old.min_length} digits",
            after=f"from {new.min_length} digits",
            say=f"{new.name} always had {old.min_length} digits and now has as few as {new.min_length}:"
            " its leading zeros seem to be lost.",
            breaks_backward=True,
            breaks_forward=True,
        )
    ]


def _out_of_range(old: ColumnProfile, new: ColumnProfile) -> list[Change]:
    """Name a range that grew far beyond what was known; growth by a little is what data does."""
    if old.type not in _NUMERIC or old.values < 20 or (_counts_on(old) and _counts_on(new)):
        return []
    edges = [number_in(edge or "", c) for c in (old, new) for edge in (c.minimum, c.maximum)]
    if any(edge is None for edge in edges):
        return []
    low, high, new_low, new_high = (edge or 0.0 for edge in edges)
    span = max(high - low, abs(high), 1.0)
    below, above = low - new_low > _FAR * span, new_high - high > _FAR * span
    negative = low >= 0 > new_low
    # Both ends shrank alike, as pounds that were pence do; a quiet day keeps its least value.
    shrunk = new.values >= 20 and low >= _SHRUNK * new_low > 0 and high >= _SHRUNK * new_high
    if not (below or above or negative or shrunk):
        return []
    said = (
        f"{new.name} now goes from {new.minimum} to {new.maximum}; before it was {old.minimum} "
        f"to {old.maximum}."
    )
    return [
        Change(
            kind=DriftKind.OUT_OF_RANGE,
            column=new.name,
            before=f"{old.minimum} to {old.maximum}",
            after=f"{new.minimum} to {new.maximum}",
            say=said,
        )
    ]


def _counts_on(column: ColumnProfile) -> bool:
    """Tell whether whole numbers number rows: their order or name says so, or hardly one is left out."""
    if column.type is not ColumnType.INTEGER:
        return False
    if column.maximum is not None and column.constraints.maximum is None:
        return True
    if column.distinct < column.values:
        return False
    if says_identifier(column.name) or says_number(column.name):
        return True
    span = _size(column) - _least(column) + 1
    return column.distinct >= _DENSE * span


def _new_values(old: ColumnProfile, new: ColumnProfile) -> list[Change]:
    if not old.enum or old.values < 20:
        return []
    known = set(old.enum)
    fresh = [value for value in (new.enum or new.grouped or new.examples) if value not in known]
    if not fresh:
        return []
    shown = ", ".join(bounded(value, 30) for value in fresh[:_NEW_VALUES_SHOWN])
    return [
        Change(
            kind=DriftKind.NEW_VALUES,
            column=new.name,
            before=counted(len(known), "value"),
            after=shown,
            say=f"{new.name} has values that were not known: {shown}.",
            breaks_backward=True,
        )
    ]
