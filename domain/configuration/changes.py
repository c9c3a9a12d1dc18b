"""A change to a feed's configuration, from the dropped sample or the wish to revert until it is merged.

Big parts (profile, YAML, findings) travel as blobs; the change holds references and what people see.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from domain.configuration.corrections import Correction
from domain.identity.chat import FileRef, Place
from domain.ids import ApprovalId, BlobId, PersonId, RequestId
from domain.running.feed_facts import FeedFacts
from domain.text.redaction import mask_words_too

HOLDS_SECRET = "SEC004"  # noqa: S105  the name of a rule
"""The rule of which a finding says that a configuration holds a secret; it blocks the review."""


class ChangeKind(StrEnum):
    """Why the configuration changes."""

    ONBOARD = "onboard"
    EDIT = "edit"
    REVERT = "revert"
    RETIRE = "retire"


class ChangeState(StrEnum):
    """Where the change is; each name is a word people read."""

    READING = "reading"
    ASKING = "asking"
    BUILDING = "building"
    NEEDS_FIXING = "needs_fixing"
    OPENING = "opening"
    IN_REVIEW = "in_review"
    MERGING = "merging"
    MERGED = "merged"
    UNREADABLE = "unreadable"
    FITS = "fits"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    FAILED = "failed"


ENDED = frozenset(
    {
        ChangeState.MERGED,
        ChangeState.UNREADABLE,
        ChangeState.FITS,
        ChangeState.REJECTED,
        ChangeState.EXPIRED,
        ChangeState.WITHDRAWN,
        ChangeState.SUPERSEDED,
        ChangeState.FAILED,
    }
)
_BEGUN_AGAIN = frozenset(
    {ChangeState.REJECTED, ChangeState.EXPIRED, ChangeState.WITHDRAWN, ChangeState.FAILED}
)


class ConfigChange(BaseModel):
    """One request to change one feed's configuration."""

    model_config = ConfigDict(frozen=True)

    id: RequestId
    kind: ChangeKind
    state: ChangeState
    requested_by: PersonId
    authors: frozenset[PersonId] = frozenset()
    place: Place
    files: tuple[FileRef, ...] = ()
    sample_hash: str = ""
    """SHA-256 over the files' own hashes, sorted: the same bytes again join the open story."""
    sheet: str = ""
    """The words, or the name, by which a person chose a sheet of the workbook; empty for the fullest."""
    said: str = ""
    """What was written beside the files; it may say how they are to be read."""
    said_since: tuple[tuple[PersonId, str], ...] = ()
    """What people wrote of the sample while it was read; it waits until the columns are known."""
    feed: str = ""
    answers: dict[str, str] = {}
    corrections: tuple[Correction, ...] = ()
    """What people said of the sample before the configuration was built; then it is part of the proposal."""
    profile: BlobId | None = None
    form: BlobId | None = None
    """The questions, as JSON."""
    guesses: BlobId | None = None
    """What a language model said of the columns while the questions were answered, as JSON."""
    drift: BlobId | None = None
    """How the file differs from the feed's former one, when it is a file of a known feed."""
    proposal: BlobId | None = None
    revision: int = 0
    """Counts edits: a proposal, review and approval belong to one revision."""
    review_number: int | None = None
    review_url: str = ""
    base_sha: str = ""
    head_sha: str = ""
    approval: ApprovalId | None = None
    rebase: str = ""
    """Empty; `ask`: the feed changed meanwhile; `asked`: both changed one place; then `mine` or `theirs`."""
    revert_to: str = ""
    """Commit that a revert undoes, or that was the newest of a feed that is retired."""
    sentence: str = ""
    """What happened last, for people."""
    asked_anew: str = ""
    """Why the next request is not the first of its version; told while that one is open."""
    opened_at: datetime
    updated_at: datetime

    @property
    def subject(self) -> str:
        """Return the name under which cards, audit and approvals speak of it."""
        return f"change/{self.id}"

    @property
    def is_open(self) -> bool:
        """Return whether the story still goes on."""
        return self.state not in ENDED

    @property
    def can_begin_again(self) -> bool:
        """Return whether it ended without a merge, and what it proposed is still there."""
        return self.state in _BEGUN_AGAIN and self.can_be_revived

    @property
    def is_undecided(self) -> bool:
        """Return whether it ended without anybody's no, so that it may be asked again as it was.

        One that expired before anybody was asked to approve it waited for better answers.
        """
        was_asked = self.state is ChangeState.EXPIRED and self.review_number is not None
        return was_asked or self.state is ChangeState.FAILED

    @property
    def can_be_revived(self) -> bool:
        """Return whether there is something to begin again from: a proposal, or the wish to go back."""
        return self.proposal is not None or self.goes_back

    @property
    def goes_back(self) -> bool:
        """Return whether it brings back what was, or takes the feed away: nothing of it can be edited."""
        return self.kind in (ChangeKind.REVERT, ChangeKind.RETIRE)


def profile_in_force(newest_first: Iterable[ConfigChange]) -> BlobId | None:
    """Return the profile of the file that the agreed configuration was made from."""
    undone: set[str] = set()
    for past in newest_first:
        if past.state is not ChangeState.MERGED or past.head_sha in undone:
            continue
        if past.kind is ChangeKind.RETIRE:
            return None
        if past.kind is ChangeKind.REVERT:
            undone.add(past.revert_to)
        elif past.profile is not None:
            return past.profile
    return None


class FindingView(BaseModel):
    """One finding of the validator, as a reviewer reads it."""

    model_config = ConfigDict(frozen=True)

    code: str
    severity: str
    place: str
    sentence: str
    fix: str = ""
    """What pressing *Fix* does, in words; empty when only a person can."""


class Proposal(BaseModel):
    """A finished configuration with everything that a reviewer sees beside it."""

    model_config = ConfigDict(frozen=True)

    feed: str
    yaml: str
    """Empty when the feed is taken away."""
    diff: str
    summary: tuple[str, ...] = ()
    """The difference in words, one sentence each, in small Markdown."""
    findings: tuple[FindingView, ...] = ()
    blocks: bool = False
    """True when a finding must be mended before a review can open."""
    criticality: str = ""
    owner: str = ""
    environment: str = "production"
    schedule: str = ""
    target: str = ""
    columns: int = 0
    preview_columns: tuple[str, ...] = ()
    preview_rows: tuple[tuple[str, ...], ...] = ()
    base_yaml: str | None = None
    """What was agreed when this was made; empty for a new feed, None where it was not kept."""
    built_yaml: str = ""
    """What sample and answers made of it before people edited it; empty where it was not built from them."""
    facts: FeedFacts = FeedFacts()
    """What the watch goes by once it is merged."""
    template: str = ""
    """The template that it was made with, empty for none."""

    def for_people(self) -> "Proposal":
        """Return it as it may be shown: what holds a secret is never merged, so nobody has to read that part.

        Of everything else nothing is masked, for it is what people say yes to.
        """
        if not any(finding.code == HOLDS_SECRET for finding in self.findings):
            return self
        texts = {name: mask_words_too(text) for name, text in (("diff", self.diff), ("yaml", self.yaml))}
        summary = tuple(mask_words_too(line) for line in self.summary)
        return self.model_copy(update={**texts, "summary": summary})


class FeedEntry(BaseModel):
    """A feed as the list shows it: what is merged now, and where it came from."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(min_length=2)
    owner: str = ""
    criticality: str = ""
    schedule: str = ""
    target: str = ""
    columns: int = 0
    facts: FeedFacts = FeedFacts()
    commit: str = ""
    change: RequestId | None = None
    updated_at: datetime
