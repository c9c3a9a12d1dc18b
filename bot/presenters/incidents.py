"""How an incident reads: the answer first, then why, how sure, what was looked at, and what is being done."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote as quoted

from bot.cards.model import Action, ActionStyle, Card, Fact, Link, Picture, Section, Tone
from bot.cards.shorten import clip
from bot.cards.text import literal, md, quote
from bot.presenters.incident_answers import answer_sections, causes_of, how_sure, lead_sentence
from bot.presenters.incident_fixes import fix_links, fix_section, fix_sentence
from domain.identity.people import Person
from domain.investigation.diagnosis import Hypothesis
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.incidents import (
    Incident,
    IncidentKind,
    IncidentRole,
    IncidentState,
    Severity,
    TimelineEntry,
)
from domain.remediation.fixes import Fix

_LATEST = 4
_OPENED = 3
_TONES = {
    Severity.SEV1: Tone.DANGER,
    Severity.SEV2: Tone.DANGER,
    Severity.SEV3: Tone.WARNING,
    Severity.SEV4: Tone.CALM,
}


def incident_card(
    incident: Incident,
    report: DiagnosisReport | None,
    timeline: Sequence[TimelineEntry],
    people: Mapping[str, Person],
    fixes: Sequence[Fix] = (),
) -> Card:
    """Return the live card of an incident or question; `fixes` are what was planned for it, oldest first."""
    title = incident_title(incident)
    lead = " ".join(part for part in (fix_sentence(incident, fixes), lead_sentence(incident, report)) if part)
    sections = [] if report is None else answer_sections(incident, report)
    if fixes:
        sections.insert(0, fix_section(fixes))
    if incident.status:
        sections.insert(0, Section(heading="Status", text=quote(incident.status)))
    if timeline and incident.kind is IncidentKind.INCIDENT:
        lines = [timeline_line(entry, people) for entry in timeline[-_LATEST:]]
        sections.append(Section(heading="Latest, UTC", text="\n".join(lines)))
    return Card(
        title=title,
        tone=_tone(incident),
        lead=lead,
        facts=_facts(incident, report, people),
        sections=tuple(sections),
        picture=_picture(incident, report),
        progress=None,
        actions=incident_actions(incident, report),
        links=(*_links(incident, report), *fix_links(fixes)),
        footer=md("`{id}`", id=incident.id),
        full_view=page_of(incident),
        plain=f"{title}. {literal(lead)}",
    )


def incident_title(incident: Incident) -> str:
    """Return what the card of an incident is headed with."""
    if incident.kind is IncidentKind.QUESTION:
        return incident.title if incident.title.startswith("Why ") else f"Why: {incident.title}"
    return f"{incident.severity.value.upper()} {incident.state.value}: {incident.title}"


def page_of(incident: Incident) -> str:
    """Return the path of an incident's page."""
    return f"/incidents/{incident.id}"


def evidence_path(incident: Incident, evidence: str) -> str:
    """Return the path of a piece of evidence in the diagnosis that is shown now; it stays the same later."""
    return f"{page_of(incident)}/evidence/{incident.report}/{quoted(evidence, safe='')}"


def timeline_line(entry: TimelineEntry, people: Mapping[str, Person], longest: int = 300) -> str:
    """Return one line of a timeline as small Markdown."""
    who = called(entry.by, people)
    text, _ = clip(entry.text, longest)
    return md("{at} **{who}** {text}", at=f"{entry.at:%d %b %H:%M}", who=who, text=text)


def called(who: str, people: Mapping[str, Person]) -> str:
    """Return what somebody is called; what was done by itself is ours."""
    return people[who].name if who in people else "Dogwatch" if who == "dogwatch" else who


def _tone(incident: Incident) -> Tone:
    if not incident.is_open:
        return Tone.GOOD
    return Tone.CALM if incident.kind is IncidentKind.QUESTION else _TONES[incident.severity]


def _facts(
    incident: Incident, report: DiagnosisReport | None, people: Mapping[str, Person]
) -> tuple[Fact, ...]:
    def name(person: str) -> str:
        return called(person, people)

    facts = []
    if incident.about:
        facts.append(Fact(label="About", value=quote(incident.about.replace("/", " ", 1))))
    if incident.asked_hours is not None:
        facts.append(Fact(label="When", value=quote(incident.asked_hours.words)))
    if report is not None and causes_of(report) and not incident.true_cause():
        facts.append(Fact(label="How sure", value=how_sure(report)))
    if incident.kind is IncidentKind.INCIDENT:
        lead = incident.roles.get(IncidentRole.LEAD)
        facts.append(Fact(label="Lead", value=quote(name(lead)) if lead else "nobody yet"))
        facts += [
            Fact(label=role.value.capitalize(), value=quote(name(person)))
            for role, person in incident.roles.items()
            if role is not IncidentRole.LEAD
        ]
        opened = f"{incident.opened_at:%d %b %H:%M} UTC by {name(incident.opened_by)}"
        facts.append(Fact(label="Opened", value=quote(opened)))
    if incident.alerts:
        firing = sum(alert.is_firing for alert in incident.alerts)
        facts.append(Fact(label="Alerts", value=f"{len(incident.alerts)}, {firing} still firing"))
    if incident.related:
        facts.append(Fact(label="Related", value=quote(", ".join(incident.related[:5]))))
    if incident.duplicate_of:
        facts.append(Fact(label="Same as", value=quote(incident.duplicate_of)))
    true = incident.true_cause()
    if true and incident.cause and incident.cause != true:
        facts += [
            Fact(label="It was", value=quote(true)),
            Fact(label="What helped", value=quote(incident.cause)),
        ]
    elif incident.cause or true:
        facts.append(Fact(label="It was", value=quote(incident.cause or true)))
    return tuple(facts)


