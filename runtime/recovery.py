"""Reopen a story for every open row: the workflow server's file may be lost, what was decided may not."""

from domain.stories import StoryCall, StoryKind
from runtime.wiring.stores import Stores
from runtime.wiring.watch import reopen_watch


def recover(stores: Stores) -> int:
    """Write a call for each open change and incident; a story that runs already only looks again."""
    now = stores.clock.now()
    with stores.transactions.writing() as uow:
        if stores.database.is_sqlite:
            uow.postings.release_claims(now)  # the data folder's lock says that no other front runs
        owing = {override.fix for override in uow.guards.unreviewed() if not override.is_escalated}
        for fix in sorted({fix.id for fix in uow.fixes.every_open()} | owing):
            uow.stories.add(
                StoryCall(
                    key=f"recover/{fix}/{now.timestamp():.6f}",
                    kind=StoryKind.REMEDIATION,
                    subject_id=fix,
                    at=now,
                )
            )
        reopen_watch(uow, now)
        changes = uow.changes.every_open()
        for change in changes:
            uow.stories.add(
                StoryCall(
                    key=f"recover/{change.id}/{now.timestamp():.6f}",
                    kind=StoryKind.ONBOARDING,
                    subject_id=change.id,
                    at=now,
                )
            )
        incidents = uow.incidents.unfinished()
        for incident in incidents:
            key = f"recover/{incident.id}/{now.timestamp():.6f}"
            uow.stories.add(StoryCall(key=key, kind=StoryKind.INCIDENT, subject_id=incident.id, at=now))
    return len(changes) + len(incidents)
