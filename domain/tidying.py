"""Which dropped and delivered files are still needed; the others are tidied away after a while."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errands import DeliveryState
from domain.ids import BlobId

ACTS_KEPT = timedelta(days=90)
"""What was said and pressed, after it was done; what came of it stands in the audit trail."""
ANSWERS_KEPT = timedelta(days=1)
"""A form that was answered with, which may hold what somebody wrote: platforms deliver again for an hour."""


@dataclass(frozen=True)
class KeptFile:
    """A file that somebody dropped or a program delivered, by one of its uses.

    Attributes:
        at: When it came, or when what it was for ended.
        feed: The feed it is a delivery of; empty for a sample or a history.
        state: What became of a delivery; None for anything else, or while it is not scored.
        is_in_use: Whether something under way still reads it.
        was_asked_about: Whether people were asked for a decision on it.
    """

    blob: BlobId
    at: datetime
    feed: str = ""
    state: DeliveryState | None = None
    is_in_use: bool = False
    was_asked_about: bool = False


@dataclass(frozen=True)
class Keeping:
    """For how long files are kept.

    Attributes:
        days: Every file.
        decided_days: Deliveries that people decided about: what they saw must be there to look at.
        newest: Released deliveries of a feed that say what is usual, whatever their age.
        cards: Where cards of what is over stand, what closed questions were answered from, messages of the
            web chat, and notices.
    """

    days: timedelta = timedelta(days=30)
    decided_days: timedelta = timedelta(days=400)
    newest: int = 10
    cards: timedelta = timedelta(days=180)


def superfluous(
    files: Iterable[KeptFile], troubled: Collection[str], keeping: Keeping, now: datetime
) -> list[BlobId]:
    """Return the files that no use keeps, each once, the oldest first.

    Args:
        files: Every use of every file: one that is needed anywhere stays.
        troubled: Feeds with an open incident, difference or plan: all their files stay.
        keeping: For how long.
        now: The moment.
    """
    every = sorted(files, key=lambda file: (file.at, file.blob))
    usual = _usual(every, keeping.newest)
    kept = {
        file.blob
        for file in every
        if file.is_in_use
        or file.blob in usual
        or (file.feed and file.feed in troubled)
        or file.state is DeliveryState.HELD
        or now - file.at < (keeping.decided_days if file.was_asked_about else keeping.days)
    }
    return list(dict.fromkeys(file.blob for file in every if file.blob not in kept))


def _usual(files: Iterable[KeptFile], newest: int) -> set[BlobId]:
    by_feed: dict[str, list[BlobId]] = {}
    for file in files:
        if file.state is DeliveryState.RELEASED:
            by_feed.setdefault(file.feed, []).append(file.blob)
    return {blob for blobs in by_feed.values() for blob in blobs[-newest:]}
