"""What people say in an incident's thread: severity, lead, hand-over, summary, review, and questions."""

import re

from bot.cards.model import Card, Reply, Section
from bot.cards.text import literal, md, quote
from bot.commands.incident import incidents as looks
from bot.commands.incident.another_time import why_at_another_time
from bot.commands.incident.incident_acts import assign, refuse_when_closed, severity_said, take_lead
from bot.commands.incident.incident_names import about_of, known_names
from bot.commands.incident.incident_subjects import incident_of, incident_of_thread, keep, report_of, tell
from bot.intents import clean
from bot.presenters.incident_answers import causes_of
from bot.presenters.incident_questions import answer_from, is_said_among_people
from bot.presenters.sentences import sentence
from bot.question_words import POINTS_BACK
from bot.store_kinds import kind_asked_about
from bot.turn import Turn
from domain.acts.incident_moves import with_severity
from domain.errors import BadInput, NotAllowed
from domain.identity.access import Act, may
from domain.identity.people import Person
from domain.investigation.incidents import EntryKind, Incident, IncidentKind, IncidentRole, LabelKind

_SHORT = 14
_SHOW = re.compile(
    r"(?i)(?:please |pls )?(?:show|list|give)(?: (?:me|us|the|all|of|its|more|some|any)){0,4}"
    r"(?: [\w-]{1,40}){1,2}(?: please)?\W*"
)
"""The whole of what was said: "give me five minutes, the deploy is running" asks for nothing."""
_OF_SOMETHING_ELSE = re.compile(
    r"(?i)(?:of|for|from|about|since)\b(?!.{0,30}\b(?:incidents?|this|that|it|i[0-9a-f]{8})\b)"
)
_FILLERS = frozenset({"to", "over", "the", "as", "is", "role", "part", "with", "and", "lead", "leads"})


def severity(turn: Turn) -> Reply:
    """Say how bad it is."""
    turn.require(Act.RUN_INCIDENT)
    incident = incident_of(turn)
    said = severity_said(turn.incoming.text.split())
    if said is None:
        raise BadInput(
            "no severity said",
            say="How bad is it?",
            next_step="Say `severity sev1` (worst), sev2, sev3 or sev4.",
        )
    if said is incident.severity:
        return Reply()
    tell(turn, incident, EntryKind.SEVERITY, f"{incident.severity.value} → {said.value}")
    keep(turn, with_severity(incident, said, turn.now), "severity", severity=said.value)
    return Reply()


def lead(turn: Turn) -> Reply:
    """Take the lead; with a name, hand it over."""
    return hand_over(turn) if _people_said(turn) else take_lead(turn)


def hand_over(turn: Turn) -> Reply:
    """Hand a part over in words: `hand over to Ada`, `hand over scribe to Ben`."""
    turn.require(Act.RUN_INCIDENT)
    incident = incident_of(turn)
    found = _people_said(turn)
    if len(found) != 1:
        names = ", ".join(p.name for p in turn.uow.people.everybody() if p.is_active)[:300]
        raise BadInput(
            f"hand over to {len(found)} people",
            say="To whom?" if not found else "That name fits more than one person.",
            next_step=f"Say `hand over to NAME`. I know {names}.",
        )
    if not may(found[0], Act.RUN_INCIDENT):
        raise NotAllowed(
            f"{found[0].id} may not work on incidents",
            say=f"{found[0].name} has no role that may work on an incident.",
            next_step="Name somebody else; an administrator gives roles.",
        )
    parts = {role for role in IncidentRole if role.value in {word.lower() for word in turn.words}}
    role = next(iter(parts), IncidentRole.LEAD)
    keep(turn, assign(turn, incident, role, found[0]), "role", role=role.value, person=found[0].id)
    return Reply()


def may_be_of_incident(rest: str) -> bool:
    """Return whether what follows `summary` and its like may be an incident: not "of the last 24 hours"."""
    return not _OF_SOMETHING_ELSE.match(rest)


def summary(turn: Turn) -> Reply:
    """Tell the incident in a few sentences, for somebody who just came in."""
    turn.require(Act.SEE_FEEDS)
    return looks.show_summary(turn, incident_of(turn))


def review(turn: Turn) -> Reply:
    """Draft the review document."""
    turn.require(Act.SEE_FEEDS)
    return looks.show_review(turn, incident_of(turn))


def why(turn: Turn) -> Reply:
    """Answer why: in an incident's thread from its evidence, elsewhere as a question of its own."""
    here = incident_of_thread(turn)
    if here is not None and about_of(turn, turn.words, guess=False) in ("", here.about):
        is_under_way = here.report is None and here.diagnosed < here.wanted
        return follow_up(turn) or (_not_yet(turn, here) if is_under_way else looks.why(turn))
    if isinstance(turn.prepared, str) and turn.prepared and not about_of(turn, turn.words, guess=False):
        turn.words = _about_it(turn.words, turn.prepared)
    return looks.why(turn)


