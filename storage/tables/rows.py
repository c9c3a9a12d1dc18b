"""What is known of rows: scores of deliveries, comparisons with the source, differences people hear of."""

from datetime import datetime

from sqlalchemy import Column, Float, Index, text
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class DeliveryRow(SQLModel, table=True):
    """The score of one delivery of rows, and whether it was released, is held back, or was refused.

    `changed_at` is when that was written.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("deliveries_by_feed", "feed", "measured_at"),
        Index("deliveries_changed", "changed_at", "feed"),
    )

    id: str = Field(primary_key=True)
    feed: str
    measured_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    state: str
    overall: float = Field(sa_column=Column(Float, nullable=False))
    document: str
    changed_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))


class ReconciliationRow(SQLModel, table=True):
    """One comparison of a feed's source with its target; `changed_at` is when it was written."""

    __tablename__ = "reconciliations"
    __table_args__ = (
        Index("reconciliations_by_feed", "feed", "at"),
        Index("reconciliations_changed", "changed_at", "feed"),
    )

    id: str = Field(primary_key=True)
    feed: str
    at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    state: str
    document: str
    changed_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))


class DiscrepancyRow(SQLModel, table=True):
    """A feed whose rows differ from its source far more than usual; at most one open one per feed."""

    __tablename__ = "discrepancies"
    __table_args__ = (
        Index(
            "one_open_discrepancy_per_feed",
            "feed",
            unique=True,
            sqlite_where=text("is_open"),
            postgresql_where=text("is_open"),
        ),
    )

    id: str = Field(primary_key=True)
    feed: str = Field(index=True)
    is_open: bool = Field(index=True)
    opened_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str
