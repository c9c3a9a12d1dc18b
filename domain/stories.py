"""A call to a durable story, written in the same transaction as what made it necessary.

A courier delivers it later, as often as needed: starting twice joins, and a nudge only means
"look again", so neither order nor repetition matters.
"""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class StoryKind(StrEnum):
    """Which story."""

    ONBOARDING = "onboarding"
    APPROVAL = "approval"
    REMEDIATION = "remediation"
    INCIDENT = "incident"
    ALERT = "alert"
    LEARNING = "learning"
    TRAINING = "training"
    WATCH = "watch"
    ERRAND = "errand"


class StoryCall(BaseModel):
    """Start the story of a subject, or nudge it; the courier does whichever fits."""

    model_config = ConfigDict(frozen=True)

    key: str
    """Unique: the same call written twice is one call."""
    kind: StoryKind
    subject_id: str
    at: datetime
