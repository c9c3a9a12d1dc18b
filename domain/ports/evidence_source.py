"""Port: somewhere evidence lives, asked at the moment of need."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.investigation.evidence import Change, Doubt, Telemetry


@dataclass(frozen=True, slots=True)
class EvidenceQuery:
    """What to fetch: a window in UTC and the services of interest (empty means all), with bounds."""

    begin: datetime
    end: datetime
    anomaly: datetime
    services: tuple[str, ...] = ()
    step_seconds: int = 60
    most_rows: int = 50_000


@dataclass(frozen=True, slots=True)
class EvidenceAnswer:
    """What a source gave; `missing` says in words what it could not give, `doubts` what counts less."""

    source: str
    telemetry: Telemetry
    calls: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
    missing: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()


class EvidenceSource(Protocol):
    """One place to pull evidence from.

    `fetch` raises OutsideTrouble when the place is away or answers nonsense; it never blocks longer than its
    own timeout and never returns more than `most_rows` rows of a kind.
    """

    @property
    def name(self) -> str:
        """Return the name people know the source by."""
        ...

    def fetch(self, query: EvidenceQuery) -> EvidenceAnswer:
        """Return what the source holds for the window."""
        ...
