"""Where a feed's files come from and how their bytes become records."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceKind(StrEnum):
    """How files or messages reach us."""

    UPLOAD = "upload"
    DIRECTORY = "directory"
    SFTP = "sftp"
    OBJECT_STORE = "object_store"
    HTTP = "http"
    DATABASE = "database"
    QUEUE = "queue"
    MAIL = "mail"


class ArrivalSignal(StrEnum):
    """How we know that a file is whole."""

    NONE = "none"
    TRIGGER_FILE = "trigger_file"
    MANIFEST = "manifest"
    TRAILER = "trailer"
    STABLE_SIZE = "stable_size"


class RepeatedFile(StrEnum):
    """What happens when the same bytes come again."""

    SKIP = "skip"
    REFUSE = "refuse"
    LOAD_AGAIN = "load_again"


class Source(_Part):
    """Where the files come from."""

    kind: SourceKind = Field(description="How files or messages reach us.")
    system: str = Field(min_length=1, max_length=120, description="The system that makes the data.")
    location: str = Field(
        default="", max_length=500, description="Folder, bucket, topic or table, without secrets."
    )
    file_pattern: str = Field(
        default="", max_length=300, description="Pattern of the file names, with * and ?."
    )
    credential: str | None = Field(
        default=None,
        pattern=r"^(secret|vault|env)://[A-Za-z0-9_./-]+$",
        description="Reference to the credential; the credential itself never stands here.",
    )
    containers: tuple[str, ...] = Field(
        default=(), description="Wrappers of the file from outside in, such as gzip."
    )
    signal: ArrivalSignal = Field(default=ArrivalSignal.NONE, description="How we know that a file is whole.")
    signal_pattern: str | None = Field(
        default=None, max_length=300, description="Pattern of the trigger or manifest file."
    )
    repeated_file: RepeatedFile = Field(
        default=RepeatedFile.SKIP, description="What happens when the same bytes come again."
    )
    least_bytes: int | None = Field(default=None, ge=0, description="A smaller file is taken for broken.")
    most_bytes: int | None = Field(default=None, ge=1, description="A larger file is refused.")


class FormatKind(StrEnum):
    """The formats that we read."""

    DELIMITED = "delimited"
    FIXED_WIDTH = "fixed_width"
    JSON = "json"
    NDJSON = "ndjson"
    XML = "xml"
    ISO20022 = "iso20022"
    EXCEL = "excel"
    PARQUET = "parquet"
    AVRO = "avro"
    SWIFT_MT = "swift_mt"
    FIX = "fix"
    NACHA = "nacha"
    X12 = "x12"
    EDIFACT = "edifact"
    BAI2 = "bai2"
    TEXT = "text"


class RaggedRow(StrEnum):
    """What happens to a record with too many or too few cells."""

    STOP = "stop"
    QUARANTINE = "quarantine"
    PAD = "pad"


class Delimited(_Part):
    """Dialect of a delimited file."""

    delimiter: str = Field(min_length=1, max_length=8, description="What stands between two cells.")
    quote: str | None = Field(
        default=None, min_length=1, max_length=1, description="Quote character, if any."
    )
    escape: str | None = Field(
        default=None, min_length=1, max_length=1, description="Escape character, if any."
    )
    double_quote: bool = Field(default=True, description="Whether a quote inside quotes is doubled.")
    skip_initial_space: bool = Field(
        default=False, description="Whether spaces after the delimiter are skipped."
    )
    record_terminator: str | None = Field(
        default=None, min_length=1, max_length=8, description="What ends a record, when not a newline."
    )
    header: bool = Field(default=True, description="Whether a record with the names stands before the rows.")
    preamble_rows: int = Field(
        default=0,
        ge=0,
        description="Records before the header, or the first row without one, that are skipped.",
    )
    below_header_rows: int = Field(
        default=0,
        ge=0,
        description="Records right below the header that are skipped, such as units or types.",
    )
    trailer_rows: int = Field(default=0, ge=0, description="Records after the rows that are not rows.")
    ragged_rows: RaggedRow = Field(
        default=RaggedRow.QUARANTINE, description="What happens to a record with too many or too few cells."
    )


class FixedWidthField(_Part):
    """One field of a fixed-width record."""

    name: str = Field(min_length=1, max_length=200, description="The field's name, as columns refer to it.")
    start: int = Field(ge=0, description="First character, counted from 0.")
    length: int = Field(ge=1, description="Number of characters.")


class Nested(_Part):
    """How nested records become flat rows."""

    record_path: str = Field(
        default="", max_length=300, description="Where the records are; empty for the root."
    )
    separator: str = Field(
        default="_", min_length=1, max_length=3, description="Between the names of two levels."
    )
    most_levels: int = Field(default=8, ge=1, le=40, description="Deeper levels are kept as JSON text.")


class Format(_Part):
    """How bytes become records."""

    kind: FormatKind = Field(description="The format of the file.")
    encoding: str | None = Field(default=None, max_length=40, description="Name of the character encoding.")
    null_values: tuple[str, ...] = Field(default=(), description="Texts that mean no value, in every column.")
    time_zone: str | None = Field(
        default=None, max_length=60, description="IANA zone of times without an offset, for all columns."
    )
    delimited: Delimited | None = Field(default=None, description="Dialect, for delimited files.")
    fixed_width: tuple[FixedWidthField, ...] = Field(
        default=(), description="Layout of a record, for fixed-width files."
    )
    nested: Nested | None = Field(default=None, description="Where the records are, for JSON and XML.")
    sheet: str | None = Field(default=None, max_length=100, description="Sheet of the workbook, for Excel.")
    standard: str | None = Field(
        default=None, max_length=80, description="Message standard and version, such as camt.053.001.08."
    )
