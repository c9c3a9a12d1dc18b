"""Articles with their versions, what people did with them, what was asked, and where documents come from."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class ArticleRow(SQLModel, table=True):
    """The newest version of one article; `changed` is its place in the order of all changes."""

    __tablename__ = "articles"

    id: str = Field(primary_key=True)
    state: str = Field(index=True)
    source: str = Field(index=True)
    version: int
    changed: int = Field(sa_column=Column(BigInteger, nullable=False, index=True))
    document: str


class ArticleVersionRow(SQLModel, table=True):
    """One version as it was saved."""

    __tablename__ = "article_versions"

    article: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    document: str


class LibraryClockRow(SQLModel, table=True):
    """One row: the last number given out. Its lock puts those who change the library in a line."""

    __tablename__ = "library_clock"

    id: int = Field(primary_key=True)
    last: int = Field(sa_column=Column(BigInteger, nullable=False))


class ArticleOutcomeRow(SQLModel, table=True):
    """One thing that somebody did with an article."""

    __tablename__ = "article_outcomes"
    __table_args__ = (Index("article_outcomes_by_article", "article", "kind"),)

    key: str = Field(primary_key=True)
    number: int = Field(sa_column=Column(BigInteger, nullable=False, unique=True))
    article: str
    kind: str
    person: str
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str


class QuestionRow(SQLModel, table=True):
    """One question; the columns are what threads and the list of gaps ask for."""

    __tablename__ = "questions"
    __table_args__ = (Index("questions_by_thread", "platform", "channel", "thread"),)

    id: str = Field(primary_key=True)
    platform: str
    channel: str
    thread: str
    is_gap: bool = Field(index=True)
    at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    document: str


class HintRow(SQLModel, table=True):
    """What the library knows beside one alert or incident."""

    __tablename__ = "article_hints"

    subject: str = Field(primary_key=True)
    document: str


class SourceRow(SQLModel, table=True):
    """A place that documents are read from."""

    __tablename__ = "knowledge_sources"

    id: str = Field(primary_key=True)
    name: str
    document: str
