"""What waits for somebody: the list in the chat, and the platform's home page."""

from collections.abc import Iterator, Mapping

from bot.cards.model import Card, Link, Reply, Section
from bot.cards.text import literal, md, quote
from bot.turn import Turn
from domain.approval.approvals import ApprovalRequest
from domain.configuration.changes import ChangeState
from domain.counting import counted
from domain.identity.access import Act, may
from domain.identity.people import Person
from domain.remediation.fixes import FixState

_LISTED, _LINKED = 15, 5
_PAGES = {"change": "/dashboard/changes/", "plan": "/plans/"}
"""Where a request's subject is read whole, by its kind."""
_STATES: Mapping[ChangeState | FixState, str] = {
    ChangeState.READING: "is being read",
    ChangeState.ASKING: "waits for your answers",
    ChangeState.BUILDING: "is being built",
    ChangeState.NEEDS_FIXING: "has something to fix",
    ChangeState.OPENING: "its review is being opened",
    ChangeState.IN_REVIEW: "waits for a yes",
    ChangeState.MERGING: "is being merged",
    FixState.CHOOSING: "waits for your choice",
    FixState.DRY_RUNNING: "is being tried",
    FixState.IN_APPROVAL: "waits for a yes",
    FixState.APPROVED: "has its yes and is about to start",
    FixState.RUNNING: "is running",
    FixState.UNKNOWN: "somebody has to say what happened",
}


def list_waiting(turn: Turn) -> Reply:
    """Say what waits for the asker and what they wait for."""
    turn.require(Act.ASK)
    return Reply(whispers=(_overview(turn),))


def show_home(turn: Turn) -> Reply:
    """Draw the platform's home page for the one who opened it."""
    return Reply(updated=_overview(turn))


def _overview(turn: Turn) -> Card:
    person = turn.person
    if person is None:
        return Card(
            title="Dogwatch",
            lead="I don't know this account yet. Say `link` to me where I know you; tell me the code here.",
            plain="I don't know this account yet. Say link to me where I know you.",
        )
    mine = [request for request in turn.uow.approval_list.pending() if _can_decide(turn, person, request)]
    owed = _reviews(turn, person)
    waiting = [
        md("**{t}**, in #{c} until {u} UTC", t=r.title, c=r.channel, u=f"{r.expires_at:%d %b %H:%M}")
        for r in mine[:_LISTED]
    ]
    begun = _begun(turn, person)
    begun_lines = Section(heading="You have begun", text="\n".join(begun[:_LISTED]) or "Nothing is open.")
    # The lead says already that nothing waits.
    waits = [Section(heading="Waits for you", text="\n".join(lines))] if (lines := [*owed, *waiting]) else []
    lead = (
        f"{counted(len(mine), 'request waits', 'requests wait')} for your decision."
        if mine
        else "Nothing waits for your decision."
    )
    if owed:
        lead = f"{lead} {counted(len(owed), 'override waits', 'overrides wait')} for a review."
    freeze = turn.uow.guards.freeze()
    if freeze is not None:
        lead = f"{lead} **Everything is frozen**: {quote(freeze.reason.rstrip('.'))}."
    return Card(
        title="What waits",
        lead=lead,
        sections=(*waits, begun_lines),
        links=tuple(_links(mine)),
        footer="`help` says what I can do, `feeds` how all feeds are.",
        plain=f"{literal(lead)} Open of what you have begun: {len(begun)}.",
    )


def _links(requests: list[ApprovalRequest]) -> Iterator[Link]:
    """Return the pages on which the first of these requests are read whole."""
    for request in requests[:_LINKED]:
        kind, _, subject = request.subject.partition("/")
        if kind in _PAGES:
            yield Link(label=request.title[:70], target=f"{_PAGES[kind]}{subject}")


def _can_decide(turn: Turn, person: Person, request: ApprovalRequest) -> bool:
    """Tell whether a request waits for this person: one that they have agreed to waits for others."""
    if person.id == request.requested_by or person.id in request.authors:
        return False
    if not any(need.role in person.roles for need in request.needs):
        return False
    return all(decision.person != person.id for decision in turn.uow.approvals.decisions(request.id))


def _begun(turn: Turn, person: Person) -> list[str]:
    """Return what the person has begun and is not over, changes before plans."""
    changes = [
        md("**{f}**: {s}", f=c.feed or ", ".join(x.name for x in c.files), s=state_in_words(c.state))
        for c in turn.uow.changes.every_open()
        if person.id in c.authors
    ]
    plans = [
        md(
            "**{t}** (plan `{id}`): {s}",
            t=fix.title or fix.subject_name,
            id=fix.id,
            s=state_in_words(fix.state),
        )
        for fix in turn.uow.fixes.every_open()
        if person.id in fix.authors
    ]
    return [*changes, *plans]


def _reviews(turn: Turn, person: Person) -> list[str]:
    """Return the overrides that this person may review and nobody has."""
    if not may(person, Act.DECIDE):
        return []
    owed = [(one, turn.uow.fixes.get(one.fix)) for one in turn.uow.guards.unreviewed()]
    return [
        md(
            "**Review of an override** of {t} (plan `{id}`), due {at} UTC",
            t=fix.title,
            id=fix.id,
            at=f"{override.review_due:%d %b %H:%M}",
        )
        for override, fix in owed[:_LISTED]
        if person.id != override.person and person.id not in fix.authors
    ]


def state_in_words(state: ChangeState | FixState) -> str:
    """Return where a change or plan stands, as people read it."""
    return _STATES.get(state, state.value.replace("_", " "))
