"""The hours that a question names, as an incident keeps them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class AskedHours(BaseModel):
    """Hours that are over, or that reach until now; where they end stands with the incident."""

    model_config = ConfigDict(frozen=True)

    since: datetime
    zone: str = Field(default="UTC", max_length=60)
    """By whose clock they were read."""
    words: str = Field(default="", max_length=300)
    """How they were understood, and what else could have been meant, for people."""
