"""What of a feed may be published."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class PublicationRow(SQLModel, table=True):
    """A day of a feed that was released to readers or is held back from them, by what differed."""

    __tablename__ = "publications"

    id: str = Field(primary_key=True)
    feed: str
    business_date: str
    state: str = Field(index=True)
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str
