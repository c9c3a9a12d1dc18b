"""Port: somewhere a script can run without reaching anything it was not given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from domain.remediation.plans import Script, Value


class SandboxMode(StrEnum):
    """Whether changes reach the targets, or are only reported."""

    PREVIEW = "preview"
    READ = "read"
    RUN = "run"


class Ending(StrEnum):
    """How a sandboxed script came to its end."""

    EXITED = "exited"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    OUT_OF_MEMORY = "out_of_memory"
    NEVER_RAN = "never_ran"
    """The sandbox itself failed: this is not a failed step."""


@dataclass(frozen=True, slots=True)
class SandboxJob:
    """One script with its arguments. `kept` is what `remember` read before the change."""

    script: Script
    mode: SandboxMode
    arguments: dict[str, Value] = field(default_factory=dict)
    kept: dict[str, Value] = field(default_factory=dict)
    key: str = ""
    """The idempotency key that targets get: stable for an order and step, never for a try."""
    known_as: str = ""
    """The key by which the script finds work that an earlier order asked for; `key` if empty."""
    folder: str = ""
    """Names this very try, so that what is left of it after a crash can be found; random if empty."""
    preview: str = ""
    """Jobs of one dry run share a name, so that later steps see what earlier ones would have changed."""


@dataclass(frozen=True, slots=True)
class SandboxOutcome:
    """What came out. Output is redacted and cut; `dropped_bytes` counts what was cut."""

    ending: Ending
    exit_code: int | None
    output: str
    errors: str
    dropped_bytes: int = 0
    took_ms: int = 0
    reports: tuple[str, ...] = ()
    """Lines of JSON that the script or the broker reported as effects or kept values."""
    refusals: tuple[str, ...] = ()
    """What the broker refused, for the record."""
    is_cut: bool = False
    """Of what it reported, or would have changed, a part is missing."""

    @property
    def is_good(self) -> bool:
        """Tell whether the script ran to its end and exited with 0."""
        return self.ending is Ending.EXITED and self.exit_code == 0


class Sandbox(Protocol):
    """Runs one script at a time per call, in a world of its own."""

    async def run(
        self,
        job: SandboxJob,
        *,
        told: Callable[[str], None] | None = None,
        started: Callable[[int, str], None] | None = None,
    ) -> SandboxOutcome:
        """Run the script; `told` gets output lines as they come, `started` the launcher's process id on the
        host and a word that stands in its command line.

        Cancelling the call ends every process of the script before it returns.
        """
        ...

    def forget(self, preview: str) -> None:
        """Drop what the dry run of that name noted."""
        ...

    async def tried(self) -> Sequence[str]:
        """Try to break out; return the attempts that succeeded, none when the walls stand."""
        ...
