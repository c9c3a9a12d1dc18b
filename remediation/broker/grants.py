"""One granted target for one try of one step: what is allowed, what would change, what was refused.

What a dry run notes is held in the runner's own memory, and nobody has said yes to its script yet: so it is
bounded, and a dry run that would note more has failed. Nothing that it would change is left out of the notes.
"""

import hashlib
from dataclasses import dataclass, field

from domain.ports.sandbox import SandboxMode
from domain.remediation.plans import Access
from remediation.broker.wire import Response, said

_LONGEST = 2_000
_MOST_NOTED = 16 * 2**20
"""Characters of all effects of one script on one target."""
_MOST_HELD = 64 * 2**20


@dataclass(slots=True)
class Overlay:
    """What a dry run would have changed so far, so that later steps of it see it. One per target."""

    values: dict[str, bytes | None] = field(default_factory=dict)
    origins: dict[str, str] = field(default_factory=dict)
    """Of what was moved, where it lies still."""
    held: int = 0
    """Bytes of all values and names, those that were replaced as well."""

    def put(self, name: str, content: bytes | None) -> bool:
        """Keep what would stand there, None for nothing; tell whether there was room for it."""
        self.held += len(name) + len(content or b"")
        if self.held > _MOST_HELD:
            return False
        self.values[name] = content
        return True


@dataclass(slots=True)
class Grant:
    """The broker's side of one slot."""

    slot: str
    target: str
    access: Access
    mode: SandboxMode
    key: str
    overlay: Overlay
    step: str = ""
    """The job folder's name: what marks the programs that are started for the script."""
    effects: list[dict[str, str]] = field(default_factory=list)
    is_overfull: bool = False
    """More would change than was noted, so the dry run has failed whatever its script says."""
    noted: int = 0
    refusals: list[str] = field(default_factory=list)

    @property
    def is_preview(self) -> bool:
        """Tell whether changes are only noted."""
        return self.mode is SandboxMode.PREVIEW

    @property
    def may_write(self) -> bool:
        """Tell whether the plan was approved to change this target; a dry run may say so, but not do it."""
        return self.access is Access.WRITE and self.mode is not SandboxMode.READ

    def note(self, change: str, *, before: str = "", after: str = "", whole: str = "") -> None:
        """Note what would change, in a dry run.

        Args:
            change: What would be done.
            before: What is there now, as people are shown it; cut when it is long.
            after: What would be there then.
            whole: The hashes of what is there and would be, where people are shown less than that.
        """
        told = {"change": _told(change), "before": _told(before), "after": _told(after)}
        self.noted += sum(map(len, told.values()))
        if self.noted > _MOST_NOTED:
            self.is_overfull = True
            return
        if not whole and [change, before, after] != list(told.values()):
            whole = _hash_of(f"{change}\0{before}\0{after}")
        # Sixteen digits are for people. Somebody who writes both contents can make two that agree in those.
        self.effects.append({"slot": self.slot, **told} | ({"whole": whole} if whole else {}))

    def hold(self, name: str, content: bytes | None) -> None:
        """Let later steps of a dry run see what would stand there then."""
        if not self.overlay.put(name, content):
            self.is_overfull = True

    def refuse(self, what: str, *, status: int = 403) -> Response:
        """Refuse and record it."""
        sentence = f"{self.target}: {what}"[:500]
        if len(self.refusals) < 100:
            self.refusals.append(sentence)
        return said(status, error=f"refused: {what}"[:500])


def _told(text: str) -> str:
    """Return a text as people are shown it; of a long one its hash as well, so that no change is missed."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:_LONGEST]}… {len(text)} characters, sha256 {_hash_of(text)[:16]}"


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
