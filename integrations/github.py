"""Reviews of feed configurations as pull requests on GitHub, through its Git data and pull request API.

The branch carries the request's own key in its name, so a second try finds what the first one made. We
never force a ref, never write to the protected branch, and merge with the approved head's sha only.
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
    quiet_line,
    quiet_text,
    sign_off,
    text_diff,
)
from integrations.rest_client import RestClient

_FOLDER = "feeds"
_PREFIX = "config/"


class GitHubReviews:
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
        self._root = f"repos/{quote(owner, safe='')}/{quote(name, safe='')}"
        self._gate = gate
        self._branch = branch
        self._api = RestClient(
            base_url,
            authorization=lambda: ("Authorization", f"Bearer {token()}"),
            host="GitHub",
            transport=transport,
        )

    def close_connections(self) -> None:
        """Close the connections to GitHub."""
        self._api.close()

    def open_review(self, change: ProposedChange) -> Review:
        """Open a pull request, or return the one that the same key opened before (see `ChangeHost`)."""
        key = hashlib.sha256(change.key.encode()).hexdigest()[:16]
        branch = f"{_PREFIX}{change.feed}/{key}"
        known = self._find_pull(branch)
        if known is not None:
            return self._review(known)
        if self._find_head(branch) is None:
            main = self._main()
            if self.read_feed(change.feed, main) != change.base:
                raise moved(change.feed)
            if change.content is not None:
                self._gate(change.feed, change.content, self._others(main, change.feed))
            self._make("git/refs", {"ref": f"refs/heads/{branch}", "sha": self._commit(change, main)})
        body = f"{change.body}\n\n{sign_off(change.author).replace('@', '(at)')}".strip()
        pull = {"title": change.title, "head": branch, "base": self._branch, "body": body}
        return self._review(self._make("pulls", pull))

    def get_review(self, number: int) -> Review:
        """Return the review (see `ChangeHost`)."""
        return self._review(self._pull(number))

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
        body = {
            "sha": expected_head_sha,
            "merge_method": "merge",
            "commit_title": quiet_line(review.title),
            "commit_message": sign_off(merged_by),
        }
        status, answer = self._api.call_with_status("PUT", f"{self._root}/pulls/{number}/merge", body=body)
        if status in {405, 409, 422}:
            raise Conflict(
                f"GitHub answered {status} to the merge of {number}",
                say=f"GitHub can't merge review {number} as it stands.",
                next_step="Look at the pull request: a check, an approval or another change is in the way.",
            )
        if status >= 400 or not isinstance(answer, dict) or not answer.get("merged"):
            raise OutsideTrouble(
                f"GitHub answered {status} to a merge", say="GitHub did not merge the review."
            )
        return self.get_review(number)

    def close(self, number: int, *, closed_by: PersonRef, reason: str) -> Review:
        """Close the review without merging; one that is merged stays merged (see `ChangeHost`)."""
        review = self.get_review(number)
        if review.state is not ReviewState.OPEN:
            return review
        comment = quiet_text(f"Closed by {closed_by.name}: {reason}")
        self._make(f"issues/{number}/comments", {"body": comment})
        self._api.call("PATCH", f"{self._root}/pulls/{number}", body={"state": "closed"})
        return self.get_review(number)

    def list_feeds(self) -> Sequence[FeedName]:
        """Return the names of all feeds in alphabetical order."""
        return sorted(self._names(self._main()))

    def read_feed(self, feed: FeedName, at: str | None = None) -> bytes | None:
        """Return the feed's YAML now, or at a commit; None when there was none."""
        path = f"{self._root}/contents/{_FOLDER}/{feed_name(feed)}.yaml"
        found = self._api.call("GET", path, query={"ref": at or self._branch})
        if not isinstance(found, dict) or found.get("type") != "file":
            return None
        return base64.b64decode(found["content"])

    def history(self, feed: FeedName, limit: int = 20) -> Sequence[FeedVersion]:
        """Return the agreed versions of the feed, newest first."""
        query = {"path": f"{_FOLDER}/{feed_name(feed)}.yaml", "sha": self._branch, "per_page": str(limit)}
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
        path = f"{_FOLDER}/{change.feed}.yaml"
        entry: dict[str, Any] = {"path": path, "mode": "100644", "type": "blob", "sha": None}
        if change.content is not None:
            encoded = {"content": base64.b64encode(change.content).decode(), "encoding": "base64"}
            entry["sha"] = self._make("git/blobs", encoded)["sha"]
        base = self._api.call("GET", f"{self._root}/git/commits/{main}")
        tree = self._make("git/trees", {"base_tree": base["tree"]["sha"], "tree": [entry]})
        person = {"name": change.author.name, "email": change.author.email, "date": change.at.isoformat()}
        message = f"{change.title}\n\n{sign_off(change.author)}"
        body = {
            "message": message,
            "tree": tree["sha"],
            "parents": [main],
            "author": person,
            "committer": person,
        }
        return str(self._make("git/commits", body)["sha"])

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
        names = [name for name in self._names(commit) if name != feed]
        found = {name: self.read_feed(name, commit) for name in names}
        return {name: content for name, content in found.items() if content is not None}

    def _names(self, commit: str) -> list[FeedName]:
        found = self._api.call("GET", f"{self._root}/contents/{_FOLDER}", query={"ref": commit}) or []
        files = [
            entry["name"] for entry in found if entry["type"] == "file" and entry["name"].endswith(".yaml")
        ]
        return [feed_name(name.removesuffix(".yaml")) for name in files]

    def _main(self) -> str:
        head = self._find_head(self._branch)
        if head is None:
            raise OutsideTrouble(
                "the protected branch is missing",
                say=f"The configuration repository has no branch {self._branch}.",
                next_step="An operator has to create it with a first commit.",
            )
        return head

    def _find_head(self, branch: str) -> str | None:
        found = self._api.call("GET", f"{self._root}/git/ref/heads/{quote(branch)}")
        return found["object"]["sha"] if found else None

    def _find_pull(self, branch: str) -> dict[str, Any] | None:
        query = {"head": f"{self._owner}:{branch}", "state": "all"}
        found = self._api.call("GET", f"{self._root}/pulls", query=query) or []
        return next((pull for pull in found if pull["head"]["ref"] == branch), None)

    def _pull(self, number: int) -> dict[str, Any]:
        found = self._api.call("GET", f"{self._root}/pulls/{int(number)}")
        if found is None or not found["head"]["ref"].startswith(_PREFIX):
            raise NotFound(f"no review {number}", say=f"There is no review {number}.")
        return dict(found)

    def _make(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        made = self._api.call("POST", f"{self._root}/{path}", body=body)
        if not isinstance(made, dict):
            raise OutsideTrouble(f"GitHub does not know {path}", say="GitHub does not know our repository.")
        return made

    def _review(self, pull: dict[str, Any]) -> Review:
        branch = str(pull["head"]["ref"])
        feed = feed_name(branch.removeprefix(_PREFIX).split("/")[0])
        head = self._api.call("GET", f"{self._root}/git/commits/{pull['head']['sha']}")
        base = head["parents"][0]["sha"]
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
            author=PersonRef(name=head["author"]["name"], email=head["author"]["email"]),
            state=state,
            diff=text_diff(before, after, f"{_FOLDER}/{feed}.yaml"),
            merged_sha=pull.get("merge_commit_sha") if merged else None,
        )
