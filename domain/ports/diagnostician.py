"""Ports: the engine that says why, and whoever gathers what it looks at."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.ids import IncidentId
from domain.investigation.diagnosis_report import DiagnosisReport, MapSlice
from domain.investigation.evidence import EvidenceItem, IncidentCase, RunFacts
from domain.ports.incident_stores import KeptCase


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What is asked: why this, at that time.

    Args:
        about: `feed/<name>`, `service/<name>`, or empty for the system as a whole.
        title: What people or the alert call the trouble; text from outside.
        began_at: First sign of the trouble, aware.
        number: Counts the diagnoses of this incident, from 1.
        ruled_out: Causes that people said it is not.
        kept: What an earlier diagnosis was made from, for when the sources have forgotten.
        until: The end of the hours that are asked about; None where it is about now, or goes on.
        since: Their begin; None where no hours are named.
        zone: By whose clock people think of them.
    """

    incident: IncidentId
    about: str
    title: str
    began_at: datetime
    asked_at: datetime
    number: int = 1
    ruled_out: tuple[str, ...] = ()
    on_behalf_of: str = "nobody"
    kept: KeptCase | None = None
    until: datetime | None = None
    since: datetime | None = None
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that a diagnosis may look at.

    Args:
        case: Telemetry around the moment, changes, topology.
        run: The run of a data feed and its own scope, for questions about feeds.
        where_from: Kind of evidence (`metric`, `log`, `span`, `change`, `run`, …) to where it came from.
        dropped: What was left out on purpose, in words.
        looked: Which of the hours that were asked about were looked at, as a sentence without its full stop.
        is_kept: Whether it is what an earlier diagnosis was made from, because the sources have forgotten.
    """

    case: IncidentCase
    run: RunFacts | None = None
    where_from: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    looked: str = ""
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Examined:
    """A diagnosis, and how to keep what it was made from.

    Args:
        pack: Returns the case as bytes; takes up to a second, so after the answer is shown. Raises `BadInput`
            for a case too large to keep. None when it is kept already.
    """

    report: DiagnosisReport
    pack: Callable[[], bytes] | None = None


Show = Callable[[str], bool]
"""Shows a model's words while they grow; returns whether they are still wanted."""


@dataclass(frozen=True, slots=True)
class SourceLink:
    """How people look at evidence with its source's tools: an address, a line for the shell, or neither."""

    url: str = ""
    command: str = ""


class SourceLinks(Protocol):
    """Knows the pages of the sources."""

    def find(
        self, item: EvidenceItem, case: IncidentCase, run: RunFacts | None, where_from: Mapping[str, str]
    ) -> SourceLink:
        """Return where the evidence is looked at; empty where nothing is known of it."""
        ...


class EvidenceGatherer(Protocol):
    """Asks every source that may know something, each within its own time."""

    def gather(self, inquiry: Inquiry) -> Gathered:
        """Return what could be had; a source that is away is named in the case, never an error."""
        ...


class Diagnostician(Protocol):
    """Says why, with evidence. Every method blocks and computes: for the heavy process."""

    def examine(self, inquiry: Inquiry) -> Examined:
        """Return the diagnosis, made without any language model; the same for the same evidence."""
        ...

    def reword(self, inquiry: Inquiry, report: DiagnosisReport, show: Show) -> DiagnosisReport:
        """Return the report with a model's words and further hypotheses; the same when there is no model."""
        ...

    def draw(self, report: DiagnosisReport) -> tuple[bytes, ...]:
        """Return pictures as PNG: the series that turned, then the path of the trouble."""
        ...


class Cartographer(Protocol):
    """The map of what depends on what."""

    def around(self, name: str) -> MapSlice:
        """Return the part of the map around a feed or service; empty when it is not on the map."""
        ...

    def names(self) -> Sequence[str]:
        """Return every name on the map."""
        ...

    async def draw(self, around: MapSlice, title: str) -> bytes:
        """Return a picture of a part of the map as PNG."""
        ...
