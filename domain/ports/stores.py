"""The stores that the house began with: acts, messages, changes, approvals, story calls, audit."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from domain.approval.approvals import ApprovalRequest, Decision, Verdict
from domain.configuration.changes import ConfigChange, FeedEntry
from domain.errands import HandedIn, MayTell
from domain.identity.chat import Account, Incoming, MessageRef, Place, Platform
from domain.ids import ApprovalId, BlobId, PersonId, RequestId
from domain.proof.audit import AuditEntry
from domain.stories import StoryCall
from domain.telling.postings import Posting
from domain.tidying import KeptFile


class InboxStore(Protocol):
    """Acts taken from the doors and not yet done."""

    def accept(self, incoming: Incoming) -> bool:
        """Keep the act; False when its key was kept before."""
        ...

    def is_done(self, key: str) -> bool:
        """Return whether the act's work is committed."""
        ...

    def finish(self, key: str, now: datetime, answer: str = "") -> None:
        """Mark the act done, in the transaction that did it, and keep what only its answer says."""
        ...

    def answer_to(self, key: str) -> str:
        """Return what was kept of the answer to an act that is done; empty when nothing was."""
        ...

    def unfinished(self, before: datetime, limit: int) -> list[Incoming]:
        """Return acts kept before a moment whose work is not committed, oldest first."""
        ...

    def forget_done(self, before: datetime, most: int) -> int:
        """Forget at most so many acts that were done before a moment; return how many."""
        ...

    def forget_answers(self, before: datetime, most: int) -> int:
        """Forget what was kept of the answers to at most so many acts done before a moment; how many."""
        ...

    def count_recent(
        self, account: Account, person: PersonId | None, since: datetime, until: datetime
    ) -> int:
        """Return how many acts of a person's accounts, or of a visitor's one, were kept within a time."""
        ...

    def said_recently(self, account: Account, since: datetime, limit: int) -> list[Incoming]:
        """Return what the account said since a moment, the newest first."""
        ...


class PostingStore(Protocol):
    """Messages of ours."""

    def add(self, posting: Posting) -> bool:
        """Store a posting; False when its key exists."""
        ...

    def refresh(self, subject: str, now: datetime) -> None:
        """Ask for every message about the subject to be drawn again."""
        ...

    def forget_before(self, before: datetime, about: Collection[str], most: int) -> int:
        """Forget so many old messages at most, of none of these subjects and no article; return how many."""
        ...

    def due(
        self,
        now: datetime,
        limit: int,
        platforms: Collection[Platform],
        updates: Collection[Platform] | None = None,
    ) -> list[Posting]:
        """Return postings that these platforms do not yet show as wanted, oldest first.

        `updates` are those that take changes to what stands there already; None: the same ones.
        """
        ...

    def release_claims(self, now: datetime) -> None:
        """Make what a dead process had claimed due at once; only when no other front process runs."""
        ...

    def claim(self, key: str, until: datetime) -> None:
        """Note that the platform is being called; nobody else tries before `until`."""
        ...

    def mark_shown(self, key: str, message: MessageRef, shown: int, now: datetime) -> None:
        """Note what the platform shows now, and end the claim."""
        ...

    def mark_trouble(self, key: str, trouble: str, next_attempt_at: datetime | None) -> None:
        """Note a failed call; None gives up."""
        ...

    def postpone(self, key: str, why: str, until: datetime) -> None:
        """Let a posting wait without counting a failed call: the platform is busy."""
        ...


class PostingLookup(Protocol):
    """Find postings by where they stand."""

    def find(self, key: str) -> Posting | None:
        """Return the posting of that key, or None."""
        ...

    def find_by_message(self, platform: str, channel: str, message: str) -> Posting | None:
        """Return the posting that a platform's message shows, or None."""
        ...

    def about(self, subject: str) -> list[Posting]:
        """Return all postings about a subject."""
        ...

    def subject_of_thread(self, place: Place, kind: str) -> str:
        """Return the newest subject of a kind (`incident`, `plan`) posted in a thread, or an empty string."""
        ...

    def posted_in(self, place: Place, subjects: Sequence[str]) -> set[str]:
        """Return those of the subjects that were posted in a channel or its threads."""
        ...

    def subjects_since(self, prefix: str, moment: datetime) -> int:
        """Return how many subjects were posted since then under keys that begin so."""
        ...

    def refused_since(self, moment: datetime) -> list[Posting]:
        """Return what was begun since then and given up, in channels, oldest first."""
        ...


