"""Bring back the former configuration of a feed, or take the feed away, by the same road as any change."""

import hashlib

from bot.cards.model import Reply
from bot.commands.feeds import named_feed
from bot.commands.quiet_feeds import let_go_card
from bot.turn import Turn
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange, FeedEntry
from domain.errors import NotNow
from domain.identity.access import Act
from domain.identity.people import Person
from domain.ids import RequestId
from domain.proof.audit import AuditAct
from domain.stories import StoryKind
from domain.telling.postings import View


def revert(turn: Turn) -> Reply:
    """Open a change that restores what was agreed before the newest commit of the feed."""
    person = turn.require(Act.REVERT_CONFIG)
    feed = named_feed(turn)
    asked = turn.arguments.get("commit", feed.commit)
    if asked != feed.commit:
        raise NotNow(
            f"{feed.name} moved on",
            say=f"{feed.name} has changed since that card was drawn.",
            next_step=f"Ask for `feed {feed.name}` and revert from there.",
        )
    return _open(turn, person, feed, ChangeKind.REVERT, asked)


def retire(turn: Turn) -> Reply:
    """Open a change that takes a feed's configuration away: once merged, the feed is watched no more."""
    person = turn.require(Act.REVERT_CONFIG)
    known_by_runs = let_go_card(turn)
    if known_by_runs is not None:
        turn.say(known_by_runs)
        return Reply()
    feed = named_feed(turn)
    return _open(turn, person, feed, ChangeKind.RETIRE, feed.commit)


def _open(turn: Turn, person: Person, feed: FeedEntry, kind: ChangeKind, commit: str) -> Reply:
    """Open a change from one version; who asks for the same while it is open joins it."""
    sample_hash = hashlib.sha256(f"{kind.value}:{feed.name}:{commit}".encode()).hexdigest()
    open_one = turn.uow.changes.find_open_by_sample(sample_hash)
    if open_one is not None:
        turn.record(AuditAct.CHANGE_JOINED, open_one.subject)
        turn.show(View.CHANGE, open_one.subject)
        return Reply()
    change = ConfigChange(
        id=RequestId("c" + hashlib.sha256(turn.incoming.key.encode()).hexdigest()[:12]),
        kind=kind,
        state=ChangeState.BUILDING,
        requested_by=person.id,
        authors=frozenset({person.id}),
        place=turn.thread,
        sample_hash=sample_hash,
        feed=feed.name,
        revert_to=commit,
        revision=1,
        opened_at=turn.now,
        updated_at=turn.now,
    )
    turn.uow.changes.save(change)
    turn.record(AuditAct.CHANGE_OPENED, change.subject, kind=change.kind.value, feed=feed.name, commit=commit)
    turn.show(View.CHANGE, change.subject)
    turn.nudge(StoryKind.ONBOARDING, change.id)
    return Reply()
