"""Say what is in trouble, get up to three ways out, pick one."""

import difflib
import hashlib

from bot.cards.model import Reply
from bot.commands.fix_model import ask_model
from bot.turn import FixTools, Turn
from domain.access import Act
from domain.audit import AuditAct
from domain.errands import ErrandKind
from domain.errors import BadInput, NotFound, NotNow
from domain.fix_moves import keep_fix
from domain.fixes import Fix, FixState
from domain.ids import RequestId
from domain.postings import View
from domain.runbooks import IncidentType, Inventory, Trouble
from domain.stories import StoryKind

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


def fix_tools(turn: Turn) -> FixTools:
    """Return what remediation plans with.

    Raises:
        NotNow: Nothing can be planned here.
    """
    if turn.tools.fixes is None:
        raise NotNow(
            "no planner here",
            say="Nothing can be planned here: this house has no runbooks and targets.",
            next_step="docs/remediation.md says how to add them.",
        )
    return turn.tools.fixes


def open_fix(turn: Turn) -> Reply:
    """Offer ways out of a trouble: said as `fix NAME [trouble]`, or by a button on an alert or incident.

    A button gives the subject `feed/<name>` or `service/<name>`, and as arguments `trouble` (an incident
    type), `incident` (its id), `severity` and `sentence` (what is known), all of which may be missing.
    """
    person = turn.require(Act.PROPOSE_FIX)
    tools = fix_tools(turn)
    inventory = tools.inventory(turn.uow)
    name, said = _asked(turn)
    subject = _subject(name, inventory)
    trouble = _trouble(tools, subject, said, turn.arguments.get("sentence", ""))
    options = tools.planner().options(trouble, inventory, turn.uow.outcomes.every(2_000))
    if not options and tools.scripts is None:
        raise NotFound(
            f"no runbook for {subject}",
            say=f"No runbook fits {name} here.",
            next_step="Say `runbooks` for all of them; a runbook also needs a target of its kind.",
        )
    fix = Fix(
        id=RequestId("p" + hashlib.sha256(turn.incoming.key.encode()).hexdigest()[:10]),
        state=FixState.CHOOSING,
        subject_name=subject,
        trouble=trouble,
        incident=turn.arguments.get("incident", ""),
        severity=turn.arguments.get("severity", ""),
        place=turn.thread,
        requested_by=person.id,
        authors=frozenset({person.id}),
        options=options,
        opened_at=turn.now,
        updated_at=turn.now,
    )
    keep_fix(turn.uow, fix, turn.now)
    types = ",".join(kind.value for kind in trouble.types)
    turn.record(AuditAct.FIX_OPENED, fix.subject, about=subject, trouble=types, incident=fix.incident)
    turn.show(View.PLAN, fix.subject)
    turn.nudge(StoryKind.REMEDIATION, fix.id)
    if tools.has_model:
        ask_model(turn, fix, ErrandKind.PROPOSE_FIX)
    return Reply()


def fix_of(turn: Turn) -> Fix:
    """Return the attempt that a pressed card, or the first word, is about; raises `NotFound`."""
    name = turn.subject.removeprefix("plan/") or (turn.words[0] if turn.words else "")
    if name.startswith("approval/"):
        request = turn.uow.approvals.get(name.removeprefix("approval/"))  # type: ignore[arg-type]  # an id
        name = request.subject.removeprefix("plan/")
    if not name:
        raise BadInput(
            "no plan named", say="Which plan?", next_step="Say its name, such as `plan p1a2b3c4d5e`."
        )
    return turn.uow.fixes.get(RequestId(name.lower().partition(".")[0]))


def _asked(turn: Turn) -> tuple[str, str]:
    if turn.subject:
        return turn.subject.partition("/")[2], turn.arguments.get("trouble", "")
    if not turn.words:
        raise BadInput(
            "fix without a name",
            say="What is in trouble?",
            next_step="Say `fix NAME [trouble]`, such as `fix orders_etl feed late`.",
        )
    return turn.words[0], " ".join(turn.words[1:])


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
        raise NotFound(
            f"{name[:60]} is not in the inventory",
            say=f"I know no feed, service or target named {name[:60]}.",
            next_step=f"I know {offered}." if offered else "An operator lists them in the inventory.",
        )
    return "/".join(found)


def _trouble(tools: FixTools, subject: str, said: str, sentence: str) -> Trouble:
    kind, _, name = subject.partition("/")
    types, runbook = _types(tools, kind, said)
    return Trouble(
        types=types,
        feed=name if kind == "feed" else "",
        service=name if kind == "service" else "",
        environment=tools.environment,
        sentence=(sentence or said)[:500],
        runbook=runbook,
    )


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
