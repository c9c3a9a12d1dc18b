"""Reopen a story for every open row: the workflow server's file may be lost, what was decided may not."""

from domain.stories import StoryCall, StoryKind
from runtime.wiring.stores import Stores


def recover(stores: Stores) -> int:
    """Write a call for each open change; starting a story that runs already only makes it look again."""
    now = stores.clock.now()
    with stores.transactions.writing() as uow:
        if stores.database.is_sqlite:
            uow.postings.release_claims(now)  # the data folder's lock says that no other front runs
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
    return len(changes)