def _not_yet(turn: Turn, incident: Incident) -> Reply:
    """Say that the first diagnosis of an incident is under way: whoever asks again needs no second one."""
    turn.require(Act.SEE_FEEDS)
    refuse_when_closed(incident)
    said = (
        "I'm still gathering evidence; the first diagnosis stands on the card of this thread within seconds."
    )
    turn.say(sentence("Not yet", said))
    return Reply()


def _about_it(words: tuple[str, ...], feed: str) -> tuple[str, ...]:
    """Return what was said with the feed that it points back to: "did it fail" or nothing at all."""
    if not words:
        return ("is", feed, "as", "it", "is")
    at = next((place for place, word in enumerate(words) if POINTS_BACK.fullmatch(word.strip("?!.,"))), None)
    return (*words, feed) if at is None else (*words[:at], feed, *words[at + 1 :])


def heard(turn: Turn) -> Reply | None:
    """Answer what is asked in an incident's thread, also among people, where its evidence can."""
    text = turn.incoming.text.strip()
    if turn.incoming.addressed:
        return _looked_at(turn) or follow_up(turn)
    is_asked = text.endswith("?") or _SHOW.fullmatch(text) is not None
    is_short = is_asked and len(text.split()) <= _SHORT
    return follow_up(turn) if is_short and turn.person is not None else None


def _looked_at(turn: Turn) -> Reply | None:
    """Show what is asked for of the incident whose thread this is, also "timeline since 10:00"."""
    first = next(iter(clean(turn.incoming.text).lower().split()), "")
    shown = {"timeline": looks.timeline, "summary": summary, "review": review}.get(first)
    return shown(turn) if shown is not None and incident_of_thread(turn) is not None else None


def follow_up(turn: Turn) -> Reply | None:
    """Answer a question in an incident's thread from its evidence; None when it is about something else."""
    incident = incident_of_thread(turn)
    if incident is None:
        return None
    turn.require(Act.SEE_FEEDS)
    # Among people who work on an incident a time that somebody names is seldom a question to us.
    is_to_us = turn.incoming.addressed or incident.kind is IncidentKind.QUESTION
    if is_to_us and (asked := why_at_another_time(turn, incident)) is not None:
        return asked
    if incident.report is None or (not is_to_us and is_said_among_people(turn.incoming.text)):
        return None
    report = report_of(turn, incident)
    said = {word.strip("`*?!.,:;\"'()").lower() for word in turn.incoming.text.split()}
    named = next((h.service for h in causes_of(report) if h.service.lower() in said), "")
    of_kind = "" if named else kind_asked_about(turn.incoming.text, [h.service for h in causes_of(report)])
    if not is_to_us and of_kind.startswith("the "):
        return None  # nothing is known of it, which people who work on it are not told unasked
    if named := named or of_kind:
        turn.arguments["cause"] = named
        turn.subject = incident.subject
        return looks.evidence(turn)
    entries = turn.uow.timeline.of(incident.id)
    found = answer_from(incident, report, entries, looks.people_of(turn), turn.incoming.text)
    if found is None:
        return None
    heading, lines = found
    turn.say(
        Card(
            title=heading,
            lead=md("About *{title}*.", title=incident.title),
            sections=(Section(text="\n".join(lines)),),
            full_view=f"/incidents/{incident.id}",
            plain=f"{heading}: " + literal(quote(" / ".join(lines)))[:1500],
        )
    )
    return Reply()


def in_its_thread(turn: Turn) -> bool:
    """Say whether words that were not meant for us still count: in an incident's thread they do."""
    return incident_of_thread(turn) is not None


def alone_in_its_thread(turn: Turn) -> bool:
    """Say whether it is the bare command in an incident's thread, not a sentence that begins like it."""
    return len(turn.words) <= 1 and in_its_thread(turn)


def names_somebody(turn: Turn) -> bool:
    """Say whether a person of ours is named, in an incident's thread."""
    return len(turn.words) <= 6 and in_its_thread(turn) and bool(_people_said(turn))


def names_a_cause(turn: Turn) -> bool:
    """Say whether what was said names a cause that we know; people also say `it was late`."""
    found = incident_of_thread(turn)
    if found is None:
        return False
    said = " ".join(turn.words).lower().strip("`*. ")
    return said in known_names(turn) or said in _causes(turn, found) or not said


def _causes(turn: Turn, incident: Incident) -> set[str]:
    said = {label.cause.lower() for label in incident.labels if label.kind is LabelKind.WAS}
    if incident.report is None:
        return said
    return said | {h.service.lower() for h in report_of(turn, incident).diagnosis.hypotheses}


def _people_said(turn: Turn) -> list[Person]:
    """Return people whose id, or a part of whose name, was said."""
    said = {re.sub(r"[^\w-]", "", word).lower() for word in turn.words} - _FILLERS - {""}
    active = [person for person in turn.uow.people.everybody() if person.is_active]
    if exact := [person for person in active if person.id.lower() in said]:
        return exact
    parts = {person.id: set(person.name.lower().split()) for person in active}
    # Whoever is named in full is meant, not everybody who shares a first name.
    in_full = max((len(names) for names in parts.values() if names <= said), default=0)
    if in_full:
        return [one for one in active if len(parts[one.id]) == in_full and parts[one.id] <= said]
    return [one for one in active if parts[one.id] & said]
