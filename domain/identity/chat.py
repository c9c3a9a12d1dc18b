"""What reaches us from a chat and what goes back, in our own words.

Adapters translate a platform's payload into `Incoming` and nothing else: no command ever sees
the payload. Every text here came from outside and is data.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from domain.ids import BlobId

_Told = TypeVar("_Told")


def _whole(told: _Told) -> _Told | str:
    """Return a text that can be kept: half a character, which JSON can carry, becomes a sign for one."""
    if not isinstance(told, str) or told.isascii():
        return told
    return told.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


Written = Annotated[str, BeforeValidator(_whole)]
"""What somebody wrote or named. A chat cuts long words, now and then through the middle of an emoji."""


class Platform(StrEnum):
    """Where a person talks to us."""

    SLACK = "slack"
    TEAMS = "teams"
    WEB = "web"
    CONSOLE = "console"


class Account(BaseModel):
    """A chat account as the platform vouches for it; never a display name.

    Slack: team id + user id. Teams: tenant id + Entra object id. Web: issuer + subject.
    """

    model_config = ConfigDict(frozen=True)

    platform: Platform
    workspace: str = Field(min_length=1, max_length=200)
    user: str = Field(min_length=1, max_length=200)


class Called(BaseModel):
    """Somebody whom a message calls: their chat tells them of it, as if a colleague had named them."""

    model_config = ConfigDict(frozen=True)

    account: Account
    name: str = Field(max_length=120)


class Place(BaseModel):
    """Where a message stands; `thread` is the platform's id of the first message, empty outside threads."""

    model_config = ConfigDict(frozen=True)

    platform: Platform
    workspace: str
    channel: str
    thread: str = ""
    is_private: bool = False


MESSAGE_TO_TIMELINE, KEEP_MESSAGE = "message_to_timeline", "keep_message"
"""The entries of a message's menu, as manifests name them."""


class IncomingKind(StrEnum):
    """What a person did."""

    MESSAGE = "message"
    UPLOAD = "upload"
    PRESS = "press"
    SUBMIT = "submit"
    HOME = "home"
    SHORTCUT = "shortcut"
    """An entry of a message's menu; `inputs` say which one and who wrote the message."""


class FileRef(BaseModel):
    """A file somebody dropped: still with the platform (`platform_ref`), or already ours (`blob`)."""

    model_config = ConfigDict(frozen=True)

    name: Written = Field(max_length=300)
    size_bytes: int = Field(ge=0)
    platform_ref: str = ""
    blob: BlobId | None = None


class Incoming(BaseModel):
    """One act of one account.

    `key` is the platform's own id of the act, equal for every delivery of it (`slack:<team>:<trigger>`):
    it makes a second delivery harmless.
    """

    model_config = ConfigDict(frozen=True)

    key: str = Field(min_length=1, max_length=300)
    kind: IncomingKind
    account: Account
    place: Place
    at: datetime
    text: Written = Field(default="", max_length=40_000)
    files: tuple[FileRef, ...] = ()
    token: Written = ""
    """The signed action token, of a press or a submitted dialog."""
    inputs: dict[Written, Written] = {}
    message: str = ""
    """The platform's id of the message whose button was pressed, or of the message itself."""
    addressed: bool = True
    """False when the bot was not mentioned: it listens only in threads it takes part in."""
    display_name: Written = Field(default="", max_length=200)
    """Shown to people, never used to decide."""
    said_at: datetime | None = None
    """When the message was written, of an entry of its menu; `at` is when that was picked."""
    signed_in_at: datetime | None = None
    """When the person last proved to us who they are; None where the platform vouches for every act."""


class MessageRef(BaseModel):
    """A message of ours on a platform, enough to update it in place."""

    model_config = ConfigDict(frozen=True)

    place: Place
    message: str
