"""How an alert reads: what will probably happen and when, why, what helps, and what became of it."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from bot.cards.model import Card, Fact, Link, Section, Tone
from bot.cards.text import literal, md, quote, told
from bot.presenters.alert_actions import alert_actions
from domain.clock.wall_clock import moment_in
from domain.identity.people import Person
from domain.ids import AlertId
from domain.investigation.incidents import Incident, IncidentKind
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting
from domain.watch.alert_remedies import advice_for, how_likely, trouble_in_words
from domain.watch.alerts import Alert, AlertState, Ending
from domain.watch.predictions import Verdict

_NAMED = 12
_CALLS = 4
_RECORD_FROM = 10
"""So many estimates have to be on record before a share of them is told."""
_LONG_MINUTES = 120
_HORIZON = timedelta(minutes=60)


def paint_alert(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card of an alert as it stands now."""
    alert = uow.alerts.get(AlertId(posting.subject.removeprefix("alert/")))
    people: dict[str, Person] = {person.id: person for person in uow.people.everybody()}
    incident = uow.incidents.open_about(f"feed/{alert.root}")
    entry = uow.feeds.find(alert.root)
    runbook = entry.facts.runbook if entry is not None else ""
    return alert_card(alert, people, max(alert.updated_at, alert.opened_at), incident, runbook)


def alert_card(
    alert: Alert,
    people: Mapping[str, Person],
    now: datetime,
    incident: Incident | None = None,
    runbook: str = "",
) -> Card:
    """Return the card of an alert.

    Args:
        now: The moment that "min left" speaks of.
        incident: The open one about the feed.
        runbook: Address of what to do, from the feed's configuration.
    """
    lead = _lead(alert, now)
    sections = []
    if alert.reasons and not alert.sender:
        stands = alert.state in (AlertState.RAISED, AlertState.HAPPENED)
        heading = "Why" if stands else "Why it was told"
        sections.append(Section(heading=heading, text=_sentence(told("; ".join(alert.reasons)))))
    if alert.state in (AlertState.RAISED, AlertState.HAPPENED):
        sections.append(Section(heading="What helps", text=_helps(alert)))
    if alert.dependants or alert.sender:
        heading = "Without news" if alert.sender else "Waiting for it or sharing its cause"
        sections.append(Section(heading=heading, text=_dependants(alert)))
    title = _title(alert)
    return Card(
        title=title,
        tone=_tone(alert),
        lead=lead,
        facts=tuple(_facts(alert, people)),
        sections=tuple(sections),
        actions=alert_actions(alert),
        links=tuple(_links(alert, incident, runbook)),
        plain=_plain(title, lead, alert),
    )


def _links(alert: Alert, incident: Incident | None, runbook: str) -> Iterator[Link]:
    if runbook and not alert.sender:
        yield Link(label="What to do", target=runbook)
    if alert.sender:
        yield Link(label="What came in, and from whom", target="/dashboard/intake")
    else:
        yield Link(label="The feed's page", target=f"/dashboard/feeds/{alert.root}")
    if incident is not None and incident.kind is IncidentKind.INCIDENT:
        yield Link(label=f"Incident {incident.id}: {incident.title}"[:60], target=f"/incidents/{incident.id}")


def _title(alert: Alert) -> str:
    if alert.sender:
        return _silence_title(alert)
    if alert.state is AlertState.CLOSED:
        if alert.ending is Ending.JOINED:
            return f"On another card now: {alert.root}"
        if alert.outcome is Verdict.HAPPENED:
            return f"Happened: {alert.root}"
        if alert.outcome is Verdict.DID_NOT_HAPPEN:
            return f"Did not happen: {alert.root}"
        if alert.outcome is Verdict.PREVENTED:
            return f"Prevented: {alert.root}"
        if alert.ending is Ending.MUTED:
            return f"Muted: {alert.root}"
        return f"Expected: {alert.root}" if alert.outcome is Verdict.EXPECTED else f"Closed: {alert.root}"
    if alert.state is AlertState.BACK_ON_TRACK:
        return f"Back on track: {alert.root}"
    if alert.state is AlertState.HAPPENED:
        return f"It happened: {alert.stricken or alert.root}" if alert.is_foretold else f"Late: {alert.root}"
    return f"{alert.root} {trouble_in_words(alert)}"


