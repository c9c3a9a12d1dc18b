"""Conversations on Teams that we may write to, and dialogs that are open there."""

from datetime import datetime

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class ConversationRow(SQLModel, table=True):
    """One conversation of one tenant."""

    __tablename__ = "teams_conversations"
    __table_args__ = (Index("teams_conversations_by_person", "tenant", "person", "heard_at"),)

    tenant: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    kind: str
    service_url: str
    person: str
    heard_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class OpenDialogRow(SQLModel, table=True):
    """A dialog that somebody may still answer."""

    __tablename__ = "teams_dialogs"

    key: str = Field(primary_key=True)
    document: str
    asked_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
