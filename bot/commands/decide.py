"""Approve or reject: the one place where a decision is recorded, whatever door it came through.

Rights, version and policy are read here, inside the transaction, and never taken from the card.
"""

from bot.cards.model import Action, ActionStyle, Dialog, Input, InputKind, Reply
from bot.cards.text import md
from bot.intents import Area
from bot.presenters.sentences import sentence, stored_sentence
from bot.turn import Turn
from domain.acts.approval_ends import end_subject
from domain.acts.where_begun import tell_where_begun
from domain.approval.approvals import (
    ApprovalRequest,
    Decision,
    Objection,
    Say,
    Verdict,
    as_of_now,
    missing,
    objection_to,
    takes_back,
    tally,
)
from domain.approval.policy import refusal, still_able
from domain.counting import counted, in_series
from domain.errors import NotAllowed, NotNow
from domain.identity.access import Act, may
from domain.identity.people import Person
from domain.identity.web_access import is_fresh
from domain.ids import ApprovalId, PersonId, PressId
from domain.proof.audit import AuditAct
from domain.stories import StoryKind
from domain.text.redaction import mask_shapes

_MOST_NAMED = 4
_MOST_SAID_BACK = 500
_NOT_NOW = frozenset(
    {
        Objection.OVER,
        Objection.ALREADY_DECIDED,
        Objection.OTHER_VERSION,
        Objection.NOT_READ,
        Objection.OLD_SIGN_IN,
        Objection.RIGHTS_UNREAD,
    }
)
"""Objections to a press and not to the person."""
_NOT_THEIRS = frozenset({Objection.OWN_REQUEST, Objection.NOT_AN_APPROVER, Objection.NOBODY_CAN})


def approve(turn: Turn) -> Reply:
    """Count a yes for exactly the version on the pressed card."""
    return _decide(turn, Say.YES, "")


def ask_reason(turn: Turn) -> Reply:
    """Ask why somebody objects: authors deserve a reason."""
    request = _request_of(turn)
    so_far = turn.uow.approvals.decisions(request.id)
    person = _decider(turn, request, so_far)
    objection = _objection_to(turn, _word_of(turn, person, Say.NO, ""), request, person, so_far)
    if objection is Objection.OVER or (objection in _NOT_THEIRS and not _is_asked_anew(turn, request)):
        raise _refused(turn, objection, request, person, so_far)  # before they write in vain
    return Reply(
        dialog=Dialog(
            title="Reject",
            intro="One rejection ends the request. The people who made it will read your reason.",
            inputs=(
                Input(name="reason", kind=InputKind.LONG_TEXT, label="What has to change?", is_required=True),
            ),
            submit=Action(
                verb="approval.reject_because",
                label="Reject",
                subject=turn.subject,
                subject_hash=turn.subject_hash,
                style=ActionStyle.DANGER,
            ),
        )
    )


def reject(turn: Turn) -> Reply:
    """Count a no with its reason."""
    reason = mask_shapes(turn.incoming.inputs.get("reason", "").strip())
    if not reason:
        return Reply(input_errors={"reason": "I need a reason: the author will read it."})
    return _decide(turn, Say.NO, reason[:2000])


def _decide(turn: Turn, say: Say, reason: str) -> Reply:
    request = _request_of(turn)
    so_far = turn.uow.approvals.decisions(request.id)
    if turn.person is not None and request.verdict is Verdict.PENDING and _is_own(request, turn.person):
        # Said before any role: who asked could not decide this with every role there is.
        raise _refused(turn, Objection.OWN_REQUEST, request, turn.person, so_far)
    person = _decider(turn, request, so_far)
    decision = _word_of(turn, person, say, reason)
    objection = _objection_to(turn, decision, request, person, so_far)
    # Whoever was asked and says no is not asked to say it twice: a no lets nothing happen under any rule.
    if _is_asked_anew(turn, request) and (say is Say.YES or objection is not None):
        return _ask_again(turn, request)
    if objection is not None:
        raise _refused(turn, objection, request, person, so_far, reason)
    kept = _kept(turn, request, decision, so_far)
    # Asked for in one question: a press holds the only writer, and whoever decided may be many.
    decisions = as_of_now(kept, turn.uow.people.those([one.person for one in kept]).get)
    verdict = tally(request.needs, decisions)
    if verdict is not Verdict.PENDING:
        _reach(turn, request, verdict, person, reason)
    turn.uow.postings.refresh(request.subject, turn.now)
    return Reply(whispers=(sentence("Recorded", _recorded(turn, request, verdict, decisions)),))


