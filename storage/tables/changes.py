"""Configuration changes and the feeds they made."""

from datetime import datetime

from sqlalchemy import Column, Index, text
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class ChangeRow(SQLModel, table=True):
    """One change; the columns are what it is looked up by.

    Two open changes can never stand for the same bytes: the partial unique index sees to it.
    """

    __tablename__ = "config_changes"
    __table_args__ = (
        Index(
            "one_open_change_per_sample",
            "sample_hash",
            unique=True,
            sqlite_where=text("is_open AND sample_hash <> ''"),
            postgresql_where=text("is_open AND sample_hash <> ''"),
        ),
    )

    id: str = Field(primary_key=True)
    state: str
    is_open: bool = Field(index=True)
    feed: str = Field(index=True)
    sample_hash: str
    opened_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str


class FeedRow(SQLModel, table=True):
    """A feed whose configuration is merged."""

    __tablename__ = "feeds"

    name: str = Field(primary_key=True)
    document: str
