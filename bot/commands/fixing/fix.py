"""Say what is in trouble, get up to three ways out, pick one."""

import hashlib

from bot.cards.model import Reply
from bot.commands.fixing.fix_model import ask_model
from bot.commands.fixing.fix_trouble import incident_to_mend, trouble_to_mend, why_nothing_fits
from bot.turn import FixTools, Turn
from domain.acts.fix_moves import keep_fix
from domain.errands import ErrandKind
from domain.errors import BadInput, NotFound, NotNow
from domain.identity.access import Act
from domain.ids import RequestId
from domain.proof.audit import AuditAct
from domain.remediation.fixes import Fix, FixState
from domain.stories import StoryKind
from domain.telling.postings import View


def fix_tools(turn: Turn) -> FixTools:
    """Return what remediation plans with.

    Raises:
        NotNow: Nothing can be planned here.
    """
    if turn.tools.fixes is None:
        raise NotNow(
            "no planner here",
            say="Nothing can be planned here: this house has no runbooks and targets.",
            next_step="docs/runner.md says how to add them.",
        )
    return turn.tools.fixes


def open_fix(turn: Turn) -> Reply:
    """Offer ways out of a trouble: said as `fix NAME [trouble]`, or by a button on an alert or incident.

    A button gives the subject `feed/<name>` or `service/<name>`, and as arguments `trouble` (an incident
    type), `incident` (its id), `severity` and `sentence` (what is known), all of which may be missing.
    In an incident's thread, or for it, its diagnosis says what kind of trouble it is and fills in blanks.
    """
    person = turn.require(Act.PROPOSE_FIX)
    tools = fix_tools(turn)
    inventory = tools.inventory(turn.uow)
    incident = incident_to_mend(turn)
    subject, trouble = trouble_to_mend(turn, tools, inventory, incident)
    options = tools.planner().options(trouble, inventory, turn.uow.outcomes.every(2_000))
    why_none = "" if options else why_nothing_fits(subject, trouble, inventory)
    if not options and tools.scripts is None:
        raise NotFound(
            f"no runbook for {subject}",
            say=f"No runbook fits {subject.partition('/')[2]} here. {why_none}",
            next_step="Say `runbooks` for all of them.",
        )
    severity = turn.arguments.get("severity", "") if incident is None else incident.severity.value
    fix = Fix(
        id=new_fix_id(turn),
        state=FixState.CHOOSING,
        subject_name=subject,
        trouble=trouble,
        incident="" if incident is None else incident.id,
        severity=severity,
        place=turn.thread,
        requested_by=person.id,
        authors=frozenset({person.id}),
        options=options,
        sentence=why_none,
        opened_at=turn.now,
        updated_at=turn.now,
    )
    _offer(turn, fix)
    if tools.has_model:
        ask_model(turn, fix, ErrandKind.PROPOSE_FIX)
    return Reply()


def open_again(turn: Turn) -> Reply:
    """Begin anew about the trouble of an attempt that is over, with what was filled in before."""
    person = turn.require(Act.PROPOSE_FIX)
    tools, old = fix_tools(turn), fix_of(turn)
    if old.is_open:
        say = f"This plan is {old.state.value.replace('_', ' ')}: it is not over yet."
        raise NotNow(f"{old.id} is open", say=say, next_step="Its card says what it waits for.")
    found = tools.planner().options(old.trouble, tools.inventory(turn.uow), turn.uow.outcomes.every(2_000))
    filled = turn.uow.plans.get(old.id, old.revision).plan.parameters if old.runbook else {}
    options = tuple(
        option.model_copy(update={"suggested": filled}) if option.runbook == old.runbook else option
        for option in found
    )
    fresh = Fix(
        id=new_fix_id(turn),
        state=FixState.CHOOSING,
        subject_name=old.subject_name,
        trouble=old.trouble,
        incident=old.incident,
        severity=old.severity,
        place=turn.thread,
        requested_by=person.id,
        authors=frozenset({person.id}) | (old.authors if old.draft else frozenset()),
        options=options,
        draft=old.draft,
        opened_at=turn.now,
        updated_at=turn.now,
    )
    _offer(turn, fresh)
    return Reply()


def new_fix_id(turn: Turn) -> RequestId:
    """Return the name of the attempt that this act begins; the same act again has the same."""
    return RequestId("p" + hashlib.sha256(turn.incoming.key.encode()).hexdigest()[:10])


def _offer(turn: Turn, fix: Fix) -> None:
    keep_fix(turn.uow, fix, turn.now)
    types = ",".join(kind.value for kind in fix.trouble.types)
    turn.record(
        AuditAct.FIX_OPENED, fix.subject, about=fix.subject_name, trouble=types, incident=fix.incident
    )
    turn.show(View.PLAN, fix.subject)
    turn.nudge(StoryKind.REMEDIATION, fix.id)


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
