"""What moved about when feeds are due: schedules that held before, and deadlines that people set later."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class ScheduleChangeRow(SQLModel, table=True):
    """From `at` on a feed keeps another schedule; until then it kept `before`."""

    __tablename__ = "schedule_changes"

    feed: str = Field(primary_key=True)
    at: datetime = Field(sa_column=Column(Moment, primary_key=True))
    before: str


class DeadlineExtensionRow(SQLModel, table=True):
    """People gave the runs of a feed that are due by then until a moment, by a button or a plan."""

    __tablename__ = "deadline_extensions"

    feed: str = Field(primary_key=True)
    until: datetime = Field(sa_column=Column(Moment, primary_key=True, index=True))
    given_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    by: str
    plan: str = ""
