"""How a request for approval reads: what would happen, who may decide, who has, and how it ended."""

from collections.abc import Sequence
from functools import lru_cache

from bot.cards.model import Action, ActionStyle, Card, Fact, Section, Tone
from bot.cards.text import literal, md, quote
from bot.presenters.changes import proposal_sections
from domain.approval.approvals import ApprovalRequest, Decision, Say, Verdict, as_of_now, missing
from domain.approval.policy import in_words, still_able
from domain.clock.wall_clock import moment_in
from domain.configuration.changes import Proposal
from domain.counting import counted
from domain.identity.people import Person

_NAMES_SHOWN = 6

_TONES = {
    Verdict.PENDING: Tone.CALM,
    Verdict.APPROVED: Tone.GOOD,
    Verdict.REJECTED: Tone.WARNING,
    Verdict.EXPIRED: Tone.WARNING,
    Verdict.WITHDRAWN: Tone.CALM,
    Verdict.SUPERSEDED: Tone.CALM,
}


def approval_card(
    request: ApprovalRequest,
    decisions: Sequence[Decision],
    people: dict[str, Person],
    proposal: Proposal | None,
    outcome: str,
) -> Card:
    """Return the card of a request about a configuration; `outcome` says what became of an approved one."""
    everything = Action(verb="change.everything", label="Show everything", subject=request.subject)
    sections = tuple(proposal_sections(proposal)) if proposal else ()
    return request_card(
        request, decisions, people, facts=(), sections=sections, outcome=outcome, more=(everything,)
    )


def request_card(
    request: ApprovalRequest,
    decisions: Sequence[Decision],
    people: dict[str, Person],
    *,
    facts: tuple[Fact, ...],
    sections: tuple[Section, ...],
    outcome: str,
    more: tuple[Action, ...],
) -> Card:
    """Return the card of a request about anything: `facts` and `sections` say what would happen.

    `more` are the buttons beside Approve and Reject while it waits.
    """
    asked_by = _name(people, request.requested_by)
    known = [
        Fact(label="Asked by", value=quote(asked_by)),
        Fact(label="Needs", value=quote(in_words(request.needs))),
        Fact(label="Policy", value=_policy(request)),
        Fact(label="Exact version", value=md("`{digest}`", digest=request.subject_hash[:16])),
    ]
    if anew := request.facts.get("anew"):
        known.append(Fact(label="Why again", value=quote(anew)))
    if request.verdict is Verdict.PENDING:
        known.append(Fact(label="Waits until", value=moment_in("UTC", request.expires_at)))
        known.append(Fact(label="Can decide", value=quote(_able(request, decisions, people))))
    shown = list(sections)
    if decisions:
        lines = [_line(decision, _name(people, decision.person)) for decision in decisions]
        shown.append(Section(heading="Decisions", text="\n".join(lines)))
    lead = _lead(request, as_of_now(decisions, people.get), outcome)
    return Card(
        title=_title(request),
        tone=Tone.WARNING
        if request.is_high_risk and request.verdict is Verdict.PENDING
        else _TONES[request.verdict],
        lead=lead,
        facts=(*known, *facts),
        sections=tuple(shown),
        actions=_actions(request, more),
        plain=f"{_title(request)}. {literal(lead)} Asked by {asked_by}; needs {in_words(request.needs)}.",
    )


def _policy(request: ApprovalRequest) -> str:
    """Return which rule decides; where several do, which of them asks for whom because of what."""
    ruled = request.facts.get("ruled", "")
    return quote(ruled.replace("\n", "; ")) if ruled else md("rule `{rule}`", rule=request.rule)


def _title(request: ApprovalRequest) -> str:
    if request.verdict is Verdict.PENDING:
        return f"Approve? {request.title}"
    return f"{request.verdict.value.capitalize()}: {request.title}"


def _lead(request: ApprovalRequest, decisions: Sequence[Decision], outcome: str) -> str:
    if request.verdict is not Verdict.PENDING:
        return quote(outcome) if outcome else f"This request is {request.verdict.value}."
    more = missing(request.needs, decisions)
    if not request.needs:
        return "Nobody can approve this: no policy rule covers it. An administrator has to add one."
    risk = " **High risk: press Show everything before you approve.**" if request.is_high_risk else ""
    kind = "more " if decisions else ""
    return f"{counted(more, f'{kind}person has', f'{kind}people have')} to agree.{risk}"


@lru_cache(maxsize=5_000)
def _line(decision: Decision, who: str) -> str:
    verb = "agreed" if decision.say is Say.YES else "rejected"
    at = f"{decision.at:%d %b %H:%M} UTC"
    text = md("**{who}** {verb} {at}", who=who, verb=verb, at=at)
    return f"{text}: {quote(decision.reason)}" if decision.reason else text


def _able(request: ApprovalRequest, decisions: Sequence[Decision], people: dict[str, Person]) -> str:
    able = still_able(request, decisions, list(people.values()))
    return ", ".join(able[:_NAMES_SHOWN]) + (" and others" if len(able) > _NAMES_SHOWN else "") or "nobody"


def _actions(request: ApprovalRequest, more: tuple[Action, ...]) -> tuple[Action, ...]:
    if request.verdict is not Verdict.PENDING:
        return ()
    about = {"subject": f"approval/{request.id}", "subject_hash": request.subject_hash}
    return (
        Action(verb="approval.approve", label="Approve", style=ActionStyle.PRIMARY, **about),
        Action(verb="approval.reject", label="Reject", style=ActionStyle.DANGER, **about),
        *more,
    )


def _name(people: dict[str, Person], person: str) -> str:
    return people[person].name if person in people else person