class ChangeStore(Protocol):
    """Configuration changes."""

    def get(self, change: RequestId) -> ConfigChange:
        """Return the change; raises `NotFound`."""
        ...

    def save(self, change: ConfigChange) -> None:
        """Add or replace a change."""
        ...

    def find_open_by_sample(self, sample_hash: str) -> ConfigChange | None:
        """Return the open change that the same bytes began, or None."""
        ...

    def every_open(self) -> list[ConfigChange]:
        """Return all open changes, oldest first."""
        ...

    def of_feed(self, feed: str, limit: int) -> list[ConfigChange]:
        """Return changes of a feed, newest first."""
        ...

    def newest_merged(self, limit: int) -> list[ConfigChange]:
        """Return merged changes of all feeds, the one that was begun last first."""
        ...


class FeedStore(Protocol):
    """Feeds whose configuration is merged."""

    def save(self, feed: FeedEntry) -> None:
        """Add or replace a feed."""
        ...

    def find(self, name: str) -> FeedEntry | None:
        """Return the feed, or None."""
        ...

    def every(self) -> list[FeedEntry]:
        """Return all feeds, by name."""
        ...

    def remove(self, name: str) -> None:
        """Forget a feed whose configuration was reverted away."""
        ...


class ApprovalStore(Protocol):
    """Approval requests and the decisions on them."""

    def get(self, approval: ApprovalId) -> ApprovalRequest:
        """Return the request, locked for this transaction; raises `NotFound`."""
        ...

    def save(self, request: ApprovalRequest) -> None:
        """Add or replace a request; a verdict that is over never changes."""
        ...

    def decisions(self, approval: ApprovalId) -> list[Decision]:
        """Return the decisions that count, oldest first."""
        ...

    def record(self, approval: ApprovalId, decision: Decision) -> None:
        """Keep a decision; one per person and request, where a no takes the place of an earlier yes."""
        ...

    def note_read(self, approval: ApprovalId, person: PersonId, subject_hash: str, now: datetime) -> None:
        """Remember that the person opened the full view of this version."""
        ...

    def has_read(self, approval: ApprovalId, person: PersonId, subject_hash: str) -> bool:
        """Return whether the person opened the full view of this version."""
        ...


class ApprovalList(Protocol):
    """Approval requests as lists."""

    def pending(self) -> list[ApprovalRequest]:
        """Return what waits for a decision, oldest first."""
        ...

    def of_subject(self, subject: str) -> list[ApprovalRequest]:
        """Return all requests about a subject, oldest first."""
        ...

    def decided(
        self, since: datetime, until: datetime, limit: int, person: PersonId | None = None
    ) -> list[tuple[ApprovalRequest, Decision]]:
        """Return what people, or one of them, said in [since, until), of what, the newest first."""
        ...

    def count_decided(self, since: datetime, until: datetime, person: PersonId | None = None) -> int:
        """Return how many decisions people, or one of them, made in [since, until)."""
        ...

    def count(self, verdict: Verdict) -> int:
        """Return how many requests ended so."""
        ...


class KeptFileStore(Protocol):
    """Where dropped and delivered files are used."""

    def every(self) -> list[KeptFile]:
        """Return every use of a file as delivery, history or sample."""
        ...

    def named_elsewhere(self, blobs: Collection[BlobId]) -> set[BlobId]:
        """Return those files that an incident, a source of the library, or an act not yet done names."""
        ...

    def handed_in(self, name: str, most: int, told: MayTell) -> list[HandedIn]:
        """Return deliveries and histories that may be told by a file's name in any case, newest first."""
        ...

    def handed_in_between(self, since: datetime, until: datetime, most: int, told: MayTell) -> list[HandedIn]:
        """Return deliveries and histories of a span that may be told, the newest first."""
        ...

    def samples_named(self, name: str, most: int, told: Callable[[ConfigChange], bool]) -> list[ConfigChange]:
        """Return changes that may be told and began with a file of a name in any case, newest first."""
        ...


class StoryBox(Protocol):
    """Calls to stories, waiting for the courier."""

    def add(self, call: StoryCall) -> None:
        """Store a call; one that waits under the same key is as new, and still to be delivered once."""
        ...

    def due(self, now: datetime, limit: int) -> list[StoryCall]:
        """Return undelivered calls, oldest first."""
        ...

    def delivered(self, call: StoryCall) -> None:
        """Forget a delivered call, unless it was written once more while it was on its way."""
        ...

    def postpone(self, key: str, until: datetime, trouble: str) -> None:
        """Try again later."""
        ...


class AuditWriter(Protocol):
    """The audit trail, inside the transaction of the act."""

    def append(self, entry: AuditEntry) -> None:
        """Add an entry to the chain; when this fails, the act fails."""
        ...

    def hold(self) -> None:
        """Let no other transaction append until this one ends: what is read from now on is as the trail says.

        Whoever takes a role away at this moment has done so before, or does it afterwards.
        """
        ...
