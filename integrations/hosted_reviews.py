"""What reviews on a Git host have in common: the order of the checks before and after what the host does.

The branch carries the request's own key in its name, so a second try finds what the first one made. The
protected branch changes by a merge of the approved head's sha only.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from domain.configuration.reviews import (
    Conflict,
    PersonRef,
    ProposedChange,
    Review,
    ReviewState,
    Withheld,
    moved,
    quiet_text,
    sign_off,
)
from domain.counting import in_series
from domain.errors import BadInput, NotFound, NotNow, OutsideTrouble
from domain.ids import FeedName, feed_name
from domain.ports.change_host import ChangeGate
from integrations.kept_blobs import KeptBlobs
from integrations.rest_client import RestClient

PREFIX = "config/"
FOLDER = "feeds"
_MOST_NAMED = 3


class HostedReviews(ABC):
    """The part of `ChangeHost` and `FeedShelf` that does not depend on the host.

    Args:
        root: The path of the repository below the API's address.
        api: Calls the host.
        gate: Says whether bytes may be committed beside the other feeds.
        branch: The protected branch.
    """

    def __init__(self, root: str, api: RestClient, gate: ChangeGate, branch: str) -> None:
        self._root = root
        self._api = api
        self._gate = gate
        self._branch = branch
        self._blobs = KeptBlobs()

    def close_connections(self) -> None:
        """Close the connections to the host."""
        self._api.close()

    def open_review(self, change: ProposedChange) -> Review:
        """Open a review, or return the one that the same key opened before (see `ChangeHost`)."""
        branch = f"{PREFIX}{change.feed}/{hashlib.sha256(change.key.encode()).hexdigest()[:16]}"
        known = self._find_request(branch)
        if known is not None:
            return self._checked(change, self._seen(known))
        if self._find_head(branch) is None:
            main = self._main()
            current = self.read_feed(change.feed, main)
            if current != change.base:
                raise moved(change.feed)
            if change.content is not None:
                self._gate(change.feed, change.content, self._others(main, change.feed))
            self._push(change, branch, main, exists=current is not None)
        body = f"{change.body}\n\n{sign_off(change.author).replace('@', '(at)')}".strip()
        return self._checked(change, self._review(self._request(change.title, body, branch)))

    def get_review(self, number: int) -> Review:
        """Return the review (see `ChangeHost`)."""
        return self._seen(self._request_of(number))

    def merge(self, number: int, *, expected_head_sha: str, merged_by: PersonRef) -> Review:
        """Make exactly the expected head true (see `ChangeHost`)."""
        found = self._request_of(number)
        review, target = self._seen(found), self._target_of(found)
        if review.head_sha != expected_head_sha:
            raise Conflict(
                f"head of {number} is {review.head_sha}",
                say=f"Review {number} is not the version that was approved.",
                next_step="Look at the review again and approve what is there now.",
            )
        if review.state is ReviewState.MERGED:
            return review
        if review.state is ReviewState.CLOSED:
            raise NotNow(
                f"review {number} is closed", say=f"Review {number} was closed, so it can't be merged."
            )
        if target != self._branch:
            say = f"Somebody aimed review {number} at the branch {quiet_text(target)}, so I don't merge it."
            back = f"Aim it at {self._branch} again, on the Git host."
            raise Withheld(f"review {number} aims at {target}", say=say, next_step=back)
        self._check_base(review)
        self._merge_request(review, merged_by)
        merged = self.get_review(number)
        if merged.state is not ReviewState.MERGED:
            say = f"I asked for the merge of review {number}, and {self._branch} does not hold it yet."
            raise OutsideTrouble(f"review {number} is {merged.state} after its merge", say=say)
        return merged

    def close(self, number: int, *, closed_by: PersonRef, reason: str) -> Review:
        """Close the review without merging; one that is merged stays merged (see `ChangeHost`)."""
        review = self.get_review(number)
        if review.state is not ReviewState.OPEN:
            return review
        self._close_request(number, quiet_text(f"Closed by {closed_by.name}: {reason}"))
        return self.get_review(number)

    def list_feeds(self) -> Sequence[FeedName]:
        """Return the names of all feeds in alphabetical order."""
        return sorted(self._entries(self._main()))

    def read_all(self) -> Mapping[FeedName, bytes]:
        """Return the YAML of every feed."""
        return self._contents(self._main())

    @abstractmethod
    def read_feed(self, feed: FeedName, at: str | None = None) -> bytes | None:
        """Return the feed's YAML now, or at a commit; None when there was none."""

    @abstractmethod
    def _find_request(self, branch: str) -> dict[str, Any] | None:
        """Return the request that was opened from a branch into the protected one."""

    @abstractmethod
    def _find_number(self, number: int) -> dict[str, Any] | None:
        """Return the request of that number."""

    @abstractmethod
    def _branch_of(self, found: dict[str, Any]) -> str:
        """Return the branch that a request comes from."""

    @abstractmethod
    def _target_of(self, found: dict[str, Any]) -> str:
        """Return the branch that a request is to be merged into; whoever may edit it may change that."""

    @abstractmethod
    def _find_head(self, branch: str) -> str | None:
        """Return the commit that a branch points to."""

    @abstractmethod
    def _commit_of(self, sha: str) -> tuple[list[str], set[str]]:
        """Return a commit's parents, and every path that it changes against the first one."""

    @abstractmethod
    def _is_agreed(self, sha: str) -> bool:
        """Return whether the protected branch holds a commit."""

    @abstractmethod
    def _push(self, change: ProposedChange, branch: str, main: str, *, exists: bool) -> None:
        """Make the branch with the change's commit on top of a commit of the protected branch.

        `exists` says whether the feed's file stands on the protected branch.
        """

    @abstractmethod
    def _request(self, title: str, body: str, branch: str) -> dict[str, Any]:
        """Ask for the branch to be merged."""

    @abstractmethod
    def _merge_request(self, review: Review, merged_by: PersonRef) -> None:
        """Merge exactly the review's head; raise `Withheld` where the host refuses."""

    @abstractmethod
    def _close_request(self, number: int, comment: str) -> None:
        """Say why, and close the request."""

    @abstractmethod
    def _entries(self, commit: str) -> dict[FeedName, str]:
        """Return the feeds whose plain files a commit holds, each with the id of the file's content."""

    @abstractmethod
    def _blob(self, sha: str) -> bytes:
        """Return content by its id."""

    @abstractmethod
    def _review(self, found: dict[str, Any]) -> Review:
        """Return the review that the host's answer describes."""

    def _request_of(self, number: int) -> dict[str, Any]:
        found = self._find_number(int(number))
        if found is None or not self._branch_of(found).startswith(PREFIX):
            raise NotFound(f"no review {number}", say=f"There is no review {number}.")
        return found

    def _seen(self, found: dict[str, Any]) -> Review:
        """Return a request as it concerns us: one that was merged into another branch is over unmerged."""
        review = self._review(found)
        if review.state is ReviewState.MERGED and self._target_of(found) != self._branch:
            return review.model_copy(update={"state": ReviewState.CLOSED, "merged_sha": None})
        return review

    def _made(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        made = self._api.call(method, f"{self._root}/{path}", body=body)
        if not isinstance(made, dict):
            raise self._api.refusal(404)
        return made

    def _known(self, path: str, query: dict[str, str] | None = None) -> Any:  # Any: the host's answer
        found = self._api.call("GET", f"{self._root}/{path}", query=query)
        if found is None:
            raise self._api.refusal(404)
        return found

    def _checked(self, change: ProposedChange, review: Review) -> Review:
        """Return the review if its branch holds the change and nothing else: others may push to it as well.

        Raises:
            BadInput: Something else lies there; people would be shown one thing and agree to another.
        """
        path = f"{FOLDER}/{change.feed}.yaml"
        parents, paths = self._commit_of(review.head_sha)
        strays = sorted(paths - {path})
        if len(parents) != 1 or not self._is_agreed(parents[0]):
            found = f"more than one commit on top of {self._branch}"
        elif strays:
            found = f"a change of {quiet_text(in_series(strays, most=_MOST_NAMED))}"
        elif self._plain_content(change.feed, review.head_sha) != change.content:
            found = f"another {path} than this change proposes"
        else:
            return review
        raise BadInput(
            f"{review.branch} at {review.head_sha} holds {found}",
            say=f"The branch {review.branch} holds {found}, so I asked nobody to approve it.",
            next_step="Find out who pushed to it, delete the branch, and propose the change again.",
        )

    def _plain_content(self, feed: FeedName, commit: str) -> bytes | None:
        """Return what the feed's own file holds: a link to another file has no content of its own."""
        sha = self._entries(commit).get(feed)
        return self._content(sha) if sha is not None else None

    def _feed_of(self, found: dict[str, Any]) -> FeedName:
        return feed_name(self._branch_of(found).removeprefix(PREFIX).split("/")[0])

    def _check_base(self, review: Review) -> None:
        main = self._main()
        if main == review.base_sha:
            return
        if self.read_feed(review.feed, main) != self.read_feed(review.feed, review.base_sha):
            raise moved(review.feed)
        content = self.read_feed(review.feed, review.head_sha)
        if content is not None:
            self._gate(review.feed, content, self._others(main, review.feed))

    def _others(self, commit: str, feed: FeedName) -> dict[FeedName, bytes]:
        return {name: content for name, content in self._contents(commit).items() if name != feed}

    def _contents(self, commit: str) -> dict[FeedName, bytes]:
        return {name: self._content(sha) for name, sha in self._entries(commit).items()}

    def _content(self, sha: str) -> bytes:
        known = self._blobs.find(sha)
        return known if known is not None else self._blobs.keep(sha, self._blob(sha))

    def _main(self) -> str:
        head = self._find_head(self._branch)
        if head is None:
            raise OutsideTrouble(
                "the protected branch is missing",
                say=f"The configuration repository has no branch {self._branch}.",
                next_step="Make it, with a first commit, or set git.branch to another.",
            )
        return head


def first_parent(parents: Sequence[str], branch: str) -> str:
    """Return what a review's head stands on; raises `BadInput` for a history of its own."""
    if not parents:
        raise BadInput(
            f"the head of {branch} has no parent",
            say=f"The branch {branch} holds a history of its own, so it can't be reviewed.",
            next_step="Find out who pushed to it, delete the branch, and propose the change again.",
        )
    return parents[0]


def author_of(name: str, email: str) -> PersonRef:
    """Return who wrote a commit; whoever pushes by hand may have an address that is none."""
    try:
        return PersonRef(name=name, email=email)
    except ValidationError:
        return PersonRef(name=name[:120] or "unknown", email="unknown@people.dogwatch.invalid")


def feeds_among(entries: Mapping[str, str]) -> dict[FeedName, str]:
    """Return the files that are feeds, by the feed's name; whatever else lies beside them is none."""
    found: dict[FeedName, str] = {}
    for name, sha in entries.items():
        if name.endswith(".yaml"):
            with suppress(BadInput):
                found[feed_name(name.removesuffix(".yaml"))] = sha
    return found
