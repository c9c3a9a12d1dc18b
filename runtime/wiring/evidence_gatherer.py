"""The evidence desk behind the port that diagnoses ask: one inquiry in, one case out."""

import asyncio
import difflib
from dataclasses import replace

from domain.evidence import Alert, IncidentCase
from domain.ports.diagnostician import Gathered, Inquiry
from runtime.wiring.evidence import BEFORE, EvidenceDesk, SourceReport


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
                # As long after as before: in hours of samples, minutes of trouble look like none.
                end=min(inquiry.asked_at, inquiry.began_at + BEFORE),
                alert=Alert(service=name, summary=inquiry.title) if name else Alert(summary=inquiry.title),
            )
        )
        dropped = [
            f"{one.source}: {said}" for one in found.reports for said in one.said if "left out" in said
        ]
        case = _with_a_word_about(found.case, name) if kind == "service" else found.case
        return Gathered(case=case, where_from=_where_from(found.reports), dropped=tuple(dropped))


def _with_a_word_about(case: IncidentCase, name: str) -> IncidentCase:
    """Return the case with a word about a service of which no source tells anything, but of others.

    Whoever asks about a name that nothing has reads an answer about others, and should know it.
    """
    window = case.telemetry
    told = {one for service, _ in window.metrics.series for one in service.split(">")}
    told |= {*window.spans.service, *window.logs.service}
    lowered = name.lower()
    if not name or not told or any(one.lower() == lowered for one in told):
        return case
    near = difflib.get_close_matches(name, sorted(told), n=3)
    meant = f"; did you mean {' or '.join(near)}" if near else ""
    said = (
        f"anything of {name}: no source tells of a service named so{meant}. What stands here is about others"
    )
    return replace(case, unavailable=(said, *case.unavailable))


def _where_from(reports: tuple[SourceReport, ...]) -> dict[str, str]:
    """Return each kind of evidence with the names of the sources that gave some of it."""
    found: dict[str, list[str]] = {}
    for report in reports:
        for kind in report.kinds:
            found.setdefault(kind, []).append(report.source)
    return {kind: ", ".join(names) for kind, names in found.items()}
