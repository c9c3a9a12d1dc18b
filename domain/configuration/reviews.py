"""A proposed change of one feed's configuration, and the review that decides on it.

Titles and bodies may carry words from strangers (a file's name, a column's name). They are made
quiet here, once, so that no host reads a mention, a closing keyword or a bot command in them.
"""

import difflib
import re
import unicodedata
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

from domain.errors import NotNow
from domain.ids import FeedName

TITLE_LIMIT = 120
BODY_LIMIT = 20_000
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class ReviewState(StrEnum):
    """Where a review stands."""

    OPEN = "open"
    MERGED = "merged"
    CLOSED = "closed"


class Conflict(NotNow):
    """The configuration changed underneath the review; somebody has to look again."""


class Withheld(NotNow):
    """The host itself does not merge yet: a check, an approval or a rule of the repository is in the way."""


class PersonRef(BaseModel):
    """A person as Git knows them; angle brackets and line ends are taken out of the name."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=1, max_length=120)
    email: str = Field(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,120}$")

    @field_validator("name")
    @classmethod
    def _one_plain_line(cls, name: str) -> str:
        plain = re.sub(r"[<>\"'\\,;:]", " ", visible(name))
        return " ".join(plain.split()) or "unknown"

    def signature(self) -> str:
        """Return `Name <mail>` as it stands in a commit."""
        return f"{self.name} <{self.email}>"


class ProposedChange(BaseModel):
    """What somebody wants to become true.

    `base` is what the author saw (None for a new feed) and `content` what they want (None takes the
    feed away). `key` is the request's own id: the same key never opens two reviews. `at` comes from the
    request too, so that a second try makes the same commit.
    """

    model_config = ConfigDict(frozen=True)

    feed: FeedName
    base: bytes | None
    content: bytes | None
    title: str
    body: str = ""
    author: PersonRef
    key: str = Field(min_length=1, max_length=300)
    at: AwareDatetime

    @field_validator("title")
    @classmethod
    def _quiet_title(cls, title: str) -> str:
        return quiet_line(title)

    @field_validator("body")
    @classmethod
    def _quiet_body(cls, body: str) -> str:
        return quiet_text(body)


class Review(BaseModel):
    """A proposed change as the host keeps it. Shas are 40 hex digits; `diff` is a unified text diff."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(ge=1)
    feed: FeedName
    url: str
    branch: str
    base_sha: str
    head_sha: str
    title: str
    body: str
    author: PersonRef
    state: ReviewState
    diff: str
    merged_sha: str | None = None
    closed_reason: str = ""


class FeedVersion(BaseModel):
    """One agreed version of a feed's configuration, newest first in a history."""

    model_config = ConfigDict(frozen=True)

    sha: str
    subject: str
    author: str
    at: datetime


def visible(text: str) -> str:
    """Return the text with control, format and bidirectional characters written as escapes."""
    return "".join(
        character
        if character == " " or unicodedata.category(character) not in _UNSEEN
        else f"\\u{ord(character):04x}"
        for character in text
    )


def quiet_line(text: str, limit: int = TITLE_LIMIT) -> str:
    """Return one line in which nothing mentions, links, closes an issue or commands a bot."""
    line = visible(" ".join(text.split()))
    line = line.replace("@", "(at)").replace("://", ": //").replace("<", "\u2039").replace("](", "] (")
    line = re.sub(r"#(?=\w)", "no. ", line)
    line = re.sub(r"\b(GH|gh|Gh)-(?=\d)", r"\1 ", line)
    line = re.sub(r"(?<!\w)[!~%&$^](?=\w)", lambda sign: f"{sign.group()} ", line)
    line = re.sub(r"\[(?=[^\]]*\b(?:skip|no|ci|actions)\b)", "(", line, flags=re.IGNORECASE)
    line = re.sub(r"\*\*\*\s*NO[_ ]CI\s*\*\*\*", "no ci", line, flags=re.IGNORECASE)
    line = re.sub(r"^(\s*[>*+\-\d.)\s]*)/(?=\w)", r"\1(slash) ", line)
    line = re.sub(r"^(\s*(?:[A-Za-z]+-)+[A-Za-z]+)\s*:", r"\1 -", line)
    return line if len(line) <= limit else line[: limit - 1] + "…"


def quiet_text(text: str) -> str:
    """Return several lines, each made quiet, up to `BODY_LIMIT` signs; the line breaks are kept."""
    return "\n".join(quiet_line(line, limit=1000) for line in text[:BODY_LIMIT].splitlines())


def sign_off(person: PersonRef) -> str:
    """Return the trailer by which the person vouches for the change."""
    return f"Signed-off-by: {person.signature()}"


def utc_seconds(at: datetime) -> int:
    """Return whole seconds since 1970, as Git writes times."""
    return int(at.astimezone(UTC).timestamp())


def text_diff(before: bytes | None, after: bytes | None, path: str) -> str:
    """Return a unified diff of two texts; a missing side is `/dev/null`, as in Git."""
    old = (before or b"").decode("utf-8", errors="replace").splitlines(keepends=True)
    new = (after or b"").decode("utf-8", errors="replace").splitlines(keepends=True)
    names = ("/dev/null" if before is None else f"a/{path}", "/dev/null" if after is None else f"b/{path}")
    return "".join(difflib.unified_diff(old, new, *names))


def moved(feed: FeedName) -> Conflict:
    """Return the conflict of two changes of one feed."""
    return Conflict(
        f"{feed} changed meanwhile",
        say=f"Somebody else's change of *{feed}* was merged after this one was proposed.",
        next_step="Look at what is there now, and propose yours again on top of it.",
    )
