"""What a change does when the Git host refuses, or holds something else than people agreed to."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from activities.configuring import ChangeRef, Configuring
from activities.review_ends import PATIENCE
from domain.approval.approvals import Verdict
from domain.configuration.changes import ChangeState, ConfigChange
from domain.errors import OutsideTrouble
from domain.ids import FeedName
from integrations.github import GitHubReviews
from runtime.wiring.configurator import EngineConfigurator
from runtime.wiring.sample_reader import ChildSampleReader
from tests.bot.feed_story import FeedStory, button
from tests.counterparts.github import TOKEN, Refusing, github_server

_ROWS = "\n".join(f"T{n:04d},2026-11-{n % 28 + 1:02d},{n}.50,EUR" for n in range(40))
_FILE = f"trade_id,trade_date,amount,currency\n{_ROWS}\n".encode()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with github_server(tmp_path_factory.mktemp("github")) as running:
        yield running


@pytest.fixture
def network() -> Refusing:
    return Refusing()


@pytest.fixture
def story(tmp_path: Path, address: str, network: Refusing) -> Iterator[FeedStory]:
    host = GitHubReviews(
        "acme/configs",
        token=lambda: TOKEN,
        gate=lambda feed, content, others: None,
        base_url=address,
        transport=network,
    )
    yield FeedStory(tmp_path, git=host)
    host.close_connections()


def _in_review(story: FeedStory, feed: str) -> ConfigChange:
    change = story.answer(story.drop((f"{feed}.csv", _FILE)), feed_name=feed, owning_team="fx")
    assert change.state is ChangeState.IN_REVIEW, change.sentence
    return change


def _compares_with_the_host(story: FeedStory) -> None:
    """Let configurations be built from what stands on the host."""
    assert story.git is not None
    story.configuring = Configuring(
        ChildSampleReader(),
        EngineConfigurator(story.git, "production"),
        story.house.blobs,
        reading=story.house.transactions.reading,
        writing=story.house.transactions.writing,
        clock=story.house.clock,
        wake=lambda: None,
    )


def _agreed(story: FeedStory, feed: str) -> ConfigChange:
    change = _in_review(story, feed)
    story.yes(change)
    return story.change(change)


def _others_act(address: str, change: ConfigChange, file: str, *, merges: bool) -> None:
    """Do what others do on the host: put a file on main, take main into the change's branch, merge it."""
    authorization = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"{address}/repos/acme/configs", headers=authorization) as host:
        body = {"message": "Meanwhile", "content": "YTogMQo=", "branch": "main"}
        assert host.put(f"/contents/{file}", json=body).status_code == 201
        assert host.put(f"/pulls/{change.review_number}/update-branch", json={}).status_code == 202
        if merges:
            assert host.put(f"/pulls/{change.review_number}/merge", json={}).status_code == 200


def test_a_review_that_somebody_merged_with_another_content_is_not_taken_for_the_approved_one(
    story: FeedStory, address: str
) -> None:
    change = _in_review(story, "fx_swapped")
    _others_act(address, change, "notes.txt", merges=True)
    story.yes(change)

    ended = story.walk(change)

    assert ended.state is ChangeState.FAILED
    assert "merged by somebody else" in ended.sentence


@pytest.mark.parametrize("status", [405, 409, 422])
def test_a_host_that_does_not_merge_keeps_the_yes_and_is_asked_again(
    story: FeedStory, network: Refusing, status: int
) -> None:
    change = _agreed(story, f"fx_guarded_{status}")
    network.refusals["PUT"] = (status, {})

    with pytest.raises(OutsideTrouble):
        story.walk(change)
    waiting = story.change(change)
    network.refusals.clear()
    merged = story.walk(change)

    assert (waiting.state, waiting.approval) == (ChangeState.MERGING, change.approval)
    assert f"status {status}" in waiting.sentence
    assert "try again" in waiting.sentence
    assert (merged.state, merged.sentence) == (ChangeState.MERGED, "")


def test_a_host_that_never_merges_ends_the_change_in_words(story: FeedStory, network: Refusing) -> None:
    change = _agreed(story, "fx_never")
    network.refusals["PUT"] = (405, {})
    story.house.clock.at += PATIENCE + timedelta(minutes=1)

    ended = story.walk(change)

    assert ended.state is ChangeState.FAILED
    assert "12 hours" in ended.sentence


