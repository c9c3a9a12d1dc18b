"""What alerts and incidents ask of the library: the runbook, and what was alike before."""

from collections.abc import Sequence
from typing import Protocol

from domain.articles import Reader
from domain.library import Related


class RelatedKnowledge(Protocol):
    """Finds what the library knows beside an alert or incident."""

    def related(
        self,
        words: str,
        *,
        name: str = "",
        services: Sequence[str] = (),
        feeds: Sequence[str] = (),
        reader: Reader | None = None,
    ) -> Related:
        """Return runbooks and similar incidents for these words, best first; empty when nothing fits.

        Never raises for a library that is away: exact words answer then, or nothing does, and `limited`
        says so. Blocks for some 30 ms, so it belongs into an activity, never into a painter.

        Args:
            words: Summary and description, symptoms, log lines.
            name: The alert's or error's identifier.
            services: Services that the trouble touches; alike articles come first, others are not excluded.
            feeds: Feeds that it touches, likewise.
            reader: Who will see it; None only what everybody may read.
        """
        ...
