"""Views of an incident beside its live card: evidence of a cause, timeline, summary, the board."""

from collections.abc import Mapping, Sequence

from bot.cards.model import Card, Link, Section, Table, Tone
from bot.cards.text import literal, md, quote
from bot.presenters.incident_answers import lead_sentence
from bot.presenters.incidents import evidence_path, incident_title, page_of, timeline_line
from domain.counting import counted
from domain.identity.people import Person
from domain.investigation.diagnosis import Hypothesis
from domain.investigation.diagnosis_report import DiagnosisReport, EvidenceDetail
from domain.investigation.incidents import EntryKind, Incident, IncidentRole, TimelineEntry

_EVIDENCE = 5
_ROWS = 10
_QUOTED = 1200


def evidence_card(incident: Incident, report: DiagnosisReport, hypothesis: Hypothesis) -> Card:
    """Return the evidence of one cause with its first numbers; each piece links to its page."""
    wanted = [one for claim in hypothesis.claims for one in claim.evidence_ids]
    found = [d for d in (report.detail(one) for one in dict.fromkeys(wanted)) if d is not None]
    sections: list[Section] = []
    for detail in found[:_EVIDENCE]:
        sections.append(Section(heading=detail.evidence_id, text=_told(detail)))
        if exact := detail_text(detail):
            sections.append(Section(text=exact, is_code=True))
        if detail.command:
            sections.append(Section(text=detail.command, is_code=True))
    links = tuple(
        Link(label=f"{d.evidence_id}: {d.title}"[:75], target=evidence_path(incident, d.evidence_id))
        for d in found[:10]
    )
    links += tuple(
        Link(label=f"{d.evidence_id} at the source", target=d.link) for d in found[:_EVIDENCE] if d.link
    )
    speak = counted(len(found), "piece of evidence speaks", "pieces of evidence speak")
    said = md("{speak} for **{cause}**.", speak=speak, cause=hypothesis.service)
    return Card(
        title=f"Evidence for {hypothesis.service}",
        lead=said,
        sections=tuple(sections),
        links=links,
        full_view=page_of(incident),
        plain=f"{literal(said)} " + " ".join(d.title for d in found),
    )


def detail_text(detail: EvidenceDetail, rows: int = _ROWS, quoted: int = _QUOTED) -> str:
    """Return numbers and quoted text of a detail as exact text in columns."""
    shown = _picked(detail.rows, rows)
    table = [detail.columns, *shown] if detail.rows else []
    columns = range(len(detail.columns)) if table else ()
    widths = [max(len(row[n]) for row in table if n < len(row)) for n in columns]
    lines = ["  ".join(cell.ljust(widths[n]) for n, cell in enumerate(row)).rstrip() for row in table]
    if len(shown) < len(detail.rows):
        lines.append(f"({counted(len(detail.rows) - len(shown), 'more row')} on the page)")
    if detail.quoted:
        lines += ["", *detail.quoted[:quoted].splitlines()] if lines else detail.quoted[:quoted].splitlines()
    return "\n".join(lines)


def _picked(rows: Sequence[tuple[str, ...]], most: int) -> Sequence[tuple[str, ...]]:
    """Return the middle rows: details put what matters there, with the time before and after around it."""
    if len(rows) <= most:
        return rows
    begin = (len(rows) - most) // 2
    return rows[begin : begin + most]


def _told(detail: EvidenceDetail) -> str:
    source = md(" *from {source}*", source=detail.where_from) if detail.where_from else ""
    return quote(detail.title) + source


def timeline_card(
    incident: Incident,
    entries: Sequence[TimelineEntry],
    people: Mapping[str, Person],
    shown: int = 60,
    longest: int = 300,
) -> Card:
    """Return what happened, oldest first: so many lines, each of so many characters at most."""
    lines = [timeline_line(entry, people, longest) for entry in entries[-shown:]]
    left_out = len(entries) - len(lines)
    sections = [Section(text="\n".join(lines[begin : begin + 20])) for begin in range(0, len(lines), 20)] or [
        Section(text="Nothing has happened yet.")
    ]
    return Card(
        title=f"Timeline: {incident.title}",
        lead="Times are UTC." + (f" {left_out} earlier lines are on the page." if left_out else ""),
        sections=tuple(sections),
        links=(Link(label="Everything on one page", target=page_of(incident)),),
        full_view=page_of(incident),
        plain=f"Timeline of {incident.title}: " + " / ".join(literal(line) for line in lines[-10:]),
    )


def summary_card(
    incident: Incident,
    report: DiagnosisReport | None,
    entries: Sequence[TimelineEntry],
    people: Mapping[str, Person],
) -> Card:
    """Return the incident in a few sentences, for somebody who just came in."""
    lead = lead_sentence(incident, report)
    until = incident.resolved_at
    lasted = f", over after {_minutes(incident)} min" if until else f", {incident.state.value} now"
    what = md("Began {at} UTC{lasted}.", at=f"{incident.began_at:%d %b %H:%M}", lasted=lasted)
    has_lead = IncidentRole.LEAD in incident.roles
    leads = md("{name} leads it.", name=_lead(incident, people)) if has_lead else "Nobody leads it."
    who = leads if incident.is_open else ""
    # The status stands there in full already, so what else happened keeps its room.
    rest = [one for one in entries if (one.kind, one.text) != (EntryKind.STATUS, incident.status)]
    latest = "; ".join(quote(_with_name(one, people)[:200]).rstrip(".") for one in rest[-3:])
    happened = f"Lately: {latest}." if latest else ""
    text = "\n".join(part for part in (what, lead, who, quote(incident.status), happened) if part)
    return Card(
        title=f"Summary: {incident.title}",
        sections=(Section(text=text),),
        links=(Link(label="Everything on one page", target=page_of(incident)),),
        plain=f"{incident_title(incident)}. {literal(lead)}",
    )


def board_card(incidents: Sequence[Incident], people: Mapping[str, Person]) -> Card:
    """Return the open incidents, worst first."""
    if not incidents:
        said = "No incident is open. Say `incident …` to open one, or `why …` to ask."
        return Card(title="Incidents", lead=said, tone=Tone.GOOD, plain=literal(said))
    ordered = sorted(incidents, key=lambda i: (i.severity.value, i.opened_at))
    rows = tuple(
        (
            f"`{quote(i.id)}`",
            i.severity.value.upper(),
            quote(i.state.value),
            quote(i.title),
            quote(_lead(i, people)),
            f"{i.opened_at:%d %b %H:%M}",
        )
        for i in ordered[:30]
    )
    return Card(
        title=counted(len(incidents), "open incident"),
        table=Table(columns=("Id", "Severity", "State", "What", "Lead", "Since, UTC"), rows=rows),
        links=tuple(Link(label=f"{i.id}: {i.title}"[:75], target=page_of(i)) for i in ordered[:10]),
        plain="Open incidents: " + "; ".join(f"{i.id} {i.severity.value} {i.title}" for i in ordered[:30]),
    )


def _lead(incident: Incident, people: Mapping[str, Person]) -> str:
    lead = incident.roles.get(IncidentRole.LEAD)
    return people[lead].name if lead is not None and lead in people else "nobody"


def _minutes(incident: Incident) -> int:
    ended = incident.resolved_at or incident.updated_at
    return max(0, int((ended - incident.began_at).total_seconds() // 60))


def _with_name(entry: TimelineEntry, people: Mapping[str, Person]) -> str:
    """Return what happened; who took or gave a part is its subject."""
    name = people[entry.by].name if entry.kind is EntryKind.ROLE and entry.by in people else ""
    return f"{name} {entry.text}".strip()
