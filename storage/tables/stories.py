"""Calls to stories, waiting for the courier."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class StoryCallRow(SQLModel, table=True):
    """One undelivered call."""

    __tablename__ = "story_calls"

    key: str = Field(primary_key=True)
    kind: str
    subject_id: str
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    next_attempt_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    attempts: int = 0
    last_trouble: str = ""