def _silence_title(alert: Alert) -> str:
    if alert.state is AlertState.HAPPENED:
        return f"Nothing heard from {alert.about}"
    if alert.ending is Ending.JOINED:
        return f"On another card now: {alert.about}"
    if _was_silenced(alert):
        return f"{'Muted' if alert.ending is Ending.MUTED else 'Expected'}: {alert.about}"
    return f"Reports again: {alert.about}"


def _lead(alert: Alert, now: datetime) -> str:
    if alert.sender:
        return told(alert.sentence)
    if alert.state is AlertState.RAISED:
        return _forecast(alert, now)
    if not alert.is_foretold and alert.state is AlertState.HAPPENED:
        return md("**{feed}** is **late**, and nothing spoke of it before. ", feed=alert.root) + told(
            alert.sentence
        )
    if alert.ending is Ending.JOINED or _was_silenced(alert):  # not over: only told no more
        return md("**{feed}**: ", feed=alert.root) + told(alert.sentence)
    head = {
        AlertState.BACK_ON_TRACK: md("**{feed}** is **back on track**.", feed=alert.root),
        AlertState.HAPPENED: _happened(alert),
        AlertState.CLOSED: md("**{feed}**: this is over.", feed=alert.root),
    }[alert.state]
    return f"{head} {told(alert.sentence)}".strip()


def _happened(alert: Alert) -> str:
    if alert.stricken is None:
        return md("What was foretold of **{feed}** **happened**.", feed=alert.root)
    said = "What was foretold **happened**, first to **{struck}**, which shares the card of **{feed}**."
    return md(said, struck=alert.stricken, feed=alert.root)


def _was_silenced(alert: Alert) -> bool:
    return not alert.is_open and (alert.ending is Ending.MUTED or alert.outcome is Verdict.EXPECTED)


def _forecast(alert: Alert, now: datetime) -> str:
    deadline = alert.extended_until or alert.overdue_at or alert.due_at
    is_near = deadline is not None and deadline <= now + _HORIZON
    left = alert.minutes_left(now) if is_near or _names_its_run(alert, now) else None
    time_left = " It is due now." if left == 0 else ""
    if left:
        time_left = f" About {minutes_in_words(left)} left."
    how, what, sure = how_likely(alert.probability), _what(alert, now), _how_sure(alert)
    told = md("**{feed}** {how} {what}: {sure}.", feed=alert.root, how=how, what=what, sure=sure)
    return f"{told}{time_left}"


def _what(alert: Alert, now: datetime) -> str:
    """Return what is foretold of which run."""
    if alert.due_at is not None and _names_its_run(alert, now):
        return f"miss its {alert.clock(alert.due_at)} load"
    if alert.speaks_of_lateness and alert.overdue_at is not None:
        return f"run past {alert.clock(alert.extended_until or alert.overdue_at)}"
    return "fail within the hour"


def _names_its_run(alert: Alert, now: datetime) -> bool:
    """Return whether the estimate, which speaks of the next hour, can be about the run that is due."""
    return alert.due_at is not None and (alert.due_at <= now + _HORIZON or alert.speaks_of_lateness)


def _how_sure(alert: Alert) -> str:
    """Return the estimate and how often such ones came true: two figures that say different things."""
    told = f"I put it at {alert.probability:.0%}"
    if alert.record_asked < _RECORD_FROM:
        return f"{told}, and have no record of such estimates yet"
    share = 100.0 * alert.record_wrong / alert.record_asked
    came = f"{share:.0f}" if share >= 1 else "fewer than 1"
    return f"{told}, and of 100 such estimates before {came} came true"


