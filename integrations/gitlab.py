"""Reviews of feed configurations as merge requests on GitLab, through its REST API (version 4).

The branch carries the request's own key in its name, so a second try finds what the first one made. The
protected branch changes by a merge of the approved head's sha only.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from domain.errors import NotFound, NotNow, OutsideTrouble
from domain.ids import FeedName, feed_name
from domain.ports.change_host import ChangeGate
from domain.reviews import (
    Conflict,
    FeedVersion,
    PersonRef,
    ProposedChange,
    Review,
    ReviewState,
    moved,
    quiet_text,
    sign_off,
    text_diff,
)
from integrations.rest_client import RestClient

_PREFIX = "config/"
_STATES = {"merged": ReviewState.MERGED, "closed": ReviewState.CLOSED}


class GitLabReviews:
    """`ChangeHost` and `FeedShelf` on a GitLab project.

    Args:
        project: `group/name`.
        token: Gives the project access token, asked before each call.
        gate: Says whether bytes may be committed beside the other feeds.
        base_url: Address of the API, ending in `/api/v4`.
        branch: The protected branch.
        transport: How bytes travel; the network when left out.
    """

    def __init__(
        self,
        project: str,
        *,
        token: Callable[[], str],
        gate: ChangeGate,
        base_url: str = "https://gitlab.com/api/v4",
        branch: str = "main",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._root = f"projects/{quote(project, safe='')}"
        self._gate = gate
        self._branch = branch
        self._api = RestClient(
            base_url, authorization=lambda: ("PRIVATE-TOKEN", token()), host="GitLab", transport=transport
        )

    def open_review(self, change: ProposedChange) -> Review:
        """Open a merge request, or return the one that the same key opened before (see `ChangeHost`)."""
        branch = f"{_PREFIX}{change.feed}/{hashlib.sha256(change.key.encode()).hexdigest()[:16]}"
        query = {"source_branch": branch, "state": "all"}
        known = self._api.call("GET", f"{self._root}/merge_requests", query=query) or []
        if known:
            return self._review(known[0])
        if self._head(branch) is None:
            main = self._main()
            current = self.read_feed(change.feed, main)
            if current != change.base:
                raise moved(change.feed)
            if change.content is not None:
                self._gate(change.feed, change.content, self._others(main, change.feed))
            self._commit(change, branch, main, exists=current is not None)
        body = {
            "source_branch": branch,
            "target_branch": self._branch,
            "title": change.title,
            "description": f"{change.body}\n\n{sign_off(change.author).replace('@', '(at)')}".strip(),
            "remove_source_branch": True,
        }
        return self._review(self._made("POST", "merge_requests", body))

    def get_review(self, number: int) -> Review:
        """Return the review (see `ChangeHost`)."""
        found = self._api.call("GET", f"{self._root}/merge_requests/{int(number)}")
        if found is None or not found["source_branch"].startswith(_PREFIX):
            raise NotFound(f"no review {number}", say=f"There is no review {number}.")
        return self._review(found)

    def merge(self, number: int, *, expected_head_sha: str, merged_by: PersonRef) -> Review:
        """Make exactly the expected head true (see `ChangeHost`)."""
        review = self.get_review(number)
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
        self._check_base(review)
        body = {"sha": expected_head_sha, "merge_commit_message": f"{review.title}\n\n{sign_off(merged_by)}"}
        status, _ = self._api.call_with_status(
            "PUT", f"{self._root}/merge_requests/{number}/merge", body=body
        )
        if status in {405, 406, 409, 422}:
            raise Conflict(
                f"GitLab answered {status} to the merge of {number}",
                say=f"GitLab can't merge review {number} as it stands.",
                next_step="Look at the merge request: a pipeline or another change is in the way.",
            )
        if status >= 400:
            raise OutsideTrouble(f"GitLab answered {status}", say="GitLab did not merge the review.")
        return self.get_review(number)

    def close(self, number: int, *, closed_by: PersonRef, reason: str) -> Review:
        """Close the review without merging; one that is merged stays merged (see `ChangeHost`)."""
        review = self.get_review(number)
        if review.state is not ReviewState.OPEN:
            return review
        note = {"body": quiet_text(f"Closed by {closed_by.name}: {reason}")}
        self._made("POST", f"merge_requests/{number}/notes", note)
        return self._review(self._made("PUT", f"merge_requests/{number}", {"state_event": "close"}))

    def list_feeds(self) -> Sequence[FeedName]:
        """Return the names of all feeds in alphabetical order."""
        return sorted(self._names(self._branch))

    def read_feed(self, feed: FeedName, at: str | None = None) -> bytes | None:
        """Return the feed's YAML now, or at a commit; None when there was none."""
        path = quote(f"feeds/{feed_name(feed)}.yaml", safe="")
        found = self._api.call(
            "GET", f"{self._root}/repository/files/{path}", query={"ref": at or self._branch}
        )
        return base64.b64decode(found["content"]) if found else None

    def history(self, feed: FeedName, limit: int = 20) -> Sequence[FeedVersion]:
        """Return the agreed versions of the feed, newest first."""
        query = {"path": f"feeds/{feed_name(feed)}.yaml", "ref_name": self._branch, "per_page": str(limit)}
        found = self._api.call("GET", f"{self._root}/repository/commits", query=query) or []
        return [
            FeedVersion(
                sha=entry["id"],
                subject=entry["title"],
                author=entry["author_name"],
                at=datetime.fromisoformat(entry["created_at"]),
            )
            for entry in found
        ]

    def _commit(self, change: ProposedChange, branch: str, main: str, *, exists: bool) -> None:
        action: dict[str, Any] = {"file_path": f"feeds/{change.feed}.yaml", "action": "delete"}
        if change.content is not None:
            content = base64.b64encode(change.content).decode()
            action |= {"action": "update" if exists else "create", "content": content, "encoding": "base64"}
        body = {
            "branch": branch,
            "start_sha": main,
            "commit_message": f"{change.title}\n\n{sign_off(change.author)}",
            "author_name": change.author.name,
            "author_email": change.author.email,
            "actions": [action],
        }
        self._made("POST", "repository/commits", body)

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
        found = {name: self.read_feed(name, commit) for name in self._names(commit) if name != feed}
        return {name: content for name, content in found.items() if content is not None}

    def _names(self, commit: str) -> list[FeedName]:
        query = {"path": "feeds", "ref": commit, "per_page": "100"}
        names: list[FeedName] = []
        for page in range(1, 101):
            found = (
                self._api.call("GET", f"{self._root}/repository/tree", query={**query, "page": str(page)})
                or []
            )
            files = [
                entry["name"] for entry in found if entry["type"] == "blob" and entry["mode"] == "100644"
            ]
            names += [feed_name(name.removesuffix(".yaml")) for name in files if name.endswith(".yaml")]
            if len(found) < 100:
                break
        return names

    def _main(self) -> str:
        head = self._head(self._branch)
        if head is None:
            raise OutsideTrouble("no main", say=f"The configuration repository has no branch {self._branch}.")
        return head

    def _head(self, branch: str) -> str | None:
        found = self._api.call("GET", f"{self._root}/repository/branches/{quote(branch, safe='')}")
        return found["commit"]["id"] if found else None

    def _made(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        made = self._api.call(method, f"{self._root}/{path}", body=body)
        if not isinstance(made, dict):
            raise OutsideTrouble(f"GitLab does not know {path}", say="GitLab does not know our project.")
        return made

    def _review(self, found: dict[str, Any]) -> Review:
        feed = feed_name(str(found["source_branch"]).removeprefix(_PREFIX).split("/")[0])
        head = self._api.call("GET", f"{self._root}/repository/commits/{found['sha']}")
        base = head["parent_ids"][0]
        before, after = self.read_feed(feed, base), self.read_feed(feed, found["sha"])
        return Review(
            number=found["iid"],
            feed=feed,
            url=found["web_url"],
            branch=found["source_branch"],
            base_sha=base,
            head_sha=found["sha"],
            title=found["title"],
            body=found.get("description") or "",
            author=PersonRef(name=head["author_name"], email=head["author_email"]),
            state=_STATES.get(found["state"], ReviewState.OPEN),
            diff=text_diff(before, after, f"feeds/{feed}.yaml"),
            merged_sha=found.get("merge_commit_sha"),
        )
