"""Freeze all execution, lift the freeze in pairs, and break glass."""

import hashlib
import re
from collections.abc import Sequence

from bot.cards.model import Action, ActionStyle, Card, Dialog, Input, InputKind, Reply
from bot.cards.text import quote
from bot.commands.ended_requests import end_request
from bot.commands.fixing.fix import fix_of
from bot.commands.fixing.fix_review import SHORTEST_REASON
from bot.intents import clean
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.acts.fix_moves import keep_fix
from domain.acts.notice_calls import PlanCall, call_about_plan, called_at
from domain.approval.approvals import Verdict
from domain.counting import counted
from domain.errors import BadInput, NotAllowed, NotNow
from domain.identity.access import Act, may
from domain.identity.people import PHONE_FIRST, Person
from domain.identity.web_access import is_fresh
from domain.proof.audit import AuditAct
from domain.remediation.fixes import Fix, FixState, Freeze, Override
from domain.remediation.run_reports import Word
from domain.stories import StoryKind
from domain.text.redaction import mask_shapes

_LIFTING = frozenset({"lift", "off", "end"})
_NO_REASON = frozenset(
    {"it", "this", "the", "freeze", "now", "again", "please", "pls", "thanks", "all", "everything"}
)
"""What may follow a word of lifting; `freeze end of the quarter` gives a reason."""
_CLAUSE_ENDS = re.compile(r"(?i)[.!?,;:](?=\s)(?!\s+or (?:not|wait)\b)|\s[-\u2013\u2014]\s")
_COLON = re.compile(r"(?i)^freeze:\s")
_CONCERNED = ("incidents", "approvals")
"""Channels whose people a freeze stops."""


def freeze(turn: Turn) -> Reply:
    """Stop all execution: nothing starts, and what runs is stopped and undone as its plan says."""
    person = turn.require(Act.FREEZE)
    if is_lifting(turn.words):
        return lift(turn)
    turn.uow.guards.hold_freeze()
    held = turn.uow.guards.freeze()
    if _is_question(turn):
        stands = f"Frozen since {held.at:%d %b %H:%M} UTC: {held.reason}" if held else "Nothing is frozen."
        raise BadInput(
            "freeze asked about",
            say=f"{stands.rstrip('.')}. A question freezes nothing.",
            next_step="`freeze REASON` stops all execution at once; two people lift it.",
        )
    if held is not None:
        raise NotNow("frozen before", say=f"Everything is frozen already: {held.reason}")
    reason = mask_shapes(" ".join(turn.words))[:500] or "no reason given"
    made = Freeze(id=_id("f", turn), reason=reason, by=person.id, at=turn.now)
    turn.uow.guards.save_freeze(made)
    stopped = 0
    # Each is read once more under its lock: one that ends at this moment must not be written back as running.
    for fix in [turn.uow.fixes.get(name) for name in sorted(one.id for one in turn.uow.fixes.every_open())]:
        is_running = fix.state is FixState.RUNNING and fix.word is not Word.ROLL_BACK
        if is_running and fix.stop_wished_by is None:
            keep_fix(turn.uow, fix.model_copy(update={"stop_wished_by": person.id}), turn.now)
            turn.record(AuditAct.STOP_WISHED, fix.subject, order=fix.order, freeze=made.id)
            stopped += 1
        if fix.is_open and fix.state is not FixState.CHOOSING:
            # Also what is not approved here yet: it may be by the time that this is seen by everybody.
            turn.nudge(StoryKind.REMEDIATION, fix.id)
    turn.record(AuditAct.FROZEN, f"freeze/{made.id}", reason=reason[:200], stopped=str(stopped))
    stopping = f"{counted(stopped, 'run is', 'runs are')} being stopped." if stopped else "None is running."
    text = (
        f"{quote(person.name)}: {quote(reason)}. No plan starts. {stopping} Two people lift it with `lift`."
    )
    _tell_everybody(turn, sentence("Frozen", text))
    return Reply()


def _is_question(turn: Turn) -> bool:
    """Tell whether what was said only asks: `freeze?`, `freeze the loads?`.

    Where anything is said before the question, that is an order: `freeze it, who deployed?`.
    """
    said = turn.incoming.text.strip()
    before = _CLAUSE_ENDS.search(_COLON.sub("", clean(said)))
    return said.endswith("?") and "\n" not in said and before is None


def is_lifting(words: Sequence[str]) -> bool:
    """Tell whether what follows `freeze` means its opposite."""
    said = [word.lower().strip(".,!?") for word in words]
    return bool(said) and said[0] in _LIFTING and _NO_REASON.issuperset(said[1:])


