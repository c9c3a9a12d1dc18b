"""Where reviews of feed configurations are kept and merged: our own repository, GitHub or GitLab."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from domain.configuration.reviews import FeedVersion, PersonRef, ProposedChange, Review
from domain.ids import FeedName


class ChangeHost(Protocol):
    """Opens, merges and closes reviews. Every method may be called twice with the same effect."""

    def open_review(self, change: ProposedChange) -> Review:
        """Open a review, or return the one that the same key opened before.

        Raises:
            BadInput: The bytes may not be committed; the sentence says why.
            Conflict: The feed is no longer what the author saw.
            OutsideTrouble: The host is away or refused the push.
        """
        ...

    def get_review(self, number: int) -> Review:
        """Return the review.

        Raises:
            NotFound: There is none of that number.
        """
        ...

    def merge(self, number: int, *, expected_head_sha: str, merged_by: PersonRef) -> Review:
        """Make exactly the expected head true, on top of what others merged meanwhile.

        Raises:
            Conflict: The same feed changed meanwhile, or the head is not the expected one.
            Withheld: The host does not merge it yet; trying again later may help.
            NotNow: The review is closed, or no longer valid beside the other feeds.
        """
        ...

    def close(self, number: int, *, closed_by: PersonRef, reason: str) -> Review:
        """Close the review without merging; one that is merged stays merged."""
        ...


class FeedShelf(Protocol):
    """The agreed configurations, as they stand on the protected branch."""

    def list_feeds(self) -> Sequence[FeedName]:
        """Return the names of all feeds in alphabetical order."""
        ...

    def read_all(self) -> Mapping[FeedName, bytes]:
        """Return the YAML of every feed."""
        ...

    def read_feed(self, feed: FeedName, at: str | None = None) -> bytes | None:
        """Return the feed's YAML now, or at a commit; None when there was none."""
        ...

    def history(self, feed: FeedName, limit: int = 20) -> Sequence[FeedVersion]:
        """Return the agreed versions of the feed, newest first."""
        ...


class ChangeGate(Protocol):
    """Decides whether bytes may be committed beside the other feeds."""

    def __call__(self, feed: FeedName, content: bytes, others: Mapping[FeedName, bytes]) -> None:
        """Return when they may.

        Raises:
            BadInput: They may not; the sentence names the reason.
        """
        ...
