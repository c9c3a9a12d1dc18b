"""When a feed is loaded, where it lands, who depends on it, who hears about it, how it is protected."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.configuration.feed_columns import ColumnName

ClockTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
TableName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,127}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScheduleKind(StrEnum):
    """What starts a load."""

    CRON = "cron"
    ARRIVAL = "arrival"
    STREAM = "stream"
    MANUAL = "manual"


class Schedule(_Part):
    """When the feed is loaded."""

    kind: ScheduleKind = Field(description="What starts a load.")
    cron: str | None = Field(
        default=None, max_length=100, description="Five fields: minute hour day month weekday."
    )
    time_zone: str = Field(default="UTC", max_length=60, description="IANA zone of cron and arrival times.")
    expected_by: ClockTime | None = Field(default=None, description="Local time at which the file is there.")
    grace_minutes: int = Field(default=30, ge=0, le=10_080, description="Minutes after which it is late.")
    longest_run_minutes: int | None = Field(
        default=None, ge=1, description="A longer run is stopped, in minutes."
    )
    calendar: str | None = Field(
        default=None, max_length=40, description="Holiday calendar, such as `TARGET`."
    )
    tries: int = Field(default=3, ge=1, le=20, description="How often a failed load is tried.")


class Sla(_Part):
    """What readers may rely on."""

    available_by: ClockTime | None = Field(
        default=None,
        description="Local time when readers find the data; a run that has not ended by then is late.",
    )
    fresh_within_minutes: int | None = Field(
        default=None, ge=1, description="Greatest age of the newest row, in minutes."
    )
    kept_per_mille: int | None = Field(
        default=None, ge=0, le=1000, description="Share of days on which this is kept, per mille."
    )


class Table(_Part):
    """One table of the lake."""

    database: TableName = Field(description="Database or schema of the table.")
    table: TableName = Field(description="Name of the table.")
    file_format: Literal["delta", "iceberg", "hudi", "parquet", "native"] = Field(
        default="delta", description="How the table is stored."
    )
    keep_days: int | None = Field(default=None, ge=1, description="How long rows are kept, in days.")
    cluster_by: tuple[ColumnName, ...] = Field(default=(), description="Columns by which rows lie together.")


class Target(_Part):
    """Where the rows land."""

    platform: str = Field(default="lakehouse", max_length=60, description="The platform of the tables.")
    bronze: Table = Field(description="The rows as they came.")
    silver: Table | None = Field(default=None, description="The rows cleaned and typed.")
    gold: Table | None = Field(default=None, description="What people query.")


class Consumer(_Part):
    """Somebody who reads this feed."""

    name: str = Field(min_length=1, max_length=120, description="Name of the reader.")
    kind: Literal["feed", "report", "model", "service", "regulator"] = Field(
        description="What the reader is."
    )
    columns: tuple[ColumnName, ...] = Field(default=(), description="Columns that the reader needs.")
    contact: str = Field(default="", max_length=200, description="Whom to tell before a change.")


class Lineage(_Part):
    """Where the data comes from and who depends on it."""

    upstream: tuple[str, ...] = Field(default=(), description="Systems or feeds that this one is made from.")
    consumers: tuple[Consumer, ...] = Field(default=(), description="Who reads this feed.")


class NotificationChannel(_Part):
    """One place where people hear about the feed."""

    kind: Literal["chat", "mail", "pager", "webhook"] = Field(description="How people are told.")
    address: str = Field(
        min_length=1, max_length=300, description="Channel of the settings, mail address, or service."
    )
    events: tuple[
        Literal["late", "failed", "quality", "reconciliation", "drift", "changed", "loaded"], ...
    ] = Field(min_length=1, description="What is told there.")


class Notification(_Part):
    """Who hears about the feed."""

    channels: tuple[NotificationChannel, ...] = Field(default=(), description="The places, in order.")
    escalate_to: str | None = Field(
        default=None,
        max_length=120,
        description="Who is called when nobody answers: a person, a team or a role.",
    )
    escalate_after_minutes: int | None = Field(default=None, ge=1, description="After how many minutes.")
    runbook: str | None = Field(
        default=None, max_length=300, pattern=r"^https?://[^\s@]+$", description="Link to what to do."
    )


class Classification(StrEnum):
    """Who may read the data."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


class Governance(_Part):
    """How the data is protected, and for how long it is kept."""

    classification: Classification = Field(description="Who may read the data.")
    retention_days: int | None = Field(default=None, ge=1, description="How long the data is kept, in days.")
    regulations: tuple[str, ...] = Field(
        default=(), description="Rules of law that it falls under, such as GDPR."
    )
    residency: str | None = Field(
        default=None, max_length=60, description="Region that the data may not leave."
    )
    erasure_column: ColumnName | None = Field(
        default=None, description="Column by which the rows of one person are found."
    )
    legal_hold: bool = Field(
        default=False, description="Whether nothing may be deleted for now by order of law."
    )


class CompatibilityPolicy(StrEnum):
    """Which changes need no agreement with the readers."""

    NONE = "none"
    BACKWARD = "backward"
    FORWARD = "forward"
    FULL = "full"


class Waiver(_Part):
    """A rule that does not count here, and who said so."""

    rule: str = Field(pattern=r"^[A-Z]{2,4}\d{3}$", description="Code of the validation rule.")
    reason: str = Field(min_length=10, max_length=500, description="Why it does not count here.")
    approved_by: str = Field(min_length=1, max_length=120, description="Who allowed it.")
    until: str = Field(pattern=r"^\d{4}-\d\d-\d\d$", description="Last day on which it holds.")


class Provenance(_Part):
    """What the configuration was made from."""

    template: str | None = Field(default=None, max_length=80, description="Template that it began with.")
    sample_name: str = Field(default="", max_length=300, description="Name of the sample file.")
    sample_sha256: str | None = Field(
        default=None, pattern=r"^[0-9a-f]{64}$", description="Hash of the sample."
    )
    sample_rows: int | None = Field(default=None, ge=0, description="Rows of the sample that were read.")
