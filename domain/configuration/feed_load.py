"""How a feed's rows are told apart, cut, and laid beside the rows that are there."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.configuration.feed_columns import ColumnName
from domain.configuration.feed_rules import QualityRule, ReconciliationCheck

FeedId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,62}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Surprise(StrEnum):
    """What happens when a file has another shape than agreed."""

    STOP = "stop"
    QUARANTINE = "quarantine"
    KEEP_ASIDE = "keep_aside"
    ADD = "add"
    IGNORE = "ignore"
    FILL_NULL = "fill_null"


class SchemaPolicy(_Part):
    """What happens when a file does not look as agreed."""

    unknown_columns: Surprise = Field(default=Surprise.KEEP_ASIDE, description="A column nobody agreed on.")
    missing_columns: Surprise = Field(default=Surprise.STOP, description="An agreed column does not come.")
    wrong_types: Surprise = Field(default=Surprise.QUARANTINE, description="A value that is not of its type.")


class ForeignKey(_Part):
    """Columns whose values must exist in another feed."""

    columns: tuple[ColumnName, ...] = Field(min_length=1, description="Columns of this feed.")
    feed: FeedId = Field(description="The other feed.")
    feed_columns: tuple[ColumnName, ...] = Field(min_length=1, description="Columns of the other feed.")


class Keys(_Part):
    """What tells rows apart."""

    primary: tuple[ColumnName, ...] = Field(default=(), description="Columns that tell all rows apart.")
    business: tuple[ColumnName, ...] = Field(default=(), description="What people call a row by.")
    foreign: tuple[ForeignKey, ...] = Field(default=(), description="References to other feeds.")


class Granularity(StrEnum):
    """How values are grouped into partitions."""

    VALUE = "value"
    HOUR = "hour"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class Partition(_Part):
    """How the tables are cut into partitions."""

    columns: tuple[ColumnName, ...] = Field(min_length=1, description="Columns that decide the partition.")
    by: Granularity = Field(default=Granularity.VALUE, description="How their values are grouped.")


class Watermark(_Part):
    """How far the feed has been read."""

    column: ColumnName = Field(description="A column that grows from file to file.")
    late_minutes: int = Field(default=0, ge=0, description="How late a row may still come, in minutes.")


class LoadMode(StrEnum):
    """How a file's rows meet the rows that are there."""

    REPLACE = "replace"
    APPEND = "append"
    MERGE = "merge"
    REPLACE_PARTITION = "replace_partition"
    HISTORY = "history"
    CHANGES = "changes"


class Load(_Part):
    """How rows reach the tables."""

    mode: LoadMode = Field(description="How a file's rows meet the rows that are there.")
    merge_on: tuple[ColumnName, ...] = Field(default=(), description="Columns that find the row to change.")
    operation_column: ColumnName | None = Field(
        default=None, description="Column that says insert, update or delete, for change feeds."
    )
    sequence_column: ColumnName | None = Field(
        default=None, description="Column that orders the changes of one row."
    )
    once_by: Literal["file_hash", "file_name", "key", "none"] = Field(
        default="file_hash", description="How a second load of the same rows is noticed."
    )


class Quality(_Part):
    """What is demanded of the rows."""

    rules: tuple[QualityRule, ...] = Field(default=(), description="The demands, each with a name.")
    quarantine_days: int | None = Field(
        default=None, ge=1, description="How long refused rows are kept, in days."
    )
    least_score: int | None = Field(
        default=None, ge=0, le=100, description="Below this score of 100 nothing is published."
    )


class Reconciliation(_Part):
    """Whether all that was sent has arrived."""

    checks: tuple[ReconciliationCheck, ...] = Field(default=(), description="The comparisons.")
    on_break: Literal["hold", "hold_unusual", "warn"] = Field(
        default="hold",
        description="What a difference holds back: always publication, or only when it is unusual for the "
        "feed or structural, or nothing.",
    )