def _word_of(turn: Turn, person: Person, say: Say, reason: str) -> Decision:
    return Decision(
        press=PressId(turn.incoming.key),
        person=person.id,
        say=say,
        reason=reason,
        subject_hash=turn.subject_hash,
        door=turn.incoming.account.platform.value,
        at=turn.now,
        seen=turn.seen,
        roles=person.roles,
    )


def _objection_to(
    turn: Turn, decision: Decision, request: ApprovalRequest, person: Person, so_far: list[Decision]
) -> Objection | None:
    platform = turn.incoming.account.platform
    return objection_to(
        decision,
        request,
        person,
        so_far,
        has_read_all=turn.uow.approvals.has_read(request.id, person.id, request.subject_hash),
        has_fresh_sign_in=is_fresh(platform, turn.incoming.signed_in_at, turn.now),
        are_rights_read=turn.tools.are_rights_read(platform),
    )


def _is_asked_anew(turn: Turn, request: ApprovalRequest) -> bool:
    """Return whether the policy is another one than when it was asked."""
    return request.verdict is Verdict.PENDING and turn.tools.policy().version != request.policy_version


def _request_of(turn: Turn) -> ApprovalRequest:
    return turn.uow.approvals.get(ApprovalId(turn.subject.removeprefix("approval/")))


def _kept(turn: Turn, request: ApprovalRequest, decision: Decision, so_far: list[Decision]) -> list[Decision]:
    """Keep a decision that counts, and return all that do now: a no takes the place of one's own yes."""
    turn.uow.approvals.record(request.id, decision)
    turn.record(
        AuditAct.DECISION_RECORDED,
        f"approval/{request.id}",
        subject_hash=request.subject_hash,
        say=decision.say.value,
        reason=decision.reason[:200],
        seen=decision.seen,
        **({} if turn.is_shown_whole else {"shown": "in part"}),
        **({"instead_of": Say.YES.value} if takes_back(decision, so_far) else {}),
    )
    return [*(one for one in so_far if one.person != decision.person), decision]


def _recorded(turn: Turn, request: ApprovalRequest, verdict: Verdict, decisions: list[Decision]) -> str:
    """Return what the press did, and what comes next."""
    title = _asked(request)
    if verdict is Verdict.REJECTED:
        who = _names(turn, request.authors | {request.requested_by})
        return md("You rejected **{title}**. Nothing is changed; {who} can read why.", title=title, who=who)
    if verdict is Verdict.APPROVED:
        said = "You approved **{title}**: nobody else has to agree. The card says how it goes on."
        return md(said, title=title)
    left = counted(missing(request.needs, decisions), "more person has", "more people have")
    able = still_able(request, decisions, turn.uow.people.everybody())
    who = in_series(able, "or", most=_MOST_NAMED) or "nobody"
    said = "Your yes to **{title}** counts. {left} to agree: {who}."
    return md(said, title=title, left=left, who=who)


def _asked(request: ApprovalRequest) -> str:
    """Return what was asked for, within a sentence: a title that is a question ends at its mark."""
    return request.title.partition("?")[0]


def _names(turn: Turn, people: frozenset[PersonId]) -> str:
    known = {one.id: one.name for one in turn.uow.people.everybody()}  # who asked may be a program
    return in_series(sorted(known.get(person, person) for person in people), most=_MOST_NAMED)


def _decider(turn: Turn, request: ApprovalRequest, so_far: list[Decision]) -> Person:
    """Return who decides; whoever has no right to decide anything is told who can decide this."""
    person = turn.person
    if person is None or not person.is_active or may(person, Act.DECIDE):
        return turn.require(Act.DECIDE)
    raise _refused(turn, Objection.NOT_AN_APPROVER, request, person, so_far)


