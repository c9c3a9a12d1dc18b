"""Floods: of one person through several accounts, and in one channel; others and their presses still pass."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.people import who_am_i
from bot.intents import Area, Phrasebook, Verb
from bot.turn import Asked
from domain.approval.approvals import Verdict
from domain.identity.chat import Incoming, IncomingKind
from domain.identity.people import Role
from tests.bot.desk_house import DeskHouse, account_of, place_of, whispered
from tests.domain.builders import a_person


@pytest.mark.proves("D10")
def test_a_person_who_floods_through_several_accounts_is_told_so(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, most_acts=6)
    house.change_in_review(needed=1)

    told = [whispered(house.say("jo", "whoami", door)) for door in ("web", "slack", "teams") * 3]
    house.press("ada", house.token("approval.approve"))

    assert ["ten seconds" in one for one in told] == [False] * 6 + [True] * 3
    assert house.request().verdict is Verdict.APPROVED


@pytest.mark.proves("D10")
def test_in_a_channel_that_overflows_words_are_left_out_and_presses_pass(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, most_said=6)
    house.change_in_review(needed=1)
    people = [f"p{number}" for number in range(9)]
    for name in people:
        house.knows(a_person(name, Role.ENGINEER), "web")

    told = [whispered(house.say(name, "whoami")) for name in people]
    elsewhere = whispered(house.say("sam", "whoami", "slack"))
    waited = Incoming(
        key="web:waited",
        kind=IncomingKind.MESSAGE,
        account=account_of("sam", "web"),
        place=place_of("web"),
        at=house.clock.at - timedelta(minutes=1),
        text="whoami",
        addressed=True,
    )
    house.press("ada", house.token("approval.approve"))

    assert ["In this channel" in one for one in told] == [False] * 6 + [True] * 3
    assert "You are Sam" in elsewhere
    assert "You are Sam" in whispered(house.act(waited)), "what waited for us came in its own time"
    assert house.request().verdict is Verdict.APPROVED


@pytest.mark.proves("D10", "M6")
def test_nothing_is_asked_elsewhere_for_an_act_that_is_one_too_many(tmp_path: Path) -> None:
    asked: list[str] = []

    async def prepare(asking: Asked) -> object:
        asked.append(asking.incoming.key)
        return None

    look = Verb(("look",), "look", "looks elsewhere", who_am_i, prepare=prepare)
    # Looked at before it is prepared and when it is done, an act counts once.
    house = DeskHouse(tmp_path, most_acts=3, most_said=3, book=Phrasebook([Area(verbs=(look,))]))

    told = [whispered(house.say("sam", "look")) for _ in range(5)]

    assert ["ten seconds" in one for one in told] == [False] * 3 + [True] * 2
    assert len(asked) == 3


@pytest.mark.proves("D10")
def test_whoever_was_busy_before_the_clock_was_set_back_is_heard_at_once(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, most_acts=4, most_said=4)
    told = [whispered(house.say("jo", "whoami")) for _ in range(4)]
    house.clock.at -= timedelta(days=2)

    told += [whispered(house.say("jo", "whoami")) for _ in range(5)]

    assert ["ten seconds" in one for one in told] == [False] * 8 + [True]


@pytest.mark.proves("D10")
def test_acts_of_a_chat_whose_clock_is_a_little_ahead_are_counted(tmp_path: Path) -> None:
    house = DeskHouse(tmp_path, most_acts=3)
    for number in range(5):
        act = Incoming(
            key=f"web:ahead-{number}",
            kind=IncomingKind.MESSAGE,
            account=account_of("jo", "web"),
            place=place_of("web"),
            at=house.clock.at + timedelta(minutes=1),
            text="whoami",
            addressed=True,
        )
        told = whispered(house.act(act))

    assert "ten seconds" in told
