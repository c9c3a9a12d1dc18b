"""A feed's configuration: everything that must be agreed before its first file may land.

One document per feed, frozen, without floating-point numbers. It is stored as YAML in the
configuration repository (`feeds/<feed>.yaml`); `config_gen.documents` reads and writes those bytes.
The sections live beside this file, in the modules `feed_…`.
"""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.configuration.feed_columns import Column
from domain.configuration.feed_load import (
    FeedId,
    Keys,
    Load,
    Partition,
    Quality,
    Reconciliation,
    SchemaPolicy,
    Watermark,
)
from domain.configuration.feed_operation import (
    CompatibilityPolicy,
    Governance,
    Lineage,
    Notification,
    Provenance,
    Schedule,
    Sla,
    Target,
    Waiver,
)
from domain.configuration.feed_rules import Transformation
from domain.configuration.feed_source import Format, Source

FORM: Literal["dogwatch/feed/1"] = "dogwatch/feed/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Criticality(StrEnum):
    """What it costs when the feed is late or wrong."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


class Owner(_Part):
    """Who answers for the feed."""

    team: str = Field(min_length=1, max_length=100, description="The team that answers for the feed.")
    contact: str = Field(
        default="", max_length=200, description="Where the team is reached: mail or channel."
    )
    steward: str = Field(default="", max_length=100, description="The person who knows what the data means.")


class FeedConfig(_Part):
    """The whole agreement about one feed."""

    form: Literal["dogwatch/feed/1"] = Field(default=FORM, description="Form of this document.")
    feed: FeedId = Field(description="Name of the feed, and of its file in the repository.")
    revision: int = Field(default=1, ge=1, description="Grows by one with every agreed change.")
    title: str = Field(default="", max_length=120, description="What people call the feed.")
    description: str = Field(default="", max_length=1000, description="What the data is and what it is for.")
    tags: tuple[str, ...] = Field(default=(), description="Words to find the feed by.")
    owner: Owner = Field(description="Who answers for the feed.")
    criticality: Criticality = Field(description="What it costs when the feed is late or wrong.")
    source: Source = Field(description="Where the files come from.")
    format: Format = Field(description="How bytes become records.")
    schema_policy: SchemaPolicy = Field(default=SchemaPolicy(), description="What happens to surprises.")
    columns: tuple[Column, ...] = Field(
        min_length=1, max_length=5000, description="The columns, in file order."
    )
    keys: Keys = Field(default=Keys(), description="What tells rows apart.")
    partition: Partition | None = Field(default=None, description="How the tables are cut.")
    watermark: Watermark | None = Field(default=None, description="How far the feed has been read.")
    load: Load = Field(description="How rows reach the tables.")
    transformations: tuple[Transformation, ...] = Field(
        default=(), description="What is done to the rows, in order."
    )
    quality: Quality = Field(default=Quality(), description="What is demanded of the rows.")
    reconciliation: Reconciliation = Field(default=Reconciliation(), description="Whether all has arrived.")
    schedule: Schedule = Field(description="When the feed is loaded.")
    sla: Sla = Field(default=Sla(), description="What readers may rely on.")
    target: Target = Field(description="Where the rows land.")
    lineage: Lineage = Field(default=Lineage(), description="Where it comes from and who reads it.")
    notification: Notification = Field(default=Notification(), description="Who hears about the feed.")
    governance: Governance = Field(description="How the data is protected and how long it is kept.")
    compatibility: CompatibilityPolicy = Field(
        default=CompatibilityPolicy.BACKWARD, description="Which changes need no agreement with readers."
    )
    waivers: tuple[Waiver, ...] = Field(default=(), description="Rules that do not count here.")
    provenance: Provenance = Field(default=Provenance(), description="What it was made from.")

    def find_column(self, name: str) -> Column | None:
        """Return the column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)

    def column_names(self) -> tuple[str, ...]:
        """Return the names of the columns in file order."""
        return tuple(column.name for column in self.columns)