def lift(turn: Turn) -> Reply:
    """Lift the freeze when a second person agrees."""
    person = turn.require(Act.LIFT_FREEZE)
    if "?" in turn.incoming.text:
        raise BadInput(
            "lift asked about",
            say="A question lifts nothing.",
            next_step="`lift` does, once two people say it; `freeze?` tells what is frozen.",
        )
    turn.uow.guards.hold_freeze()
    held = turn.uow.guards.freeze()
    if held is None:
        raise NotNow("nothing frozen", say="Nothing is frozen.")
    if held.lift_asked_by is None:
        return _first_word(turn, held, f"{quote(person.name)} wants to lift the freeze.")
    if held.lift_asked_by == person.id:
        raise NotAllowed(
            "one person lifts twice",
            say="You have said so already. A second person has to say `lift`.",
        )
    first = turn.uow.people.get(held.lift_asked_by)
    if not may(first, Act.LIFT_FREEZE):
        lost = f"{quote(first.name)} may not lift a freeze any more"
        return _first_word(turn, held, f"{lost}, so the first word is {quote(person.name)}'s.")
    lifted = {"lifted_by": person.id, "lifted_at": turn.now}
    turn.uow.guards.save_freeze(held.model_copy(update=lifted))
    turn.record(AuditAct.FREEZE_LIFTED, f"freeze/{held.id}", verdict="lifted", first=first.id)
    for fix in turn.uow.fixes.every_open():
        if fix.state is FixState.APPROVED:
            turn.nudge(StoryKind.REMEDIATION, fix.id)
    text = f"{quote(first.name)} and {quote(person.name)} lifted the freeze. Plans go on."
    _tell_everybody(turn, sentence("Lifted", text))
    return Reply()


def _first_word(turn: Turn, held: Freeze, why: str) -> Reply:
    """Keep who wants to lift the freeze; a second person has to say it too."""
    person = turn.require(Act.LIFT_FREEZE)
    turn.uow.guards.save_freeze(held.model_copy(update={"lift_asked_by": person.id}))
    turn.record(AuditAct.FREEZE_LIFTED, f"freeze/{held.id}", verdict="asked")
    text = f"{why} Somebody else has to say `lift` too."
    _tell_everybody(turn, sentence("Still frozen", text))
    return Reply()


def _tell_everybody(turn: Turn, card: Card) -> None:
    """Answer, and say it where plans are begun and approved: a word in a terminal stops them all."""
    turn.say(card)
    here = turn.incoming.place
    known = {(here.platform, here.workspace, here.channel)}
    for place in (one for name in _CONCERNED for one in turn.tools.channels.get(name, ())):
        if (place.platform, place.workspace, place.channel) not in known:
            known.add((place.platform, place.workspace, place.channel))
            turn.say_at(place, card)


def ask_to_break(turn: Turn) -> Reply:
    """Open the dialog of an override: a reason is its price."""
    _may_break(turn, fix_of(turn))
    return Reply(
        dialog=Dialog(
            title="Break glass",
            intro=(
                "The plan starts without waiting for its approvers. A second person is called at once, "
                "and somebody else has to review this within 24 hours. Everything is recorded."
            ),
            inputs=(
                Input(name="reason", kind=InputKind.LONG_TEXT, label="Why can't it wait?", is_required=True),
            ),
            submit=Action(
                verb="fix.break_because",
                label="Start without approval",
                subject=fix_of(turn).subject,
                arguments={"revision": str(fix_of(turn).revision)},
                style=ActionStyle.DANGER,
            ),
        )
    )


