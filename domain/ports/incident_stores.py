"""Ports: incidents with their timelines, in the transaction of the act."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from domain.ids import IncidentId
from domain.investigation.incidents import Incident, IncidentKind, TimelineEntry


@dataclass(frozen=True, slots=True)
class Judged:
    """A diagnosis that people judged: how sure it was, and whether its first cause was right."""

    confidence: float
    was_right: bool


@dataclass(frozen=True, slots=True)
class KeptCase:
    """What a diagnosis was made from, packed in the neutral case format.

    Args:
        number: Which diagnosis of the incident it was made for.
        gathered_at: When its sources were asked.
        content: A zip, bounded and without secrets.
    """

    incident: IncidentId
    number: int
    gathered_at: datetime
    content: bytes = field(repr=False)


class IncidentStore(Protocol):
    """Incidents and questions."""

    def hold_openings(self) -> None:
        """Wait until no other transaction looks whether there is an incident already, to open one."""
        ...

    def get(self, incident: IncidentId) -> Incident:
        """Return the incident, locked for this transaction; raises `NotFound`."""
        ...

    def save(self, incident: Incident) -> None:
        """Add or replace an incident."""
        ...

    def open_about(self, about: str, kind: IncidentKind | None = None) -> Incident | None:
        """Return the newest open one about a subject, an incident before a question; or None."""
        ...

    def open_ones_about(self, subjects: Collection[str], kind: IncidentKind) -> dict[str, IncidentId]:
        """Return, by subject, the newest open one of a kind."""
        ...

    def of_alerts(self, keys: Collection[str]) -> dict[str, IncidentId]:
        """Return, by alert, the newest incident that it belongs to, an open one before others."""
        ...

    def link_alerts(self, incident: IncidentId, since: Mapping[str, datetime]) -> None:
        """Keep that alerts belong to an incident, which may have no room to name them."""
        ...

    def every_open(self) -> list[Incident]:
        """Return open incidents and questions, oldest first."""
        ...

    def newest(self, limit: int) -> list[Incident]:
        """Return incidents (no questions), newest first."""
        ...

    def answered_before(self, before: datetime, most: int) -> list[Incident]:
        """Return questions that are closed, were asked before a moment and still name what they were answered
        from, oldest first.
        """
        ...

    def unfinished(self) -> list[Incident]:
        """Return everything whose story still goes on: not closed."""
        ...

    def judge(self, incident: IncidentId, judged: Judged, at: datetime) -> None:
        """Note whether the newest diagnosis was right; a later judgement replaces it."""
        ...

    def judged(self) -> list[Judged]:
        """Return every judged diagnosis."""
        ...


class IncidentTimeline(Protocol):
    """What happened in incidents, line by line."""

    def add(self, entry: TimelineEntry) -> bool:
        """Add a line; False when its key exists."""
        ...

    def add_all(self, entries: Sequence[TimelineEntry]) -> None:
        """Add lines in bulk; those whose key exists stay as they are."""
        ...

    def of(self, incident: IncidentId, limit: int = 500) -> Sequence[TimelineEntry]:
        """Return the lines of an incident, oldest first; with a limit, the newest ones of them."""
        ...


class KeptCaseStore(Protocol):
    """The case of each incident's newest diagnosis; it stays as long as the incident does."""

    def find(self, incident: IncidentId) -> KeptCase | None:
        """Return what is kept, None when nothing is."""
        ...

    def keep(self, kept: KeptCase) -> None:
        """Keep a case in place of the incident's former one."""
        ...

    def forget(self, incident: IncidentId) -> None:
        """Let the case of an incident go."""
        ...
