"""What a sample cannot say: the questions asked in the dialog, and the answers of a person."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from domain.configuration.feed_config import Criticality
from domain.ids import FeedName


class AnswerKind(StrEnum):
    """How a question is asked: a line of text, a choice, or a longer text."""

    TEXT = "text"
    CHOICE = "choice"


class FormQuestion(BaseModel):
    """One input of the dialog, with a sensible answer filled in.

    `code` is the input's name: the answers come back as `{code: text}`. A code that begins with
    `reading:` asks which of two readings of the sample is right; the rest is `<question>:<column>`.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    label: str
    kind: AnswerKind = AnswerKind.TEXT
    proposed: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    """Pairs of value and what people read."""
    help: str = ""
    required: bool = True


class OnboardingAnswers(BaseModel):
    """The answers, parsed: everything that `assemble` needs beyond the sample."""

    model_config = ConfigDict(frozen=True)

    feed: FeedName
    owner_team: str = Field(min_length=1, max_length=100)
    owner_contact: str = Field(default="", max_length=200)
    criticality: Criticality = Criticality.NORMAL
    source_system: str = Field(default="", max_length=120)
    cron: str | None = None
    """Five fields, or None when the feed is loaded on arrival."""
    expected_by: str | None = None
    time_zone: str = "UTC"
    target_database: str = ""
    channel: str = Field(default="", max_length=300)
    classification: str = "internal"
    readings: dict[str, str] = {}
    """`<question code>:<column>` to the option that was chosen."""
