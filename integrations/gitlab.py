"""Reviews of feed configurations as merge requests on GitLab, through its REST API (version 4)."""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from domain.configuration.reviews import (
    FeedVersion,
    PersonRef,
    ProposedChange,
    Review,
    ReviewState,
    Withheld,
    sign_off,
    text_diff,
)
from domain.ids import FeedName, feed_name
from domain.ports.change_host import ChangeGate
from integrations.hosted_reviews import FOLDER, HostedReviews, author_of, feeds_among, first_parent
from integrations.rest_client import RestClient

_PLAIN = frozenset({"100644", "100755"})
_STATES = {"merged": ReviewState.MERGED, "closed": ReviewState.CLOSED}


class GitLabReviews(HostedReviews):
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
        api = RestClient(
            base_url, authorization=lambda: ("PRIVATE-TOKEN", token()), host="GitLab", transport=transport
        )
        super().__init__(f"projects/{quote(project, safe='')}", api, gate, branch)

    def read_feed(self, feed: FeedName, at: str | None = None) -> bytes | None:
        """Return the feed's YAML now, or at a commit; None when there was none."""
        path = quote(f"{FOLDER}/{feed_name(feed)}.yaml", safe="")
        found = self._api.call(
            "GET", f"{self._root}/repository/files/{path}", query={"ref": at or self._branch}
        )
        return base64.b64decode(found["content"]) if found else None

    def history(self, feed: FeedName, limit: int = 20) -> Sequence[FeedVersion]:
        """Return the agreed versions of the feed, newest first."""
        query = {"path": f"{FOLDER}/{feed_name(feed)}.yaml", "ref_name": self._branch, "per_page": str(limit)}
        # Along the branch itself, so that the merges are the versions.
        query["first_parent"] = "true"
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

    def _push(self, change: ProposedChange, branch: str, main: str, *, exists: bool) -> None:
        action: dict[str, Any] = {"file_path": f"{FOLDER}/{change.feed}.yaml", "action": "delete"}
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

    def _entries(self, commit: str) -> dict[FeedName, str]:
        query = {"path": FOLDER, "ref": commit, "per_page": "100"}
        files: dict[str, str] = {}
        for page in range(1, 1001):
            found = (
                self._api.call("GET", f"{self._root}/repository/tree", query={**query, "page": str(page)})
                or []
            )
            files |= {
                entry["name"]: entry["id"]
                for entry in found
                if entry["type"] == "blob" and entry["mode"] in _PLAIN
            }
            if len(found) < 100:
                break
        return feeds_among(files)

    def _blob(self, sha: str) -> bytes:
        return base64.b64decode(self._known(f"repository/blobs/{sha}")["content"])

    def _find_head(self, branch: str) -> str | None:
        found = self._api.call("GET", f"{self._root}/repository/branches/{quote(branch, safe='')}")
        return found["commit"]["id"] if found else None

    def _commit_of(self, sha: str) -> tuple[list[str], set[str]]:
        parents = self._known(f"repository/commits/{sha}")["parent_ids"]
        changed = self._known(f"repository/commits/{sha}/diff", query={"per_page": "100"})
        # A rename is one entry with two paths.
        return parents, {entry[side] for entry in changed for side in ("old_path", "new_path")}

    def _is_agreed(self, sha: str) -> bool:
        common = self._api.call(
            "GET",
            f"{self._root}/repository/merge_base?{urlencode([('refs[]', self._branch), ('refs[]', sha)])}",
        )
        return bool(common) and common["id"] == sha

    def _find_request(self, branch: str) -> dict[str, Any] | None:
        query = {"source_branch": branch, "target_branch": self._branch, "state": "all"}
        known = self._api.call("GET", f"{self._root}/merge_requests", query=query) or []
        return known[0] if known else None

    def _find_number(self, number: int) -> dict[str, Any] | None:
        found = self._api.call("GET", f"{self._root}/merge_requests/{number}")
        return dict(found) if found is not None else None

    def _branch_of(self, found: dict[str, Any]) -> str:
        return str(found["source_branch"])

    def _target_of(self, found: dict[str, Any]) -> str:
        return str(found["target_branch"])

    def _request(self, title: str, body: str, branch: str) -> dict[str, Any]:
        wanted = {
            "source_branch": branch,
            "target_branch": self._branch,
            "title": title,
            "description": body,
            "remove_source_branch": True,
        }
        return self._made("POST", "merge_requests", wanted)

    def _merge_request(self, review: Review, merged_by: PersonRef) -> None:
        message = f"{review.title}\n\n{sign_off(merged_by)}"
        path = f"{self._root}/merge_requests/{review.number}/merge"
        body = {"sha": review.head_sha, "merge_commit_message": message}
        status, _ = self._api.call_with_status("PUT", path, body=body)
        if status in {405, 406, 409, 422}:
            raise Withheld(
                f"GitLab answered {status} to the merge of {review.number}",
                say=f"GitLab does not merge review {review.number} as it stands (status {status}).",
                next_step="Look there: a pipeline, an approval or a rule of the branch is in the way.",
            )
        if status >= 300:
            raise self._api.refusal(status)

    def _close_request(self, number: int, comment: str) -> None:
        # Closed first: when the comment does not come through, a second try must not leave a trail of them.
        self._made("PUT", f"merge_requests/{number}", {"state_event": "close"})
        self._made("POST", f"merge_requests/{number}/notes", {"body": comment})

    def _review(self, found: dict[str, Any]) -> Review:
        feed = self._feed_of(found)
        head = self._known(f"repository/commits/{found['sha']}")
        base = first_parent(head["parent_ids"], self._branch_of(found))
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
            author=author_of(head["author_name"], head["author_email"]),
            state=_STATES.get(found["state"], ReviewState.OPEN),
            diff=text_diff(before, after, f"{FOLDER}/{feed}.yaml"),
            merged_sha=found.get("merge_commit_sha"),
        )
