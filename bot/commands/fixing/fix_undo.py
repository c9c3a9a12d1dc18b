"""Take back a plan that was run and verified: a new plan, dry-run, approved and ordered like any other."""

from bot.cards.model import Reply
from bot.commands.fixing import fix as ways_out
from bot.commands.fixing.fix import fix_of, fix_tools, new_fix_id
from bot.commands.fixing.fix_plan import keep_plan
from bot.turn import Turn
from domain.acts.fix_moves import keep_fix
from domain.acts.undoing import objection_to_undo, plans_since
from domain.identity.access import Act
from domain.proof.audit import AuditAct
from domain.remediation.fixes import Fix, FixState
from domain.remediation.plans import Authorship
from domain.telling.postings import View


def undo(turn: Turn) -> Reply:
    """Make the plan that takes a verified one back, or say why there can be none."""
    person = turn.require(Act.PROPOSE_FIX)
    tools, first = fix_tools(turn), fix_of(turn)
    plan = turn.uow.plans.get(first.id, first.revision).plan
    objection = objection_to_undo(
        first,
        plan,
        undoing=turn.uow.fixes.get(first.undone_by) if first.undone_by else None,
        since=plans_since(turn.uow, first),
        now=turn.now,
    )
    if objection is not None:
        raise objection
    made = tools.planner().undo(
        plan,
        order=first.order,
        recorded=first.recorded,
        inventory=tools.inventory(turn.uow),
        requested_by=person.id,
    )
    wrote = frozenset() if plan.authorship is Authorship.CATALOGUE else first.authors
    fresh = Fix(
        id=new_fix_id(turn),
        state=FixState.CHOOSING,
        subject_name=first.subject_name,
        trouble=first.trouble,
        incident=first.incident,
        severity=first.severity,
        place=turn.thread,
        requested_by=person.id,
        authors=frozenset({person.id}) | wrote,
        undoes=first.id,
        changes_feed=first.changes_feed,
        opened_at=turn.now,
        updated_at=turn.now,
    )
    turn.record(AuditAct.FIX_OPENED, fresh.subject, about=fresh.subject_name, undoes=first.id)
    keep_plan(turn, fresh, made, person, {})
    keep_fix(turn.uow, first.model_copy(update={"undone_by": fresh.id}), turn.now)
    turn.record(AuditAct.UNDO_ASKED, first.subject, plan=fresh.id, order=first.order)
    turn.show(View.PLAN, fresh.subject)
    return Reply()


def open_again(turn: Turn) -> Reply:
    """Begin anew about what an attempt was for; for one that was to take a plan back, take it back again."""
    before = fix_of(turn)
    if before.undoes is None or before.is_open:
        return ways_out.open_again(turn)
    turn.subject = f"plan/{before.undoes}"
    return undo(turn)
