"""The audit chain."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class AuditRow(SQLModel, table=True):
    """One entry: its exact bytes, the hash that binds it to the one before, and that hash signed."""

    __tablename__ = "audit_entries"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    act: str = Field(index=True)
    actor: str = Field(index=True)
    subject: str = Field(index=True)
    canonical: str
    previous: str
    hash: str = Field(unique=True)
    signature: str
    key_id: str
