"""What is done to the rows of a feed, and what is demanded of them.

Transformations run in the order in which they are written. Shares are per mille and absolute
tolerances are text, so that a configuration holds no floating-point number.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.configuration.feed_columns import ColumnName

PartName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,79}$")]
PerMille = Annotated[int, Field(ge=0, le=1000)]
AmountText = Annotated[str, Field(pattern=r"^\d{1,30}(\.\d{1,20})?$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Layer(StrEnum):
    """Where in the lake: as it came, cleaned, or made ready for people."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"


class Step(StrEnum):
    """What one transformation does."""

    TRIM = "trim"
    COLLAPSE_SPACES = "collapse_spaces"
    UPPER = "upper"
    LOWER = "lower"
    NULL_IF = "null_if"
    REPLACE = "replace"
    MAP_VALUES = "map_values"
    PAD_LEFT = "pad_left"
    STRIP_PREFIX = "strip_prefix"
    TO_UTC = "to_utc"
    ROUND = "round"
    DIVIDE = "divide"
    FILL_FORWARD = "fill_forward"
    FILL_DEFAULT = "fill_default"
    CONCATENATE = "concatenate"
    SPLIT = "split"
    COPY = "copy"
    MASK = "mask"
    HASH = "hash"
    TOKENIZE = "tokenize"
    ENCRYPT = "encrypt"
    DROP = "drop"
    DROP_ROWS = "drop_rows"
    DEDUPLICATE = "deduplicate"
    ADD_AUDIT_COLUMNS = "add_audit_columns"


class Transformation(_Part):
    """One step that changes columns on their way."""

    id: PartName = Field(description="Name of the step, once in the configuration.")
    step: Step = Field(description="What the step does.")
    layer: Layer = Field(default=Layer.SILVER, description="The layer in which the step runs.")
    columns: tuple[ColumnName, ...] = Field(default=(), description="The columns that it reads and changes.")
    output: ColumnName | None = Field(default=None, description="A new column that takes the result.")
    values: dict[str, str] = Field(
        default={}, description="Settings of the step, such as `text`, `digits`, or the map of values."
    )
    reason: str = Field(default="", max_length=500, description="Why the step is there.")
    touches: int | None = Field(
        default=None, ge=0, description="Rows of the sample that the step changed, as an estimate."
    )


class Check(StrEnum):
    """What one quality rule demands."""

    NOT_NULL = "not_null"
    UNIQUE = "unique"
    ACCEPTED_VALUES = "accepted_values"
    PATTERN = "pattern"
    RANGE = "range"
    LENGTH = "length"
    TYPE = "type"
    CHECK_DIGIT = "check_digit"
    ROW_COUNT = "row_count"
    ROW_COUNT_CHANGE = "row_count_change"
    FRESHNESS = "freshness"
    NO_FUTURE = "no_future"
    ORDER = "order"
    SUM = "sum"
    COMPLETENESS = "completeness"
    REFERENCE = "reference"
    COLUMNS = "columns"


class RuleSeverity(StrEnum):
    """How bad it is when the rule does not hold."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class OnFailure(StrEnum):
    """What happens to what does not hold."""

    STOP = "stop"
    QUARANTINE = "quarantine"
    DROP = "drop"
    WARN = "warn"


class QualityRule(_Part):
    """One demand on the rows, and what follows when they do not meet it."""

    id: PartName = Field(description="Name of the rule, once in the configuration.")
    check: Check = Field(description="What is demanded.")
    columns: tuple[ColumnName, ...] = Field(default=(), description="The columns that it looks at.")
    values: dict[str, str] = Field(
        default={}, description="Bounds and settings, such as `minimum`, `maximum`, `pattern`, `scheme`."
    )
    accepted: tuple[str, ...] = Field(default=(), description="The values that are accepted.")
    layer: Layer = Field(default=Layer.SILVER, description="The layer in which it is checked.")
    severity: RuleSeverity = Field(default=RuleSeverity.WARNING, description="How bad a breach is.")
    on_failure: OnFailure = Field(default=OnFailure.WARN, description="What happens to the rows or the load.")
    failing_per_mille: PerMille = Field(
        default=0, description="Share of rows that may fail before the rule counts as broken, per mille."
    )
    reason: str = Field(default="", max_length=500, description="Why the rule is there.")
    touches: int | None = Field(
        default=None, ge=0, description="Rows of the sample that did not meet it, as an estimate."
    )


class Comparison(StrEnum):
    """What reconciliation compares."""

    ROW_COUNT = "row_count"
    CONTROL_TOTAL = "control_total"
    KEY_DIFFERENCE = "key_difference"
    FILE_COUNT = "file_count"
    SEQUENCE = "sequence"


class CountSource(StrEnum):
    """Who tells what should have arrived."""

    TRAILER = "trailer"
    MANIFEST = "manifest"
    FILE_NAME = "file_name"
    QUERY = "query"
    FILE = "file"
    PREVIOUS_LAYER = "previous_layer"


class ReconciliationCheck(_Part):
    """One comparison of what was sent with what arrived."""

    id: PartName = Field(description="Name of the check, once in the configuration.")
    compares: Comparison = Field(description="What is compared.")
    source: CountSource = Field(description="Who tells what should have arrived.")
    columns: tuple[ColumnName, ...] = Field(default=(), description="Columns summed or compared.")
    layer: Layer = Field(default=Layer.BRONZE, description="Where the arrived rows are counted.")
    tolerance: AmountText | None = Field(
        default=None, description="Greatest difference allowed, as a number."
    )
    tolerance_per_mille: PerMille = Field(default=0, description="Greatest relative difference, per mille.")
