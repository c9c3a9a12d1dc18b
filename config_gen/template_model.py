"""What a template is: a feed that many teams have, with its usual settings and a sample to try it on."""

from pydantic import BaseModel, ConfigDict, Field

from domain.configuration.feed_columns import Column
from domain.configuration.feed_config import Criticality
from domain.configuration.feed_load import LoadMode
from domain.configuration.feed_operation import Classification, CompatibilityPolicy
from domain.configuration.feed_rules import QualityRule, ReconciliationCheck, Transformation
from domain.configuration.feed_source import FormatKind


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnHint(_Part):
    """What the template knows of one of its columns, wherever the file's own evidence leaves it open."""

    names: tuple[str, ...] = Field(min_length=1)
    """Names that the column goes by, as table names; the first is the usual one."""
    description: str = ""
    meaning: str | None = None
    unit: str | None = None
    required: bool = False
    key: bool = False
    telling: bool = True
    """Whether finding the column speaks for the template; false for names that every feed has."""


class TemplateSample(_Part):
    """A file as the feed would send it. `rows` are for formats that are not text, `text` for all others."""

    file_name: str
    text: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    encoding: str = "utf-8"


class Template(_Part):
    """A kind of feed, as data."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{2,40}$")
    title: str = Field(max_length=80)
    explanation: str = Field(min_length=40, max_length=600)
    formats: tuple[FormatKind, ...] = Field(min_length=1)
    delimiters: tuple[str, ...] = ()
    headerless: bool | None = None
    standard_prefix: str | None = None
    columns: tuple[ColumnHint, ...] = ()
    meanings: tuple[str, ...] = ()
    load: LoadMode | None = None
    criticality: Criticality | None = None
    classification: Classification | None = None
    compatibility: CompatibilityPolicy | None = None
    retention_days: int | None = None
    regulations: tuple[str, ...] = ()
    watermark: tuple[str, ...] = ()
    partition: tuple[str, ...] = ()
    operation: tuple[str, ...] = ()
    sequence: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    rules: tuple[QualityRule, ...] = ()
    transformations: tuple[Transformation, ...] = ()
    reconciliation: tuple[ReconciliationCheck, ...] = ()
    sample: TemplateSample


def find_hint(template: Template, column: Column) -> ColumnHint | None:
    """Return the hint for a column, by its table name, or None."""
    return next((hint for hint in template.columns if column.name in hint.names), None)
