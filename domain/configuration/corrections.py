"""What a person says about a sample in words: which key it has, how a column is read, whose feed it is."""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class CorrectionKind(StrEnum):
    """What is said of the key, of a column, or of the feed itself."""

    KEY = "key"
    FORMAT = "format"
    DIVISOR = "divisor"
    UNIT = "unit"
    ZONE = "zone"
    TYPE = "type"
    FILLED = "filled"
    NAME = "name"
    PERSONAL = "personal"
    OWNER = "owner"
    SCHEDULE = "schedule"
    CRITICALITY = "criticality"
    CLASSIFICATION = "classification"


SETTINGS = {
    CorrectionKind.OWNER: "owner_team",
    CorrectionKind.SCHEDULE: "schedule",
    CorrectionKind.CRITICALITY: "criticality",
    CorrectionKind.CLASSIFICATION: "classification",
}
"""What is said of the feed itself, with the code of the question, and of the setting, that it answers."""


class Correction(BaseModel):
    """One thing that was said; columns are called by their names in the tables.

    `value` is a strptime pattern, a divisor, a unit, a zone, a type, a name, `yes` or `no`, or a setting; a
    key has none, and no columns where there is no key.
    """

    model_config = ConfigDict(frozen=True)

    kind: CorrectionKind
    columns: tuple[str, ...] = ()
    value: str = Field(default="", max_length=100)
    say: str = ""
    """What it brings about, in small Markdown, for people."""

    @property
    def place(self) -> tuple[str, str]:
        """Return what it is about: a later one of the same place takes its place."""
        kind = CorrectionKind.UNIT if self.kind is CorrectionKind.DIVISOR else self.kind
        return kind.value, "" if kind is CorrectionKind.KEY else ",".join(self.columns)


class Heard(BaseModel):
    """What was understood of a message, or why it can't be taken."""

    model_config = ConfigDict(frozen=True)

    corrections: tuple[Correction, ...] = ()
    objection: str = ""
    """In small Markdown; where there is one, nothing of the message is taken."""
    is_about_columns: bool = False
    """Whether it names a column or the key, so that its writer waits for an answer."""


def replaced(earlier: tuple[Correction, ...], fresh: tuple[Correction, ...]) -> tuple[Correction, ...]:
    """Return what counts now: what was said last of a place, in the order in which it was said."""
    places = {one.place for one in fresh}
    return (*(one for one in earlier if one.place not in places), *fresh)


def answers_in(corrections: Iterable[Correction]) -> dict[str, str]:
    """Return what was said of the feed itself as answers to the questions about it."""
    return {SETTINGS[one.kind]: one.value for one in corrections if one.kind in SETTINGS}


def of_columns(corrections: Iterable[Correction]) -> tuple[Correction, ...]:
    """Return what was said of the key and of columns."""
    return tuple(one for one in corrections if one.kind not in SETTINGS)