@pytest.mark.parametrize(("status", "said"), [(401, "renew the token"), (403, "renew the token")])
def test_a_token_that_is_refused_stands_on_the_card_until_it_is_renewed(
    story: FeedStory, network: Refusing, status: int, said: str
) -> None:
    change = _agreed(story, f"fx_token_{status}")
    network.refusals["GET"] = (status, {})

    with pytest.raises(OutsideTrouble):
        story.walk(change)
    waiting = story.change(change)
    network.refusals.clear()

    assert waiting.state is ChangeState.MERGING
    assert said in waiting.sentence
    assert story.walk(change).state is ChangeState.MERGED


def test_a_review_that_is_gone_ends_the_change_in_words(story: FeedStory, network: Refusing) -> None:
    change = _agreed(story, "fx_gone")
    network.refusals["GET"] = (404, {})

    ended = story.walk(change)

    assert ended.state is ChangeState.FAILED
    assert "no review" in ended.sentence


def test_a_review_that_could_not_be_closed_is_told_on_the_card(story: FeedStory, network: Refusing) -> None:
    change = _in_review(story, "fx_left_open")
    with story.house.transactions.writing() as uow:
        ended = {"state": ChangeState.REJECTED, "sentence": "Ada rejected it."}
        uow.changes.save(uow.changes.get(change.id).model_copy(update=ended))
    network.refusals["GET"] = (403, {})

    story.reviewing.close(ChangeRef(id=change.id))

    assert "still open" in story.change(change).sentence
    assert story.change(change).sentence.startswith("Ada rejected it.")


def test_a_token_that_is_refused_at_the_opening_stands_on_the_card(
    story: FeedStory, network: Refusing
) -> None:
    asked = story.drop(("fx_unopened.csv", _FILE))
    network.refusals["GET"] = (401, {})

    with pytest.raises(OutsideTrouble):
        story.answer(asked, feed_name="fx_unopened", owning_team="fx")

    assert story.change(asked).state is ChangeState.OPENING
    assert "renew the token" in story.change(asked).sentence
    assert story.reviews.read_feed(FeedName("fx_unopened")) is None


def test_a_host_that_does_not_let_us_write_ends_the_change_in_words(
    story: FeedStory, network: Refusing
) -> None:
    asked = story.drop(("fx_unwritten.csv", _FILE))
    network.refusals["POST"] = (404, {})

    with pytest.raises(OutsideTrouble):
        story.answer(asked, feed_name="fx_unwritten", owning_team="fx")
    waiting = story.change(asked)
    story.house.clock.at += PATIENCE + timedelta(minutes=1)
    ended = story.walk(asked)

    assert waiting.state is ChangeState.OPENING
    assert "rights of the token" in waiting.sentence
    assert ended.state is ChangeState.FAILED
    network.refusals.clear()

    story.press(button(story.card(ended), "Ask again"))
    (again,) = [one for one in story.open_ones() if one.feed == "fx_unwritten"]
    assert story.walk(again).state is ChangeState.IN_REVIEW


def test_a_merge_that_the_host_knows_nothing_of_ends_in_words(story: FeedStory, network: Refusing) -> None:
    change = _agreed(story, "fx_unknown")
    network.refusals["PUT"] = (404, {})
    story.house.clock.at += PATIENCE + timedelta(minutes=1)

    assert story.walk(change).state is ChangeState.FAILED


def _by_hand(address: str, change: ConfigChange, *, merged: bool) -> None:
    pull = f"{address}/repos/acme/configs/pulls/{change.review_number}"
    headers = {"Authorization": f"Bearer {TOKEN}"}
    if merged:
        answer = httpx.put(f"{pull}/merge", json={}, headers=headers)
    else:
        answer = httpx.patch(pull, json={"state": "closed"}, headers=headers)
    assert answer.status_code == 200


def test_a_review_that_was_closed_on_the_host_is_put_to_nobody_any_more(
    story: FeedStory, address: str
) -> None:
    change = _in_review(story, "fx_closed")
    still = story.reviewing.look_at_review(ChangeRef(id=change.id))
    _by_hand(address, change, merged=False)

    story.reviewing.look_at_review(ChangeRef(id=change.id))

    ended = story.change(change)
    assert still.state == ChangeState.IN_REVIEW.value
    assert ended.state is ChangeState.FAILED
    assert "closed on the Git host" in ended.sentence
    with story.house.transactions.reading() as uow:
        assert change.approval is not None
        assert uow.approvals.get(change.approval).verdict is Verdict.SUPERSEDED


