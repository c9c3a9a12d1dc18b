"""Messages of our own web chat, how far each person has read, and the counter that orders both."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class WebMessageRow(SQLModel, table=True):
    """One message; `change` moves forward with every update."""

    __tablename__ = "web_messages"
    __table_args__ = (Index("web_messages_of_thread", "channel", "thread", "id"),)

    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    change: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    key: str = Field(unique=True)
    channel: str
    thread: str
    author: str
    author_name: str
    text: str
    card: str
    files: str
    visible_to: str
    at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    replies: int


class WebClockRow(SQLModel, table=True):
    """One row: the last number given out. Its lock puts the writers of the chat in a line."""

    __tablename__ = "web_clock"

    id: int = Field(primary_key=True)
    last: int = Field(sa_column=Column(BigInteger, nullable=False))


class WebReadMarkRow(SQLModel, table=True):
    """How far a person has read a channel."""

    __tablename__ = "web_read_marks"

    reader: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    upto: int = Field(sa_column=Column(BigInteger, nullable=False))
