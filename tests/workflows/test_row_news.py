"""Worse or changed deliveries reach the feed's people as one card, within the team's budget of cards."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.errands import ErrandRef
from activities.row_news import RowNews
from bot.presenters.drawing import Drawing
from domain.configuration.changes import FeedEntry
from domain.errands import DeliveryState
from domain.identity.chat import Place
from domain.ids import FeedName
from domain.running.feed_facts import FeedFacts, HeardAt
from domain.telling.postings import Posting
from domain.watch.feed_health import QualityPoint
from tests.audiences import an_audience_book
from tests.domain.builders import an_alert
from tests.workflows.watch_house import FX, PLACE, WatchHouse

PLACES = {
    name: (PLACE.model_copy(update={"channel": name}),) for name in ("data-feeds", "fx-rows", "fx-shape")
}


@pytest.fixture
def house(tmp_path: Path) -> WatchHouse:
    return WatchHouse(tmp_path)


def _news(budget: float = 5.0) -> RowNews:
    return RowNews(an_audience_book(PLACES), lambda team: budget)


def _owned(house: WatchHouse, feed: FeedName = FX, criticality: str = "normal") -> None:
    facts = FeedFacts(
        quality_at=(HeardAt(kind="chat", address="fx-rows"),),
        drift_at=(HeardAt(kind="chat", address="fx-shape"),),
    )
    entry = FeedEntry(
        name=feed, owner="desk", criticality=criticality, facts=facts, updated_at=house.clock.now()
    )
    with house.transactions.writing() as uow:
        uow.feeds.save(entry)


def _deliver(
    house: WatchHouse, news: RowNews, *scores: float, feed: FeedName = FX, drift: tuple[str, ...] = ()
) -> None:
    for overall in scores:
        house.clock.ahead += timedelta(hours=1)
        now = house.clock.now()
        point = QualityPoint(measured_at=now, overall=overall, dimensions={}, findings=(), drift=drift)
        with house.transactions.writing() as uow:
            name = f"{feed}{now.timestamp()}"
            uow.quality.save_score(name, feed, point, DeliveryState.RELEASED, now)
            news.tell(uow, feed, name, now)


def _cards(house: WatchHouse) -> list[Posting]:
    with house.transactions.reading() as uow:
        due = uow.postings.due(house.clock.now(), 50, [PLACE.platform])
    return [one for one in due if one.key.startswith("rows#")]


def _title(house: WatchHouse, posting: Posting) -> str:
    with house.transactions.reading() as uow:
        return Drawing(house.stores.blobs).draw(posting, uow).title


def test_a_fallen_score_is_one_card_where_the_configuration_says_until_it_is_as_usual(
    house: WatchHouse,
) -> None:
    _owned(house)
    _deliver(house, _news(), 97, 98, 96, 97)
    assert _cards(house) == []
    _deliver(house, _news(), 80, 78, 82)

    (card,) = _cards(house)
    assert card.place.channel == "fx-rows"
    assert _title(house, card) == "The rows of fx_trades got worse"
    _deliver(house, _news(), 97)
    (card,) = _cards(house)
    assert _title(house, card) == "As usual again: rows of fx_trades"


def test_changed_columns_are_told_where_drift_is_heard_of(house: WatchHouse) -> None:
    _owned(house)
    _deliver(house, _news(), 97, 98, 96, 97)
    _deliver(house, _news(), 97, drift=("new columns that nobody agreed on: region",))

    (card,) = _cards(house)
    assert card.place.channel == "fx-shape"
    assert _title(house, card) == "The rows of fx_trades changed their shape"
    with house.transactions.reading() as uow:
        assert "region" in Drawing(house.stores.blobs).draw(card, uow).lead


def test_a_team_gets_no_more_cards_a_week_than_it_wants_but_of_critical_feeds(house: WatchHouse) -> None:
    feeds = [FeedName(f"feed_{number}") for number in range(4)]
    for feed in feeds:
        _owned(house, feed, "critical" if feed == feeds[-1] else "normal")
        _deliver(house, _news(2), 97, 98, 96, 97, 60, feed=feed)

    told = {card.subject.partition("@")[0] for card in _cards(house)}
    assert told == {"rows/feed_0", "rows/feed_1", "rows/feed_3"}


def test_what_an_open_alert_tells_of_gets_no_second_card(house: WatchHouse) -> None:
    _owned(house)
    now = house.clock.now()
    alert = an_alert(now, announced_at=now, is_shadow=False)
    with house.transactions.writing() as uow:
        uow.alerts.save(alert)
    _deliver(house, _news(), 97, 98, 96, 97, 60)

    assert _cards(house) == []


def test_without_a_configuration_the_team_s_channel_hears_of_it(house: WatchHouse) -> None:
    _deliver(house, _news(), 97, 98, 96, 97, 60)

    assert [card.place for card in _cards(house)] == [Place(**PLACE.model_dump())]


def test_where_it_is_asked_whether_a_delivery_is_released_no_second_card_tells_of_it(
    house: WatchHouse,
) -> None:
    house.hand_in("e1", b"trade_id,amount\n" + b"T1,\n" * 50)

    ActivityEnvironment().run(house.errands.run_errand, ErrandRef(id="e1"))

    with house.transactions.reading() as uow:
        assert uow.quality.held(FX) == ["e1"]
    assert _cards(house) == []
