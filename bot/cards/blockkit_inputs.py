"""Slack's questions and buttons: input blocks, action rows, and dialogs as modal views."""

import json
import re
from collections.abc import Sequence
from datetime import date

from bot.cards.exact import flat, line, runs
from bot.cards.ink import Ink, Json
from bot.cards.limits import SLACK
from bot.cards.model import Action, ActionStyle, Choice, Dialog, Input, InputKind
from bot.cards.mrkdwn import escaped_width, plain_text, text_object
from bot.cards.shorten import clip_runs, utf16
from bot.cards.words import label_of, offered

ANSWER = "answer"
"""The action id of every input; the block id carries the question's name."""
SWITCH_ON = "true"
TOO_LONG = "The proposed answer is too long to show here."
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,10})?")


def action_rows(
    actions: Sequence[Action], ink: Ink, seen: str, *, is_shown_whole: bool, prefix: str = ""
) -> list[Json]:
    """Return every action as a button, in as many rows as that takes."""
    buttons = [
        _button(action, ink.token(action, seen, is_shown_whole=is_shown_whole), f"{prefix}{at}")
        for at, action in enumerate(actions)
    ]
    size = SLACK.action_elements
    return [
        {"type": "actions", "block_id": f"{prefix}actions-{at}", "elements": buttons[at : at + size]}
        for at in range(0, len(buttons), size)
    ]


def _button(action: Action, token: str, number: str) -> Json:
    button: Json = {
        "type": "button",
        "action_id": f"{action.verb}-{number}",
        "text": plain_text(line(action.label), SLACK.button_label, action.verb),
        "value": token,
    }
    if action.style is not ActionStyle.PLAIN:
        button["style"] = action.style.value
    if action.confirm:
        button["confirm"] = {
            "title": plain_text("Are you sure?", SLACK.confirm_title),
            "text": plain_text(flat(action.confirm), SLACK.confirm_text, "Are you sure?"),
            "confirm": plain_text(line(action.label), 30, "Yes"),
            "deny": plain_text("Cancel", 30),
        }
    return button


def input_block(question: Input, prefix: str = "") -> Json:
    """Return one question with its proposed answer."""
    element = _element(question)
    hint = line(question.hint)
    if question.value and utf16(question.value) > SLACK.input_value:
        hint = f"{hint} {TOO_LONG}".strip()
    block: Json = {
        "type": "input",
        "block_id": f"{prefix}{question.name}",
        "label": plain_text(label_of(question), 150),
        "optional": not question.is_required,
        "element": {**element, "action_id": ANSWER},
    }
    if hint:
        block["hint"] = plain_text(hint, 500)
    return block


def _element(question: Input) -> Json:
    value = question.value if utf16(question.value) <= SLACK.input_value else ""
    match question.kind:
        case InputKind.CHOICE if offered(question):
            return _select(offered(question), value)
        case InputKind.NUMBER:
            proposed = {"initial_value": value} if _NUMBER.fullmatch(value) else {}
            return {"type": "number_input", "is_decimal_allowed": True, **proposed}
        case InputKind.TOGGLE:
            option: Json = {"text": plain_text("Yes", SLACK.option_label), "value": SWITCH_ON}
            ticked: Json = {"initial_options": [option]} if value == SWITCH_ON else {}
            return {"type": "checkboxes", "options": [option], **ticked}
        case InputKind.DATE:
            return {"type": "datepicker", **({"initial_date": value} if _is_date(value) else {})}
        case _:
            proposed = {"initial_value": value} if value else {}
            is_long = question.kind is InputKind.LONG_TEXT
            return {"type": "plain_text_input", "multiline": is_long, **proposed}


def _select(choices: list[Choice], value: str) -> Json:
    options = [
        {"text": plain_text(line(choice.label), SLACK.option_label, choice.value), "value": choice.value}
        for choice in choices[: SLACK.options * SLACK.option_groups]
    ]
    picked = next((option for option in options if option["value"] == value), None)
    proposed = {"initial_option": picked} if picked else {}
    if len(options) <= SLACK.options:
        return {"type": "static_select", "options": options, **proposed}
    groups = [
        {
            "label": plain_text(f"{at + 1} to {min(at + SLACK.options, len(options))}", SLACK.option_label),
            "options": options[at : at + SLACK.options],
        }
        for at in range(0, len(options), SLACK.options)
    ]
    return {"type": "static_select", "option_groups": groups, **proposed}


def _is_date(value: str) -> bool:
    try:
        return len(value) == 10 and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def render_dialog(dialog: Dialog, ink: Ink, message: str = "") -> Json:
    """Return a modal view; its private metadata carries the signed token and where it was opened.

    Args:
        dialog: The questions.
        ink: Place and mint; the answer is taken for this place.
        message: The platform's id of the card whose button opened it.
    """
    token = ink.token(dialog.submit, "", is_shown_whole=True)
    where = {"token": token, "channel": ink.place.channel, "thread": ink.place.thread, "message": message}
    blocks: list[Json] = []
    title = line(dialog.title)
    if utf16(title) > SLACK.modal_title:
        # The bar shows 24 characters; the rest must be readable too.
        blocks.append({"type": "header", "text": plain_text(title, SLACK.header)})
    if dialog.intro:
        kept, _ = clip_runs(runs(dialog.intro), SLACK.section - 200, escaped_width)
        blocks.append({"type": "section", "text": text_object(kept, SLACK.section)})
    blocks += [input_block(question) for question in dialog.inputs]
    return {
        "type": "modal",
        "callback_id": dialog.submit.verb,
        "private_metadata": json.dumps({**where, "private": ink.place.is_private}, separators=(",", ":")),
        "title": plain_text(title, SLACK.modal_title, "Dogwatch"),
        "submit": plain_text(line(dialog.submit.label), SLACK.modal_button, "Send"),
        "close": plain_text("Cancel", SLACK.modal_button),
        "blocks": blocks,
    }
