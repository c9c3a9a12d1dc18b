"""Evidence that the sources have forgotten, from the case that an earlier diagnosis was made from.

Telemetry is kept for days, an incident for years: whoever looks again later gets the same case.
"""

import logging
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from domain.errors import BadInput
from domain.investigation.evidence import IncidentCase, RunFacts
from domain.ports.diagnostician import EvidenceGatherer, Gathered, Inquiry
from domain.ports.incident_stores import KeptCase

log = logging.getLogger("dogwatch.evidence")

_FRESH = timedelta(hours=1)
"""Sources forget nothing so soon; what one does not give is away, not gone."""
_KINDS = ("metric", "span", "log", "change", "edge", "run", "schema")


class KeptEvidence:
    """Implements `EvidenceGatherer`: the sources first, and what was kept where they hold less by now."""

    def __init__(self, sources: EvidenceGatherer, now: Callable[[], datetime]) -> None:
        self._sources = sources
        self._now = now

    def gather(self, inquiry: Inquiry) -> Gathered:
        """Return what could be had, or what was kept when half of a kind is forgotten."""
        fresh = self._sources.gather(inquiry)
        if inquiry.kept is None or self._now() - inquiry.kept.gathered_at < _FRESH:
            return fresh
        try:
            case, run = opened(inquiry.kept)
        except BadInput as error:
            log.warning("a kept case can't be read: %s", error, extra={"incident": inquiry.incident})
            return fresh
        if not _tells_less(fresh, case, run):
            return fresh
        when = f"{inquiry.kept.gathered_at:%Y-%m-%d %H:%M} UTC"
        said = f"what the sources hold of that time by now; this is what I kept on {when}"
        return replace(
            fresh,
            case=replace(case, unavailable=(*case.unavailable, said)),
            run=_run(fresh.run, run),
            where_from=dict.fromkeys(_KINDS, f"kept on {when}"),
            is_kept=True,
            looked="",
        )


def opened(kept: KeptCase) -> tuple[IncidentCase, RunFacts | None]:
    """Return a kept case; raises `BadInput` when it is damaged."""
    from rca.cases.case_files import read_case
    from rca.cases.case_pack import unpack
    from rca.cases.run_files import read_run

    with tempfile.TemporaryDirectory(prefix="dogwatch-case-") as folder:
        unpacked = unpack(kept.content, Path(folder))
        return read_case(unpacked), read_run(unpacked)


def _tells_less(fresh: Gathered, case: IncidentCase, run: RunFacts | None) -> bool:
    pairs = zip(_amounts(fresh.case), _amounts(case), strict=True)
    return any(now * 2 < then for now, then in pairs) or _is_forgotten(fresh.run, run)


def _amounts(case: IncidentCase) -> Sequence[int]:
    window = case.telemetry
    return len(window.metrics.series), len(window.spans), len(window.logs)


def _is_forgotten(fresh: RunFacts | None, kept: RunFacts | None) -> bool:
    return kept is not None and bool(kept.run_id) and (fresh is None or fresh.status == "unknown")


def _run(fresh: RunFacts | None, kept: RunFacts | None) -> RunFacts | None:
    """Return the run of the kept case, unless the feed has gone on and another run is in question by now."""
    if kept is None or (fresh is not None and fresh.run_id != kept.run_id and fresh.status != "unknown"):
        return fresh
    return kept
