"""What the roof decides for the web chat."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field, SecretBytes

DIRECT = "dm:"
"""Beginning of the channel id of a person's direct message with the bot; the subject follows."""


class WebChannel(BaseModel):
    """A channel that everybody signed in may read, or everybody of some teams."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(pattern=r"[a-z0-9][a-z0-9_-]{0,79}")
    purpose: str = ""
    """One line below the channel's name."""
    teams: frozenset[str] = frozenset()
    """Whose it is; empty: everybody's who is signed in."""


class WebPerson(BaseModel):
    """A demo person who can be picked without a password, on this machine only."""

    model_config = ConfigDict(frozen=True)

    subject: str = Field(min_length=1, max_length=200)
    name: str
    role: str = ""
    """What they are in the story, such as "approver"; shown, never used to decide."""


class WebChatSettings(BaseModel):
    """Settings of the web chat.

    `session_key` signs cookies and must be the same in every process that serves the chat.
    """

    model_config = ConfigDict(frozen=True)

    session_key: SecretBytes = Field(min_length=32)
    channels: tuple[WebChannel, ...] = Field(min_length=1)
    issuer: str = "web"
    """Who vouches for the subjects; the workspace of the accounts."""
    bot_name: str = "Dogwatch"
    public_url: str = ""
    """Our own address, for links on cards that leave this page."""
    demo: bool = False
    """Offer the switch between demo people to visitors from this machine."""
    demo_people: tuple[WebPerson, ...] = ()
    sign_in_path: str = ""
    """Where a visitor without a session is sent; empty says so in words."""
    secure_cookies: bool = True
    """Send cookies over https only; off for plain http on loopback."""
    session_lifetime: timedelta = timedelta(hours=12)
    upload_limit_bytes: int = Field(default=200 * 1024 * 1024, gt=0)
    files_per_message: int = Field(default=10, gt=0)
    acts_per_minute: int = Field(default=120, gt=0)
    """Flood limit of one person; over it, an act is answered with a sentence."""
    events_per_person: int = Field(default=8, gt=0)
    """Open live connections of one person; the oldest gives way."""
    heartbeat: timedelta = timedelta(seconds=10)
    """How often a page hears that all is well; after 25 s of nothing (`stream.js`) its connection is dead."""
    look_interval: timedelta = timedelta(seconds=10)
    """How often is looked whether the person of an open page is still signed in."""
    poll_interval: timedelta = timedelta(milliseconds=150)
    """How often other processes' messages are looked for."""
