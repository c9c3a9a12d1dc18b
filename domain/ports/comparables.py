"""Port: which feeds can be compared with their source, by settings or by their own configuration."""

from collections.abc import Sequence
from typing import Protocol

from domain.data_quality.reconciling import Comparable


class Comparables(Protocol):
    """Knows the tables of feeds."""

    def every(self) -> Sequence[Comparable]:
        """Return the feeds whose tables are named; those that lack something say what."""
        ...

    def of(self, feed: str) -> Comparable:
        """Return one feed; what it lacks is said in words, also for a feed that nobody named."""
        ...
