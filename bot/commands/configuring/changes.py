"""Shared steps of every command that moves a configuration change."""

import hashlib
import json
import re

from bot.commands.ended_requests import end_request
from bot.turn import Turn
from domain.approval.approvals import Verdict
from domain.configuration.changes import ChangeState, ConfigChange, Proposal
from domain.configuration.onboarding import FormQuestion
from domain.configuration.profiles import SampleProfile
from domain.errors import NotAllowed, NotNow
from domain.identity.access import Act, may
from domain.identity.people import Person
from domain.ids import PersonId, RequestId
from domain.stories import StoryKind

EDITABLE = frozenset({ChangeState.ASKING, ChangeState.NEEDS_FIXING, ChangeState.IN_REVIEW})


def change_of(turn: Turn) -> ConfigChange:
    """Return the change that the pressed card is about; raises `NotFound`."""
    return turn.uow.changes.get(RequestId(turn.subject.removeprefix("change/")))


def editor_of(turn: Turn, change: ConfigChange) -> Person:
    """Return the person when they may edit this change now.

    Raises:
        NotAllowed: They lack the right, or the change belongs to another team.
        NotNow: The change is past editing.
    """
    person = turn.require(Act.EDIT_CONFIG)
    if not is_of_ones_own(turn, person, change):
        owner = turn.uow.people.get(change.requested_by)
        raise NotAllowed(
            f"{person.id} is not of the team of {change.id}",
            say=f"This change belongs to {owner.name}'s team, so you can't edit it.",
            next_step=f"Ask {owner.name}, or drop the file and write *my own* beside it.",
        )
    if change.state not in EDITABLE:
        raise NotNow(
            f"{change.id} is {change.state}",
            say=f"This change is {change.state.value.replace('_', ' ')}, so it can't be edited now.",
        )
    return person


def is_of_ones_own(turn: Turn, person: Person, change: ConfigChange) -> bool:
    """Return whether the change is the person's own or their team's, or theirs to administer."""
    owner = turn.uow.people.get(change.requested_by)
    return person.id == owner.id or bool(person.teams & owner.teams) or may(person, Act.ADMINISTER)


def own_sample(turn: Turn, person: Person, sample_hash: str) -> tuple[str, ConfigChange | None]:
    """Return the hash that stands for these bytes, and the open change that they began.

    Bytes join the open change, whoever began it. Who may not go on with that one asks for their own:
    then these bytes stand for another hash.
    """
    found = turn.uow.changes.find_open_by_sample(sample_hash)
    wants_own = re.search(r"\b(?:my|our)\s+own\b", turn.incoming.text, re.IGNORECASE) is not None
    if found is None or not wants_own or is_of_ones_own(turn, person, found):
        return sample_hash, found
    mine = hashlib.sha256(f"{sample_hash}:{person.id}".encode()).hexdigest()
    return mine, turn.uow.changes.find_open_by_sample(mine)


def form_of(turn: Turn, change: ConfigChange) -> list[FormQuestion]:
    """Return the questions that were prepared for this change."""
    if change.form is None:
        raise NotNow(
            "no form yet", say="I'm still reading the sample.", next_step="The card will ask when I am done."
        )
    return [
        FormQuestion.model_validate(question) for question in json.loads(turn.tools.blobs.get(change.form))
    ]


def profile_of(turn: Turn, change: ConfigChange) -> SampleProfile:
    """Return what was measured on the sample."""
    if change.profile is None:
        raise NotNow("no profile yet", say="I'm still reading the sample.")
    return SampleProfile.model_validate_json(turn.tools.blobs.get(change.profile))


def proposal_of(turn: Turn, change: ConfigChange) -> Proposal:
    """Return the proposed configuration of this change."""
    if change.proposal is None:
        raise NotNow(
            "no proposal yet", say="There is no configuration yet.", next_step="Answer the questions first."
        )
    return Proposal.model_validate_json(turn.tools.blobs.get(change.proposal))


def end_approval(turn: Turn, change: ConfigChange, verdict: Verdict) -> ConfigChange:
    """End the pending approval of a change, if there is one, and return the change without it."""
    end_request(turn, change.approval, verdict)
    return change.model_copy(update={"approval": None})


def propose_anew(
    turn: Turn, change: ConfigChange, proposal: Proposal, author: PersonId, **more: object
) -> str:
    """Put another proposal in place of the change's, which ends its approval and opens the review anew.

    Args:
        more: What else of the change is different now.

    Returns:
        Where the proposal is kept.
    """
    blob = turn.tools.blobs.put(proposal.model_dump_json().encode())
    state = ChangeState.NEEDS_FIXING if proposal.blocks else ChangeState.OPENING
    change = end_approval(turn, change, Verdict.SUPERSEDED)
    moved = {
        "proposal": blob,
        "state": state,
        "revision": change.revision + 1,
        "authors": change.authors | {author},
    }
    keep(turn, change.model_copy(update=moved | more))
    return blob


def keep(turn: Turn, change: ConfigChange) -> None:
    """Store the change, redraw its cards and let its story go on."""
    turn.uow.changes.save(change.model_copy(update={"updated_at": turn.now}))
    turn.uow.postings.refresh(change.subject, turn.now)
    turn.nudge(StoryKind.ONBOARDING, change.id)
