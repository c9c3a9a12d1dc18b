"""Passwords, sign-ins and API keys; only hashes of what is secret."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class PasswordRow(SQLModel, table=True):
    """One local user's password record."""

    __tablename__ = "web_passwords"

    person: str = Field(primary_key=True)
    document: str


class SignInRow(SQLModel, table=True):
    """One sign-in of one browser."""

    __tablename__ = "web_sign_ins"

    sid: str = Field(primary_key=True)
    person: str = Field(index=True)
    document: str
    began_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True, index=True))


class ApiKeyRow(SQLModel, table=True):
    """One key of a program."""

    __tablename__ = "web_api_keys"

    id: str = Field(primary_key=True)
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str


class SignInMarkRow(SQLModel, table=True):
    """What the sign-in remembers for a while."""

    __tablename__ = "web_sign_in_marks"

    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    until: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    text: str
