"""The messages of our own web chat: appended once, updated in place, followed by change number.

One counter numbers every append and every update, in the order of their commits, so that a reader who
asks for what came after a number misses nothing, whichever process wrote it.
"""

from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from domain.ids import BlobId


class WebFile(BaseModel):
    """A file that hangs on a message."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(max_length=300)
    size_bytes: int = Field(ge=0)
    blob: BlobId


class NewWebMessage(BaseModel):
    """A message before it has a number."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(min_length=1, max_length=300)
    """Equal for every delivery of the same message; the second one changes nothing."""
    channel: str = Field(min_length=1, max_length=200)
    thread: str = Field(default="", max_length=40)
    """Id of the first message of the thread, empty for a message that stands in the channel."""
    author: str = Field(default="", max_length=200)
    """Subject of the person, empty for the bot."""
    author_name: str = Field(default="", max_length=200)
    text: str = Field(default="", max_length=40_000)
    card: str = ""
    """The bot's card as JSON, empty for a person's message."""
    files: tuple[WebFile, ...] = ()
    visible_to: str = Field(default="", max_length=200)
    """The only subject who sees it, empty for everybody in the channel."""
    at: datetime


class WebMessage(NewWebMessage):
    """A kept message."""

    id: str
    """Decimal number; a later message has a greater one."""
    change: int
    """Number of its last append or update."""
    replies: int = 0
    """How many messages that everybody sees answer it; an answer changes the message that it answers."""


class WebChatLog(Protocol):
    """Keeps the messages. Calls block, so doors make them in a thread; `OutsideTrouble` when it is away."""

    def append(self, message: NewWebMessage) -> WebMessage:
        """Keep a message and return it; a known key returns the message kept before."""
        ...

    def update(self, message: str, card: str) -> WebMessage:
        """Replace the card of a message; raises `NotFound`. The same card again changes nothing."""
        ...

    def find(self, message: str) -> WebMessage | None:
        """Return the message of that id, or None."""
        ...

    def page(self, channel: str, thread: str, reader: str, before: int, limit: int) -> list[WebMessage]:
        """Return the newest messages a reader sees in a channel or thread, oldest of them first.

        A thread begins with the message that it answers. `before` is an id, 0 for the newest page.
        """
        ...

    def changes(self, after: int, limit: int) -> list[WebMessage]:
        """Return messages appended or updated after a change number, oldest change first, once each."""
        ...

    def latest_change(self) -> int:
        """Return the last change number, 0 for none."""
        ...


class ReadMarks(Protocol):
    """How far each person has read. Calls block; doors make them in a thread."""

    def mark(self, reader: str, channel: str, upto: int) -> None:
        """Remember that the reader saw everything up to that id; never moves back."""
        ...

    def unread(self, reader: str, channels: tuple[str, ...]) -> dict[str, int]:
        """Return for each channel how many messages of others the reader has not seen, up to a thousand."""
        ...
