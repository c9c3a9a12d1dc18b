"""Sentences that resemble questions of ours and ask something else, and questions that go on after others."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.question_kinds import Question, Topic, Wanted
from bot.questions import read
from domain.identity.people import Role
from domain.ids import AlertId
from domain.watch.alerts import AlertState
from tests.bot.desk_house import DeskHouse
from tests.domain.builders import a_person, an_alert

NAMES = frozenset({"fx_trades", "fx_rates", "hr_payroll", "weekend_load", "last_month_sales", "march_close"})
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday


def _read(text: str, *earlier: str, home: str = "UTC") -> Question:
    found = read(text, NAMES, NOW, earlier, home=home)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    ["my feed has duplicate rows", "I want to delete my feed", "my feed got stuck in staging, what now?",
     "does my feed need a key column?", "why is my feed rejected with error 504 by the gateway?",
     "wie funktioniert ein Feed?", "wie funktioniert die Freigabe von Feeds?",
     "reject rate yesterday", "decline of volume in october", "reject reasons of fx_trades",
     "who should I alert?", "do we need to alert anyone?",
     "which feeds depend on silent sources?"],
)  # fmt: skip
def test_what_only_resembles_a_question_is_left_to_the_library(text: str) -> None:
    assert read(text, NAMES, NOW) is None


@pytest.mark.parametrize(
    "text",
    ["how is my feed?", "is my feed late?", "did my feed run last night?", "my feed", "my feed is late"],
)
def test_ones_own_feed_is_still_asked_for(text: str) -> None:
    assert _read(text).only.is_mine


@pytest.mark.parametrize(
    "text", ["approve", "reject it", "approve fx_trades", "approve the change of fx_trades"]
)
def test_an_order_to_decide_still_leads_to_what_waits(text: str) -> None:
    assert _read(text).command == "waiting"


@pytest.mark.parametrize(
    "text",
    ["change history of fx_trades", "change log of fx_trades", "did we have to change fx_trades last month?"],
)
def test_what_was_changed_is_asked_and_nothing_is_edited(text: str) -> None:
    assert _read(text).topic is Topic.CHANGED


def test_whom_we_alerted_is_still_a_question_about_alerts() -> None:
    for text in ("did you alert anyone yesterday?", "should I take this alert over?"):
        assert _read(text).topic is Topic.ALERTS


def test_due_to_arrive_is_due_and_due_to_a_cause_is_not() -> None:
    assert _read("is fx_trades due to arrive today?").topic is Topic.DUE
    assert _read("is fx_trades due to be loaded at six?").topic is Topic.DUE
    assert _read("which feeds are due to finish tonight?").only.due is not None
    assert _read("did fx_trades fail due to a lock?").topic is Topic.STATE


@pytest.mark.parametrize("home", ["UTC", "Europe/Berlin"])
def test_what_is_due_today_is_understood_by_every_clock(home: str) -> None:
    assert _read("what is due today?", home=home).only.due is not None


def test_silent_failures_are_failures() -> None:
    assert _read("which feeds had silent failures yesterday?").wanted is Wanted.FAILED
    assert _read("which feeds are silent?").wanted is Wanted.GREY


@pytest.mark.parametrize(
    "text", ["is last month sales late?", "what depends on weekend load?", "any alert for march close?"]
)
def test_a_day_in_the_name_of_a_feed_is_no_day(text: str) -> None:
    found = _read(text)

    assert found.feeds
    assert found.window is None


@pytest.mark.parametrize("between", ["any open alerts?", "what changed today?", "who approved what today?"])
def test_what_one_feed_has_is_asked_of_the_feed_that_was_named_before(between: str) -> None:
    found = _read("who owns it?", between, "is fx_trades late?")

    assert (found.topic, found.feeds) == (Topic.OWNER, ("fx_trades",))


@pytest.mark.parametrize("text", ["who owns them?", "when is it due?"])
def test_what_one_feed_has_is_never_asked_of_none(text: str) -> None:
    assert read(text, NAMES, NOW, ["any open alerts?"]) is None


@pytest.mark.parametrize(
    ("before", "text", "command"),
    [
        ("Why was fx_trades late?", "and yesterday?", "Why was fx_trades late yesterday"),
        ("Why was fx_trades late Today?", "and yesterday?", "Why was fx_trades late yesterday"),
        ("why was fx trades late today?", "and fx_rates?", "why was fx_rates late today"),
        ("which columns does fx_trades have?", "and fx_rates?", "config fx_rates columns"),
    ],
)
def test_a_command_goes_on_with_another_day_or_feed(before: str, text: str, command: str) -> None:
    assert _read(text, before).command == command


def test_a_feed_named_after_a_list_of_a_day_is_asked_about_of_that_day() -> None:
    assert _read("and fx_trades?", "which feeds failed yesterday?").topic is Topic.RUNS
    assert _read("and fx_trades?", "which feeds are due today?").topic is Topic.STATE


def test_of_many_alerts_the_newest_of_the_span_are_read_and_that_is_said(
    tmp_path: Path,
) -> None:
    house = DeskHouse(tmp_path, is_watched=True)
    house.knows(a_person("erin", Role.ENGINEER), "web")
    with house.transactions.writing() as uow:
        for number, back in enumerate((0, 40, 40)):
            at = house.clock.now() - timedelta(days=back, minutes=number + 1)
            changed = {"id": AlertId(f"a{number}"), "fingerprint": f"f{number}", "state": AlertState.CLOSED}
            uow.alerts.save(an_alert(at).model_copy(update=changed))
    _repeat(house, "a0", 30_000)
    then = f"{house.clock.now() - timedelta(days=40):%Y-%m-%d}"

    for said in ("alerts in the last 3 days", "what changed in the last 3 days?", f"alerts on {then}"):
        house.say("erin", said)

    many, changed_too, few = house.said_to_all()
    assert "At least 30,000 alerts in the last 3 days." in many
    assert "alerts (30,000 or more)" in changed_too
    assert few.startswith("2 alerts on ")


def _repeat(house: DeskHouse, alert: str, times: int) -> None:
    """Store an alert so many times more, each under a name of its own, within the same minute."""
    with closing(sqlite3.connect(house.folder / "truth.db")) as truth, truth:
        names = [row[1] for row in truth.execute("PRAGMA table_info(alerts)")]
        taken = {
            "id": "id || '-' || value",
            "fingerprint": "fingerprint || value",
            "document": "json_set(document, '$.id', id || '-' || value)",
        }
        truth.execute(
            f"WITH RECURSIVE numbers(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers"  # noqa: S608
            f" WHERE value < {times}) INSERT INTO alerts ({', '.join(names)})"
            f" SELECT {', '.join(taken.get(name, name) for name in names)} FROM alerts, numbers WHERE id = ?",
            (alert,),
        )
