"""Senders of telemetry and of reports of runs as the page shows them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.ports.telemetry_store import DOUBTFUL_FROM, SourceHealth
from domain.running.senders import groups_of, in_words
from domain.watch.alerts import Alert
from domain.watch.watching import Heard

_REASONS = 4


@dataclass(frozen=True, slots=True)
class Sender:
    """One row of the table."""

    name: str
    dialect: str
    score: int
    records: int
    refused: int
    last_at: datetime
    counts_less: bool
    reasons: tuple[str, ...]


def senders_of(found: Sequence[SourceHealth]) -> list[Sender]:
    """Return the rows, in the order they come in."""
    return [
        Sender(
            name=one.source,
            dialect=one.dialect,
            score=round(one.score),
            records=one.records,
            refused=one.refused,
            last_at=datetime.fromtimestamp(one.last_at, UTC),
            counts_less=one.doubt >= DOUBTFUL_FROM,
            reasons=one.reasons[:_REASONS],
        )
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports runs: of how many feeds, when it was last heard, whether a card says that it is silent."""

    name: str
    feeds: int
    last_at: datetime
    is_silent: bool


def reporters_of(heard: Iterable[Heard], opened: Iterable[Alert]) -> list[Reporter]:
    """Return who reports runs, those of which nothing is heard first, then the newest word first."""
    of: dict[str, list[datetime]] = {}
    for one in heard:
        of.setdefault(one.sender, []).append(one.at)
    silent = {alert.sender for alert in opened if alert.sender and alert.calm_since is None}
    found = [
        Reporter(in_words(sender), len(at), max(at), bool(silent & set(groups_of(sender))))
        for sender, at in of.items()
    ]
    return sorted(found, key=lambda one: (not one.is_silent, -one.last_at.timestamp(), one.name))
