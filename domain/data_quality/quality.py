"""What is said about the quality of delivered rows, and about the agreement of a source with its target."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.ids import FeedName


class Dimension(StrEnum):
    """In what respect rows can be good or bad."""

    COMPLETENESS = "completeness"
    VALIDITY = "validity"
    UNIQUENESS = "uniqueness"
    TIMELINESS = "timeliness"
    VOLUME = "volume"
    CONSISTENCY = "consistency"
    DISTRIBUTION = "distribution"


@dataclass(frozen=True)
class Finding:
    """One broken rule: which, where, how many rows of how many, and a few places to look at."""

    dimension: Dimension
    rule: str
    column: str
    bad: int
    checked: int
    detail: str = ""


@dataclass(frozen=True)
class QualityScore:
    """The score of one delivery: 0 to 100 per dimension and over all, with what pulled it down."""

    feed: FeedName
    measured_at: datetime
    overall: float
    dimensions: tuple[tuple[Dimension, float], ...]
    findings: tuple[Finding, ...]

    def of(self, dimension: Dimension) -> float:
        """Return one dimension's score, 100 when it was not measured."""
        return dict(self.dimensions).get(dimension, 100.0)


class MismatchClass(StrEnum):
    """Why source and target differ."""

    LATE_ROWS = "late rows"
    DUPLICATES = "duplicates"
    ROUNDING = "rounding"
    TIME_ZONE = "time zone"
    ENCODING = "encoding"
    TRUNCATION = "truncation"
    KEY_FORMAT = "key format"
    MISSING_PARTITION = "missing partition"
    MISSING_ROWS = "missing rows"
    EXTRA_ROWS = "extra rows"
    CHANGED_VALUES = "changed values"
    CONTROL_TOTAL = "control total"
    SIGN = "sign"
    OTHER_UNIT = "other unit"
    MISSING_FILE = "missing file"
    NOTHING_DECLARED = "nothing declared"


@dataclass(frozen=True)
class Mismatch:
    """One kind of difference: how many rows, in which column, with a few examples (key, source, target), and
    whether the sender's own number is another."""

    kind: MismatchClass
    rows: int
    column: str = ""
    detail: str = ""
    examples: tuple[tuple[str, str, str], ...] = ()
    is_declared: bool = False


@dataclass(frozen=True)
class Reconciliation:
    """The comparison of one source with one target: row counts, and every kind of difference, largest
    first."""

    source_rows: int
    target_rows: int
    matched_rows: int
    mismatches: tuple[Mismatch, ...]

    @property
    def agrees(self) -> bool:
        """Return whether nothing differs beyond the tolerances."""
        return not self.mismatches
