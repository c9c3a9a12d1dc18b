"""Reviews of our own in a plain bare repository, for those who have no GitHub.

A review is one JSON blob under `refs/reviews/<number>`: whether that ref exists decides whether the
review does. Everything before it (objects, the branch) means nothing until then, and everything is made
from the request alone, so that a second try after a kill at any point arrives at the same place.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from config_gen.git_objects import (
    feed_entries,
    find_feed,
    find_ref,
    path_of,
    read_blob,
    read_commit,
    tree_with,
    write_blob,
    write_commit,
)
from config_gen.git_repository import GitRepository, checked_branch, checked_sha
from config_gen.main_branch import MAIN, NO_COMMIT, MainBranch, move_ref
from domain.configuration.reviews import (
    Conflict,
    FeedVersion,
    PersonRef,
    ProposedChange,
    Review,
    ReviewState,
    moved,
    text_diff,
    utc_seconds,
)
from domain.errors import NotFound, NotNow
from domain.ids import FeedName
from domain.ports.change_host import ChangeGate


class _Record(BaseModel):
    """A review as it lies in the repository."""

    model_config = ConfigDict(frozen=True)

    number: int
    key: str
    feed: FeedName
    branch: str
    base_sha: str
    head_sha: str
    title: str
    body: str
    author: PersonRef
    seconds: int
    state: ReviewState = ReviewState.OPEN
    merged_sha: str | None = None
    closed_reason: str = ""


class LocalReviews:
    """`ChangeHost` and `FeedShelf` on a bare repository on this machine.

    Args:
        path: Folder of the repository; made on first use.
        gate: Says whether bytes may be committed beside the other feeds; asked before a review opens,
            and again before a merge when other feeds changed meanwhile.
        url: Address under which people see a review, with `{number}` in it.
    """

    def __init__(self, path: Path, *, gate: ChangeGate, url: str = "/reviews/{number}") -> None:
        self._repository = GitRepository(path)
        self._main = MainBranch(self._repository)
        self._gate = gate
        self._url = url

    def open_review(self, change: ProposedChange) -> Review:
        """Open a review, or return the one that the same key opened before (see `ChangeHost`)."""
        self._main.head()
        with self._repository.exclusively():
            known = [record for record, _ in self._records()]
            joined = next((record for record in known if record.key == change.key), None)
            if joined is not None:
                return self._review(joined)
            base, head, branch = self._branch_for(change)
            record = _Record(
                number=max((record.number for record in known), default=0) + 1,
                key=change.key,
                feed=change.feed,
                branch=branch,
                base_sha=base,
                head_sha=head,
                title=change.title,
                body=change.body,
                author=change.author,
                seconds=utc_seconds(change.at),
            )
            self._write(record, NO_COMMIT)
        return self._review(record)

    def get_review(self, number: int) -> Review:
        """Return the review (see `ChangeHost`)."""
        return self._review(self._record(number)[0])

    def merge(self, number: int, *, expected_head_sha: str, merged_by: PersonRef) -> Review:
        """Make exactly the expected head true, on top of what others merged meanwhile (see `ChangeHost`)."""
        self._main.head()
        with self._repository.exclusively():
            record, blob = self._record(number)
            if record.head_sha != checked_sha(expected_head_sha):
                raise Conflict(
                    f"head is {record.head_sha}",
                    say=f"Review {number} is not the version that was approved.",
                    next_step="Look at the review again and approve what is there now.",
                )
            if record.state is ReviewState.MERGED:
                return self._review(record)
            if record.state is ReviewState.CLOSED:
                raise NotNow(
                    f"review {number} is closed",
                    say=f"Review {number} was closed, so it can't be merged.",
                    next_step="Propose the change again.",
                )
            merged = self._find_merge(record) or self._merge_on_main(record, merged_by)
            record = record.model_copy(update={"state": ReviewState.MERGED, "merged_sha": merged})
            self._write(record, blob)
        return self._review(record)

    def close(self, number: int, *, closed_by: PersonRef, reason: str) -> Review:
        """Close the review without merging; one that is merged stays merged (see `ChangeHost`)."""
        self._main.head()
        with self._repository.exclusively():
            record, blob = self._record(number)
            if record.state is ReviewState.OPEN:
                why = f"{reason} ({closed_by.name})"
                record = record.model_copy(update={"state": ReviewState.CLOSED, "closed_reason": why})
                self._write(record, blob)
        return self._review(record)

    def list_feeds(self) -> Sequence[FeedName]:
        """Return the names of all feeds in alphabetical order."""
        return sorted(feed_entries(self._repository, self._main.head()))

    def read_all(self) -> Mapping[FeedName, bytes]:
        """Return the YAML of every feed."""
        return self._contents(self._main.head())

    def read_feed(self, feed: FeedName, at: str | None = None) -> bytes | None:
        """Return the feed's YAML now, or at a commit; None when there was none."""
        main = self._main.head()
        if at is not None:
            read_commit(self._repository, at)
        return find_feed(self._repository, at or main, feed)

    def history(self, feed: FeedName, limit: int = 20) -> Sequence[FeedVersion]:
        """Return the agreed versions of the feed, newest first: the merges that changed it."""
        main = self._main.head()
        fixed = ("--first-parent", f"--max-count={int(limit)}")
        listed = self._repository.git("rev-list", *fixed, operands=(main, "--", path_of(feed)))
        commits = [read_commit(self._repository, sha) for sha in listed.decode().split()]
        return [
            FeedVersion(
                sha=commit.sha,
                subject=commit.message.splitlines()[0] if commit.message else "",
                author=commit.author,
                at=datetime.fromtimestamp(commit.seconds, UTC),
            )
            for commit in commits
        ]

    def _branch_for(self, change: ProposedChange) -> tuple[str, str, str]:
        """Return base, head and branch of the change; a branch left by a killed try is taken up."""
        key = hashlib.sha256(change.key.encode()).hexdigest()[:16]
        branch = checked_branch(self._repository, f"config/{change.feed}/{key}")
        ref = f"refs/heads/{branch}"
        main = self._main.head()
        current = find_feed(self._repository, main, change.feed)
        if current != change.base:
            raise moved(change.feed)
        if change.content is not None:
            self._gate(change.feed, change.content, self._others(main, change.feed))
        left_over = find_ref(self._repository, ref)
        head = write_commit(
            self._repository,
            tree=tree_with(self._repository, main, change.feed, change.content),
            parents=(main,),
            message=change.title,
            author=change.author,
            seconds=utc_seconds(change.at),
        )
        if left_over != head:
            move_ref(self._repository, ref, head, left_over or NO_COMMIT)
        return main, head, branch

    def _merge_on_main(self, record: _Record, merged_by: PersonRef) -> str:
        main = self._main.head()
        content = find_feed(self._repository, record.head_sha, record.feed)
        if main != record.base_sha:
            agreed = find_feed(self._repository, main, record.feed)
            if agreed != find_feed(self._repository, record.base_sha, record.feed):
                raise moved(record.feed)
            if content is not None:
                self._gate(record.feed, content, self._others(main, record.feed))
        merged = write_commit(
            self._repository,
            tree=tree_with(self._repository, main, record.feed, content),
            parents=(main, record.head_sha),
            message=f"{record.title}\n\nReview {record.number} of {record.feed}.",
            author=merged_by,
            seconds=max(record.seconds, read_commit(self._repository, main).seconds),
        )
        move_ref(self._repository, MAIN, merged, main)
        return merged

    def _find_merge(self, record: _Record) -> str | None:
        """Return the merge that a killed try has already made."""
        main = self._main.head()
        if not self._repository.holds("merge-base", "--is-ancestor", operands=(record.head_sha, main)):
            return None
        fixed = ("--first-parent", "--merges", "--parents")
        listed = self._repository.git("rev-list", *fixed, operands=(main,)).decode()
        lines = (line.split() for line in listed.splitlines())
        return next((shas[0] for shas in lines if record.head_sha in shas[2:]), None)

    def _others(self, commit: str, feed: FeedName) -> dict[FeedName, bytes]:
        return {name: content for name, content in self._contents(commit).items() if name != feed}

    def _contents(self, commit: str) -> dict[FeedName, bytes]:
        found = feed_entries(self._repository, commit)
        return {name: read_blob(self._repository, entry.sha) for name, entry in found.items()}

    def _records(self) -> list[tuple[_Record, str]]:
        listed = self._repository.git("for-each-ref", "--format=%(objectname)", operands=("refs/reviews/",))
        return [
            (_Record.model_validate_json(read_blob(self._repository, sha)), sha)
            for sha in listed.decode().split()
        ]

    def _record(self, number: int) -> tuple[_Record, str]:
        self._main.head()
        blob = find_ref(self._repository, f"refs/reviews/{int(number)}")
        if blob is None:
            raise NotFound(f"no review {number}", say=f"There is no review {number}.")
        return _Record.model_validate_json(read_blob(self._repository, blob)), blob

    def _write(self, record: _Record, previous: str) -> None:
        blob = write_blob(self._repository, record.model_dump_json().encode())
        move_ref(self._repository, f"refs/reviews/{record.number}", blob, previous)

    def _review(self, record: _Record) -> Review:
        before = find_feed(self._repository, record.base_sha, record.feed)
        after = find_feed(self._repository, record.head_sha, record.feed)
        return Review(
            number=record.number,
            feed=record.feed,
            url=self._url.format(number=record.number),
            branch=record.branch,
            base_sha=record.base_sha,
            head_sha=record.head_sha,
            title=record.title,
            body=record.body,
            author=record.author,
            state=record.state,
            diff=text_diff(before, after, path_of(record.feed)),
            merged_sha=record.merged_sha,
            closed_reason=record.closed_reason,
        )
