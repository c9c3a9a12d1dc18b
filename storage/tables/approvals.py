"""Approval requests, the decisions on them, and who read what in full."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class ApprovalRow(SQLModel, table=True):
    """One request; the verdict column is what lists ask for."""

    __tablename__ = "approvals"

    id: str = Field(primary_key=True)
    subject: str = Field(index=True)
    verdict: str = Field(index=True)
    opened_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str


class DecisionRow(SQLModel, table=True):
    """One decision; the key lets a person count once, whatever the code above believes."""

    __tablename__ = "decisions"

    approval: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    press: str = Field(unique=True)
    decided_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    document: str


class ReadRow(SQLModel, table=True):
    """A person opened the full view of one version."""

    __tablename__ = "full_views"

    approval: str = Field(primary_key=True)
    person: str = Field(primary_key=True)
    subject_hash: str = Field(primary_key=True)
    read_at: datetime = Field(sa_column=Column(Moment, nullable=False))
