"""A feed is kept quiet before it has an alert, and let go where only its runs are known."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cards.text import literal
from bot.feed_wishes import HUSH, wish_in
from bot.quiet_spans import quiet_span
from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.watch.alerts import feed_fingerprint
from tests.bot.desk_house import DeskHouse, place_of, whispered
from tests.domain.builders import an_alert

FX, RATES = FeedName("fx_trades"), FeedName("fx_rates")


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    made = DeskHouse(tmp_path)
    with made.transactions.writing() as uow:
        daily = Schedule(Rhythm.DAILY)
        uow.watched.keep([Feed(name, TeamId("desk"), daily) for name in (FX, RATES)], made.clock.at)
    return made


@pytest.mark.parametrize(
    ("said", "is_wish"),
    [
        ("mute fx_trades", True),
        ("silence the feed fx-trades for two hours", True),
        ("snooze alerts for fx trades", True),
        ("stop watching fx_trades", True),
        ("stop alerting me about fx_trades", True),
        ("don't page anyone for fx_trades", True),
        ("ignore fx_trades today", True),
        ("keep fx_trades quiet over the weekend", True),
        ("shut up about fx_trades", True),
        # What only looks like it.
        ("is fx_trades muted?", False),
        ("stop p123", False),
        ("stop loading fx_trades", False),
        ("ignore the header of fx_trades", False),
        ("who muted fx_trades?", False),
        ("don't tell me how fx_trades works, tell me why", False),
        ("don't tell me fx_trades failed again", False),
        ("don't tell me fx_trades is late again!", False),
        ("don't tell us about fx_trades today", True),
    ],
)
def test_an_order_to_be_quiet_is_told_from_what_only_sounds_like_one(said: str, is_wish: bool) -> None:
    found = wish_in(said, ("fx_trades",))

    assert (found is not None and found.kind == HUSH) is is_wish


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("mute fx_trades and fx_rates", 2),
        ("please mute fx_trades, fx_rates", 2),
        ("Mute FX_TRADES, and the feed fx-rates until noon", 2),
        ("stop alerting me about fx trades & fx rates", 2),
        # What names another feed for something else.
        ("mute fx_trades until fx_rates is done", 1),
        ("mute fx_trades and tell me about fx_rates", 1),
        ("mute fx_trades, not fx_rates", 1),
        ("mute fx_trades because of fx_rates", 1),
    ],
)
def test_feeds_that_are_listed_behind_an_order_are_meant_and_others_are_not(said: str, meant: int) -> None:
    found = wish_in(said.removeprefix("please "), (FX, RATES))

    assert found is not None
    assert found.feeds == (FX, RATES)[:meant]


@pytest.mark.parametrize(
    ("said", "feeds", "unknown"),
    [
        ("mute fx_trades, fx_ratess, fx_rates", (FX, RATES), ("fx_ratess",)),
        ("mute fx_ratess and fx_rates for 3 hours", (RATES,), ("fx_ratess",)),
        ("mute fx-ratess", (), ("fx_ratess",)),
        ("mute fx_trades and payments until monday", (FX,), ("payments",)),
        # What names nothing beside the feeds.
        ("mute fx_trades, please", (FX,), ()),
        ("mute fx_trades and tell me about fx_rates", (FX,), ()),
        ("mute fx_trades, for the deploy", (FX,), ()),
    ],
)
def test_what_is_listed_and_no_feed_is_told(
    said: str, feeds: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    found = wish_in(said, [one for one in (FX, RATES) if one in said])

    assert found is not None
    assert (found.feeds, found.unknown) == (feeds, unknown)


def test_a_list_with_a_slip_says_so_and_offers_the_others(house: DeskHouse) -> None:
    house.say("sam", "mute fx_trades, fx_ratess")

    told, offered = house.cards_to_all()[-2:]
    assert "I know no feed named fx_ratess" in literal(told.lead)
    assert offered.actions[0].arguments["feed"] == "fx_trades"


def test_a_slip_alone_mutes_nothing_and_says_so(house: DeskHouse) -> None:
    told = house.say("sam", "mute fx_ratess for 2 hours")

    assert "I know no feed named fx_ratess" in whispered(told)


@pytest.mark.parametrize(
    ("said", "until"),
    [
        ("mute fx_trades for 3 hours", timedelta(hours=3)),
        ("mute fx_trades until monday", timedelta(hours=12)),
        ("silence fx trades til 18:00, deploy", timedelta(hours=6)),
        ("mute fx_trades for 2 months", timedelta(days=14)),
    ],
)
def test_a_feed_is_quiet_for_as_long_as_was_said(house: DeskHouse, said: str, until: timedelta) -> None:
    house.say("sam", said)
    card = house.cards_to_all()[-1]
    house.press("sam", house.mint(card.actions[0], place_of("web")))

    with house.transactions.reading() as uow:
        assert uow.alerts.mutes(house.clock.at)[feed_fingerprint(FX)].until == house.clock.at + until
    assert ("two weeks is the longest" in card.lead) is (until > timedelta(days=13))


def test_the_same_span_is_offered_for_another_feed(house: DeskHouse) -> None:
    house.say("sam", "mute fx_trades for 3 hours")
    house.say("sam", "same for fx_rates")

    (quiet,) = house.cards_to_all()[-1].actions
    assert quiet.arguments == {"feed": RATES, "until": (house.clock.at + timedelta(hours=3)).isoformat()}


def test_who_says_another_end_moves_it(house: DeskHouse) -> None:
    house.say("sam", "mute fx_trades")
    house.press("sam", house.mint(house.cards_to_all()[-1].actions[0], place_of("web")))

    house.say("ada", "mute fx_trades for 1 hour")
    other, back = house.cards_to_all()[-1].actions
    house.press("ada", house.mint(other, place_of("web")))

    assert back.verb == "alert.unmute"
    with house.transactions.reading() as uow:
        mute = uow.alerts.mutes(house.clock.at)[feed_fingerprint(FX)]
    assert (mute.until, mute.by) == (house.clock.at + timedelta(hours=1), "ada")


def test_an_open_alert_is_expected_until_then(house: DeskHouse) -> None:
    with house.transactions.writing() as uow:
        uow.alerts.save(an_alert(house.clock.at))

    house.say("sam", "mute fx_trades for 3 hours")
    expected, _ = house.cards_to_all()[-1].actions
    house.press("sam", house.mint(expected, place_of("web")))

    with house.transactions.reading() as uow:
        until = uow.alerts.mutes(house.clock.at)[feed_fingerprint(FX)].until
    assert until == house.clock.at + timedelta(hours=3)


def test_a_button_whose_time_is_over_keeps_nothing_quiet(house: DeskHouse) -> None:
    house.say("sam", "mute fx_trades for 10 minutes")
    (quiet,) = house.cards_to_all()[-1].actions
    house.clock.at += timedelta(minutes=20)

    told = house.press("sam", house.mint(quiet, place_of("web")))

    assert "that this button was for is over" in whispered(told)


def test_a_time_that_can_not_be_read_is_said(house: DeskHouse) -> None:
    house.say("sam", "mute fx_trades until the deploy is over")

    card = house.cards_to_all()[-1]
    assert "I could not read until when" in card.lead
    assert card.actions[0].label == "Nothing about fx_trades for 12 h"


def test_a_dont_in_front_is_no_order(house: DeskHouse) -> None:
    house.say("sam", "don't mute fx_trades")
    left = house.cards_to_all()[-1]
    house.say("sam", "don't restart fx_trades")

    assert (left.title, left.actions) == ("Left as it is", ())
    assert house.cards_to_all()[-1].title == "Left as it is"


def test_whether_a_feed_is_muted_is_told_of_that_feed(house: DeskHouse) -> None:
    house.say("sam", "is fx_rates muted?")
    before = house.cards_to_all()[-1]
    house.say("sam", "mute fx_trades")
    house.press("sam", house.mint(house.cards_to_all()[-1].actions[0], place_of("web")))
    house.say("sam", "who muted fx_trades?")
    muted = house.cards_to_all()[-1]
    house.say("sam", "until when is fx_rates muted?")

    assert "fx_rates is not muted" in literal(before.lead)
    assert [action.verb for action in muted.actions] == ["alert.unmute"]
    assert "is not muted" in house.cards_to_all()[-1].lead


def test_several_feeds_get_a_card_each(house: DeskHouse) -> None:
    house.say("sam", "mute fx_trades, fx_rates")

    cards = house.cards_to_all()[-2:]
    for card in cards:
        house.press("sam", house.mint(card.actions[0], place_of("web")))

    with house.transactions.reading() as uow:
        assert set(uow.alerts.mutes(house.clock.at)) == {feed_fingerprint(FX), feed_fingerprint(RATES)}


@pytest.mark.parametrize(
    "said", ["mute fx_trades", "stop watching fx_trades", "don't alert me about fx trades", "pause fx_trades"]
)
def test_a_feed_without_an_alert_is_kept_quiet_for_twelve_hours(house: DeskHouse, said: str) -> None:
    house.say("sam", said)
    (quiet,) = house.cards_to_all()[-1].actions

    told = house.press("sam", house.mint(quiet, place_of("web")))
    twice = house.press("ada", house.mint(quiet, place_of("web")))

    assert "I say nothing about fx_trades until" in whispered(told)
    assert "quiet already" in whispered(twice)
    with house.transactions.reading() as uow:
        mute = uow.alerts.mutes(house.clock.at)[feed_fingerprint(FX)]
        assert set(uow.alerts.mutes(house.clock.at + timedelta(hours=12, minutes=1))) == set()
    assert (mute.by, mute.alert) == ("sam", None)


def test_who_asks_once_more_can_undo_it(house: DeskHouse) -> None:
    house.say("sam", "mute fx_trades")
    house.press("sam", house.mint(house.cards_to_all()[-1].actions[0], place_of("web")))

    house.say("ada", "mute fx_trades")
    (back,) = house.cards_to_all()[-1].actions
    told = house.press("ada", house.mint(back, place_of("web")))

    assert "I tell about fx_trades again" in whispered(told)
    with house.transactions.reading() as uow:
        assert uow.alerts.mutes(house.clock.at) == {}


def test_an_open_alert_is_closed_by_its_own_buttons(house: DeskHouse) -> None:
    house.say("sam", "mute fx_trades")
    (quiet,) = house.cards_to_all()[-1].actions
    with house.transactions.writing() as uow:
        uow.alerts.save(an_alert(house.clock.at))

    late = house.press("sam", house.mint(quiet, place_of("web")))
    house.say("sam", "mute fx_trades")
    expected, mute = house.cards_to_all()[-1].actions
    house.press("sam", house.mint(expected, place_of("web")))

    assert "has an open alert by now" in whispered(late)
    assert (expected.label, mute.label) == ("This is expected", "Mute this cause")
    with house.transactions.reading() as uow:
        assert uow.alerts.every_open() == []


def test_an_alert_in_shadow_is_nothing_to_press_on(house: DeskHouse) -> None:
    with house.transactions.writing() as uow:
        uow.alerts.save(an_alert(house.clock.at, is_shadow=True))

    house.say("sam", "mute fx_trades")

    card = house.cards_to_all()[-1]
    assert [action.verb for action in card.actions] == ["feed.quiet"]
    assert "in shadow" in card.lead


def test_a_feed_that_nobody_configured_is_let_go_and_said_so_in_the_log(house: DeskHouse) -> None:
    house.say("sam", "retire fx_trades")
    (go,) = house.cards_to_all()[-1].actions

    told = house.press("sam", house.mint(go, place_of("web")))
    twice = house.press("ada", house.mint(go, place_of("web")))

    assert "is watched no more, until its next run" in whispered(told)
    assert "is watched no more" in whispered(twice)
    with house.transactions.reading() as uow:
        assert uow.watched.names() == {RATES}
        line = uow.forecasts.last_line("feed")
    assert line is not None
    assert "let fx_trades go" in line.sentence


def test_of_two_names_the_longer_one_is_meant(house: DeskHouse) -> None:
    with house.transactions.writing() as uow:
        uow.watched.keep([Feed(FeedName("fx"), TeamId("desk"), Schedule(Rhythm.DAILY))], house.clock.at)

    house.say("sam", "retire fx trades")

    assert house.cards_to_all()[-1].title == "Let fx_trades go?"


def test_a_name_that_nobody_knows_is_let_go_by_nobody(house: DeskHouse) -> None:
    told = house.say("sam", "retire fx_deals")

    assert "I know no feed named fx_deals" in whispered(told)


def test_stop_and_a_plan_stay_an_order_to_end_a_run(house: DeskHouse) -> None:
    told = house.say("ada", "stop p123")

    assert "I know no plan of that name" in whispered(told)


@pytest.mark.parametrize(
    ("said", "is_read"),
    [
        ("tomorrow for 2 hours", False),
        ("on saturday for 3 hours", False),
        ("starting monday for 2 hours", False),
        ("from 22:00 until 2:00", False),
        ("between 2 and 4 am", False),
        ("unless it fails", False),
        ("for 2 hours from now", True),
        ("for 2 hours starting now", True),
        ("until tomorrow at 8", True),
        ("until next friday", True),
        ("from now until monday", True),
        ("through tomorrow", True),
    ],
)
def test_a_quiet_time_that_is_said_to_begin_later_is_not_taken_for_one_from_now_on(
    said: str, is_read: bool
) -> None:
    span = quiet_span(said, datetime(2026, 12, 1, 4, 30, tzinfo=UTC), "UTC")

    assert (span.is_said, bool(span.doubt)) == (is_read, not is_read)
