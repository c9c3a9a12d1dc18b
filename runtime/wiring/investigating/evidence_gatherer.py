"""The evidence desk behind the port that diagnoses ask: one inquiry in, one case out."""

import asyncio
import difflib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from domain.clock.wall_clock import local, moment_in, span_in
from domain.counting import in_series
from domain.investigation.evidence import Alert, IncidentCase, Telemetry
from domain.ports.diagnostician import Gathered, Inquiry
from runtime.wiring.investigating.evidence import BEFORE, EvidenceDesk, SourceReport

_LONGEST_LOOK, _LONGEST_SCOUTED = timedelta(hours=2), timedelta(days=8)
"""In a longer span a moment could be told no better than by days, and sources would read for minutes."""


@dataclass(frozen=True, slots=True)
class _Look:
    """Where telemetry is looked at: when the trouble began, until when, what is said of it, and whether all
    hours that are asked about were read for it."""

    anomaly: datetime
    end: datetime
    why: str = ""
    is_searched: bool = False


class TelemetryGatherer:
    """Implements `EvidenceGatherer` for services and for the system as a whole; for the heavy process."""

    def __init__(self, desk: EvidenceDesk) -> None:
        self._desk = desk

    def gather(self, inquiry: Inquiry) -> Gathered:
        """Return what could be had within the desk's budget; never an error for a source that is away."""
        return asyncio.run(self._gather(inquiry))

    async def _gather(self, inquiry: Inquiry) -> Gathered:
        kind, _, name = inquiry.about.partition("/")
        services = (name,) if kind == "service" and name else ()
        # As long after as before: in hours of samples, minutes of trouble look like none.
        look = _Look(inquiry.began_at, min(inquiry.asked_at, inquiry.began_at + BEFORE))
        if inquiry.since is not None:
            look = await self._look_then(inquiry, inquiry.since, name)
        found = await self._desk.gather(
            inquiry.incident,
            inquiry.title,
            services,
            anomaly=look.anomaly,
            end=look.end,
            alert=Alert(service=name, summary=inquiry.title) if name else Alert(summary=inquiry.title),
        )
        dropped = [
            f"{one.source}: {said}" for one in found.reports for said in one.said if "left out" in said
        ]
        case = _with_a_word_about(found.case, name) if kind == "service" else found.case
        return Gathered(
            case=case,
            where_from=_where_from(found.reports),
            dropped=tuple(dropped),
            looked=_looked(inquiry, look, case.telemetry, found.reports) if inquiry.since is not None else "",
        )

    async def _look_then(self, inquiry: Inquiry, since: datetime, name: str) -> _Look:
        """Return where in the hours that are asked about to look: where it turned worse, if anywhere."""
        from rca.series.past_trouble import turns_within

        until = inquiry.until or inquiry.asked_at
        end = min(inquiry.asked_at, max(until, inquiry.began_at + BEFORE), since + _LONGEST_LOOK)
        plain = _Look(inquiry.began_at, max(end, min(inquiry.asked_at, inquiry.began_at + BEFORE)))
        if until - since > _LONGEST_SCOUTED:
            return plain
        scouted, query = await self._desk.scout(since, until, (name,) if name else ())
        if name and not _tells(scouted):  # what others felt of it
            scouted, query = await self._desk.scout(since, until)
        turns = turns_within(
            scouted,
            name,
            since.timestamp(),
            until.timestamp(),
            anomaly=query.anomaly.timestamp(),
            step=float(query.step_seconds),
        )
        if not turns:
            return replace(plain, is_searched=_tells(scouted))
        first, *others = turns
        at = datetime.fromtimestamp(first.at, UTC)
        why = f"where {first.service} turned worse at {local(inquiry.zone, at):%H:%M} ({first.what})"
        if others:
            when = [
                f"{'it' if one.service == first.service else one.service} at "
                f"{moment_in(inquiry.zone, datetime.fromtimestamp(one.at, UTC))}"
                for one in others
            ]
            why += f"; so did, less plainly, {' and '.join(when)}"
        return _Look(at, min(inquiry.asked_at, at + BEFORE), why)


def _tells(window: Telemetry) -> bool:
    return bool(window.metrics.series or len(window.spans) or len(window.logs))


def _looked(inquiry: Inquiry, look: _Look, window: Telemetry, reports: tuple[SourceReport, ...]) -> str:
    """Return which hours were looked at, as a sentence without its full stop."""
    when = span_in(inquiry.zone, look.anomaly - BEFORE, look.end, inquiry.asked_at)
    silent = [one.source for one in reports if not one.answered]
    if not _tells(window) and silent:
        return f"No source of telemetry told me anything of {when}; {in_series(silent)} did not answer"
    if not _tells(window):
        return f"No source of telemetry holds anything of {when}: it was never sent, or is deleted by now"
    if look.why:
        return f"I looked at {when}, {look.why}"
    until = inquiry.until or inquiry.asked_at
    is_whole = inquiry.since is None or until <= look.end
    if is_whole:
        return f"I looked at {when}"
    if look.is_searched:
        return f"I looked at {when}; nothing turned worse at once in the hours after it either"
    return f"I looked at {when}; the hours after it I could not search: ask about some of them"


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
