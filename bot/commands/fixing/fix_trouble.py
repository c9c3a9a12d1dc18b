"""What is to be mended: the thing, the kinds of trouble, and what a diagnosis fills in beforehand."""

import difflib
from collections.abc import Sequence

from bot.commands.incident.alerts_over import refuse_when_over
from bot.commands.incident.incident_subjects import incident_of_thread, report_of
from bot.presenters.incident_answers import causes_of
from bot.turn import FixTools, Turn
from domain.errors import BadInput, NotFound
from domain.ids import AlertId, IncidentId
from domain.investigation.diagnosed_trouble import known_facts, trouble_types
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.incidents import Incident
from domain.remediation.runbooks import IncidentType, Inventory, Trouble
from domain.watch.alert_remedies import advice_for, facts_of, runbooks_for, troubles_of
from domain.watch.alerts import Alert

_FEED_TROUBLES = (
    IncidentType.FEED_FAILED,
    IncidentType.FEED_LATE,
    IncidentType.BAD_FILE,
    IncidentType.SOURCE_DOWN,
)
_SERVICE_TROUBLES = (
    IncidentType.SERVICE_DOWN,
    IncidentType.HIGH_ERROR_RATE,
    IncidentType.SERVICE_SLOW,
)
_LISTED = 8
_RUNS = 20
"""How far back the run that is to be mended is looked for."""
_WHERE = "`remediation.targets_file`"
_MOST_WORDS = 4
_SIGNS = "`*?!.,:;\"'"
_FILLERS = frozenset({"the", "a", "my", "our", "feed", "service"})


def incident_to_mend(turn: Turn) -> Incident | None:
    """Return the incident that a button names or whose thread this is, None without one."""
    named = turn.arguments.get("incident", "")
    if turn.subject.startswith("incident/"):
        named = turn.subject.removeprefix("incident/")
    if named:
        return turn.uow.incidents.get(IncidentId(named))
    if (alert := alert_to_mend(turn)) is not None:
        return turn.uow.incidents.open_about(f"feed/{alert.root}")
    return incident_of_thread(turn)


def alert_to_mend(turn: Turn) -> Alert | None:
    """Return the alert whose button was pressed, None when it was another's; raises when it is over."""
    if not turn.subject.startswith("alert/"):
        return None
    alert = turn.uow.alerts.get(AlertId(turn.subject.removeprefix("alert/")))
    refuse_when_over(alert)
    return alert


def trouble_to_mend(
    turn: Turn, tools: FixTools, inventory: Inventory, incident: Incident | None
) -> tuple[str, Trouble]:
    """Return the subject, as the inventory spells it, and the trouble with what is known about it."""
    alert = alert_to_mend(turn)
    name, said = (alert.root, "") if alert is not None else _asked(turn, inventory, incident)
    try:
        subject = _subject_for(name, inventory, incident)
    except NotFound as error:
        raise _by_hand(alert) if alert is not None else _watched_only(turn, name) or error from None
    kind, _, found = subject.partition("/")
    report = None if incident is None or incident.report is None else report_of(turn, incident)
    types, runbook = _types(tools, kind, said)
    facts: dict[str, str] = {}
    sentence = turn.arguments.get("sentence", "")
    preferred: tuple[str, ...] = ()
    if alert is not None:
        preferred = runbooks_for(alert.reasons)
        types = troubles_of(alert)
        facts = facts_of(alert, turn.uow.runs.of_feed(alert.root, _RUNS)[::-1], turn.now)
        sentence = sentence or facts["text"]
    if incident is not None:
        cause = next((h.service for h in causes_of(report) if _plain(h.service) == _plain(found)), found)
        about = incident.about if _plain(incident.name) == _plain(found) else subject
        found_types = trouble_types(report, cause, about.replace(incident.name, cause), incident.title)
        types = found_types if found_types and not said.strip() else types
        facts |= known_facts(report, cause, _zone_of(turn, found))
        sentence = sentence or incident.title
    return subject, Trouble(
        types=types,
        feed=found if kind == "feed" else "",
        service=found if kind == "service" else "",
        environment=tools.environment,
        sentence=(sentence or said)[:500],
        runbook=runbook,
        preferred=preferred,
        facts=facts,
    )


def _zone_of(turn: Turn, feed: str) -> str:
    watched = turn.uow.watched.find(feed)
    return watched.feed.schedule.zone if watched is not None else "UTC"


def _by_hand(alert: Alert) -> NotFound:
    """Return the refusal for a feed that nothing here can mend: what people can do themselves."""
    helps = "; ".join(advice_for(alert.reasons)) or "look at its last runs"
    return NotFound(
        f"{alert.root} is not in the inventory",
        say=f"I have no target for {alert.root}, so nothing can mend it from here. By hand: {helps}.",
        next_step=f"An operator lists what I may mend ({_WHERE}).",
    )


def _watched_only(turn: Turn, name: str) -> NotFound | None:
    """Return the refusal of a feed that is only watched: nobody agreed yet on what may be done with it."""
    feed = _plain(name)
    if turn.uow.watched.find(feed) is None:
        return None
    return NotFound(
        f"{feed} is only watched",
        say=f"I only watch {feed}: no configuration of it is agreed, and no target is listed for it,"
        " so nothing can mend it from here.",
        next_step=f"Drop a sample file of it to agree on a configuration; an operator lists its target"
        f" ({_WHERE}). `why did {feed} fail?` says what to look at by hand.",
    )


