"""Notices that leave the house, and which addresses their owners confirmed."""

from datetime import datetime

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class NoticeRow(SQLModel, table=True):
    """One notice; it is to be looked at from `next_attempt_at` on, and never when that is empty."""

    __tablename__ = "notices"
    __table_args__ = (Index("notices_sent", "person", "way", "sent_at"),)

    key: str = Field(primary_key=True)
    person: str
    subject: str = Field(index=True)
    state: str
    way: str
    is_urgent: bool
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    next_attempt_at: datetime | None = Field(
        default=None, sa_column=Column(Moment, nullable=True, index=True)
    )
    sent_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    document: str


class ContactRow(SQLModel, table=True):
    """What is known about an address of a person; the address itself stands in the roster alone."""

    __tablename__ = "contacts"

    person: str = Field(primary_key=True)
    way: str = Field(primary_key=True)
    document: str
