"""What we ask of GitLab: the documented calls, once each, with the token in one header only.

There is no independent counterpart of GitLab's API; these tests answer with documents of its reference.
"""

import base64
import json
from typing import Any

import httpx
import pytest

from domain.configuration.reviews import ReviewState, Withheld
from domain.errors import BadInput, DogwatchError
from integrations.gitlab import GitLabReviews
from tests.config_gen.builders import ANA, JO, a_change

CANARY = "glpat-canary0123456789"
MAIN, HEAD = "a" * 40, "b" * 40


class Answers:
    """A project with one merge request, as GitLab's reference describes it; it notes what was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.opened = False
        self.state, self.target = "opened", "main"
        self.email = ANA.email
        self.content, self.parents, self.changed = b"a: 1\n", [MAIN], ["feeds/fx_trades.yaml"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.raw_path.decode().split("?")[0]
        path = path.removeprefix("/api/v4/projects/acme%2Fconfigs/")
        status, answer = self.answer(request.method, path, request)
        return httpx.Response(status, json=answer)

    def answer(self, method: str, path: str, request: httpx.Request) -> tuple[int, Any]:
        merge_request = {
            "iid": 7, "source_branch": self.branch(), "sha": HEAD, "state": self.state,
            "target_branch": self.target, "title": "Add fx_trades",
            "web_url": "https://gitlab.example.com/acme/configs/-/merge_requests/7", "description": "",
            "merge_commit_sha": "c" * 40 if self.state == "merged" else None,
        }  # fmt: skip
        if path == "merge_requests" and method == "GET":
            return 200, [merge_request] if self.opened else []
        if path == "merge_requests" and method == "POST":
            self.opened = True
            return 201, merge_request
        if path == "merge_requests/7/merge":
            self.state = "merged"
            return 200, merge_request
        if path == "merge_requests/7":
            return 200, merge_request
        if path == "repository/branches/main":
            return 200, {"commit": {"id": MAIN}}
        if path == "repository/commits" and method == "POST":
            return 201, {"id": HEAD}
        if path == f"repository/commits/{HEAD}":
            return 200, {"parent_ids": self.parents, "author_name": ANA.name, "author_email": self.email}
        if path == f"repository/commits/{HEAD}/diff":
            return 200, [{"old_path": path, "new_path": path} for path in self.changed]
        if path == "repository/merge_base":
            assert request.url.params.get_list("refs[]") == ["main", self.parents[0]]
            return 200, {"id": MAIN}
        if path.startswith("repository/files/") and request.url.params["ref"] == HEAD:
            return 200, {"content": base64.b64encode(self.content).decode()}
        if path == "repository/tree":
            held = {"name": "fx_trades.yaml", "id": "e" * 40, "type": "blob", "mode": "100644"}
            return 200, [held] if request.url.params["ref"] == HEAD else []
        if path == f"repository/blobs/{'e' * 40}":
            return 200, {"content": base64.b64encode(self.content).decode()}
        return 404, {"message": "404 Not Found"}

    def branch(self) -> str:
        for request in self.requests:
            if request.method == "POST" and request.url.path.endswith("/repository/commits"):
                return str(json.loads(request.content)["branch"])
        return "config/fx_trades/0000"


def host(answers: Any) -> GitLabReviews:
    transport = httpx.MockTransport(answers)
    return GitLabReviews(
        "acme/configs", token=lambda: CANARY, gate=lambda feed, content, others: None, transport=transport
    )


def test_a_change_is_one_commit_and_one_merge_request_however_often_it_is_asked_for() -> None:
    answers = Answers()
    gitlab = host(answers)

    first, second = gitlab.open_review(a_change()), gitlab.open_review(a_change())

    posts = [request.url.path.rsplit("/", 1)[-1] for request in answers.requests if request.method == "POST"]
    assert posts == ["commits", "merge_requests"]
    assert first == second
    assert "+a: 1" in first.diff


@pytest.mark.parametrize(
    ("lies", "named"),
    [
        ({"content": b"evil: 1\n"}, "another feeds/fx_trades.yaml"),
        ({"changed": ["feeds/fx_trades.yaml", "feeds/quiet.yaml"]}, "feeds/quiet.yaml"),
        ({"parents": ["d" * 40]}, "more than one commit"),
        ({"parents": [MAIN, "d" * 40]}, "more than one commit"),
        ({"parents": []}, "a history of its own"),
    ],
)
def test_a_branch_that_holds_something_else_is_not_put_to_approvers(lies: dict[str, Any], named: str) -> None:
    answers = Answers()
    answers.opened = True
    vars(answers).update(lies)

    with pytest.raises(BadInput) as refused:
        host(answers).open_review(a_change())

    assert named in refused.value.sentence()


def test_a_commit_by_hand_with_an_address_that_is_none_can_be_looked_at() -> None:
    answers = Answers()
    answers.email = "root"

    assert host(answers).open_review(a_change()).author.email == "unknown@people.dogwatch.invalid"


def test_the_commit_starts_at_what_was_seen_and_is_signed_off() -> None:
    answers = Answers()
    host(answers).open_review(a_change())

    commit = next(
        json.loads(r.content) for r in answers.requests if r.url.path.endswith("/repository/commits")
    )

    assert commit["start_sha"] == MAIN
    assert commit["commit_message"].endswith("Signed-off-by: Ana Costa <ana@example.com>")
    assert commit["actions"][0]["action"] == "create"
    assert "force" not in commit


def test_only_the_approved_head_is_merged() -> None:
    answers = Answers()
    gitlab = host(answers)
    review = gitlab.open_review(a_change())

    merged = gitlab.merge(review.number, expected_head_sha=HEAD, merged_by=JO)

    asked = next(json.loads(r.content) for r in answers.requests if r.url.path.endswith("/merge"))
    assert asked["sha"] == HEAD
    assert merged.state is ReviewState.MERGED


@pytest.mark.proves("G4")
def test_a_review_that_somebody_aimed_at_another_branch_is_not_merged() -> None:
    answers = Answers()
    gitlab = host(answers)
    review = gitlab.open_review(a_change())
    answers.target = "elsewhere"

    with pytest.raises(Withheld, match="elsewhere"):
        gitlab.merge(review.number, expected_head_sha=HEAD, merged_by=JO)
    answers.state = "merged"

    assert not [r for r in answers.requests if r.url.path.endswith("/merge")]
    assert gitlab.get_review(review.number).state is ReviewState.CLOSED


@pytest.mark.proves("G6")
@pytest.mark.parametrize("status", [401, 403, 500])
def test_no_error_holds_the_token(status: int) -> None:
    with pytest.raises(DogwatchError) as refused:
        host(lambda request: httpx.Response(status, json={"message": CANARY})).open_review(a_change())

    assert CANARY not in str(refused.value) + refused.value.sentence()


@pytest.mark.proves("G6")
def test_the_token_stands_in_no_address() -> None:
    answers = Answers()
    host(answers).open_review(a_change())

    assert all(CANARY not in str(request.url) for request in answers.requests)