def why_nothing_fits(subject: str, trouble: Trouble, inventory: Inventory) -> str:
    """Return why no runbook can be offered for a subject, and what would change that."""
    kind, _, name = subject.partition("/")
    here = [target for target in inventory.targets if target.environment == trouble.environment]
    if not here:
        return f"No target is listed for {trouble.environment}; an operator lists them ({_WHERE})."
    if kind != "target" and not any(name in target.serves for target in here):
        return f"No target is listed as one that serves {name}; an operator says so ({_WHERE})."
    kinds = ", ".join(one.value.replace("_", " ") for one in trouble.types)
    return (
        f"None is for {kinds} with the kinds of target that serve {name}; say `fix {name} KIND` for another."
    )


def _said_subject(words: Sequence[str], inventory: Inventory, turn: Turn) -> tuple[str, str]:
    """Return the first known name among words, also with blanks for underscores, and what follows it."""
    known = {_plain(one) for one in (*inventory.feeds, *inventory.services)}
    known |= {_plain(target.name) for target in inventory.targets}
    known |= {_plain(one) for one in turn.uow.watched.names()}
    for at in range(len(words)):
        for length in range(min(_MOST_WORDS, len(words) - at), 0, -1):
            said = " ".join(words[at : at + length]).strip(_SIGNS)
            if _plain(said) in known and (length > 1 or at == 0 or said.lower() not in _FILLERS):
                return said, " ".join(words[at + length :])
    return words[0], " ".join(words[1:])


def _asked(turn: Turn, inventory: Inventory, incident: Incident | None) -> tuple[str, str]:
    if turn.subject and not turn.subject.startswith("incident/"):
        return turn.subject.partition("/")[2], turn.arguments.get("trouble", "")
    if turn.words:
        return _said_subject(turn.words, inventory, turn)
    if incident is not None:
        report = None if incident.report is None else report_of(turn, incident)
        name = incident.true_cause() or _first_cause(incident, report) or incident.name
        if name:
            return name, ""
    raise BadInput(
        "fix without a name",
        say="What is in trouble?",
        next_step="Say `fix NAME [trouble]`, such as `fix orders_etl feed late`.",
    )


def _first_cause(incident: Incident, report: DiagnosisReport | None) -> str:
    return next((h.service for h in causes_of(report) if not incident.is_ruled_out(h.service)), "")


def _subject_for(name: str, inventory: Inventory, incident: Incident | None) -> str:
    """Return the subject of a name; what the incident is about when nothing here can mend its cause."""
    try:
        return _subject(name, inventory)
    except NotFound:
        if incident is None or not incident.name or _plain(incident.name) == _plain(name):
            raise
        return _subject(incident.name, inventory)


def _subject(name: str, inventory: Inventory) -> str:
    """Return the subject that a name means, spelled as the inventory does."""
    targets = {target.name: target for target in inventory.targets}
    known = {_plain(n): ("feed", n) for n in sorted(inventory.feeds)}
    known |= {_plain(n): ("service", n) for n in sorted(inventory.services)}
    for target in targets:
        known.setdefault(_plain(target), ("target", target))
    found = known.get(_plain(name))
    if found is None:
        near = difflib.get_close_matches(_plain(name), list(known), n=3, cutoff=0.5)
        offered = ", ".join(known[one][1] for one in near) or ", ".join(n for _, n in known.values())[:200]
        known_ones = f"I may mend {offered}. " if offered else ""
        raise NotFound(
            f"{name[:60]} is not in the inventory",
            say=f"Nothing that I may mend is named {name[:60]}.",
            next_step=f"{known_ones}An operator lists it ({_WHERE}). Causes: `why did {name[:60]} fail?`",
        )
    return "/".join(found)


def _types(tools: FixTools, kind: str, said: str) -> tuple[tuple[IncidentType, ...], str]:
    """Return the kinds of trouble that the words mean, and the runbook when they name one."""
    usual = _SERVICE_TROUBLES if kind == "service" else _FEED_TROUBLES
    if not said.strip():
        return usual, ""
    words = said.lower().replace("-", " ").replace("_", " ").split()
    runbooks = {runbook.id: runbook for runbook in tools.planner().runbooks()}
    if "-".join(words) in runbooks:
        return runbooks["-".join(words)].serves, "-".join(words)
    known = [one.value for one in IncidentType]
    exact = "_".join(words)
    if exact in known:
        return (IncidentType(exact),), ""
    shared = [one for one in known if set(words) & (set(one.split("_")) - {"feed", "service", "bad"})]
    near = shared or difflib.get_close_matches(exact, known, n=2, cutoff=0.6)
    if not near:
        raise BadInput(
            f"unknown trouble of {len(said)} characters",
            say="I don't know that kind of trouble.",
            next_step=f"Kinds are, for example, {', '.join(known[:_LISTED])}; or name a runbook.",
        )
    return tuple(IncidentType(one) for one in near[:3]), ""


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(" ", "_")