def _is_own(request: ApprovalRequest, person: Person) -> bool:
    return person.is_active and (person.id == request.requested_by or person.id in request.authors)


def _ask_again(turn: Turn, request: ApprovalRequest) -> Reply:
    """End a request whose policy is no longer in force; its story asks anew under the one that is."""
    ended = {"verdict": Verdict.SUPERSEDED, "ended_at": turn.now}
    turn.uow.approvals.save(request.model_copy(update=ended))
    turn.record(
        AuditAct.APPROVAL_ENDED,
        f"approval/{request.id}",
        subject_hash=request.subject_hash,
        verdict="superseded",
    )
    turn.nudge(StoryKind.APPROVAL, request.id)
    _end(turn, request, Verdict.SUPERSEDED, "")
    turn.uow.postings.refresh(request.subject, turn.now)
    text = "The approval policy changed after this was asked. I ask again under the new one; decide there."
    return Reply(whispers=(sentence("Superseded", text),))


def _reach(turn: Turn, request: ApprovalRequest, verdict: Verdict, person: Person, reason: str) -> None:
    """Make the verdict true for the request and for what it is about."""
    turn.uow.approvals.save(request.model_copy(update={"verdict": verdict, "ended_at": turn.now}))
    turn.record(
        AuditAct.VERDICT_REACHED,
        f"approval/{request.id}",
        subject_hash=request.subject_hash,
        verdict=verdict.value,
    )
    turn.nudge(StoryKind.APPROVAL, request.id)
    words = f"{person.name} rejected it: {reason}" if verdict is Verdict.REJECTED else ""
    _end(turn, request, verdict, words)
    if verdict is Verdict.REJECTED:
        told = f"{person.name} does not agree to {_asked(request)}: {reason}"
        tell_where_begun(turn.uow, request, "Not approved", told, stored_sentence, turn.now)


def _end(turn: Turn, request: ApprovalRequest, verdict: Verdict, words: str) -> None:
    nudged = end_subject(turn.uow, request, verdict, words, turn.now)
    if nudged is not None:
        turn.nudge(*nudged)


def _refused(
    turn: Turn,
    objection: Objection,
    request: ApprovalRequest,
    person: Person,
    so_far: list[Decision],
    reason: str = "",
) -> NotAllowed | NotNow:
    names = still_able(request, so_far, turn.uow.people.everybody())
    say, next_step = refusal(objection, request.title, names, request.verdict.value)
    if objection is Objection.OVER:
        next_step = f"{_how_it_ended(turn, request, so_far)}{next_step}"
    if reason and objection in _NOT_NOW:
        next_step = f"{next_step} You wrote: {reason[:_MOST_SAID_BACK]}"  # so that they can say it again
    if objection in _NOT_NOW:
        return NotNow(f"{request.id}: {person.id}: {objection}", say=say, next_step=next_step)
    return NotAllowed(f"{request.id}: {person.id}: {objection}", say=say, next_step=next_step)


def _how_it_ended(turn: Turn, request: ApprovalRequest, so_far: list[Decision]) -> str:
    """Return who decided, or where to decide instead; empty when there is neither."""
    if request.verdict is Verdict.SUPERSEDED:
        asked = turn.uow.approval_list.of_subject(request.subject)
        newer = any(one.verdict is Verdict.PENDING for one in asked)
        where = "It was changed and asked anew: decide on its newest card. "
        return where if newer else "If it is asked anew, its new card comes here: decide on that one. "
    say = {Verdict.APPROVED: Say.YES, Verdict.REJECTED: Say.NO}.get(request.verdict)
    deciders = [turn.uow.people.get(d.person).name for d in so_far if d.say is say]
    return f"Decided by {', '.join(deciders)}. " if deciders else ""


AREA = Area(
    buttons={
        "approval.approve": approve,
        "approval.reject": ask_reason,
        "approval.reject_because": reject,
    }
)