def break_glass(turn: Turn) -> Reply:
    """Let the plan start without its approvers; call a second person, and owe a review."""
    fix = fix_of(turn)
    person = _may_break(turn, fix)
    reason = mask_shapes(turn.incoming.inputs.get("reason", "").strip())
    if len(reason) < SHORTEST_REASON:
        return Reply(input_errors={"reason": "I need a reason that others will understand tomorrow."})
    if turn.arguments.get("revision", str(fix.revision)) != str(fix.revision):
        raise NotNow(f"{fix.id} moved on", say="The plan was changed while you wrote.")
    version = turn.uow.plans.get(fix.id, fix.revision)
    second = _second_person(turn, person, fix)
    override = Override(
        id=_id("o", turn),
        fix=fix.id,
        revision=fix.revision,
        person=person.id,
        reason=reason[:2000],
        press=turn.incoming.key,
        subject_hash=version.subject_hash,
        at=turn.now,
        paged=tuple(one.id for one in second),
    )
    turn.uow.guards.save_override(override)
    end_request(turn, fix.approval, Verdict.SUPERSEDED)
    moved = {"state": FixState.APPROVED, "approved_at": turn.now, "override": override.id, "sentence": ""}
    keep_fix(turn.uow, fix.model_copy(update=moved), turn.now)
    turn.record(
        AuditAct.OVERRIDE_USED,
        fix.subject,
        subject_hash=version.subject_hash,
        override=override.id,
        reason=reason[:200],
        paged=",".join(override.paged),
    )
    names = ", ".join(one.name for one in second)
    text = (
        f"**{quote(names)}**: {quote(person.name)} broke glass for {quote(fix.title)} (plan `{fix.id}`): "
        f"{quote(reason.rstrip('.'))}. Look now; a review by somebody else is due within 24 hours."
    )
    review = Action(
        verb="fix.review",
        label="Review the override",
        subject=fix.subject,
        arguments={"override": override.id},
    )
    for place in turn.tools.channels.get("approvals", ()):
        calls = {"calls": called_at(turn.uow, override.paged, place)}
        turn.say_at(place, sentence("Glass broken", text, actions=(review,)).model_copy(update=calls))
    call = PlanCall(f"glass#{override.id}", f"override/{override.id}", text, PHONE_FIRST)
    call_about_plan(turn.uow, fix, override.paged, call, turn.now)
    turn.nudge(StoryKind.REMEDIATION, fix.id)
    frozen = turn.uow.guards.freeze() is not None
    starts = (
        "Everything is frozen, so it waits until two people lift that, for an hour at most."
        if frozen
        else "It starts now."
    )
    return Reply(whispers=(sentence("Recorded", f"{starts} I called {quote(names)}."),))


def _may_break(turn: Turn, fix: Fix) -> Person:
    person = turn.require(Act.BREAK_GLASS)
    if fix.state is not FixState.IN_APPROVAL:
        raise NotNow(
            f"{fix.id} is {fix.state}",
            say=f"This plan doesn't wait for approval: it is {fix.state.value.replace('_', ' ')}.",
        )
    overdue = [one for one in turn.uow.guards.unreviewed(person.id) if one.is_overdue(turn.now)]
    if overdue:
        raise NotAllowed(
            f"{person.id} owes a review",
            say=f"An earlier override of yours, plan {overdue[0].fix}, was never reviewed.",
            next_step="Have it reviewed by somebody else first.",
        )
    _may_break_high_risk(turn, fix, person)
    if not _second_person(turn, person, fix):
        raise NotAllowed(
            "nobody to call",
            say="There is nobody else who could be called, so the glass stays whole.",
            next_step="An administrator has to give a second person the role on call or lead.",
        )
    return person


def _may_break_high_risk(turn: Turn, fix: Fix, person: Person) -> None:
    """Refuse what a yes to high risk would be refused for: an override skips waiting for people only."""
    if fix.approval is None or not (request := turn.uow.approvals.get(fix.approval)).is_high_risk:
        return
    platform = turn.incoming.account.platform
    if not turn.tools.are_rights_read(platform):
        raise NotNow(
            f"{person.id}: rights unread",
            say="This is high risk, and I could not read for more than a minute who may break the glass.",
            next_step="Press Break glass again when it is back: `dogwatch doctor` says what is away.",
        )
    if not is_fresh(platform, turn.incoming.signed_in_at, turn.now):
        raise NotNow(
            f"{person.id} signed in long ago",
            say="This is high risk, and you signed in more than 15 minutes ago.",
            next_step="Press your name at the bottom left, sign in again, and press Break glass once more.",
        )
    if not turn.uow.approvals.has_read(request.id, person.id, request.subject_hash):
        raise NotNow(
            f"{person.id} has not read {request.id}",
            say="This is high risk, and the card can't show all of it.",
            next_step="Press Show everything first, then Break glass again.",
        )


def _second_person(turn: Turn, person: Person, fix: Fix) -> list[Person]:
    return [
        one
        for one in turn.uow.people.everybody()
        if one.id != person.id and one.id != fix.requested_by and may(one, Act.BREAK_GLASS)
    ] or [one for one in turn.uow.people.everybody() if one.id != person.id and may(one, Act.BREAK_GLASS)]


def _id(kind: str, turn: Turn) -> str:
    return kind + hashlib.sha256(turn.incoming.key.encode()).hexdigest()[:12]
