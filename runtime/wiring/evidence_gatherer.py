"""The evidence desk behind the port that diagnoses ask: one inquiry in, one case out."""

import asyncio

from domain.evidence import Alert
from domain.ports.diagnostician import Gathered, Inquiry
from runtime.wiring.evidence import EvidenceDesk, SourceReport


class TelemetryGatherer:
    """Implements `EvidenceGatherer` for services and for the system as a whole; for the heavy process."""

    def __init__(self, desk: EvidenceDesk) -> None:
        self._desk = desk

    def gather(self, inquiry: Inquiry) -> Gathered:
        """Return what could be had within the desk's budget; never an error for a source that is away."""
        kind, _, name = inquiry.about.partition("/")
        services = (name,) if kind == "service" and name else ()
        found = asyncio.run(
            self._desk.gather(
                inquiry.incident,
                inquiry.title,
                services,
                anomaly=inquiry.began_at,
                end=inquiry.asked_at,
                alert=Alert(service=name, summary=inquiry.title) if name else Alert(summary=inquiry.title),
            )
        )
        dropped = [
            f"{one.source}: {said}" for one in found.reports for said in one.said if "left out" in said
        ]
        return Gathered(case=found.case, where_from=_where_from(found.reports), dropped=tuple(dropped))


def _where_from(reports: tuple[SourceReport, ...]) -> dict[str, str]:
    """Return each kind of evidence with the names of the sources that gave some of it."""
    found: dict[str, list[str]] = {}
    for report in reports:
        for kind in report.kinds:
            found.setdefault(kind, []).append(report.source)
    return {kind: ", ".join(names) for kind, names in found.items()}
