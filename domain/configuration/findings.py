"""What a check of a feed configuration found: where, why, and the repair that a button can apply."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class FindingSeverity(StrEnum):
    """How much a finding weighs: an error stops the merge, a hint only helps."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


class Operation(BaseModel):
    """One change of a document, in the manner of JSON Patch (RFC 6902)."""

    model_config = ConfigDict(frozen=True)

    op: Literal["add", "replace", "remove"]
    path: str = Field(description="JSON pointer (RFC 6901); `-` at the end appends to a list.")
    value: JsonValue = None


class Fix(BaseModel):
    """A repair: what the button says, and what it changes."""

    model_config = ConfigDict(frozen=True)

    label: str = Field(max_length=75)
    operations: tuple[Operation, ...]


class Finding(BaseModel):
    """One thing that is wrong or could be better."""

    model_config = ConfigDict(frozen=True)

    code: str = Field(pattern=r"^[A-Z]{2,4}\d{3}$")
    severity: FindingSeverity
    place: str = Field(description="JSON pointer into the configuration; empty for the whole document.")
    sentence: str
    fix: Fix | None = None

    @property
    def blocks(self) -> bool:
        """Whether the configuration may not be merged like this."""
        return self.severity is FindingSeverity.ERROR
