"""A dialog opens with all of a text in it, or not at all."""

import json

import pytest

from bot.cards.adaptive_inputs import render_dialog
from bot.cards.dialog_room import check_room
from bot.cards.ink import Ink
from bot.cards.model import Action, Choice, Dialog, Input, InputKind
from domain.errors import BadInput
from domain.identity.chat import Place, Platform


def an_editor(text: str) -> Dialog:
    return Dialog(
        title="Edit the article",
        inputs=(
            Input(name="title", label="Title", value="Restarts"),
            Input(
                name="kind",
                kind=InputKind.CHOICE,
                label="Kind",
                choices=tuple(Choice(value=f"kind-{n}", label=f"A kind of article, {n}") for n in range(150)),
            ),
            Input(name="text", kind=InputKind.LONG_TEXT, label="Text", value=text),
        ),
        submit=Action(verb="kb.edit.submit", label="Save"),
    )


def test_an_article_of_five_thousand_characters_opens_whole_in_teams() -> None:
    text = "Restart it, then look at the queue.\n" * 140
    ink = Ink(Place(platform=Platform.TEAMS, workspace="t", channel="c"), lambda action, place: "token")

    check_room(an_editor(text), Platform.TEAMS)
    card = render_dialog(an_editor(text), ink)

    assert next(shape["value"] for shape in card["body"] if shape.get("id") == "text") == text
    assert len(json.dumps(card)) < 28_000


@pytest.mark.parametrize(
    ("platform", "length", "says"),
    [
        (Platform.SLACK, 3_001, "has 3,001 characters, and a dialog in Slack holds 3,000"),
        (Platform.TEAMS, 30_000, "has 30,000 characters, which take 30,000 bytes"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_with_the_numbers(
    platform: Platform, length: int, says: str
) -> None:
    with pytest.raises(BadInput) as refused:
        check_room(an_editor("x" * length), platform)

    assert says in refused.value.say
    assert "web chat" in refused.value.next_step


def test_a_text_as_long_as_a_platform_takes_and_any_text_on_the_web_open() -> None:
    check_room(an_editor("x" * 3_000), Platform.SLACK)
    check_room(an_editor("x" * 40_000), Platform.WEB)
