"""An order that points back is about the feed named before; a verb counts only where its rest fits."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.feed_wishes import wish_in
from bot.question_kinds import Topic
from bot.question_words import with_it_named
from bot.questions import read
from domain.identity.chat import Incoming, IncomingKind, MessageRef
from domain.identity.people import Role
from domain.ids import FeedName, TeamId
from domain.running.feeds import Feed, Rhythm, Schedule
from domain.telling.postings import View
from tests.bot.desk_house import DeskHouse, account_of, place_of
from tests.domain.builders import a_person, a_posting, an_alert

NAMES = frozenset({"fx_trades", "fx_rates", "orders_etl"})
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ("mute it", "mute fx_trades"),
        ("is it safe to rerun it?", "is it safe to rerun fx_trades?"),
        ("is it ok to restart the feed now", "is it ok to restart fx_trades now"),
        ("is it safe to restart now?", "is it safe to restart now?"),
        ("would it be a good idea to release today", "would it be a good idea to release today"),
        ("restart fx_rates", "restart fx_rates"),
    ],
)
def test_only_a_word_that_points_at_something_becomes_a_name(said: str, named: str) -> None:
    assert with_it_named(said, "fx_trades") == named


@pytest.mark.parametrize(
    ("said", "topic", "feeds"),
    [
        ("mute it", Topic.WISH, ("fx_trades",)),
        ("can i rerun it?", Topic.COMMAND, ("fx_trades",)),
        ("is it safe to rerun it?", Topic.BEFORE_ACTING, ("fx_trades",)),
        ("why did nobody warn us about it?", Topic.WATCH, ("fx_trades",)),
        ("is it safe to restart now?", Topic.BEFORE_ACTING, ()),
        ("mute fx_rates", Topic.WISH, ("fx_rates",)),
        ("who is on call?", Topic.ON_CALL, ()),
    ],
)
def test_an_order_goes_on_after_the_feed_that_was_asked_about(
    said: str, topic: Topic, feeds: tuple[str, ...]
) -> None:
    found = read(said, NAMES, NOW, ["is fx_trades late?"])

    assert found is not None
    assert (found.topic, found.feeds) == (topic, feeds)


@pytest.mark.parametrize(
    "said",
    [
        "does it make sense to restart now?",
        "how long does it take to restart?",
        "is it worth a retry?",
        "could it be that the config changed?",
    ],
)
def test_no_plan_is_begun_where_it_only_stands_in_the_sentence(said: str) -> None:
    found = read(said, NAMES, NOW, ["is fx_trades late?"])

    assert found is None or found.topic is not Topic.COMMAND


def test_what_opens_a_change_or_drops_articles_is_done_to_nothing_that_is_only_pointed_at(
    house: DeskHouse,
) -> None:
    said = ("revert it", "retire this", "kb disconnect this", "kb sync it")

    assert [house.book.points_back(one) for one in said] == [False] * 4
    assert house.book.points_back("fix it")


@pytest.mark.parametrize("said", ["can you mute it?", "did you notice it?"])
def test_what_people_ask_each_other_in_a_thread_that_one_began_with_us_is_not_answered(
    house: DeskHouse, said: str
) -> None:
    def said_in(thread: str, text: str) -> int:
        place = place_of("web").model_copy(update={"thread": thread})
        house.act(
            Incoming(
                key=f"web:{text}", kind=IncomingKind.MESSAGE, account=account_of("erin", "web"), place=place,
                at=house.clock.at, text=text, message=thread or "m1", addressed=not thread,
            )
        )  # fmt: skip
        return len(house.said_to_all())

    answered = said_in("", "is fx_trades late?")

    assert said_in("m1", said) == answered
    assert said_in("m1", "who owns it?") == answered + 1


def test_without_a_feed_before_it_nothing_is_guessed() -> None:
    found = read("mute it", NAMES, NOW)

    assert found is None or not found.feeds


@pytest.mark.parametrize(
    ("said", "feeds", "wished"),
    [
        ("mute fx_trades and fx_rates", ("fx_trades", "fx_rates"), 2),
        ("mute fx_trades, fx_rates and orders_etl", ("fx_trades", "fx_rates", "orders_etl"), 3),
        ("stop alerting on fx trades & fx rates until monday", ("fx_trades", "fx_rates"), 2),
        ("mute fx_trades until fx_rates is done", ("fx_trades", "fx_rates"), 1),
        ("mute fx_trades, it waits for fx_rates", ("fx_trades", "fx_rates"), 1),
        ("mute fx_trades", ("fx_trades",), 1),
    ],
)
def test_a_wish_is_about_the_feeds_that_stand_in_its_row(
    said: str, feeds: tuple[str, ...], wished: int
) -> None:
    found = wish_in(said, feeds)

    assert found is not None
    assert (found.feeds, found.unknown) == (feeds[:wished], ())


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    made = DeskHouse(tmp_path, is_watched=True)
    made.knows(a_person("erin", Role.ON_CALL, Role.ENGINEER), "web")
    with made.transactions.writing() as uow:
        feeds = [Feed(FeedName(name), TeamId("desk"), Schedule(Rhythm.DAILY)) for name in sorted(NAMES)]
        uow.watched.keep(feeds, made.clock.at)
    return made


def test_two_feeds_that_are_to_be_quiet_get_a_button_each(house: DeskHouse) -> None:
    house.say("erin", "mute fx_trades and fx_rates")

    labels = [one.label for card in house.cards_to_all() for one in card.actions]
    assert labels == ["Nothing about fx_trades for 12 h", "Nothing about fx_rates for 12 h"]


@pytest.mark.parametrize(
    ("said", "is_verb"),
    [
        ("link", True),
        ("link ABCD-1234", True),
        ("link to the dashboard", False),
        ("summary", True),
        ("summary i12345678", True),
        ("summary of the incident", True),
        ("summary of the last 24h", False),
        ("review of the fx_trades change", False),
        ("why is fx_trades late?", True),
        ("why you?", False),
        ("why didn't you warn me?", False),
        ("why was there no alert?", False),
        ("why is there no data in fx_trades?", False),
        ("why did fx_trades fail?", True),
        ("fix fx_trades", True),
        ("why is fx_trades in shadow", False),
        ("quality fx_trades", True),
        ("quality trend of fx_trades", False),
        ("fix it", False),
    ],
)
def test_a_verb_is_one_only_where_what_follows_fits_it(house: DeskHouse, said: str, is_verb: bool) -> None:
    assert (house.book.find(said) is not None) == is_verb


@pytest.mark.parametrize(
    "said", ["why is there no data in fx_trades?", "why do we have no rows in fx_trades"]
)
def test_a_question_for_causes_that_only_begins_like_one_about_us_is_still_a_diagnosis(said: str) -> None:
    found = read(said, NAMES, NOW)

    assert found is not None
    assert (found.topic, found.command) == (Topic.COMMAND, said.strip("?"))


def test_below_an_alert_it_is_the_feed_of_the_alert(house: DeskHouse) -> None:
    alert = an_alert(house.clock.at)
    place = place_of("web")
    with house.transactions.writing() as uow:
        uow.alerts.save(alert)
        uow.postings.add(a_posting(View.ALERT, alert.subject, place, house.clock.at))
        uow.postings.mark_shown("k", MessageRef(place=place, message="m7"), 0, house.clock.at)

    house.act(
        Incoming(
            key="web:below",
            kind=IncomingKind.MESSAGE,
            account=account_of("erin", "web"),
            place=place.model_copy(update={"thread": "m7"}),
            at=house.clock.at,
            text="mute it",
        )
    )

    card = house.cards_to_all()[-1]
    assert "**fx_trades** has an open alert" in card.lead
