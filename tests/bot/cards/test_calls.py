"""Calling people in a message: the platform's own mention, which no text can make."""

import json

import pytest

from bot.cards import adaptive, blockkit, html, plain
from bot.cards.ink import Ink, card_hash
from bot.cards.model import Card
from domain.identity.chat import Account, Called, Place, Platform
from tests.bot.cards.builders import HOSTILE, a_fixed_ink
from tests.bot.cards.slack_rules import check_blocks

SLACK = Account(platform=Platform.SLACK, workspace="T1", user="U0ERIN")
TEAMS = Account(platform=Platform.TEAMS, workspace="tenant", user="9a8b7c6d-0000-4000-8000-000000000000")


def _card(name: str = "Erin Engel", *accounts: Account) -> Card:
    called = tuple(Called(account=account, name=name) for account in accounts or (SLACK, TEAMS))
    return Card(title="Still open", lead="Erin Engel: nobody has it.", plain="Still open", calls=called)


def _ink(account: Account) -> Ink:
    place = Place(platform=account.platform, workspace=account.workspace, channel="C1")
    return Ink(place=place, mint=lambda action, place: "token")


def test_slack_names_only_those_of_its_own_workspace() -> None:
    elsewhere = SLACK.model_copy(update={"workspace": "T2", "user": "U0BEN"})

    message = blockkit.render_message(_card("Erin", SLACK, elsewhere, TEAMS), _ink(SLACK))

    check_blocks(message.blocks, 50)
    drawn = json.dumps(message.blocks)
    assert "<@U0ERIN>" in drawn
    assert "U0BEN" not in drawn


def test_teams_names_them_as_entities_of_the_card() -> None:
    card = adaptive.render_message(_card(), _ink(TEAMS)).card

    (entity,) = card["msteams"]["entities"]
    assert entity["mentioned"] == {"id": TEAMS.user, "name": "Erin Engel"}
    (named,) = [one for one in card["body"] if one["type"] == "TextBlock"]
    assert named["text"] == entity["text"] == "<at>Erin Engel</at>"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_draws_nothing_and_an_id_is_only_an_id(name: str) -> None:
    card = adaptive.render_message(_card(name[:120], TEAMS), _ink(TEAMS)).card
    forged = SLACK.model_copy(update={"user": "!channel"})

    (named,) = [one for one in card["body"] if one["type"] == "TextBlock"]
    assert not set(named["text"].removeprefix("<at>").removesuffix("</at>")) & set("<>*_[]()`#~|!@")
    assert "channel" not in json.dumps(blockkit.render_message(_card("x", forged), _ink(SLACK)).blocks)


def test_whom_a_card_calls_is_not_what_it_says() -> None:
    quiet = _card().model_copy(update={"calls": ()})

    assert card_hash(_card()) == card_hash(quiet)
    assert html.render_message(_card(), a_fixed_ink()) == html.render_message(quiet, a_fixed_ink())
    assert plain.render_message(_card(), a_fixed_ink()) == plain.render_message(quiet, a_fixed_ink())
