"""The buttons of a feed that differs from its source: who may, what follows, and how it is taken back."""

from pathlib import Path

import pytest

from bot.cards.model import Action
from domain.data_quality.comparisons import is_unusual
from domain.data_quality.discrepancies import (
    Discrepancy,
    DiscrepancyState,
    expected_rates,
    muted_discrepancies,
)
from domain.identity.chat import Incoming, IncomingKind
from domain.identity.people import Role
from tests.bot.desk_house import DeskHouse, account_of, place_of, whispered
from tests.bot.test_discrepancy_card import _found, _one
from tests.domain.builders import a_person


@pytest.fixture
def house(tmp_path: Path) -> DeskHouse:
    started = DeskHouse(tmp_path)
    started.knows(a_person("erin", Role.ENGINEER, Role.ON_CALL), "web")
    started.knows(a_person("vic", Role.ADMINISTRATOR), "web")
    with started.transactions.writing() as uow:
        uow.discrepancies.save(_one())
    return started


def _press(house: DeskHouse, verb: str, who: str = "erin", subject: str = "", **arguments: str) -> str:
    action = Action(verb=verb, label="x", subject=subject, arguments=arguments)
    incoming = Incoming(
        key=f"press:{verb}:{who}:{subject}",
        kind=IncomingKind.PRESS,
        account=account_of(who, "web"),
        place=place_of("web"),
        at=house.clock.at,
        token=house.mint(action, place_of("web")),
    )
    return whispered(house.act(incoming))


def _now(house: DeskHouse) -> Discrepancy:
    with house.transactions.reading() as uow:
        return uow.discrepancies.get(_one().id)


def _counts_as_usual(house: DeskHouse) -> bool:
    """Return whether as much again would be told to nobody."""
    with house.transactions.reading() as uow:
        muted = muted_discrepancies(uow.alerts.mutes(house.clock.at))
        expected = expected_rates(uow.discrepancies.of_names(muted))
    return not is_unusual(_found("2026-11-24", ("missing rows", 310)), [], expected)


def test_what_is_expected_closes_counts_as_usual_and_can_be_taken_back(house: DeskHouse) -> None:
    said = _press(house, "discrepancy.expected", subject=_one().subject)

    assert "missing rows, rounding" in said
    assert _now(house).state is DiscrepancyState.EXPECTED
    assert _now(house).closed_by == "erin"
    assert _counts_as_usual(house)
    assert "This is over already" in _press(house, "discrepancy.again", subject=_one().subject)

    _press(house, "alert.unmute", mute=f"discrepancy:{_one().id}")

    assert not _counts_as_usual(house)


def test_who_works_on_no_alerts_cannot_call_it_expected(house: DeskHouse) -> None:
    _press(house, "discrepancy.expected", "vic", _one().subject)

    assert _now(house).is_open


def test_compared_again_is_one_errand_a_day_that_differs(house: DeskHouse) -> None:
    for _ in range(2):
        _press(house, "discrepancy.again", subject=_one().subject)

    with house.transactions.reading() as uow:
        wanted = uow.errands.wanted()
    assert [(one.feed, one.business_date) for one in wanted] == [("fx_trades", "2026-11-20")]
