"""One granted target for one try of one step: what is allowed, what would change, what was refused."""

from dataclasses import dataclass, field

from domain.plans import Access
from domain.ports.sandbox import SandboxMode
from remediation.broker.wire import Response, said

_LONGEST = 2_000


@dataclass(slots=True)
class Overlay:
    """What a dry run would have changed so far, so that later steps of it see it. One per target."""

    values: dict[str, bytes | None] = field(default_factory=dict)


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
    refusals: list[str] = field(default_factory=list)

    @property
    def is_preview(self) -> bool:
        """Tell whether changes are only noted."""
        return self.mode is SandboxMode.PREVIEW

    @property
    def may_write(self) -> bool:
        """Tell whether the plan was approved to change this target; a dry run may say so, but not do it."""
        return self.access is Access.WRITE and self.mode is not SandboxMode.READ

    def note(self, change: str, *, before: str = "", after: str = "") -> None:
        """Note what would change, in a dry run."""
        self.effects.append(
            {
                "slot": self.slot,
                "change": change[:_LONGEST],
                "before": before[:_LONGEST],
                "after": after[:_LONGEST],
            }
        )

    def refuse(self, what: str, *, status: int = 403) -> Response:
        """Refuse and record it."""
        sentence = f"{self.target}: {what}"[:500]
        if len(self.refusals) < 100:
            self.refusals.append(sentence)
        return said(status, error=f"refused: {what}"[:500])
