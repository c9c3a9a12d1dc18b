"""Reviews of feed configurations as pull requests on GitHub, through its Git data and pull request API.

We never force a ref, never write to the protected branch, and merge with the approved head's sha only.
"""

import base64
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from domain.configuration.reviews import (
    FeedVersion,
    PersonRef,
    ProposedChange,
    Review,
    ReviewState,
    Withheld,
    quiet_line,
    sign_off,
    text_diff,
)
from domain.errors import OutsideTrouble
from domain.ids import FeedName, feed_name
from domain.ports.change_host import ChangeGate
from integrations.hosted_reviews import FOLDER, HostedReviews, author_of, feeds_among, first_parent
from integrations.rest_client import RestClient

_SIDES = ("filename", "previous_filename")
_PLAIN = frozenset({"100644", "100755"})


class GitHubReviews(HostedReviews):
    """`ChangeHost` and `FeedShelf` on a GitHub repository.

    Args:
        repository: `owner/name`.
        token: Gives the token, asked before each call: a fine-grained token, or one of a GitHub App's
            installation, limited to this repository.
        gate: Says whether bytes may be committed beside the other feeds.
        base_url: Address of the API.
        branch: The protected branch.
        transport: How bytes travel; the network when left out.
    """

    def __init__(
        self,
        repository: str,
        *,
        token: Callable[[], str],
        gate: ChangeGate,
        base_url: str = "https://api.github.com",
        branch: str = "main",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        owner, _, name = repository.partition("/")
        self._owner = owner
        api = RestClient(
            base_url,
            authorization=lambda: ("Authorization", f"Bearer {token()}"),
            host="GitHub",
            transport=transport,
        )
        super().__init__(f"repos/{quote(owner, safe='')}/{quote(name, safe='')}", api, gate, branch)

    def read_feed(self, feed: FeedName, at: str | None = None) -> bytes | None:
        """Return the feed's YAML now, or at a commit; None when there was none."""
        path = f"{self._root}/contents/{FOLDER}/{feed_name(feed)}.yaml"
        found = self._api.call("GET", path, query={"ref": at or self._branch})
        if not isinstance(found, dict) or found.get("type") != "file":
            return None
        # Of a larger file GitHub tells only where its content is.
        return base64.b64decode(found["content"]) if found.get("content") else self._content(found["sha"])

    def history(self, feed: FeedName, limit: int = 20) -> Sequence[FeedVersion]:
        """Return the agreed versions of the feed, newest first."""
        query = {"path": f"{FOLDER}/{feed_name(feed)}.yaml", "sha": self._branch, "per_page": str(limit)}
        found = self._api.call("GET", f"{self._root}/commits", query=query) or []
        return [
            FeedVersion(
                sha=entry["sha"],
                subject=entry["commit"]["message"].splitlines()[0],
                author=entry["commit"]["author"]["name"],
                at=datetime.fromisoformat(entry["commit"]["author"]["date"]),
            )
            for entry in found
        ]

    def _commit(self, change: ProposedChange, main: str) -> str:
        path = f"{FOLDER}/{change.feed}.yaml"
        entry: dict[str, Any] = {"path": path, "mode": "100644", "type": "blob", "sha": None}
        if change.content is not None:
            encoded = {"content": base64.b64encode(change.content).decode(), "encoding": "base64"}
            entry["sha"] = self._made("POST", "git/blobs", encoded)["sha"]
        base = self._api.call("GET", f"{self._root}/git/commits/{main}")
        tree = self._made("POST", "git/trees", {"base_tree": base["tree"]["sha"], "tree": [entry]})
        person = {"name": change.author.name, "email": change.author.email, "date": change.at.isoformat()}
        message = f"{change.title}\n\n{sign_off(change.author)}"
        body = {
            "message": message,
            "tree": tree["sha"],
            "parents": [main],
            "author": person,
            "committer": person,
        }
        return str(self._made("POST", "git/commits", body)["sha"])

    def _entries(self, commit: str) -> dict[FeedName, str]:
        # Listings of a folder's contents end after a thousand files; those of trees do not.
        root = self._known(f"git/commits/{commit}")["tree"]["sha"]
        top = self._known(f"git/trees/{root}")["tree"]
        folder = next((one["sha"] for one in top if one["path"] == FOLDER and one["type"] == "tree"), None)
        inside = self._known(f"git/trees/{folder}")["tree"] if folder else []
        return feeds_among({one["path"]: one["sha"] for one in inside if one["mode"] in _PLAIN})

    def _blob(self, sha: str) -> bytes:
        return base64.b64decode(self._known(f"git/blobs/{sha}")["content"])

    def _find_head(self, branch: str) -> str | None:
        found = self._api.call("GET", f"{self._root}/git/ref/heads/{quote(branch)}")
        return found["object"]["sha"] if found else None

    def _commit_of(self, sha: str) -> tuple[list[str], set[str]]:
        found = self._known(f"commits/{sha}")
        # A rename is one entry with two paths.
        paths = {entry[side] for entry in found["files"] for side in _SIDES if entry.get(side)}
        return [parent["sha"] for parent in found["parents"]], paths

    def _is_agreed(self, sha: str) -> bool:
        compared = self._known(f"compare/{quote(self._branch)}...{sha}")
        return compared["status"] in {"identical", "behind"}

    def _find_request(self, branch: str) -> dict[str, Any] | None:
        query = {"head": f"{self._owner}:{branch}", "base": self._branch, "state": "all"}
        found = self._api.call("GET", f"{self._root}/pulls", query=query) or []
        ours = (branch, self._branch)
        return next((pull for pull in found if (self._branch_of(pull), self._target_of(pull)) == ours), None)

    def _find_number(self, number: int) -> dict[str, Any] | None:
        found = self._api.call("GET", f"{self._root}/pulls/{number}")
        return dict(found) if found is not None else None

    def _branch_of(self, found: dict[str, Any]) -> str:
        return str(found["head"]["ref"])

    def _target_of(self, found: dict[str, Any]) -> str:
        return str(found["base"]["ref"])

    def _push(self, change: ProposedChange, branch: str, main: str, *, exists: bool) -> None:
        self._made("POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": self._commit(change, main)})

    def _request(self, title: str, body: str, branch: str) -> dict[str, Any]:
        pull = {"title": title, "head": branch, "base": self._branch, "body": body}
        return self._made("POST", "pulls", pull)

    def _merge_request(self, review: Review, merged_by: PersonRef) -> None:
        body = {
            "sha": review.head_sha,
            "merge_method": "merge",
            "commit_title": quiet_line(review.title),
            "commit_message": sign_off(merged_by),
        }
        path = f"{self._root}/pulls/{review.number}/merge"
        status, answer = self._api.call_with_status("PUT", path, body=body)
        if status in {405, 409, 422}:
            raise Withheld(
                f"GitHub answered {status} to the merge of {review.number}",
                say=f"GitHub does not merge review {review.number} as it stands (status {status}).",
                next_step="Look there: a check, an approval or a rule of the branch is in the way.",
            )
        if status >= 300:
            raise self._api.refusal(status)
        if not isinstance(answer, dict) or not answer.get("merged"):
            raise OutsideTrouble(
                f"GitHub answered {status} to a merge", say="GitHub did not merge the review."
            )

    def _close_request(self, number: int, comment: str) -> None:
        # Closed first: when the comment does not come through, a second try must not leave a trail of them.
        self._made("PATCH", f"pulls/{number}", {"state": "closed"})
        self._made("POST", f"issues/{number}/comments", {"body": comment})

    def _review(self, pull: dict[str, Any]) -> Review:
        branch, feed = self._branch_of(pull), self._feed_of(pull)
        head = self._known(f"git/commits/{pull['head']['sha']}")
        base = first_parent([parent["sha"] for parent in head["parents"]], branch)
        merged = bool(pull.get("merged_at") or pull.get("merged"))
        state = ReviewState.MERGED if merged else ReviewState(str(pull["state"]))
        before, after = self.read_feed(feed, base), self.read_feed(feed, pull["head"]["sha"])
        return Review(
            number=pull["number"],
            feed=feed,
            url=pull["html_url"],
            branch=branch,
            base_sha=base,
            head_sha=pull["head"]["sha"],
            title=pull["title"],
            body=pull.get("body") or "",
            author=author_of(head["author"]["name"], head["author"]["email"]),
            state=state,
            diff=text_diff(before, after, f"{FOLDER}/{feed}.yaml"),
            merged_sha=pull.get("merge_commit_sha") if merged else None,
        )
