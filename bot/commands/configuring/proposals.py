"""What people do with a proposed configuration: look at all of it, mend a finding, withdraw it."""

from bot.cards.model import Reply
from bot.cards.text import md
from bot.commands.configuring.changes import (
    change_of,
    editor_of,
    end_approval,
    keep,
    proposal_of,
    propose_anew,
)
from bot.commands.pages import pages
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.approval.approvals import Verdict
from domain.configuration.changes import ChangeState
from domain.errors import NotAllowed, NotNow
from domain.identity.access import Act
from domain.identity.people import Role
from domain.proof.audit import AuditAct

_OF_NOTHING = "--- /dev/null"


def show_everything(turn: Turn) -> Reply:
    """Show the whole diff and configuration to the one who asked, and remember that they opened it."""
    person = turn.require(Act.ASK)
    change = change_of(turn)
    proposal = proposal_of(turn, change)
    if change.approval is not None:
        request = turn.uow.approvals.get(change.approval)
        turn.uow.approvals.note_read(request.id, person.id, request.subject_hash, turn.now)
        turn.record(AuditAct.APPROVAL_SEEN, f"approval/{request.id}", subject_hash=request.subject_hash)
    proposal = proposal.for_people()
    texts = [("Difference", proposal.diff or "no difference"), ("Configuration", proposal.yaml)]
    if proposal.diff.startswith(_OF_NOTHING):  # a new feed's difference is its whole configuration
        texts = [("Configuration, all of it new", proposal.yaml)]
    lead = md("Everything that would be merged for **{feed}**.", feed=proposal.feed)
    return Reply(whispers=pages(f"All of {proposal.feed}", texts, lead))


def mend(turn: Turn) -> Reply:
    """Apply one finding's fix; when nothing blocks any more, let the review open, anew where it was open."""
    change = change_of(turn)
    person = editor_of(turn, change)
    if change.state not in (ChangeState.NEEDS_FIXING, ChangeState.IN_REVIEW):
        stands = change.state.value.replace("_", " ")
        raise NotNow(
            "fix pressed outside fixing",
            say=f"This change is {stands}, so its findings can't be mended now.",
        )
    proposal = proposal_of(turn, change)
    code, number = turn.arguments.get("code", ""), int(turn.arguments.get("n", "0"))
    if number >= len(proposal.findings) or proposal.findings[number].code != code:
        raise NotNow("finding moved", say="The findings have changed since that card was drawn.")
    mended = turn.tools.configurator.mend(proposal, code, proposal.findings[number].place)
    blob = propose_anew(turn, change, mended, person.id)
    turn.record(
        AuditAct.CHANGE_PROPOSED, change.subject, fix=turn.arguments.get("code", ""), proposal=blob[:16]
    )
    return Reply()


def withdraw(turn: Turn) -> Reply:
    """Take the change back: nothing will be merged, and the review closes."""
    person = turn.require(Act.WITHDRAW)
    change = change_of(turn)
    if person.id not in change.authors and Role.LEAD not in person.roles:
        raise NotAllowed(
            f"{person.id} is no author of {change.id}",
            say="Only the people who made this change, or a lead, can withdraw it.",
            next_step="Approvers can reject it instead.",
        )
    if not change.is_open or change.state is ChangeState.MERGING:
        raise NotNow(
            f"{change.id} is {change.state}",
            say=f"This change is already {change.state.value.replace('_', ' ')}.",
        )
    change = end_approval(turn, change, Verdict.WITHDRAWN)
    keep(
        turn,
        change.model_copy(
            update={
                "state": ChangeState.WITHDRAWN,
                "sentence": f"{person.name} withdrew it. Nothing was changed.",
            }
        ),
    )
    turn.record(AuditAct.CHANGE_WITHDRAWN, change.subject)
    again = "Its card begins it again" if change.can_be_revived else "Drop the file again"
    return Reply(whispers=(sentence("Withdrawn", f"Nothing was changed. {again} whenever you like."),))
