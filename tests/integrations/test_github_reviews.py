"""Reviews on GitHub, against an independently written counterpart of its API."""

import hashlib
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.configuration.reviews import Conflict, ReviewState, Withheld
from domain.errors import BadInput, DogwatchError, NotAllowed, NotNow, OutsideTrouble
from domain.ids import feed_name
from integrations.github import GitHubReviews
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores
from tests.config_gen.builders import JO, a_change
from tests.counterparts.github import TOKEN as CANARY
from tests.counterparts.github import Refusing, github_server

FX = feed_name("fx_trades")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with github_server(tmp_path_factory.mktemp("github")) as running:
        yield running


@pytest.fixture
def host(address: str) -> Iterator[GitHubReviews]:
    made = GitHubReviews(
        "acme/configs", token=lambda: CANARY, gate=lambda feed, content, others: None, base_url=address
    )
    yield made
    made.close_connections()


def test_a_change_walks_from_proposal_to_merge_and_back(host: GitHubReviews) -> None:
    review = host.open_review(a_change())

    merged = host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)

    assert "+a: 1" in review.diff
    assert merged.state is ReviewState.MERGED
    assert host.read_feed(FX) == b"a: 1\n"
    assert FX in host.list_feeds()
    assert host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO) == merged

    gone = host.open_review(a_change(key="gone", base=b"a: 1\n", content=None))
    host.merge(gone.number, expected_head_sha=gone.head_sha, merged_by=JO)
    assert host.read_feed(FX) is None


def test_a_repository_may_call_its_branch_as_it_likes(
    tmp_path: Path, address: str, host: GitHubReviews
) -> None:
    _push_by_hand(address, "trunk", {"feeds/trunk_feed.yaml": "a: 1\n"}, is_new=True)
    git = {"host": "github", "github_url": address, "github_repository": "acme/configs", "branch": "trunk"}
    settings = {"data_dir": tmp_path, "git": git | {"github_token": CANARY}}
    stores = open_stores(Settings.model_validate(settings))

    assert stores.shelf.read_feed(feed_name("trunk_feed")) == b"a: 1\n"
    assert host.read_feed(feed_name("trunk_feed")) is None, "main does not hold it"
    stores.database.close()
    assert isinstance(stores.host, GitHubReviews)
    stores.host.close_connections()


def test_the_same_request_opens_one_pull_request(host: GitHubReviews) -> None:
    change = a_change("one_feed", "same")

    assert host.open_review(change) == host.open_review(change)


def test_a_pull_request_that_was_never_opened_is_opened_on_the_branch_that_is_there(
    host: GitHubReviews, address: str
) -> None:
    change = a_change("half_feed", "half")
    network = Refusing()
    network.refusals["POST pulls"] = (502, {})
    cut_off = GitHubReviews(
        "acme/configs",
        token=lambda: CANARY,
        gate=lambda feed, content, others: None,
        base_url=address,
        transport=network,
    )
    with pytest.raises(OutsideTrouble):
        cut_off.open_review(change)
    cut_off.close_connections()
    opened = httpx.get(f"{address}/repos/acme/configs/pulls", headers={"Authorization": f"Bearer {CANARY}"})

    assert "half" not in str([pull["head"]["ref"] for pull in opened.json()])
    assert host.open_review(change).feed == "half_feed"


def test_only_the_approved_head_is_merged(host: GitHubReviews) -> None:
    review = host.open_review(a_change("other_feed", "head"))

    with pytest.raises(Conflict):
        host.merge(review.number, expected_head_sha="0" * 40, merged_by=JO)


def test_a_change_of_what_the_author_did_not_see_is_a_conflict(host: GitHubReviews) -> None:
    with pytest.raises(Conflict):
        host.open_review(a_change("unseen_feed", "unseen", base=b"something\n"))


