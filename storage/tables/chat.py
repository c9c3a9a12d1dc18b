"""Acts taken from doors (inbox) and messages of ours (postings)."""

from datetime import datetime

from sqlalchemy import Column, Index
from sqlmodel import Field, SQLModel

from storage.tables.columns import Moment


class InboxRow(SQLModel, table=True):
    """One act of one account; `done_at` is set in the transaction that did it.

    `thread` is the thread it belongs to, or would begin; `answer` what only the answer to it said.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index("inbox_open", "done_at", "kept_at"),
        Index("inbox_by_account", "platform", "workspace", "account", "kept_at"),
        Index("inbox_of_thread", "platform", "workspace", "thread", "kept_at"),
    )

    key: str = Field(primary_key=True)
    platform: str
    workspace: str
    account: str
    thread: str = ""
    kept_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    done_at: datetime | None = Field(default=None, sa_column=Column(Moment, nullable=True))
    document: str
    answer: str = ""


class PostingRow(SQLModel, table=True):
    """One message of ours; it is due while `shown` is behind `wanted`."""

    __tablename__ = "postings"
    __table_args__ = (
        Index("postings_due", "is_due", "next_attempt_at"),
        Index("postings_by_message", "platform", "message_channel", "message"),
        Index("postings_in_channel", "platform", "channel", "created_at"),
        Index("postings_by_thread", "platform", "channel", "thread"),
    )

    key: str = Field(primary_key=True)
    view: str
    subject: str = Field(index=True)
    platform: str
    workspace: str
    channel: str
    thread: str
    is_private: bool
    card_json: str
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False, index=True))
    state: str
    wanted: int
    shown: int
    is_due: bool
    message: str = ""
    message_thread: str = ""
    message_channel: str = ""
    attempts: int = 0
    next_attempt_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    last_trouble: str = ""
