"""What reviewing writes down: the list of merged feeds, audit entries, and people as Git knows them."""

from datetime import datetime

from domain.configuration.changes import ConfigChange, FeedEntry, Proposal
from domain.configuration.reviews import PersonRef
from domain.identity.people import Person
from domain.ids import FeedName
from domain.ports.transactions import UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.running.feeds import ScheduleChange, is_moved, moved_from
from domain.running.readings import Reading, Sign
from domain.stories import StoryCall, StoryKind
from domain.watch.watching import WatchedFeed

# Reports come out of order: the newest of these has the newest start.
_NEWEST = 5
REMOVED = ""
"""The YAML of a proposal that takes its feed away."""


def keep_feed(uow: UnitOfWork, change: ConfigChange, proposal: Proposal, commit: str, now: datetime) -> None:
    """Keep what is merged now in the list of feeds, or take it out."""
    watched = uow.watched.find(proposal.feed)
    if proposal.yaml == REMOVED:
        uow.feeds.remove(proposal.feed)
        uow.watched.end(FeedName(proposal.feed))
        return
    uow.feeds.save(
        FeedEntry(
            name=proposal.feed,
            owner=proposal.owner,
            criticality=proposal.criticality,
            schedule=proposal.schedule,
            target=proposal.target,
            columns=proposal.columns,
            facts=proposal.facts,
            commit=commit,
            change=change.id,
            updated_at=now,
        )
    )
    uow.watched.begin([FeedName(proposal.feed)], now)
    _tell_the_watch(uow, FeedName(proposal.feed), watched, now)
    # While nothing is watched it looks every ten minutes; whoever has just merged a feed asks about it now.
    key = f"watch/main#merged/{change.id}"
    uow.stories.add(StoryCall(key=key, kind=StoryKind.WATCH, subject_id="main", at=now))


def _tell_the_watch(uow: UnitOfWork, feed: FeedName, before: WatchedFeed | None, now: datetime) -> None:
    """Let the watch weigh that a feed was changed, and judge earlier days by the schedule of then."""
    uow.readings.add([Reading(feed, Sign.CHANGE, now, 1.0)], now)
    after = uow.watched.find(feed)
    # Whether the former calendar was configured or read off the runs: they came by it.
    if before is not None and after is not None and is_moved(before.feed.schedule, after.feed.schedule):
        begun = (run.started_at or run.finished_at for run in uow.runs.of_feed(feed, _NEWEST))
        newest = max(filter(None, begun), default=None)
        at = moved_from(before.feed.schedule, after.feed.schedule, newest, now)
        uow.watched.note_schedule_change(ScheduleChange(feed, at, before.feed.schedule))


def audit(
    uow: UnitOfWork, now: datetime, act: AuditAct, change: ConfigChange, subject_hash: str = "", **facts: str
) -> None:
    """Record what we ourselves did with a change."""
    uow.audit.append(
        AuditEntry(
            at=now, act=act, actor="dogwatch", subject=change.subject, subject_hash=subject_hash, facts=facts
        )
    )


def as_git_knows(person: Person) -> PersonRef:
    """Return the person as commits name them."""
    return PersonRef(name=person.name, email=person.email or f"{person.id}@people.dogwatch.invalid")
