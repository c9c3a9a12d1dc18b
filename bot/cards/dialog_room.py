"""What a dialog can hold on each platform: a text that it can't show whole must not be edited in it."""

from bot.cards.adaptive_inputs import left_empty
from bot.cards.adaptive_text import json_width
from bot.cards.limits import SLACK
from bot.cards.model import Dialog, Input, InputKind
from bot.cards.shorten import utf16
from bot.cards.words import label_of
from domain.errors import BadInput
from domain.identity.chat import Platform

_TEXTS = frozenset({InputKind.TEXT, InputKind.LONG_TEXT})


def check_room(dialog: Dialog, platform: Platform) -> None:
    """Refuse a dialog that would open with an empty field over a text: saving it would lose that text.

    Raises:
        BadInput: With how long the text is and how much the platform holds.
    """
    for question in dialog.inputs:
        if question.kind in _TEXTS and question.value:
            _check(question, dialog, platform)


def _check(question: Input, dialog: Dialog, platform: Platform) -> None:
    length = len(question.value)
    if platform is Platform.SLACK and utf16(question.value) > SLACK.input_value:
        raise _refusal(
            question, f"has {length:,} characters, and a dialog in Slack holds {SLACK.input_value:,}"
        )
    if platform is Platform.TEAMS:
        room = left_empty(dialog).get(question.name)
        if room is not None:
            width = json_width(question.value)
            known = f"has {length:,} characters, which take {width:,} bytes in a card"
            raise _refusal(question, f"{known}, and a dialog in Teams has room for {room:,} in all")


def _refusal(question: Input, why: str) -> BadInput:
    return BadInput(
        f"dialog: {question.name} {why}",
        say=f"{label_of(question)} {why}. Saved from there, it would be lost.",
        next_step="Do this in the web chat, where all of it fits.",
    )
