"""What waits for somebody: the list in the chat, and the platform's home page."""

from bot.cards.model import Card, Reply, Section
from bot.cards.text import md
from bot.turn import Turn
from domain.access import Act
from domain.approvals import ApprovalRequest
from domain.counting import counted
from domain.people import Person

_LISTED = 15


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
    mine = [request for request in turn.uow.approval_list.pending() if _can_decide(person, request)]
    own = [change for change in turn.uow.changes.every_open() if person.id in change.authors]
    waiting = [
        md("**{t}**, until {u}", t=r.title, u=f"{r.expires_at:%d %b %H:%M} UTC") for r in mine[:_LISTED]
    ]
    begun = [
        md("**{f}**: {s}", f=c.feed or ", ".join(x.name for x in c.files), s=c.state.value.replace("_", " "))
        for c in own[:_LISTED]
    ]
    sections = (
        Section(heading="Waits for you", text="\n".join(waiting) or "Nothing."),
        Section(heading="You have begun", text="\n".join(begun) or "Nothing is open."),
    )
    lead = (
        f"{counted(len(mine), 'request waits', 'requests wait')} for your decision."
        if mine
        else "Nothing waits for your decision."
    )
    return Card(
        title="What waits",
        lead=lead,
        sections=sections,
        plain=f"{lead} You have {counted(len(own), 'open change')}.",
    )


def _can_decide(person: Person, request: ApprovalRequest) -> bool:
    is_author = person.id == request.requested_by or person.id in request.authors
    return not is_author and any(need.role in person.roles for need in request.needs)
