"""Questions and buttons of Adaptive Cards, and dialogs as cards of their own."""

from collections.abc import Sequence

from bot.cards.adaptive_text import json_width, paragraphs, rich_text, size_of
from bot.cards.exact import flat, line, runs
from bot.cards.ink import Ink, Json
from bot.cards.limits import ADAPTIVE
from bot.cards.model import Action, ActionStyle, Dialog, Input, InputKind
from bot.cards.shorten import clip, clip_runs
from bot.cards.text import Span
from bot.cards.tokens import LONGEST_TOKEN
from bot.cards.words import label_of, offered

_ROW = 6
"""Buttons that Teams shows side by side before it hides them in a menu."""
_STYLES = {ActionStyle.PRIMARY: "positive", ActionStyle.DANGER: "destructive"}
_LEVELS = ((400, 200, 2_000), (200, 40, 500), (120, 10, 100), (60, 3, 0), (30, 1, 0))
"""Longest label, most choices and longest proposed answer, from rich to bare."""
_LONGEST_ANSWER = 20_000
"""Characters of an answer that we take; texts that are edited in a dialog come before labels and choices."""
_DIALOG_LEVELS = (
    (400, 200, _LONGEST_ANSWER),
    (200, 40, _LONGEST_ANSWER),
    (120, 10, _LONGEST_ANSWER),
    *_LEVELS,
)
_TOO_LONG = "The proposed answer is too long to show here."


def buttons(actions: Sequence[Action], tokens: Sequence[str], room: int) -> tuple[list[Json], list[Json]]:
    """Return (elements for the body, the card's own actions), richest form that fits `room` bytes."""
    drawn: list[Json] = []
    for label, has_fallback in ((300, True), (300, False), (100, False), (30, False)):
        drawn = [
            _button(action, token, label, has_fallback=has_fallback)
            for action, token in zip(actions, tokens, strict=True)
        ]
        if size_of(drawn) <= room:
            break
    if len(drawn) <= _ROW:
        return [], drawn
    return [{"type": "ActionSet", "actions": drawn[at : at + _ROW]} for at in range(0, len(drawn), _ROW)], []


def _button(action: Action, token: str, label: int, *, has_fallback: bool) -> Json:
    title = clip(line(action.label), label, json_width)[0] or action.verb
    button: Json = {"type": "Action.Execute", "title": title, "verb": action.verb, "data": {"token": token}}
    if action.style in _STYLES:
        button["style"] = _STYLES[action.style]
    if has_fallback:
        # Clients before cards 1.4 know Submit only.
        button["fallback"] = {
            "type": "Action.Submit",
            "title": title,
            "data": {"verb": action.verb, "token": token},
        }
    if not action.confirm:
        return button
    question = rich_text([Span(clip(flat(action.confirm), 2 * label, json_width)[0] or "Are you sure?")])
    return {
        "type": "Action.ShowCard",
        "title": title,
        "card": {"type": "AdaptiveCard", "body": [question], "actions": [button]},
    }


def questions(
    inputs: Sequence[Input], room: int, levels: Sequence[tuple[int, int, int]] = _LEVELS
) -> tuple[list[Json], bool]:
    """Return the inputs in the richest form that fits `room` bytes, and whether choices were left out."""
    drawn: list[Json] = []
    for label, most_choices, longest_value in levels:
        drawn = [_question(one, label, most_choices, longest_value) for one in inputs]
        if size_of(drawn) <= room:
            break
    has_less = any(
        one.kind is InputKind.CHOICE and len(offered(one)) > len(shape.get("choices", ()))
        for one, shape in zip(inputs, drawn, strict=True)
    )
    return drawn, has_less


def _question(question: Input, label: int, most_choices: int, longest_value: int) -> Json:
    asked = clip(label_of(question), label, json_width)[0]
    value, hint = question.value, clip(line(question.hint), label, json_width)[0]
    is_short = question.kind is InputKind.TOGGLE or value in {choice.value for choice in offered(question)}
    if not is_short and json_width(value) > longest_value:
        value, hint = "", _TOO_LONG if value else hint
    shape: Json = {"id": question.name, **_kind(question, value, hint, label, most_choices)}
    if shape["type"] == "Input.Toggle":
        return {**shape, "title": asked}
    shape["label"] = asked
    if question.is_required:
        shape |= {"isRequired": True, "errorMessage": "Please answer this."}
    return shape


