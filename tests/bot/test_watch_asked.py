"""What is asked of the watch itself: shadow, what is held back, the model; the scorecard of one feed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.question_kinds import Topic
from bot.questions import read
from bot.watch_asked import DIFFERS, HELD, MODEL, SHADOW, WARNED
from domain.errands import Errand, ErrandKind
from domain.ids import FeedName, PersonId, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.watch.feed_health import CardScore, FeedHealth, Light, LogEntry, ScorecardView, ScoreRow
from domain.watch.watching import Threshold
from tests.bot.desk_house import DeskHouse, place_of, whispered
from tests.domain.builders import a_request

NAMES = frozenset({"fx_trades", "fx_rates"})
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MADE = "failures-20261128-024000"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("is fx_trades in shadow?", SHADOW),
        ("which feeds are in shadow?", SHADOW),
        ("why is fx_trades still in shadow mode?", SHADOW),
        ("what is held back?", HELD),
        ("held deliveries", HELD),
        ("is anything of fx_trades held back?", HELD),
        ("are any files in quarantine?", HELD),
        ("which model is in service?", MODEL),
        ("when did you last train?", MODEL),
        ("show me the promotion log", MODEL),
        ("has anything drifted?", MODEL),
        ("which model do you use for fx_trades?", MODEL),
        ("what model predicts the deadline", MODEL),
        ("why didn't you warn me?", WARNED),
        ("why didnt you warn me about fx_trades", WARNED),
        ("why was there no alert for fx_trades?", WARNED),
        ("why did nobody tell us about fx_trades", WARNED),
        ("did you see fx_trades coming?", WARNED),
        ("did you predict the fx_trades failure?", WARNED),
        ("were we warned about fx_trades?", WARNED),
        ("any recon breaks?", DIFFERS),
        ("which feeds don't match their source", DIFFERS),
        ("open discrepancies", DIFFERS),
        # What only sounds like it.
        ("why did nobody tell the customers about the price list", ""),
        ("did you see the new office?", ""),
        ("why did you alert me about fx_trades?", ""),
        ("why was i paged for fx_trades", ""),
        ("why did you call me?", ""),
        ("why do you expect fx_trades to be late?", ""),
        ("why is no one on call?", ""),
        ("did you see the alert on fx_trades?", ""),
        ("why was i never told about fx_trades", WARNED),
        ("why wasnt i called", WARNED),
        ("why don't you like mondays?", ""),
        ("did you alert anyone about fx_trades?", ""),
        ("why did fx_trades fail?", ""),
        ("who called you about the contract?", ""),
        ("reconcile the bank accounts of the desk", ""),
        ("does fx_trades match its source?", ""),
        ("how do I make a shadow table?", ""),
        ("the shadow copy of the ledger is full", ""),
        ("when was the meeting held?", ""),
        ("who held the lead yesterday?", ""),
        ("how many days is data held?", ""),
        ("is fx_trades held up?", ""),
        ("who is holding back the release?", ""),
        ("was anything held back yesterday?", ""),
        ("which feeds left shadow yesterday?", ""),
        ("has fx_trades drifted?", ""),
        ("what is the data model of the ledger?", ""),
        ("how do I train a new colleague?", ""),
        ("the language model answers slowly since monday", ""),
    ],
)
def test_a_question_about_the_watch_is_told_from_other_uses_of_its_words(said: str, kind: str) -> None:
    found = read(said, NAMES, NOW)

    is_of_watch = found is not None and found.topic is Topic.WATCH
    assert (found.kind if found is not None and is_of_watch else "") == kind


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    made = DeskHouse(tmp_path, is_watched=True)
    now, daily = made.clock.at, Schedule(Rhythm.DAILY)
    with made.transactions.writing() as uow:
        feeds = [Feed(FeedName(name), TeamId("desk"), daily) for name in sorted(NAMES)]
        uow.watched.keep(feeds, now)
        uow.watched.set_thresholds([Threshold(FeedName("fx_rates"), TeamId("desk"), 0.4, 5, 5, True)], now)
        facts = {"team": "desk", "criticality": "high", "state": Light.GREEN, "measured_at": now}
        shown = [
            FeedHealth(name=name, is_shadow=name == "fx_trades", probability=0.1, threshold=0.4, **facts)
            for name in sorted(NAMES)
        ]
        uow.watched.show(shown, now)
        moved = (
            "fx_trades of desk moved from people back to shadow, from 40.0% on: 0 of its 4 alerts were right."
        )
        for kind, subject, sentence in (
            ("feed", "fx_trades", moved),
            ("level", "desk", "Alert levels of desk moved."),
            ("model", MADE, f"{MADE} is in service."),
        ):
            uow.forecasts.write(LogEntry(at=now, kind=kind, subject=subject, sentence=sentence))
        rows = {
            name: ScoreRow(
                scope=name, told=CardScore(cards=cards, right=1, wrong=cards - 1, precision=1 / cards)
            )
            for name, cards in (("all feeds", 9), ("desk", 8), ("fx_rates", 7))
        }
        card = ScorecardView(
            overall=rows["all feeds"], teams=(rows["desk"],), feeds=(rows["fx_rates"],), since=now
        )
        uow.forecasts.keep_scorecard("live", card, now)
        uow.forecasts.note_serving(MADE, now)
    return made


def _asked(house: DeskHouse, said: str) -> str:
    house.say("sam", said)
    card = house.cards_to_all()[-1]
    rows = card.table.rows if card.table else ()
    return " ".join(
        [card.title, card.lead, *(cell for row in rows for cell in row), *(s.text for s in card.sections)]
    )


def test_who_asks_for_shadow_reads_which_feeds_and_why(house: DeskHouse) -> None:
    assert "1 of 2 feeds is in shadow" in _asked(house, "which feeds are in shadow?")
    one = _asked(house, "is fx_trades in shadow?")
    assert "Yes, **fx_trades** is in shadow" in one
    assert "0 of its 4 alerts were right" in one
    assert "No, people hear of **fx_rates**, from 40% on" in _asked(house, "is fx_rates in shadow?")


def test_who_asks_for_the_model_reads_which_one_answers_and_nothing_of_levels(house: DeskHouse) -> None:
    told = _asked(house, "which model is in service?")

    assert f"`{MADE}` answers" in told
    assert f"{MADE} is in service." in told
    assert "levels" not in told


def test_what_is_held_back_is_told_of_all_or_of_one_feed(house: DeskHouse) -> None:
    assert "Nothing is held back" in _asked(house, "what is held back?")
    now = house.clock.at
    errand = Errand(
        id="d1", kind=ErrandKind.SCORE_DELIVERY, asked_by=PersonId("sam"), place=place_of("web"), at=now,
        feed="fx_trades", file_name="fx.csv",
    )  # fmt: skip
    facts = {"opened_at": now, "expires_at": now + timedelta(hours=1), "policy_version": house.policy.version}
    with house.transactions.writing() as uow:
        uow.errands.save(errand)
        uow.approvals.save(a_request(id="a1", subject="delivery/d1", title="Release fx.csv anyway?", **facts))
        uow.approvals.save(a_request(id="a2", subject="change/c1", title="Onboard feed x", **facts))

    told = _asked(house, "held deliveries")
    assert "1 question waits" in told
    assert "Release fx.csv anyway?" in told
    assert "Onboard" not in told
    assert "Release fx.csv" in _asked(house, "is anything of fx_trades held back?")
    assert "Nothing of fx_rates is held back" in _asked(house, "is fx_rates held back?")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("scorecard", "Scorecard 1 of 9 cards came true"),
        ("scorecard fx_rates", "Scorecard of fx_rates 1 of 7 cards came true"),
        ("scorecard of fx rates", "Scorecard of fx_rates 1 of 7 cards came true"),
        ("how good are you on fx_rates?", "Scorecard of fx_rates 1 of 7 cards came true"),
        ("scorecard for team desk", "Scorecard of desk 1 of 8 cards came true"),
        ("scorecard fx_trades", "No card and no trouble of fx_trades is counted yet, or 1 other feed had"),
        ("scorecard please", "Scorecard 1 of 9 cards came true"),
    ],
)
def test_the_scorecard_of_one_is_never_that_of_all(house: DeskHouse, said: str, words: str) -> None:
    assert words in _asked(house, said)


def test_the_log_of_one_feed_is_its_own(house: DeskHouse) -> None:
    told = _asked(house, "scorecard fx_trades")

    assert "moved from people back to shadow" in told
    assert MADE not in told


def test_a_feed_that_nobody_knows_has_no_scorecard(house: DeskHouse) -> None:
    assert "I know no feed named fx_deals" in whispered(house.say("sam", "scorecard fx_deals"))
