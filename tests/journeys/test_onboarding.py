"""The first journey through a real house: sample, questions, review, approval, merge, revert, proof."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.demo.samples import write_samples
from tests.journeys.house import House, house, wait_until
from tests.journeys.visitor import Visitor, words

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house") / "data") as started:
        yield started


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_samples(tmp_path_factory.mktemp("samples"))


@pytest.mark.proves("A4", "A9", "L1")
def test_a_dropped_sample_becomes_a_merged_feed_and_comes_back_by_revert(
    running: House, samples: Path
) -> None:
    sam, ada = Visitor(running.url, "sam"), Visitor(running.url, "ada")

    thread = sam.drop("data-feeds", samples / "fx_trades.csv", "our trades")
    sam.answer_questions("data-feeds", thread, Feed_name="fx_trades")
    request = ada.wait_for("approvals", "Approve? Onboard feed fx_trades")
    own = sam.press(request, "Approve")
    ada.press(request, "Approve")

    assert "role approver" in words(own["whispers"][0]) or "someone else" in words(own["whispers"][0])
    assert "fx_trades" in words(sam.wait_for("data-feeds", "Merged: fx_trades", thread))
    assert "Ada Approver" in words(ada.wait_for("approvals", "Approved: Onboard feed fx_trades"))
    answer = sam.say("data-feeds", "feeds")
    assert "fx_trades" in words(sam.wait_for("data-feeds", "1 feed", str(answer["message"]["id"])))

    merged = sam.wait_for("data-feeds", "Merged: fx_trades", thread)
    sam.press(merged, "Revert")
    undo = ada.wait_for("approvals", "Approve? Revert feed fx_trades")
    ada.press(undo, "Approve")
    sam.wait_for("data-feeds", "Merged: fx_trades", thread)
    wait_until(lambda: running.rows("SELECT count(*) FROM feeds") == [(0,)])

    verified = running.run("audit", "verify")
    assert verified.returncode == 0, verified.stderr
    assert "whole" in verified.stdout


def test_the_same_bytes_again_join_the_open_story(running: House, samples: Path) -> None:
    sam, erin = Visitor(running.url, "sam"), Visitor(running.url, "erin")

    first = sam.drop("data-feeds", samples / "orders.ndjson")
    sam.wait_for("data-feeds", "I read your sample", first)
    second = erin.drop("data-feeds", samples / "orders.ndjson")
    erin.wait_for("data-feeds", "I read your sample", second)

    stories = running.rows("SELECT count(*) FROM config_changes WHERE is_open")
    assert stories == [(1,)]


def test_a_german_file_is_read_as_it_was_meant(running: House, samples: Path) -> None:
    sam = Visitor(running.url, "sam")

    thread = sam.drop("data-feeds", samples / "reference_rates.txt")
    card = words(sam.wait_for("data-feeds", "I read your sample", thread))

    assert "semicolon" in card
    assert "Währung" in card
    assert "decimal" in card


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "empty"),
        ("noise.csv", bytes(range(256)) * 40, "can't read"),
        ("locked.zip", b"PK\x03\x04\x14\x00\x01\x00" + b"\x07" * 60, "can't read"),
    ],
)
@pytest.mark.proves("F2")
def test_an_ugly_file_gets_a_sentence_that_helps(
    running: House, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    sam = Visitor(running.url, "sam")
    (tmp_path / name).write_bytes(content)

    thread = sam.drop("data-feeds", tmp_path / name)
    card = words(sam.wait_for("data-feeds", "I can't read this sample", thread))

    assert said in card
    assert "Traceback" not in card


def test_a_visitor_who_may_not_gets_the_reason(running: House, samples: Path) -> None:
    ada = Visitor(running.url, "ada")

    extra = samples / "copy.csv"
    extra.write_text("a,b\n1,2\n3,4\n")
    answer = Visitor(running.url, "sam").drop("data-feeds", extra)
    card = ada.wait_for("data-feeds", "I read your sample", answer)
    refused = ada.press(card, "Answer")

    assert "team" in words(refused["whispers"][0])


def test_unknown_words_get_three_likely_commands(running: House) -> None:
    sam = Visitor(running.url, "sam")

    answer = sam.say("dm:sam", "shwo me the feeds plz")
    card = words(sam.wait_for("dm:sam", "I did not understand", str(answer["message"]["id"])))

    assert "feeds" in card


@pytest.mark.proves("D2")
def test_a_press_sent_twice_acts_once(running: House, samples: Path) -> None:
    sam = Visitor(running.url, "sam")
    extra = samples / "twice.csv"
    extra.write_text("k,v\n1,x\n2,y\n")
    thread = sam.drop("data-feeds", extra)
    card = sam.wait_for("data-feeds", "I read your sample", thread)

    sam.press(card, "Withdraw", nonce="nonce-0000-0001")
    sam.press(card, "Withdraw", nonce="nonce-0000-0001")

    question = "SELECT count(*) FROM audit_entries WHERE act = 'change_withdrawn' AND canonical LIKE ?"
    entries = running.rows(question, "%nonce-0000-0001%")
    assert entries == [(1,)]


def test_ctrl_c_leaves_no_process_behind(tmp_path: Path) -> None:
    with house(tmp_path / "data") as started:
        code = started.stop()

        assert code == 0
        assert wait_until(lambda: started.left_over() == [], 10)
