"""What people see of a feed's configuration beside the document: drift, suggestions, landed rows, hits."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.configuration.changes import Proposal
from domain.configuration.profiles import Drift


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class DriftReport(_View):
    """How tomorrow's file differs from yesterday's, and whom that reaches."""

    feed: str
    drift: Drift
    compared_with: str = ""
    """Name of the file that it was compared with."""
    readers_hit: tuple[str, ...] = ()
    """One sentence for each reader, in small Markdown."""

    @property
    def is_none(self) -> bool:
        """Return whether the file is as agreed."""
        return not self.drift.changes and self.drift.label == "same"


class Edited(_View):
    """What became of an edit: the new proposal, or why inputs can't be taken, by their code."""

    proposal: Proposal | None = None
    objections: dict[str, str] = {}


class Rebased(_View):
    """A proposal on top of what was agreed meanwhile, or the places that both changed differently."""

    proposal: Proposal | None = None
    conflicts: tuple[str, ...] = ()


class SuggestionKind(StrEnum):
    """What is suggested: a transformation step or a quality rule."""

    STEP = "step"
    RULE = "rule"


class SuggestionView(_View):
    """A step or rule that the sample calls for, and whether it is in the configuration."""

    id: str
    kind: SuggestionKind
    what: str
    columns: tuple[str, ...] = ()
    reason: str = ""
    touches: int | None = None
    """Rows of the sample that it changes or that do not meet it, as an estimate."""
    is_taken: bool = False


class LandedRows(_View):
    """Sample rows as they would land; `problems` names what could not be read, one list a row."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    problems: tuple[tuple[str, ...], ...] = ()
    left_out: int = 0
    """Rows that a step would drop."""
    broken_rules: tuple[str, ...] = ()
    """Quality rules that these rows do not meet, each in a sentence."""


class SearchHit(_View):
    """One place of a configuration in which a word was found."""

    feed: str
    where: str
    text: str


class Difference(_View):
    """Two versions of a configuration, in words and exactly."""

    feed: str
    before: str = ""
    after: str = ""
    """Commits, or words for what has none."""
    summary: tuple[str, ...] = ()
    diff: str = ""


class ExportForm(StrEnum):
    """The words of other tools: Open Data Contract Standard, dlt, Great Expectations."""

    ODCS = "odcs"
    DLT = "dlt"
    GX = "gx"
