"""The first journey in Slack, with the words and buttons of the web chat."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.demo.samples import write_samples
from tests.journeys.house import wait_until
from tests.journeys.slack_town import ADA, APPROVALS, ERIN, FEEDS, SAM, SlackTown, slack_town

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackTown]:
    with slack_town(tmp_path_factory.mktemp("slack")) as started:
        yield started


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_samples(tmp_path_factory.mktemp("samples"))


@pytest.mark.proves("A4", "A9", "D6")
def test_a_file_dropped_in_slack_becomes_a_merged_feed_and_comes_back_by_revert(
    town: SlackTown, samples: Path
) -> None:
    town.drop(SAM, FEEDS, samples / "fx_trades.csv")
    card = town.wait_for(FEEDS, "I read your sample")
    town.answer(SAM, FEEDS, card, "Answer", Feed_name="fx_trades")

    request = town.wait_for(APPROVALS, "Approve? Onboard feed fx_trades")
    town.press(SAM, APPROVALS, request, "Approve")
    town.press(ERIN, APPROVALS, request, "Approve")
    assert "Approve? Onboard feed fx_trades" in json.dumps(town.messages(APPROVALS))
    town.press(ADA, APPROVALS, request, "Approve")

    merged = town.wait_for(FEEDS, "Merged: fx_trades")
    assert merged["ts"] == card["ts"]
    approved = town.wait_for(APPROVALS, "Approved: Onboard feed fx_trades")
    assert approved["ts"] == request["ts"]
    assert "Ada Approver" in json.dumps(approved)

    town.say(SAM, FEEDS, "feeds")
    assert "fx_trades" in json.dumps(town.wait_for(FEEDS, "1 feed"))

    town.press(SAM, FEEDS, merged, "Revert")
    undo = town.wait_for(APPROVALS, "Approve? Revert feed fx_trades")
    town.press(ADA, APPROVALS, undo, "Approve")
    wait_until(lambda: town.house.rows("SELECT count(*) FROM feeds") == [(0,)])
    assert town.house.run("audit", "verify").returncode == 0


def test_mention_command_and_unknown_words_are_answered_where_they_were_said(town: SlackTown) -> None:
    town.command(SAM, FEEDS, "whoami")
    town.wait_for(FEEDS, "Sam Streams")

    town.say(ERIN, APPROVALS, "shwo me the feeds plz")
    town.wait_for(APPROVALS, "I did not understand")
