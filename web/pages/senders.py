"""Senders of telemetry as the page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.ports.telemetry_store import DOUBTFUL_FROM, SourceHealth

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
