"""The columns of a feed: what each holds, how it is read from the file, and how it must be treated.

A column has two names: `source` is what the file calls it, `name` is what every table calls it.
Bounds are text in the type's own order, so that no value passes through a float on its way.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

ColumnName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldType(StrEnum):
    """What a value is once it has landed."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    YEAR = "year"
    YEARMONTH = "yearmonth"
    JSON = "json"


class PersonalData(StrEnum):
    """How close a column comes to a living person."""

    NONE = "none"
    INDIRECT = "indirect"
    DIRECT = "direct"
    SENSITIVE = "sensitive"


class Treatment(StrEnum):
    """What happens to personal data before anybody may read it."""

    NONE = "none"
    MASK = "mask"
    HASH = "hash"
    TOKENIZE = "tokenize"
    ENCRYPT = "encrypt"
    DROP = "drop"


class Column(_Part):
    """One column of the feed."""

    name: ColumnName = Field(description="The name in every table: lower case, digits, underscores.")
    source: str = Field(
        min_length=1, max_length=200, description="The header, path or field that it is read from."
    )
    type: FieldType = Field(description="What a value is once it has landed.")
    nullable: bool = Field(description="Whether a row may come without a value.")
    description: str = Field(
        default="", max_length=1000, description="What the column means, in words for people."
    )
    format: str | None = Field(
        default=None,
        max_length=60,
        description="`iso`, a strptime pattern, or `epoch_s`, `epoch_ms`, `epoch_us` or `epoch_ns`, for dates"
        " and times.",
    )
    time_zone: str | None = Field(
        default=None, max_length=60, description="IANA zone of times that carry no offset."
    )
    decimal_char: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="Character between whole and fraction, when not a dot.",
    )
    group_char: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="Character between thousands, when there is one.",
    )
    negative: Literal["trailing", "parentheses"] | None = Field(
        default=None, description="How negative numbers are written, where no sign leads them."
    )
    affix: str | None = Field(
        default=None,
        min_length=1,
        max_length=12,
        description="Text beside each number that is left out, such as `€` or `%`.",
    )
    precision: int | None = Field(default=None, ge=1, le=76, description="All digits that a decimal keeps.")
    scale: int | None = Field(
        default=None, ge=0, le=38, description="Digits that a decimal keeps after the point."
    )
    true_values: tuple[str, ...] = Field(default=(), description="Texts that mean true.")
    false_values: tuple[str, ...] = Field(default=(), description="Texts that mean false.")
    null_values: tuple[str, ...] = Field(
        default=(), description="Texts of this column alone that mean no value."
    )
    default: str | None = Field(
        default=None, max_length=200, description="What is filled in where the file has no value."
    )
    meaning: str | None = Field(
        default=None, pattern=r"^[a-z][a-z0-9_]*$", description="What the values are, such as `isin`."
    )
    meaning_is_guess: bool = Field(
        default=False, description="True when names or a model suggest the meaning and no value proves it."
    )
    unit: str | None = Field(
        default=None, max_length=40, description="Unit of measure, such as `EUR` or `kWh`."
    )
    currency_column: ColumnName | None = Field(
        default=None, description="The column that names the currency of this amount."
    )
    unique: bool = Field(default=False, description="Whether no value may come twice in a file.")
    allowed: tuple[str, ...] = Field(default=(), description="The only values that may come.")
    pattern: str | None = Field(
        default=None, max_length=300, description="Regular expression that each whole value matches."
    )
    minimum: str | None = Field(default=None, max_length=60, description="Least value allowed.")
    maximum: str | None = Field(default=None, max_length=60, description="Greatest value allowed.")
    max_length: int | None = Field(default=None, ge=1, description="Longest text allowed, in characters.")
    personal_data: PersonalData = Field(
        default=PersonalData.NONE, description="How close the values come to a living person."
    )
    treatment: Treatment = Field(
        default=Treatment.NONE, description="What happens to personal data before anybody reads it."
    )
    former_names: tuple[str, ...] = Field(
        default=(), description="Names that it had in earlier versions; readers accept them."
    )
    deprecated: bool = Field(default=False, description="Whether readers should move away from it.")
