"""Decide a column's type from its values, its name and its neighbours, and say which evidence decided.

A type is claimed only when nearly every value carries it. Codes made of digits stay text, because
reading them as numbers destroys leading zeros and invites sums that mean nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from config_gen.types.booleans import read_booleans
from config_gen.types.codes import code_reason
from config_gen.types.digits import in_plain_digits
from config_gen.types.missing import is_no_day, is_surely_missing, means_missing
from config_gen.types.named_dates import read_named_date, read_named_month, read_unnamed_date
from config_gen.types.names import (
    says_code,
    says_date_only,
    says_flag,
    says_identifier,
    says_moment,
    says_month,
    says_number,
    says_utc,
)
from config_gen.types.numbers import is_unkept, most_decimals, read_numbers, without_thousands_of_zero
from config_gen.types.powers import powers_that_are_codes
from config_gen.types.shapes import shapes_of
from config_gen.types.temporal import TemporalReading, read_temporal
from config_gen.types.text_evidence import no_type_fits, why_text
from config_gen.types.units import read_affixed
from domain.configuration.profiles import ColumnType
from domain.counting import all_of, counted, of_all

_AGREEMENT = 0.98
_NUMBERS = (ColumnType.INTEGER, ColumnType.DECIMAL)
_GLANCE = 300
_FEWEST_BITS = 20
_UNMISTAKABLE = frozenset(("true", "false"))
"""Beside a dash or a point, yes and no may be two of three answers; these are not."""
_MIDNIGHT = re.compile(r" 0?0:00(?::00(?:\.0+)?)?$")


@dataclass(frozen=True)
class Inferred:
    """The type and all that belongs to it; `agree` of `values` non-null values carry the type."""

    type: ColumnType
    values: int
    agree: int
    evidence: str
    format: str | None = None
    decimal_char: str | None = None
    group_char: str | None = None
    decimals: int | None = None
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()
    null_values: tuple[str, ...] = ()
    zone: str | None = None
    code: bool = False
    rival: str | None = None
    negative: str | None = None
    affix: str | None = None
    """What stands beside each number, such as a currency."""


def infer(counts: Mapping[str, int], name: str) -> Inferred:
    """Return the type of a column.

    Args:
        counts: Distinct values, stripped, with how often each occurs; empty text is left out.
        name: The column's header, empty where there is none.
    """
    total = sum(counts.values())
    if not total:
        return Inferred(ColumnType.NULL, 0, 0, "every value is empty")
    counts = in_plain_digits(counts) or counts
    if len(counts) > _GLANCE and _is_plainly_text(counts):
        return Inferred(ColumnType.STRING, total, total, no_type_fits(counts))
    dated = _without_no_days(counts, name)
    if dated is not None:
        return dated
    found = _typed(counts, total, name)
    # A word for a missing value is one, also where it is rare enough to be forgiven as a wrong value.
    if found is not None and (found.agree == total or found.type is ColumnType.STRING):
        return _without_unkept(found, counts, name)
    without = _without_tokens(counts, total, name)
    if without is not None:
        return without
    if found is not None:
        return _without_unkept(found, counts, name)
    return Inferred(ColumnType.STRING, total, total, why_text(counts))


def _without_no_days(counts: Mapping[str, int], name: str) -> Inferred | None:
    """Return days beside such of zeros, which stand for none; None where there are no such."""
    zeros = [value for value in counts if is_no_day(value)]
    if not zeros or len(zeros) == len(counts):
        return None
    days = {value: times for value, times in counts.items() if value not in zeros}
    found = infer(days, name)
    if found.type not in (ColumnType.DATE, ColumnType.DATETIME):
        return None
    missing = tuple(sorted({*zeros, *found.null_values}))
    return replace(found, null_values=missing, evidence=f"{found.evidence}; {said_missing(zeros)}")


def _without_tokens(counts: Mapping[str, int], total: int, name: str) -> Inferred | None:
    """Return numbers, moments or flags beside words for a missing value, or None where there are none."""
    tokens = [value for value in counts if means_missing(value)]
    if not tokens or len(tokens) == len(counts):
        return None
    kept = {value: times for value, times in counts.items() if value not in tokens}
    left = sum(kept.values())
    sure = all(map(is_surely_missing, tokens))
    found = _typed(kept, left, name) if left >= (1 if sure else 0.3 * total) else None
    if found is None or found.type is ColumnType.STRING:
        return None
    if found.type is ColumnType.BOOLEAN and not sure and not {one.lower() for one in kept} <= _UNMISTAKABLE:
        return None
    found = _without_unkept(found, kept, name)
    missing = tuple(sorted({*tokens, *found.null_values}))
    return replace(found, null_values=missing, evidence=f"{found.evidence}; {said_missing(tokens)}")


def _without_unkept(found: Inferred, counts: Mapping[str, int], name: str) -> Inferred:
    """Return numbers with what is none, `NaN` and `INF`, read as missing: no decimal of a table holds it."""
    unkept = unkept_numbers(counts)
    if found.type is not ColumnType.DECIMAL or not unkept:
        return found
    if len(unkept) == len(counts):
        return replace(found, null_values=unkept)
    kept = {value: times for value, times in counts.items() if value not in unkept}
    again = _typed(kept, sum(kept.values()), name) or found
    return replace(again, null_values=unkept, evidence=f"{again.evidence}; {said_missing(unkept)}")


def unkept_numbers(values: Iterable[str]) -> tuple[str, ...]:
    """Return what programs print for a number that is none, or beyond all, in order."""
    return tuple(sorted(value for value in values if is_unkept(value)))


def said_missing(words: Sequence[str]) -> str:
    """Return that these words are read as missing; a load has nothing else to put in their place."""
    return f"{', '.join(f'“{word}”' for word in words[:3])} read as missing"


def _is_plainly_text(counts: Mapping[str, int]) -> bool:
    """Tell from a few hundred values of a long column that neither numbers nor moments fit."""
    glance = {value: 1 for value in islice(counts, _GLANCE) if not means_missing(value)}
    numbers = read_numbers(shapes_of(glance))
    if numbers is not None and numbers.agree >= len(glance) / 2:
        return False
    temporal = read_temporal(glance)
    return (temporal is None or temporal.agree < len(glance) / 2) and read_affixed(glance) is None


def _typed(counts: Mapping[str, int], total: int, name: str) -> Inferred | None:
    flags = read_booleans(counts, says_flag(name) or _unnamed_bits(counts, total, name))
    if flags is not None:
        said = "/".join((*flags.true_values, *flags.false_values))
        return Inferred(
            ColumnType.BOOLEAN,
            total,
            total,
            f"{all_of(total, 'value is', 'values are')} one of {said}",
            true_values=flags.true_values,
            false_values=flags.false_values,
        )
    shapes = shapes_of(counts)
    numbers = read_numbers(shapes)
    numbers = numbers and without_thousands_of_zero(numbers, counts)
    if numbers is not None and numbers.integer and numbers.agree >= _needed(total):
        moment = _compact_date(counts, total, name)
        if moment is not None:
            return moment
        reason = code_reason(counts, name)
        if reason is not None:
            return Inferred(
                ColumnType.STRING, total, total, f"made of digits, but {reason}: kept as text", code=True
            )
        return Inferred(
            ColumnType.INTEGER,
            total,
            numbers.agree,
            of_all(numbers.agree, total, "value", "is a whole number", "are whole numbers"),
            group_char=numbers.group_char,
            decimals=0,
            negative=numbers.negative,
        )
    temporal = read_temporal(counts)
    if temporal is not None and temporal.agree >= _needed(total):
        return _moment(temporal, total, counts, name)
    if numbers is not None and numbers.agree >= _needed(total) and (not numbers.dressed):
        reason = _dotted_code(counts, name) or powers_that_are_codes(counts, name)
        if reason is None:
            decimals = numbers.decimals
            if any("e" in shape or "E" in shape for shape in shapes):  # the digits behind 1.5e-9 are ten
                decimals = max(decimals, most_decimals(value.replace(",", ".") for value in counts))
            return Inferred(
                ColumnType.DECIMAL,
                total,
                numbers.agree,
                of_all(numbers.agree, total, "value", "is a number with", "are numbers with")
                + f" up to {counted(decimals, 'decimal')}",
                decimal_char=numbers.decimal_char or ".",
                group_char=numbers.group_char,
                decimals=decimals,
                negative=numbers.negative,
                rival="grouped thousands" if numbers.ambiguous else None,
            )
    return _beside_units(counts, total, name)


def _beside_units(counts: Mapping[str, int], total: int, name: str) -> Inferred | None:
    """Return numbers that all have the same unit beside them, None for any other column.

    Whole numbers beside letters are codes where the name says so: the course COP 3502 costs no pesos.
    """
    affixed = read_affixed(counts)
    found = _typed(affixed.numbers, total, "") if affixed else None
    if affixed is None or found is None or found.type not in _NUMBERS or found.agree < total:
        return None
    told = says_code(name) or says_identifier(name) or says_number(name)
    if told and found.type is ColumnType.INTEGER and affixed.affix.isalpha():
        return None
    said = f"{found.evidence}; “{affixed.affix}” stands beside them and is left out"
    return replace(found, affix=affixed.affix, evidence=said)


def _unnamed_bits(counts: Mapping[str, int], total: int, name: str) -> bool:
    """Zeros and ones, both often enough, in a file without header: exports of database flags look so."""
    return not name and total >= _FEWEST_BITS and counts.keys() == {"0", "1"}


def _needed(total: int) -> float:
    """A wrong value or two is forgiven only in a column long enough to outvote it."""
    return total if total < 50 else _AGREEMENT * total


def _compact_date(counts: Mapping[str, int], total: int, name: str) -> Inferred | None:
    lengths = set(map(len, counts))
    if not lengths <= {6, 7, 8, 10, 12, 14} or len(lengths) != 1:
        return None
    by_name = says_date_only(name) or (lengths == {10} and says_moment(name))
    if lengths <= {6, 7, 8, 10} and by_name and (named := read_named_date(counts)) is not None:
        return _moment(named, total, counts, name)
    if lengths == {6} and says_month(name) and (named := read_named_month(counts)) is not None:
        return _moment(named, total, counts, name)
    numbered = says_code(name) or says_identifier(name) or says_number(name)
    if lengths == {8} and not numbered and (unnamed := read_unnamed_date(counts)) is not None:
        return _moment(unnamed, total, counts, name)
    temporal = read_temporal(counts)
    if temporal is None or not temporal.compact or temporal.agree < _needed(total):
        return None
    years = {value[:4] for value in counts}
    near = all("1900" <= year <= "2099" or year == "9999" for year in years)
    if not near or (len(counts) > 200 and len(years) > 120):
        return None
    return _moment(temporal, total, counts, name)


def _moment(temporal: TemporalReading, total: int, counts: Mapping[str, int], name: str) -> Inferred:
    kind = temporal.type
    words = of_all(temporal.agree, total, "value", "follows ", "follow ") + (
        temporal.format if temporal.format != "iso" else "ISO 8601"
    )
    if (
        kind is ColumnType.DATETIME
        and says_date_only(name)
        and all(_MIDNIGHT.search(value) for value in counts)
    ):
        kind = ColumnType.DATE
        words += ", always at midnight, and the name says date"
    if temporal.proof:
        words += f"; “{temporal.proof}” proves the order of day and month"
    elif temporal.rival:
        words += f"; {temporal.rival} would fit as well"
    return Inferred(
        kind,
        total,
        temporal.agree,
        words,
        format=temporal.format,
        zone=temporal.zone or ("UTC" if kind is ColumnType.DATETIME and says_utc(name) else None),
        rival=temporal.rival,
    )


def _dotted_code(counts: Mapping[str, int], name: str) -> str | None:
    """Section numbers and version numbers look like decimals: 1.10 and 1.1 are then two values."""
    reason = code_reason(counts, name)
    if reason is not None and any(
        value.startswith("0") and not value.startswith(("0.", "0,")) and len(value) > 1 for value in counts
    ):
        return reason
    return None