def _picture(incident: Incident, report: DiagnosisReport | None) -> Picture | None:
    if not incident.pictures or report is None:
        return None
    turned = ", ".join(chart.title for chart in report.charts)
    says = f"Series that turned: {turned}" if report.charts else "Path of the trouble on the map"
    return Picture(path=f"/incidents/pictures/{incident.pictures[0]}.png", alternative=says[:300])


def _links(incident: Incident, report: DiagnosisReport | None) -> tuple[Link, ...]:
    links = [Link(label="Everything on one page", target=page_of(incident)), *_evidence(incident, report)]
    if len(incident.pictures) > 1:
        path = f"/incidents/pictures/{incident.pictures[1]}.png"
        links.append(Link(label="Path of the trouble (picture)", target=path))
    links += [
        Link(label=f"Alert {alert.name}"[:60], target=alert.link)
        for alert in incident.alerts[:3]
        if alert.link
    ]
    return tuple(links)


def _evidence(incident: Incident, report: DiagnosisReport | None) -> list[Link]:
    """Return the way to what the first cause and the first change rest on; the buttons lead to the rest."""
    if report is None:
        return []
    first = [one for claim in causes_of(report)[:1] for c in claim.claims for one in c.evidence_ids]
    changes = [one for change in report.diagnosis.changes[:1] for one in change.evidence_ids]
    wanted = dict.fromkeys([*first[:_OPENED], *changes])
    found = [detail for one in wanted if (detail := report.detail(one)) is not None]
    return [
        Link(label=f"{one.evidence_id}: {one.title}"[:60], target=evidence_path(incident, one.evidence_id))
        for one in found
    ]


def incident_actions(incident: Incident, report: DiagnosisReport | None) -> tuple[Action, ...]:
    """Return the buttons of the card as the incident stands."""
    about = incident.subject
    if incident.state is IncidentState.CLOSED:
        return (Action(verb="incident.timeline", label="Timeline", subject=about),)
    actions = []
    causes = causes_of(report)[:3]
    for place, hypothesis in enumerate(causes):
        label = f"Evidence: {hypothesis.service}"[:60]
        arguments = {"cause": hypothesis.service[:100]}
        style = ActionStyle.PRIMARY if place == 0 else ActionStyle.PLAIN
        actions.append(
            Action(verb="incident.evidence", label=label, subject=about, arguments=arguments, style=style)
        )
    if causes and not incident.is_ruled_out(causes[0].service):
        first = causes[0].service
        arguments = {"cause": first[:100]}
        actions.append(Action(verb="incident.not_this", label="Not this", subject=about, arguments=arguments))
    if incident.kind is IncidentKind.QUESTION or incident.is_open:
        actions += _fix(incident, causes)
    actions.append(Action(verb="incident.was", label="It was …", subject=about))
    actions.append(Action(verb="incident.again", label="Look again", subject=about))
    if incident.kind is IncidentKind.QUESTION:
        make = Action(verb="incident.open", label="Make it an incident", subject=about)
        return (*actions, make)
    if incident.state is IncidentState.RESOLVED:
        actions.append(Action(verb="incident.reopen", label="Reopen", subject=about))
        actions.append(Action(verb="incident.review", label="Review document", subject=about))
    else:
        if IncidentRole.LEAD not in incident.roles:
            style = ActionStyle.PRIMARY
            actions.append(Action(verb="incident.lead", label="I take the lead", subject=about, style=style))
        actions.append(Action(verb="incident.update", label="Update", subject=about))
        actions.append(Action(verb="incident.roles", label="Hand over", subject=about))
        actions.append(Action(verb="incident.note", label="Add to timeline", subject=about))
        actions.append(Action(verb="incident.resolve", label="Resolve", subject=about))
    actions.append(Action(verb="incident.timeline", label="Timeline", subject=about))
    return tuple(actions)


def _fix(incident: Incident, causes: Sequence[Hypothesis]) -> list[Action]:
    """Return the way to the plans; none while neither evidence nor people say what it is."""
    if not causes and not incident.true_cause():
        return []
    style = ActionStyle.PRIMARY if incident.roles and incident.is_open else ActionStyle.PLAIN
    return [Action(verb="fix.open", label="Fix", subject=incident.subject, style=style)]
