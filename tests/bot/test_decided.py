"""Who approved "it" is told of the plan that somebody just looked at, and only after one."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.cards.text import literal
from tests.bot.mending import Mending


@pytest.fixture
def house(tmp_path: Path) -> Mending:
    return Mending(tmp_path)


def _last(house: Mending) -> str:
    return literal(house.said_to_all()[-1])


def test_of_a_plan_before_its_dry_run_nobody_was_asked(house: Mending) -> None:
    house.say("erin", "fix fx-trades bad file")

    house.say("erin", "who approved it?")

    assert _last(house) == "Who approved it: Nobody: no approval was asked for yet."


def test_a_plan_that_waits_says_so_with_the_yeses_it_has(house: Mending) -> None:
    house.say("erin", "fix fx-trades bad file")
    house.asked()

    house.say("erin", "has anybody approved it yet?")
    waiting = _last(house)
    house.vote("ada")
    house.say("erin", f"plan {house.fix().id}")
    house.say("erin", "who approved it?")

    assert "waits for approval. Nobody has decided." in waiting
    assert "ada said yes" in _last(house).lower()


@pytest.mark.parametrize(
    "text", ["who approved fx_trades?", "who approved the last change?", "who approved the invoice?"]
)
def test_what_names_something_else_is_asked_of_that(house: Mending, text: str) -> None:
    house.say("erin", "fix fx-trades bad file")

    house.say("erin", text)

    assert not _last(house).startswith("Who approved it")


def test_after_half_an_hour_it_is_no_plan_any_more(house: Mending) -> None:
    house.say("erin", "fix fx-trades bad file")
    house.clock.at += timedelta(minutes=40)

    house.say("erin", "who approved it?")

    assert not _last(house).startswith("Who approved it")