def _push_by_hand(
    address: str, branch: str, files: dict[str, str], *, is_new: bool = False, mode: str = "100644"
) -> None:
    """Do what somebody with a clone does: put a commit on a branch, theirs or ours."""
    root = f"{address}/repos/acme/configs/git"

    def call(method: str, path: str, **body: Any) -> Any:
        headers = {"Authorization": f"Bearer {CANARY}"}
        answer = httpx.request(method, f"{root}/{path}", json=body or None, headers=headers)
        return answer.raise_for_status().json()

    parent = call("GET", "ref/heads/main")["object"]["sha"]
    base = call("GET", f"commits/{parent}")["tree"]["sha"]
    entries = [{"path": p, "mode": mode, "type": "blob", "content": c} for p, c in files.items()]
    tree = call("POST", "trees", base_tree=base, tree=entries)["sha"]
    commit = call("POST", "commits", message="By hand", tree=tree, parents=[parent])["sha"]
    if is_new:
        call("POST", "refs", ref=f"refs/heads/{branch}", sha=commit)
    else:
        call("PATCH", f"refs/heads/{branch}", sha=commit, force=True)


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"feeds/taken_feed.yaml": "evil: 1\n"}, "another feeds/taken_feed.yaml"),
        ({"feeds/taken_feed.yaml": "a: 1\n", "feeds/quiet.yaml": "b: 1\n"}, "feeds/quiet.yaml"),
    ],
)
def test_a_branch_that_was_there_with_something_else_is_not_put_to_approvers(
    host: GitHubReviews, address: str, files: dict[str, str], named: str
) -> None:
    change = a_change("taken_feed", f"taken{len(files)}")
    branch = f"config/taken_feed/{hashlib.sha256(change.key.encode()).hexdigest()[:16]}"
    _push_by_hand(address, branch, files, is_new=True)

    with pytest.raises(BadInput) as refused:
        host.open_review(change)

    assert branch in refused.value.sentence()
    assert named in refused.value.sentence()


def test_a_link_in_the_place_of_the_file_is_not_put_to_approvers(host: GitHubReviews, address: str) -> None:
    change = a_change("linked_feed", "linked", content=b"../other.yaml")
    branch = f"config/linked_feed/{hashlib.sha256(change.key.encode()).hexdigest()[:16]}"
    _push_by_hand(address, branch, {"feeds/linked_feed.yaml": "../other.yaml"}, is_new=True, mode="120000")

    with pytest.raises(BadInput, match=r"another feeds/linked_feed\.yaml"):
        host.open_review(change)


def test_what_is_no_feed_beside_the_feeds_stops_nothing(host: GitHubReviews, address: str) -> None:
    _push_by_hand(address, "main", {"feeds/READ-ME.yaml": "x", "feeds/well_named.yaml": "a: 1\n"})

    assert "well_named" in host.list_feeds()
    assert host.read_all()[feed_name("well_named")] == b"a: 1\n"


def test_a_content_that_was_read_once_is_not_asked_for_again(address: str) -> None:
    asked: list[str] = []
    network = httpx.HTTPTransport()

    def heard(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return network.handle_request(request)

    host = GitHubReviews(
        "acme/configs",
        token=lambda: CANARY,
        gate=lambda feed, content, others: None,
        base_url=address,
        transport=httpx.MockTransport(heard),
    )
    first = host.read_all()
    asked.clear()

    assert host.read_all() == first
    assert not [path for path in asked if "/git/blobs/" in path]
    network.close()


@pytest.mark.parametrize(
    ("method", "status", "said"),
    [("GET", 301, "has moved"), ("POST", 404, "check its name"), ("POST", 422, "refuses the change")],
)
def test_what_the_host_refuses_is_no_trouble_that_passes_by_itself(
    address: str, method: str, status: int, said: str
) -> None:
    network = Refusing()
    network.refusals[method] = (status, {})
    host = GitHubReviews(
        "acme/configs",
        token=lambda: CANARY,
        gate=lambda feed, content, others: None,
        base_url=address,
        transport=network,
    )

    with pytest.raises(Withheld, match=str(status)) as refused:
        host.open_review(a_change("refused_feed", f"refused{status}"))
    host.close_connections()

    assert said in refused.value.sentence()


def test_a_review_whose_branch_moved_on_is_not_put_to_approvers(host: GitHubReviews, address: str) -> None:
    change = a_change("pushed_feed", "pushed")
    review = host.open_review(change)
    _push_by_hand(address, "main", {"feeds/meanwhile.yaml": "b: 1\n"})
    pull = f"{address}/repos/acme/configs/pulls/{review.number}"
    updated = httpx.put(f"{pull}/update-branch", json={}, headers={"Authorization": f"Bearer {CANARY}"})

    with pytest.raises(BadInput, match="more than one commit"):
        host.open_review(change)

    assert updated.status_code == 202


@pytest.mark.proves("G4")
def test_a_review_that_somebody_aimed_at_another_branch_is_not_merged(
    host: GitHubReviews, address: str
) -> None:
    change = a_change("aimed_feed", "aimed")
    review = host.open_review(change)
    _push_by_hand(address, "elsewhere", {"notes.txt": "x"}, is_new=True)
    headers = {"Authorization": f"Bearer {CANARY}"}
    pull = f"{address}/repos/acme/configs/pulls/{review.number}"
    httpx.patch(pull, json={"base": "elsewhere"}, headers=headers).raise_for_status()

    with pytest.raises(Withheld, match="elsewhere") as refused:
        host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)
    httpx.put(f"{pull}/merge", json={}, headers=headers).raise_for_status()

    assert "Aim it at main again" in refused.value.sentence()
    assert host.get_review(review.number).state is ReviewState.CLOSED, "main does not hold it"
    with pytest.raises(NotNow):
        host.merge(review.number, expected_head_sha=review.head_sha, merged_by=JO)
    assert host.open_review(change).number != review.number


