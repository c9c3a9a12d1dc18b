"""What was measured on a sample file: facts with their evidence, and the questions they leave open.

Everything here may hold text from a stranger's file, so every such text is cut to `TEXT_LIMIT`
characters before it gets in. A profile travels as JSON: `SampleProfile.model_dump_json()`.
"""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.configuration.feed_source import FormatKind

TEXT_LIMIT = 200


class ColumnType(StrEnum):
    """The types a column can be read as; `object` and `array` come from nested formats only."""

    STRING = "string"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    YEAR = "year"
    YEARMONTH = "yearmonth"
    NULL = "null"
    OBJECT = "object"
    ARRAY = "array"


class Compatibility(StrEnum):
    """Who survives the change: readers of the new file with the old configuration, or the reverse."""

    FULL = "full"
    BACKWARD = "backward"
    FORWARD = "forward"
    NONE = "none"


class DriftKind(StrEnum):
    """What can happen to a feed's shape between two files."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    RETYPED = "retyped"
    REORDERED = "reordered"
    FORMAT_CHANGED = "format_changed"
    OUT_OF_RANGE = "out_of_range"
    NEW_VALUES = "new_values"
    NULLS_APPEARED = "nulls_appeared"


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True)


class Dialect(_Fact):
    """How records and cells are separated; `record_terminator` only when it is not a newline."""

    delimiter: str
    quotechar: str | None = '"'
    escapechar: str | None = None
    doublequote: bool = True
    skip_initial_space: bool = False
    record_terminator: str | None = None


class Header(_Fact):
    """`row` is the record index of the header, or of the first record without one; preamble lies above.

    `below` records right below it hold units, types or a rule, and are no rows.
    """

    present: bool
    row: int = 0
    below: int = 0
    evidence: str = ""


class FixedField(_Fact):
    """One field of a fixed-width record; `start` counts characters from 0."""

    name: str
    start: int
    length: int


class Meaning(_Fact):
    """What a column is about, e.g. `isin`, and why we say so."""

    label: str
    evidence: str
    share: float
    personal: bool = False
    verified: bool = False


class Reading(_Fact):
    """One way to read a real value of the file: `means` is what the value would become."""

    option: str
    means: str


class Question(_Fact):
    """Something the sample cannot decide, with the readings side by side on one real value."""

    code: str
    text: str
    column: str | None = None
    value: str = ""
    readings: tuple[Reading, ...] = ()


class SuggestedConstraints(_Fact):
    """What the sample suggests as rules; None means no suggestion."""

    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] | None = None
    pattern: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    max_length: int | None = None


class ColumnProfile(_Fact):
    """One column: the type that the evidence carries, and what else its values say.

    `name` is the header's text, or `column_1` and so on where there is no header. `format` is a
    strptime pattern or `iso` for dates and times. `share` is the part of non-null values that agree
    with `type`. `minimum` and `maximum` are values as text, in the type's order.
    `nullable` is the suggested rule, `nulls` what was seen. `distinct` is exact for the rows read.
    """

    name: str
    position: int
    type: ColumnType
    share: float
    evidence: str
    nullable: bool
    values: int
    nulls: int
    distinct: int
    min_length: int = 0
    max_length: int = 0
    minimum: str | None = None
    maximum: str | None = None
    format: str | None = None
    decimal_char: str | None = None
    group_char: str | None = None
    negative: str | None = None
    affix: str | None = None
    decimals: int | None = None
    may_part_thousands: bool = False
    """Whether the mark in its numbers may part thousands as well as decimals, and nothing tells."""
    after_midnight: bool = False
    """Times of a service day that may end after midnight, such as 25:10: a clock has no such hour."""
    true_values: tuple[str, ...] = ()
    false_values: tuple[str, ...] = ()
    null_values: tuple[str, ...] = ()
    timezone: str | None = None
    locale: str | None = None
    code_of_digits: bool = False
    meaning: Meaning | None = None
    enum: tuple[str, ...] | None = None
    grouped: tuple[str, ...] = ()
    """What would be a closed list, but numbers groups of rows or names things: the next file has others."""
    examples: tuple[str, ...] = ()
    constraints: SuggestedConstraints = SuggestedConstraints()


class KeyCandidate(_Fact):
    """A set of columns whose values tell all rows apart, best candidates first."""

    columns: tuple[str, ...]
    score: float
    proof: str


class Watermark(_Fact):
    """A column that grows with the feed, or splits it into partitions."""

    column: str
    reason: str


class SampleProfile(_Fact):
    """Everything measured on one sample file.

    `records` is the number of data rows read; `records_estimated` is for the whole file, equal to
    `records` when `sampled` is false. `preview` holds the first rows as text, in column order.
    `container` lists the wrappers from outside in, e.g. `("gzip",)`, and `member` is the file read
    inside an archive. `sheet` is the one that was read of a workbook's `sheets`; `record_path` leads to the
    records of a nested document, empty at its root; `trailer_rows` closed a table and are no records.
    """

    name: str
    size_bytes: int
    sha256: str
    format: FormatKind
    format_evidence: str
    subformat: str | None = None
    container: tuple[str, ...] = ()
    member: str | None = None
    encoding: str | None = None
    encoding_evidence: str = ""
    encodings_alike: tuple[str, ...] = ()
    """Other encodings that read the same text of this sample; of plain letters nearly all do."""
    dialect: Dialect | None = None
    header: Header | None = None
    fixed_width: tuple[FixedField, ...] = ()
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    record_path: str = ""
    trailer_rows: int = 0
    records: int = 0
    records_estimated: int = 0
    sampled: bool = False
    columns: tuple[ColumnProfile, ...] = ()
    keys: tuple[KeyCandidate, ...] = ()
    watermarks: tuple[Watermark, ...] = ()
    partitions: tuple[Watermark, ...] = ()
    questions: tuple[Question, ...] = ()
    warnings: tuple[str, ...] = ()
    preview: tuple[tuple[str, ...], ...] = ()
    files: tuple[str, ...] = ()

    def find_column(self, name: str) -> ColumnProfile | None:
        """Return the column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


class Change(_Fact):
    """One difference between two files of a feed, with a sentence for people."""

    kind: DriftKind
    column: str | None
    before: str
    after: str
    say: str
    breaks_backward: bool = False
    breaks_forward: bool = False


class Drift(_Fact):
    """The comparison of yesterday's file with tomorrow's.

    `backward`: consumers that expect the old shape can read the new file. `forward`: consumers of
    the new shape can read old files. `renamed` holds (old, new) pairs, which are in neither
    `added` nor `removed`; `rewritten` those of them that no rows prove, but names that differ in case and
    separators alone.
    """

    label: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    rewritten: tuple[tuple[str, str], ...] = ()
    retyped: tuple[str, ...] = ()
    reordered: bool = False
    format_changed: bool = False
    out_of_range: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    compatibility: Compatibility = Compatibility.FULL


def bounded(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return the text cut to the limit, with an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
