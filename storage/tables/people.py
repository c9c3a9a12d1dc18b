"""People, their accounts and the codes that link accounts."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class PersonRow(SQLModel, table=True):
    """One person; roles and teams are part of the document."""

    __tablename__ = "people"

    id: str = Field(primary_key=True)
    name: str
    document: str


class IdentityRow(SQLModel, table=True):
    """One account of a person; an account has one owner."""

    __tablename__ = "chat_identities"

    platform: str = Field(primary_key=True)
    workspace: str = Field(primary_key=True)
    account: str = Field(primary_key=True)
    person: str = Field(index=True)
    linked_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class LinkCodeRow(SQLModel, table=True):
    """A one-time code, kept only as a hash."""

    __tablename__ = "link_codes"

    code_hash: str = Field(primary_key=True)
    expires_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    is_used: bool = False
    document: str