def test_a_closed_review_says_so(host: GitHubReviews) -> None:
    review = host.open_review(a_change("closed_feed", "closed"))

    closed = host.close(review.number, closed_by=JO, reason="/approve @team fixes #1")

    assert closed.state is ReviewState.CLOSED


@pytest.mark.proves("G5")
def test_hostile_words_reach_the_pull_request_harmless(host: GitHubReviews, address: str) -> None:
    hostile = "fixes #1 @acme/team [skip ci] https://github.com/acme/configs/issues/1"
    body = f"/approve\nCo-authored-by: Eve <eve@example.com>\n{hostile}"

    review = host.open_review(a_change("quiet_feed", "quiet", title=hostile, body=body))

    headers = {"Authorization": f"Bearer {CANARY}"}
    pull = httpx.get(f"{address}/repos/acme/configs/pulls/{review.number}", headers=headers).json()
    for text in (pull["title"], pull["body"]):
        assert "@" not in text
        assert "#1" not in text
        assert "://" not in text
        assert not any(line.startswith("/") for line in text.splitlines())


@pytest.mark.proves("G6")
@pytest.mark.parametrize("status", [401, 403, 500, 502, 422])
def test_no_error_and_no_log_line_holds_the_token(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    transport = httpx.MockTransport(
        lambda request: httpx.Response(status, json={"message": f"bad {CANARY}!"})
    )
    host = GitHubReviews(
        "acme/configs", token=lambda: CANARY, gate=lambda feed, content, others: None, transport=transport
    )

    with pytest.raises(DogwatchError) as refused:
        host.open_review(a_change())

    assert CANARY not in refused.value.sentence() + str(refused.value)
    assert CANARY not in caplog.text
    kinds = {401: NotAllowed, 403: NotAllowed, 422: Withheld}
    assert isinstance(refused.value, kinds.get(status, OutsideTrouble))


@pytest.mark.parametrize(
    ("status", "headers"),
    [(403, {"retry-after": "30"}), (403, {"x-ratelimit-remaining": "0"}), (429, {})],
)
def test_a_host_that_wants_fewer_calls_is_tried_again_later(status: int, headers: dict[str, str]) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(status, json={}, headers=headers))
    host = GitHubReviews(
        "acme/configs", token=lambda: CANARY, gate=lambda feed, content, others: None, transport=transport
    )

    with pytest.raises(OutsideTrouble, match="too many calls"):
        host.get_review(1)


@pytest.mark.proves("G6")
def test_a_host_that_is_away_is_outside_trouble_without_a_cause_that_could_leak() -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(str(request.headers))

    host = GitHubReviews(
        "acme/configs",
        token=lambda: CANARY,
        gate=lambda feed, content, others: None,
        transport=httpx.MockTransport(away),
    )

    with pytest.raises(OutsideTrouble) as refused:
        host.get_review(1)

    assert refused.value.__cause__ is None
    assert CANARY not in str(refused.value)


@pytest.mark.proves("G6")
@pytest.mark.parametrize("address", ["http://api.github.com", "https://user:pass@github.example.com"])
def test_an_address_in_the_clear_or_with_a_password_is_refused(address: str) -> None:
    with pytest.raises(DogwatchError):
        GitHubReviews("a/b", token=lambda: CANARY, gate=lambda feed, content, others: None, base_url=address)
