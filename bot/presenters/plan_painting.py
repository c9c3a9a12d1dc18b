"""Painters of plans and of the approvals about them: read the truth, hand it to the presenters."""

from bot.cards.model import Action, ActionStyle, Card, Fact, Link, Section
from bot.cards.text import md, quote
from bot.presenters.approvals import request_card
from bot.presenters.plan_parts import effect_section, plan_facts, question_section, step_section
from bot.presenters.plans import STATE_WORDS, fix_card
from bot.presenters.undo_parts import undoing_of
from domain.acts.fix_moves import owed_reviews
from domain.approval.approvals import ApprovalRequest, Verdict, as_of_now, missing
from domain.approval.policy import still_able
from domain.counting import counted, in_series
from domain.identity.people import Person
from domain.ids import RequestId
from domain.ports.transactions import UnitOfWork
from domain.remediation.fixes import Fix, FixState, PlanVersion
from domain.telling.postings import Posting

_NAMED = 4
_ANEW = "It is asked anew; the newest card decides."


def paint_plan(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card of an attempt, from its options to its proof."""
    return draw_fix(uow, uow.fixes.get(RequestId(posting.subject.removeprefix("plan/"))))


def draw_fix(uow: UnitOfWork, fix: Fix) -> Card:
    """Return the card of an attempt as it stands."""
    version = uow.plans.get(fix.id, fix.revision) if fix.revision else None
    return fix_card(
        fix,
        version,
        uow.plans.steps(fix.order) if fix.order else (),
        {person.id: person.name for person in uow.people.everybody()},
        next(iter(owed_reviews(uow, fix)), None),
        waits_for=_waits_for(uow, fix),
        broken=uow.guards.override(fix.override) if fix.override else None,
        undoing=undoing_of(uow, fix, version),
    )


def _waits_for(uow: UnitOfWork, fix: Fix) -> str:
    """Return who still has to agree until when, empty when nobody is asked."""
    if fix.state is not FixState.IN_APPROVAL or fix.approval is None:
        return ""
    request = uow.approvals.get(fix.approval)
    people = {person.id: person for person in uow.people.everybody()}
    decisions = as_of_now(uow.approvals.decisions(request.id), people.get)
    kind = "more " if decisions else ""
    left = counted(missing(request.needs, decisions), f"{kind}person has", f"{kind}people have")
    names = in_series(still_able(request, decisions, list(people.values())), "or", most=_NAMED) or "nobody"
    return md("{left} to agree: {names}, until {at} UTC.", left=left, names=names,
              at=f"{request.expires_at:%d %b %H:%M}")  # fmt: skip


def paint_plan_approval(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card that asks for a decision on one version of a plan."""
    fix = uow.fixes.get(RequestId(posting.subject.removeprefix("plan/")))
    approval = posting.key.split("#", 1)[1].split(":", 1)[0]
    requests = uow.approval_list.of_subject(fix.subject)
    request = next(request for request in requests if request.id == approval)
    people: dict[str, Person] = {person.id: person for person in uow.people.everybody()}
    version = _version(uow, fix, request)
    names = {person: found.name for person, found in people.items()}
    return request_card(
        request,
        uow.approvals.decisions(request.id),
        people,
        facts=(*_window(request), *(plan_facts(version) if version else ())),
        sections=_sections(fix, version, names),
        outcome=_outcome(uow, fix, request),
        more=_more(fix, request),
    ).model_copy(update={"full_view": f"/plans/{fix.id}", "links": (_all_of(fix),)})


def _window(request: ApprovalRequest) -> tuple[Fact, ...]:
    opens = request.facts.get("opens", "")
    return (Fact(label="Change window", value=quote(opens)),) if opens else ()


def _all_of(fix: Fix) -> Link:
    return Link(label="All of it", target=f"/plans/{fix.id}")


def _version(uow: UnitOfWork, fix: Fix, request: ApprovalRequest) -> PlanVersion | None:
    """Return the version that the request is about, which need not be the newest."""
    for revision in range(fix.revision, 0, -1):
        version = uow.plans.get(fix.id, revision)
        if version.subject_hash == request.subject_hash:
            return version
    return None


def _sections(fix: Fix, version: PlanVersion | None, names: dict[str, str]) -> tuple[Section, ...]:
    if version is None:
        return ()
    note = (Section(heading=f"Version {version.revision}", text=quote(version.note)),) if version.note else ()
    asked = question_section(fix, names)
    return (*note, effect_section(version), step_section(version.plan), *((asked,) if asked else ()))


def _outcome(uow: UnitOfWork, fix: Fix, request: ApprovalRequest) -> str:
    if fix.approval != request.id:
        return _ANEW if request.verdict is Verdict.SUPERSEDED and fix.is_open else ""
    if request.verdict is Verdict.SUPERSEDED and fix.override:
        override = uow.guards.override(fix.override)
        by = uow.people.get(override.person).name
        word = STATE_WORDS[fix.state][0]
        why = f"{by} broke glass, so it started without a decision: {override.reason.rstrip('.')}."
        return f"{why} {word}. {fix.sentence}".strip()
    if request.verdict is not Verdict.APPROVED or fix.is_open:
        return fix.sentence
    word = STATE_WORDS[fix.state][0]
    return f"{word}. {fix.sentence}".strip()


def _more(fix: Fix, request: ApprovalRequest) -> tuple[Action, ...]:
    about = {"subject": f"approval/{request.id}", "subject_hash": request.subject_hash}
    change = Action(verb="fix.change", label="Other parameters", subject=fix.subject)
    return (
        Action(verb="fix.everything", label="Show everything", **about),
        Action(verb="fix.ask", label="Ask", **about),
        Action(verb="fix.delegate", label="Delegate", **about),
        *([change] if fix.undoes is None else []),
        Action(verb="fix.break_glass", label="Break glass", subject=fix.subject, style=ActionStyle.DANGER),
    )
