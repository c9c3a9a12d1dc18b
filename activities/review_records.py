"""What reviewing writes down: the list of merged feeds, audit entries, and people as Git knows them."""

from datetime import datetime

from domain.audit import AuditAct, AuditEntry
from domain.changes import ConfigChange, FeedEntry, Proposal
from domain.people import Person
from domain.ports.transactions import UnitOfWork
from domain.reviews import PersonRef

REMOVED = ""
"""The YAML of a proposal that takes its feed away."""


def keep_feed(uow: UnitOfWork, change: ConfigChange, proposal: Proposal, commit: str, now: datetime) -> None:
    """Keep what is merged now in the list of feeds, or take it out."""
    if proposal.yaml == REMOVED:
        uow.feeds.remove(proposal.feed)
        return
    uow.feeds.save(
        FeedEntry(
            name=proposal.feed,
            owner=proposal.owner,
            criticality=proposal.criticality,
            schedule=proposal.schedule,
            target=proposal.target,
            columns=proposal.columns,
            commit=commit,
            change=change.id,
            updated_at=now,
        )
    )


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
