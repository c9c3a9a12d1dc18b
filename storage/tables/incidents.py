"""Incidents, their alerts and timelines, judged diagnoses, and the cases they were made from."""

from datetime import datetime

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class IncidentRow(SQLModel, table=True):
    """One incident or question; the columns are what it is looked up by."""

    __tablename__ = "incidents"
    __table_args__ = (Index("incidents_about", "about", "is_open"),)

    id: str = Field(primary_key=True)
    kind: str
    state: str = Field(index=True)
    is_open: bool = Field(index=True)
    about: str
    opened_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    document: str


class IncidentAlertRow(SQLModel, table=True):
    """Which incident an alert of another system belongs to."""

    __tablename__ = "incident_alerts"

    key: str = Field(primary_key=True)
    incident: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(Moment, nullable=False))


class TimelineRow(SQLModel, table=True):
    """One line of a timeline."""

    __tablename__ = "incident_timeline"
    __table_args__ = (Index("incident_timeline_of", "incident", "at"),)

    key: str = Field(primary_key=True)
    incident: str
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str


class JudgedRow(SQLModel, table=True):
    """Whether the first cause of an incident's diagnosis was right, as people said."""

    __tablename__ = "judged_diagnoses"

    incident: str = Field(primary_key=True)
    confidence: float
    was_right: bool
    at: datetime = Field(sa_column=Column(Moment, nullable=False))


class KeptCaseRow(SQLModel, table=True):
    """What an incident's newest diagnosis was made from, packed."""

    __tablename__ = "kept_cases"

    incident: str = Field(primary_key=True)
    number: int
    gathered_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
