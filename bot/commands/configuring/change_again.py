"""A change that ended without a merge begins again, with the sample, answers and edits that it had."""

import hashlib

from bot.cards.model import Reply
from bot.commands.configuring.changes import change_of, own_sample
from bot.commands.configuring.revert import retire, revert
from bot.turn import Turn
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange
from domain.errors import NotNow
from domain.identity.access import Act
from domain.ids import RequestId
from domain.proof.audit import AuditAct
from domain.stories import StoryKind
from domain.telling.postings import View


def again(turn: Turn) -> Reply:
    """Begin anew: what nobody decided is asked at once, what was refused waits for better answers first."""
    old = change_of(turn)
    if old.kind is ChangeKind.RETIRE:
        turn.arguments |= {"feed": old.feed}
        return retire(turn)
    if old.kind is ChangeKind.REVERT:
        turn.arguments |= {"feed": old.feed, "commit": old.revert_to}
        return revert(turn)
    person = turn.require(Act.ONBOARD_FEED)
    if not old.can_begin_again:
        raise NotNow(
            f"{old.id} is {old.state}",
            say=f"This change is {old.state.value.replace('_', ' ')}, so there is nothing to begin again.",
            next_step="Drop the file for a new one.",
        )
    sample_hash, open_one = own_sample(turn, person, old.sample_hash) if old.sample_hash else ("", None)
    if open_one is not None:
        turn.record(AuditAct.CHANGE_JOINED, open_one.subject)
        turn.show(View.CHANGE, open_one.subject)
        return Reply()
    is_asked_first = not old.is_undecided and old.profile is not None and bool(old.form)
    change = ConfigChange(
        id=RequestId("c" + hashlib.sha256(turn.incoming.key.encode()).hexdigest()[:12]),
        state=ChangeState.ASKING if is_asked_first else ChangeState.OPENING,
        requested_by=person.id,
        authors=frozenset({person.id}) | old.authors,
        place=turn.thread,
        sample_hash=sample_hash,
        revision=old.revision + 1,
        sentence=_begun_again(old),
        opened_at=turn.now,
        updated_at=turn.now,
        **{name: getattr(old, name) for name in _CARRIED},
    )
    turn.uow.changes.save(change)
    turn.record(AuditAct.CHANGE_OPENED, change.subject, kind=change.kind.value, after=old.subject)
    turn.show(View.CHANGE, change.subject)
    turn.nudge(StoryKind.ONBOARDING, change.id)
    return Reply()


def _begun_again(old: ConfigChange) -> str:
    """Say what this begins with, and what was said to the former one where people said something."""
    said = "" if old.is_undecided or old.state is ChangeState.EXPIRED else old.sentence
    return f"Begun again with what was answered and edited before. {said}".strip()


_CARRIED = (
    "kind",
    "files",
    "feed",
    "answers",
    "corrections",
    "profile",
    "form",
    "guesses",
    "drift",
    "proposal",
)
