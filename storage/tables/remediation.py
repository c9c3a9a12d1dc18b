"""Attempts, versions of plans, orders, steps, freezes, overrides and outcomes."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class FixRow(SQLModel, table=True):
    """One attempt; the columns are what it is looked up by."""

    __tablename__ = "fixes"

    id: str = Field(primary_key=True)
    state: str
    is_open: bool = Field(index=True)
    subject_name: str = Field(index=True)
    opened_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    document: str


class PlanVersionRow(SQLModel, table=True):
    """One version of a plan."""

    __tablename__ = "plan_versions"

    fix: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    subject_hash: str = Field(index=True)
    document: str


class OrderRow(SQLModel, table=True):
    """One signed order; a nonce can never be signed twice."""

    __tablename__ = "orders"

    id: str = Field(primary_key=True)
    fix: str = Field(index=True)
    revision: int
    nonce: str = Field(unique=True)
    signed_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str


class RunStepRow(SQLModel, table=True):
    """What is known of one step of an order."""

    __tablename__ = "run_steps"

    order_id: str = Field(primary_key=True)
    step: int = Field(primary_key=True)
    is_undo: bool = Field(primary_key=True)
    document: str


class FreezeRow(SQLModel, table=True):
    """One freeze."""

    __tablename__ = "freezes"

    id: str = Field(primary_key=True)
    holds: bool = Field(index=True)
    document: str


class OverrideRow(SQLModel, table=True):
    """One override."""

    __tablename__ = "overrides"

    id: str = Field(primary_key=True)
    person: str = Field(index=True)
    is_reviewed: bool
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    document: str


class OutcomeRow(SQLModel, table=True):
    """How a runbook ended once on one kind of trouble."""

    __tablename__ = "plan_outcomes"

    order_id: str = Field(primary_key=True)
    incident_type: str = Field(primary_key=True)
    runbook: str = Field(index=True)
    is_verified: bool
    ended_at: datetime = Field(sa_column=Column(Moment, nullable=False))
