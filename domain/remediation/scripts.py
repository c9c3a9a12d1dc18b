"""Scripts that a model or a person writes: the draft, what the rules say about it, and what it may reach."""

from dataclasses import dataclass

from pydantic import Field

from domain.ids import PersonId
from domain.proof.canonical import digest
from domain.remediation.plans import Authorship, Frozen, Language, Line, Slug

_PURPOSE = "dogwatch/script/1"
MOST_SCRIPT = 16_000
HOLDS_KEY = "holds a secret"
"""The rule that refuses a line for what looks like a password or a key."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule saw. A refusal keeps the script from becoming a plan."""

    rule: str
    line: int
    say: str
    is_refusal: bool
    part: str = "script"
    """Which script: `script`, `undo` or `check`."""


class Draft(Frozen):
    """A script as a model or a person drafts it; it reaches no target until a person grants one."""

    title: Line
    language: Language
    script: str = Field(min_length=1, max_length=MOST_SCRIPT)
    undo: str = Field(default="", max_length=MOST_SCRIPT)
    check: str = Field(default="", max_length=MOST_SCRIPT)
    """Reads whether it helped; exit code 0 means that it did."""


class ScriptDraft(Frozen):
    """A draft with its author, the targets that a person granted, and what the rules found."""

    draft: Draft
    author: Authorship
    by: PersonId
    """Who pasted it, or asked the model for it."""
    targets: tuple[str, ...] = ()
    """As `name:read` or `name:write`."""
    is_previewable: bool = False
    findings: tuple[Finding, ...] = ()

    @property
    def digest(self) -> str:
        """Return the hash that an adoption belongs to: an edited draft is another one."""
        return digest(_PURPOSE, self.model_dump(mode="json", exclude={"findings"}))

    @property
    def is_refused(self) -> bool:
        """Tell whether a rule keeps it from becoming a plan."""
        return any(finding.is_refusal for finding in self.findings)


class ScriptWish(Frozen):
    """What a person wants a script for, and what it may reach; the model gets nothing wider."""

    text: str = Field(min_length=1, max_length=1_000)
    language: Language
    targets: tuple[str, ...] = ()
    kinds: dict[Slug, str] = Field(default_factory=dict)
    """Target name to its kind, so that the draft speaks to it in the right way."""
    is_previewable: bool = False
