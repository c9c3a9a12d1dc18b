import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from bot.cards import adaptive, blockkit, html, plain
from bot.cards.adaptive_inputs import render_dialog as adaptive_dialog
from bot.cards.blockkit_inputs import render_dialog as slack_dialog
from bot.cards.limits import ADAPTIVE
from bot.cards.model import Card, Choice, Dialog, Fact, Input, InputKind, Section
from tests.bot.cards.builders import (
    a_dialog,
    a_mint,
    a_place,
    an_action,
    an_ink,
    cards,
    inputs,
    representative,
)
from tests.bot.cards.slack_rules import buttons, check_blocks, width

pytestmark = [
    pytest.mark.proves("A11"),
    pytest.mark.filterwarnings("ignore:Generating overly large repr"),
]
# Cards are large: shrinking one takes minutes, and the failing one is printed with its seed anyway.
_many = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    print_blob=True,
)


@given(card=cards())
@_many
def test_any_card_fits_a_slack_message_with_every_action(card: Card) -> None:
    message = blockkit.render_message(card, an_ink())

    check_blocks(message.blocks, most=50)
    assert len(buttons(message.blocks)) == len(card.actions)
    assert 0 < width(message.text) <= 3_000
    json.dumps(message.blocks).encode()


@given(card=cards())
@_many
def test_any_card_fits_a_teams_message_with_every_action(card: Card) -> None:
    message = adaptive.render_message(card, an_ink())

    assert len(json.dumps(message.card).encode()) < 28_000
    assert len(json.dumps(message.card, ensure_ascii=False).encode()) < 28_000
    assert len(executes(message.card)) == len(card.actions)
    assert ids(message.card) == [question.name for question in card.inputs]


@given(card=cards())
@_many
def test_any_card_is_drawn_in_html_with_every_action(card: Card) -> None:
    message = html.render_message(card, an_ink())

    assert message.fragment.count("data-token=") == len(card.actions)
    message.fragment.encode()


@given(card=cards())
@_many
def test_any_card_is_written_in_plain_text_with_every_action_numbered(card: Card) -> None:
    message = plain.render_message(card, an_ink())

    assert len(message.actions) == len(card.actions)
    assert len(message.text) <= 20_000
    if card.actions:
        assert re.search(rf"(^|· |\n){len(card.actions)} \S", message.text)


@given(questions=inputs(12))
@_many
def test_any_questions_fit_a_dialog_on_every_platform(questions: tuple[Input, ...]) -> None:
    dialog = Dialog(title="Questions", inputs=questions, submit=an_action())

    view = slack_dialog(dialog, an_ink(), "1.2")

    if questions:
        check_blocks(view["blocks"], most=100)
    assert len(view["private_metadata"]) <= 3_000
    assert width(view["title"]["text"]) <= 24
    assert [b["block_id"] for b in view["blocks"] if b["type"] == "input"] == [q.name for q in questions]
    assert len(json.dumps(adaptive_dialog(dialog, an_ink()))) < 28_000


def test_the_widest_card_that_the_model_allows_fits_teams_with_all_its_actions() -> None:
    subject, verb = "s" * 200, "v" * 41
    widest = [
        an_action(verb, "\U0001f600" * 80, subject=subject, subject_hash="f" * 64, arguments={"a": "x" * 190})
        for _ in range(20)
    ]
    questions = tuple(Input(name=f"q{n}", label="\U0001f600" * 200, value="é" * 900) for n in range(10))
    card = Card(title="é" * 500, plain="x", lead="é" * 9_000, inputs=questions, actions=tuple(widest))

    message = adaptive.render_message(card, an_ink())

    assert len(json.dumps(message.card)) <= 28_000
    assert len(executes(message.card)) == 20
    assert len(ids(message.card)) == 10
    assert not message.is_shown_whole


def test_a_cut_card_says_so_with_the_place_of_the_full_text_and_in_its_tokens() -> None:
    card = Card(
        title="Long",
        plain="Long",
        sections=(Section(text="line\n" * 9_000, is_code=True),),
        actions=(an_action(),),
        full_view="/changes/42",
    )

    slack = blockkit.render_message(card, an_ink())
    teams = adaptive.render_message(card, an_ink())
    web = html.render_message(card, an_ink())
    written = plain.render_message(card, an_ink())

    address = "https://dogwatch.example.com/changes/42"
    for drawn in (json.dumps(slack.blocks), json.dumps(teams.card), web.fragment, written.text):
        assert address in drawn
    token = buttons(slack.blocks)[0]["value"]
    assert a_mint().read(token, a_place()).is_shown_whole is False
    execute = executes(teams.card)[0]
    assert a_mint().read(execute["data"]["token"], a_place()).is_shown_whole is False


def test_a_card_that_fits_is_whole_and_its_token_names_it() -> None:
    card = representative()["approval"]

    message = blockkit.render_message(card, an_ink())
    other = blockkit.render_message(card.model_copy(update={"lead": "other"}), an_ink())

    assert message.is_shown_whole
    first = a_mint().read(buttons(message.blocks)[0]["value"], a_place())
    second = a_mint().read(buttons(other.blocks)[0]["value"], a_place())
    assert first.is_shown_whole
    assert len(first.seen) == 64
    assert first.seen != second.seen


def test_a_long_list_of_choices_stays_whole_in_slack() -> None:
    choices = tuple(Choice(value=f"v{n}", label=f"Choice {n}") for n in range(250))
    question = Input(name="feed", label="Feed", kind=InputKind.CHOICE, choices=choices, value="v249")
    dialog = Dialog(title="Pick", inputs=(question,), submit=an_action())

    view = slack_dialog(dialog, an_ink())

    element = view["blocks"][0]["element"]
    assert sum(len(group["options"]) for group in element["option_groups"]) == 250
    assert element["initial_option"]["value"] == "v249"


def test_the_home_counts_what_does_not_fit() -> None:
    card = Card(title="Waits", plain="Waits", facts=tuple(Fact(label="a", value="b") for _ in range(90)))

    view = blockkit.render_home([card] * 20, an_ink())

    check_blocks(view["blocks"], most=100)
    assert "more" in view["blocks"][-1]["text"]["text"]


def test_a_dialog_keeps_its_proposed_answers() -> None:
    view = slack_dialog(a_dialog(), an_ink())

    elements = {b["block_id"]: b["element"] for b in view["blocks"] if b["type"] == "input"}
    assert elements["feed"]["initial_value"] == "fx_trades"
    assert elements["team"]["initial_option"]["value"] == "payments"
    assert elements["rows"]["initial_value"] == "40000"
    assert elements["strict"]["initial_options"][0]["value"] == "true"
    assert elements["since"]["initial_date"] == "2026-03-01"


def executes(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [found for inner in value for found in executes(inner)]
    if not isinstance(value, dict):
        return []
    if value.get("type") == "Action.Execute":
        return [value]
    return [found for inner in value.values() for found in executes(inner)]


def ids(card: dict[str, Any]) -> list[str]:
    return [element["id"] for element in card["body"] if element["type"].startswith("Input.")]


def test_the_size_budget_leaves_room_for_the_envelope() -> None:
    assert ADAPTIVE.card_bytes < 28 * 1024 - 1_000