def _helps(alert: Alert) -> str:
    first, *more = advice_for(alert.reasons) or ("look at the feed's last runs",)
    later = ["*extend the deadline* if it may come later"] if alert.state is AlertState.RAISED else []
    said = [f"{first[0].upper()}{first[1:]}", *more, *later]
    return f"{'; '.join(said[:-1])}; or {said[-1]}." if later else f"{'; '.join(said)}."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _dependants(alert: Alert) -> str:
    names = (alert.root, *alert.dependants) if alert.sender else alert.dependants
    named = ", ".join(quote(name) for name in names[:_NAMED])
    more = len(names) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _facts(alert: Alert, people: Mapping[str, Person]) -> list[Fact]:
    facts: list[Fact] = []
    if alert.state is AlertState.BACK_ON_TRACK and not alert.sender:
        facts = [Fact(label="Within the hour", value=f"{alert.probability:.0%}")]
    elif alert.is_foretold and alert.state is not AlertState.RAISED:
        facts = [Fact(label="Foretold with", value=f"{alert.peak:.0%}")]
    facts += [
        Fact(label="Matters", value=quote(alert.impact or alert.criticality.value)),
        Fact(label="Owner", value=quote(alert.team or "nobody yet")),
    ]
    if alert.expected_finish and alert.state is AlertState.RAISED:
        facts.append(Fact(label="Expected to finish", value=alert.clock(alert.expected_finish)))
    if alert.acknowledged_by:
        who = people[alert.acknowledged_by].name if alert.acknowledged_by in people else "somebody"
        at = alert.acknowledged_at or alert.updated_at
        facts.append(
            Fact(label="Acknowledged", value=md("**{who}** has it, {at}", who=who, at=alert.clock(at)))
        )
    if alert.calls and alert.is_open and alert.acknowledged_by is None:
        facts.append(Fact(label="Called", value=_calls(alert, people)))
    if alert.snoozed_until and alert.is_open:
        until = alert.clock(alert.snoozed_until)
        facts.append(Fact(label="Snoozed until", value=_with_name(until, alert.snoozed_by, people)))
    if alert.extended_until and alert.is_open:
        until = _with_name(alert.clock(alert.extended_until), alert.extended_by, people)
        plan = md(", plan `{plan}`", plan=alert.extended_with) if alert.extended_with else ""
        facts.append(Fact(label="Deadline extended to", value=until + plan))
    return facts


def _with_name(what: str, by: str | None, people: Mapping[str, Person]) -> str:
    who = f" by {people[by].name}" if by and by in people else ""
    return md("{what}{who}", what=what, who=who)


def _calls(alert: Alert, people: Mapping[str, Person]) -> str:
    """Return who was called when, the newest calls last, and who could not be reached and why."""
    told = []
    for call in alert.calls[-_CALLS:]:
        names = ", ".join(people[one].name for one in call.people if one in people)
        how = f"{alert.clock(call.at)} {call.whom}"
        if call.is_heard:
            told.append(md("{how}: **{names}**", how=how, names=names or "the on-call system"))
        else:
            told.append(md("{how}: not reached, {why}", how=how, why=call.trouble))
    return "; ".join(told)


def _tone(alert: Alert) -> Tone:
    if alert.state is AlertState.HAPPENED:
        return Tone.DANGER
    if alert.state is AlertState.RAISED:
        return Tone.WARNING
    is_told_elsewhere = alert.ending is Ending.JOINED
    is_good = alert.outcome is not Verdict.HAPPENED and not is_told_elsewhere and not _was_silenced(alert)
    return Tone.GOOD if is_good else Tone.CALM


def _plain(title: str, lead: str, alert: Alert) -> str:
    why = f" Why: {'; '.join(alert.reasons)}." if alert.reasons and not alert.sender else ""
    return f"{literal(title)}. {literal(lead)}{why}"


def minutes_in_words(minutes: int) -> str:
    """Return minutes as people say them."""
    return f"{minutes} min" if minutes < _LONG_MINUTES else f"{minutes / 60.0:.1f} h"


def moment(at: datetime | None, zone: str = "UTC", now: datetime | None = None) -> str:
    """Return a time in words, empty for none; with its year where it is long before `now`."""
    return "" if at is None else moment_in(zone, at, now)
