"""Compare what a sender declared with what arrived, and name the cause of a difference where it shows.

A declared number says that rows differ, not which. So a sum that differs puts every row in doubt, unless it
is known how many are too few or too many.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from domain.data_quality.quality import Mismatch, MismatchClass, Reconciliation

_UNITS = (10, 100, 1_000, 10_000)


@dataclass(frozen=True)
class Arrived:
    """What arrived.

    Attributes:
        rows: How many rows.
        sums: Sum by column.
        distinct_rows: How many are left without those that came twice; None where nobody looked.
        distinct_sums: Sums without those.
        digits: Digits behind the point by column, as they arrived.
        edge_records: Records of the files that are no rows: header and trailer.
        where: Where it was counted, such as "the file" or "fx_bronze.trades".
    """

    rows: int
    sums: Mapping[str, Decimal] = field(default_factory=dict)
    distinct_rows: int | None = None
    distinct_sums: Mapping[str, Decimal] = field(default_factory=dict)
    digits: Mapping[str, int] = field(default_factory=dict)
    edge_records: tuple[int, ...] = ()
    where: str = "the file"


@dataclass(frozen=True)
class Allowed:
    """How far a number may be off: by so much, or by such a share of what was declared."""

    absolute: Decimal = Decimal(0)
    per_mille: int = 0

    def covers(self, declared: Decimal, arrived: Decimal) -> bool:
        """Return whether a difference is within it."""
        return abs(declared - arrived) <= max(self.absolute, abs(declared) * self.per_mille / 1_000)


def counts_differ(declared: int, arrived: Arrived, allowed: Allowed, teller: str) -> Mismatch | None:
    """Return how the number of rows differs from the declared one, None when it does not."""
    if allowed.covers(Decimal(declared), Decimal(arrived.rows)):
        return None
    off = declared - arrived.rows
    told = f"{teller} says {declared:,}, {arrived.where} has {arrived.rows:,}"
    if off > 0 and not arrived.rows:
        return Mismatch(MismatchClass.MISSING_PARTITION, off, detail=told)
    if off > 0:
        hint = "; as many as header and trailer: it may count them too" if off in arrived.edge_records else ""
        return Mismatch(MismatchClass.MISSING_ROWS, off, detail=told + hint)
    if arrived.distinct_rows == declared:
        return Mismatch(MismatchClass.DUPLICATES, -off, detail=f"{told}, without repeated rows as many")
    return Mismatch(MismatchClass.EXTRA_ROWS, -off, detail=told)


def sums_differ(
    column: str, declared: Decimal, arrived: Arrived, allowed: Allowed, teller: str
) -> Mismatch | None:
    """Return how the sum of a column differs from the declared one, None when it does not."""
    had = arrived.sums.get(column, Decimal(0))
    if allowed.covers(declared, had):
        return None
    told = f"{teller} says {declared:,}, {arrived.where} adds up to {had:,}"
    kind = _kind_of(column, declared, had, arrived)
    return Mismatch(kind, max(arrived.rows, 1), column, told)


def files_differ(declared: Sequence[str] | int, found: Sequence[str], teller: str) -> Mismatch | None:
    """Return which declared files did not come, or how many."""
    if isinstance(declared, int):
        missing = declared - len(found)
        told = f"{teller} says {declared:,}, {len(found):,} came"
        kind = MismatchClass.MISSING_FILE if missing > 0 else MismatchClass.DUPLICATES
        return Mismatch(kind, abs(missing), detail=told) if missing else None
    lost = [name for name in declared if name not in found]
    told = f"{teller} lists {', '.join(lost[:5])}{' and others' if len(lost) > 5 else ''}"
    return Mismatch(MismatchClass.MISSING_FILE, len(lost), detail=told) if lost else None


def numbers_missing(today: Sequence[int], before: Sequence[int]) -> Mismatch | None:
    """Return which running numbers were left out, going on from earlier files or beginning anew each day."""
    if not today:
        return None
    first = max(before) + 1 if before and max(before) < min(today) else min(*today, 1)
    lost = sorted(set(range(first, max(today))) - set(today))
    named = ", ".join(str(number) for number in lost[:5]) + (" and others" if len(lost) > 5 else "")
    told = f"no file has the number {named}"
    return Mismatch(MismatchClass.MISSING_FILE, len(lost), detail=told) if lost else None


def told_once(found: Sequence[Mismatch]) -> tuple[Mismatch, ...]:
    """Return the largest of each kind and column, and of sums no more rows than are too few or too many."""
    largest: dict[tuple[MismatchClass, str], Mismatch] = {}
    for one in sorted(found, key=lambda one: one.rows):
        largest[(one.kind, one.column)] = one
    counted = max((one.rows for one in largest.values() if not one.column), default=0)
    kept = (replace(one, rows=counted) if one.column and counted else one for one in largest.values())
    return tuple(sorted(kept, key=lambda one: -one.rows))


def joined(found: Reconciliation | None, declared: Reconciliation | None) -> Reconciliation:
    """Return both as one: what rows have shown already is not told a second time by their number."""
    if declared is None:
        return found or Reconciliation(0, 0, 0, ())
    # Rounding is no other number.
    told = [replace(one, is_declared=one.kind is not MismatchClass.ROUNDING) for one in declared.mismatches]
    if found is None:
        return replace(declared, mismatches=tuple(told))
    contradicts = {one.kind for one in told if one.is_declared}
    known = {one.kind for one in found.mismatches}
    rows = [replace(one, is_declared=one.kind in contradicts) for one in found.mismatches]
    every = sorted((*rows, *(one for one in told if one.kind not in known)), key=lambda one: -one.rows)
    return Reconciliation(found.source_rows, found.target_rows, found.matched_rows, tuple(every))


def _kind_of(column: str, declared: Decimal, had: Decimal, arrived: Arrived) -> MismatchClass:
    if had and declared == -had:
        return MismatchClass.SIGN
    if had and declared and any(had * unit == declared or declared * unit == had for unit in _UNITS):
        return MismatchClass.OTHER_UNIT
    if arrived.distinct_sums.get(column) == declared:
        return MismatchClass.DUPLICATES
    if abs(declared - had) <= _rounding(declared, arrived.digits.get(column, 0), arrived.rows):
        return MismatchClass.ROUNDING
    return MismatchClass.CONTROL_TOTAL


def _rounding(declared: Decimal, digits: int, rows: int) -> Decimal:
    """Return how far so many rounded values may be off together: four deviations of a uniform error each."""
    exponent = declared.as_tuple().exponent
    behind = min(digits, -exponent) if isinstance(exponent, int) else digits
    return Decimal(1).scaleb(-behind) * 4 * (Decimal(rows) / 12).sqrt() if behind > 0 else Decimal(0)