def _kind(question: Input, value: str, hint: str, label: int, most_choices: int) -> Json:
    placeholder = {"placeholder": hint} if hint else {}
    match question.kind:
        case InputKind.CHOICE if offered(question):
            every = offered(question)
            kept = every[:most_choices]
            picked = next((choice for choice in every if choice.value == value), None)
            if picked is not None and picked not in kept:
                kept = [picked, *kept[:-1]]
            shape: Json = {
                "type": "Input.ChoiceSet",
                "choices": [
                    {
                        "title": clip(line(choice.label), label, json_width)[0] or choice.value,
                        "value": choice.value,
                    }
                    for choice in kept
                ],
            }
            return shape | placeholder | ({"value": value} if picked else {})
        case InputKind.TOGGLE:
            return {"type": "Input.Toggle", "valueOn": "true", "valueOff": "false",
                    "value": "true" if value == "true" else "false"}  # fmt: skip
        case InputKind.NUMBER:
            number = value.strip()
            is_number = number.lstrip("-").replace(".", "", 1).isdecimal() and number.isascii()
            proposed = {"value": float(number) if "." in number else int(number)} if is_number else {}
            return {"type": "Input.Number"} | placeholder | proposed
        case InputKind.DATE:
            return {"type": "Input.Date"} | placeholder | ({"value": value} if value else {})
        case _:
            is_long = question.kind is InputKind.LONG_TEXT
            return {"type": "Input.Text", "isMultiline": is_long, "value": value} | placeholder


def render_dialog(dialog: Dialog, ink: Ink) -> Json:
    """Return an Adaptive Card with the questions and one button that sends the answers."""
    title, body, actions, room = _frame(dialog, ink.token(dialog.submit, "", is_shown_whole=True))
    shapes, _ = questions(dialog.inputs, room, _DIALOG_LEVELS)
    return envelope([*body, *shapes], actions, title)


def left_empty(dialog: Dialog) -> dict[str, int]:
    """Return the questions whose answers a dialog can't show, with the bytes that it has for answers."""
    _, _, _, room = _frame(dialog, "t" * LONGEST_TOKEN)
    shapes, _ = questions(dialog.inputs, room, _DIALOG_LEVELS)
    bare, _ = questions(
        [one.model_copy(update={"value": ""}) for one in dialog.inputs], room, _DIALOG_LEVELS[2:3]
    )
    left = min(room - size_of(bare), _LONGEST_ANSWER)
    return {
        question.name: left
        for question, shape in zip(dialog.inputs, shapes, strict=True)
        if question.value and shape["type"] == "Input.Text" and not shape["value"]
    }


def _frame(dialog: Dialog, token: str) -> tuple[str, list[Json], list[Json], int]:
    """Return title, body and button of a dialog, and how many bytes its questions may take."""
    title = clip(line(dialog.title), ADAPTIVE.title)[0]
    body = [rich_text([Span(title)])]
    for run in body[0]["inlines"]:
        run |= {"weight": "Bolder", "size": "Large"}
    if dialog.intro:
        kept, _ = clip_runs(runs(dialog.intro), 4_000, json_width)
        body += [rich_text(paragraph) for paragraph in paragraphs(kept)]
    _, actions = buttons([dialog.submit], [token], 3_000)
    return title, body, actions, ADAPTIVE.card_bytes - size_of(body) - size_of(actions) - 500


def envelope(body: list[Json], actions: list[Json], spoken: str) -> Json:
    """Return a whole card; `spoken` is what screen readers say first."""
    return {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "msteams": {"width": "Full"},
        "speak": spoken,
        "fallbackText": spoken,
        "body": body,
        **({"actions": actions} if actions else {}),
    }