@pytest.mark.proves("G4", "A1")
def test_a_review_that_somebody_pushed_to_while_its_approval_waits_is_put_to_nobody_any_more(
    story: FeedStory, address: str
) -> None:
    change = _in_review(story, "fx_pushed")
    _others_act(address, change, "pushed.txt", merges=False)

    story.reviewing.look_at_review(ChangeRef(id=change.id))

    ended = story.change(change)
    assert ended.state is ChangeState.FAILED
    assert f"Somebody pushed to the branch of review {change.review_number}" in ended.sentence
    with story.house.transactions.reading() as uow:
        assert change.approval is not None
        assert uow.approvals.get(change.approval).verdict is Verdict.SUPERSEDED
    story.press(button(story.card(ended), "Ask again"))
    (again,) = [one for one in story.open_ones() if one.feed == "fx_pushed"]
    assert story.walk(again).state is ChangeState.IN_REVIEW


def test_a_review_that_was_closed_before_it_was_put_to_approvers_is_not_put_to_them(
    story: FeedStory, address: str
) -> None:
    change = _in_review(story, "fx_closed_early")
    _by_hand(address, change, merged=False)
    with story.house.transactions.writing() as uow:
        before = {"state": ChangeState.OPENING, "approval": None, "review_number": None}
        uow.changes.save(uow.changes.get(change.id).model_copy(update=before))

    assert story.walk(change).state is ChangeState.FAILED


def test_what_people_merged_on_the_host_counts_and_is_said(story: FeedStory, address: str) -> None:
    change = _in_review(story, "fx_by_hand")
    _by_hand(address, change, merged=True)

    story.reviewing.look_at_review(ChangeRef(id=change.id))

    ended = story.change(change)
    assert ended.state is ChangeState.MERGED
    assert "before anybody approved it here" in ended.sentence
    with story.house.transactions.reading() as uow:
        assert uow.feeds.find("fx_by_hand") is not None


def test_a_host_that_is_away_while_an_approval_waits_changes_nothing(
    story: FeedStory, network: Refusing
) -> None:
    change = _in_review(story, "fx_away")
    network.refusals["GET"] = (503, {})

    story.reviewing.look_at_review(ChangeRef(id=change.id))

    assert story.change(change) == change


def test_a_token_that_is_refused_while_a_configuration_is_built_costs_no_answers(
    story: FeedStory, network: Refusing
) -> None:
    _compares_with_the_host(story)
    asked = story.drop(("fx_unbuilt.csv", _FILE))
    network.refusals["GET"] = (401, {})

    with pytest.raises(OutsideTrouble):
        story.answer(asked, feed_name="fx_unbuilt", owning_team="fx")
    waiting = story.change(asked)
    network.refusals.clear()

    assert waiting.state is ChangeState.BUILDING
    assert "renew the token" in waiting.sentence
    assert story.walk(asked).state is ChangeState.IN_REVIEW


def test_a_revert_brings_back_what_stood_on_the_host_before_the_merge(story: FeedStory) -> None:
    """A host lists the commit that wrote a file, perhaps beside the merge by which the change is known."""
    assert story.git is not None
    _compares_with_the_host(story)
    feed = FeedName("fx_back")
    story.onboard("fx_back.csv", _FILE, feed_name=feed, owning_team="fx")
    before = story.git.read_feed(feed)
    drifted = story.drop(
        ("fx_back.csv", _FILE.replace(b"currency", b"currency,desk").replace(b"EUR", b"EUR,d1"))
    )
    story.press(button(story.card(drifted), "Make the pull request"))
    story.approve(story.walk(drifted))
    after = story.git.read_feed(feed)

    for expected in (before, after):
        story.house.say("sam", f"revert {feed}")
        (revert,) = story.open_ones()
        story.approve(story.walk(revert))

        assert story.git.read_feed(feed) == expected
    assert b"desk" in (after or b"")
    assert b"desk" not in (before or b"")
