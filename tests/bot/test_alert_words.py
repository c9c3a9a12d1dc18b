"""What people say became of an alert that is over, by the buttons of its card."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.cards.model import Action
from bot.presenters.alerts import alert_card
from domain.identity.chat import Incoming, IncomingKind
from domain.identity.people import Role
from domain.ids import FeedName
from domain.watch.alerts import Alert, AlertState
from domain.watch.predictions import Verdict
from tests.bot.desk_house import DeskHouse, account_of, place_of, whispered
from tests.domain.builders import a_person, an_alert

FX = FeedName("fx_trades")


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    started = DeskHouse(tmp_path)
    started.knows(a_person("erin", Role.ENGINEER, Role.ON_CALL), "web")
    return started


def _keep(house: DeskHouse, **facts: object) -> Alert:
    alert = an_alert(house.clock.at - timedelta(hours=2), **facts)
    with house.transactions.writing() as uow:
        uow.alerts.save(alert)
    return alert


def _press(house: DeskHouse, verb: str, subject: str, key: str = "1", **arguments: str) -> str:
    action = Action(verb=verb, label="x", subject=subject, arguments=arguments)
    reply = house.act(
        Incoming(
            key=f"press:{verb}:{key}",
            kind=IncomingKind.PRESS,
            account=account_of("erin", "web"),
            place=place_of("web"),
            at=house.clock.at,
            token=house.mint(action, place_of("web")),
        )
    )
    return whispered(reply)


def _verdicts(house: DeskHouse) -> list[tuple[Verdict, bool]]:
    with house.transactions.reading() as uow:
        return [(one.verdict, one.is_neither) for one in uow.words.since(house.clock.at - timedelta(days=1))]


OVER = {"state": AlertState.CLOSED, "outcome": Verdict.DID_NOT_HAPPEN}


def test_a_card_that_is_over_offers_what_else_it_may_have_been(house: DeskHouse) -> None:
    alert = _keep(house, closed_at=house.clock.at, **OVER)
    assert [one.label for one in alert_card(alert, {}, house.clock.at).actions] == [
        "It did happen",
        "We prevented it",
    ]

    assert "prevented" in _press(house, "alert.prevented", alert.subject)

    with house.transactions.reading() as uow:
        alert = uow.alerts.get(alert.id)
    card = alert_card(alert, {}, house.clock.at)
    assert card.title == "Prevented: fx_trades"
    assert "erin" in card.lead.lower()
    assert _verdicts(house) == [(Verdict.PREVENTED, True)]


def test_the_last_word_counts_and_the_same_word_twice_is_refused(house: DeskHouse) -> None:
    alert = _keep(house, closed_at=house.clock.at, **OVER)

    _press(house, "alert.happened", alert.subject)
    assert "That stands already" in _press(house, "alert.happened", alert.subject, "2")
    house.clock.at += timedelta(minutes=1)
    _press(house, "alert.no_trouble", alert.subject)

    assert _verdicts(house) == [(Verdict.DID_NOT_HAPPEN, False)]


def test_while_an_alert_stands_nobody_says_what_became_of_it(house: DeskHouse) -> None:
    alert = _keep(house)

    assert "It is not over yet" in _press(house, "alert.happened", alert.subject)


def test_a_mute_is_no_word_about_the_trouble(house: DeskHouse) -> None:
    alert = _keep(house)

    _press(house, "alert.mute", alert.subject)

    assert _verdicts(house) == []


def test_what_is_no_longer_expected_is_judged_again_from_then_on(house: DeskHouse) -> None:
    alert = _keep(house)
    _press(house, "alert.expected", alert.subject)
    with house.transactions.reading() as uow:
        (before,) = uow.words.since(house.clock.at - timedelta(days=1))
    house.clock.at += timedelta(hours=1)

    _press(house, "alert.unmute", "", mute=f"feed:{FX}")

    with house.transactions.reading() as uow:
        (after,) = uow.words.since(house.clock.at - timedelta(days=1))
    assert before.until == house.clock.at + timedelta(hours=11)
    assert after.until == house.clock.at
