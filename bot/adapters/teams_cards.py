"""What Teams is given to draw: messages, answers to a pressed button, dialogs as cards."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import quote

from bot.adapters.edits import READ_ONCE
from bot.adapters.teams_settings import TeamsSettings
from bot.cards import adaptive
from bot.cards.adaptive_inputs import render_dialog
from bot.cards.adaptive_text import rich_text
from bot.cards.exact import line
from bot.cards.ink import Ink, Json
from bot.cards.model import Card, Dialog, Link, Tone
from bot.cards.shorten import clip
from bot.cards.text import Span, literal, md
from bot.door import Minter
from domain.identity.chat import Place

CARD = "application/vnd.microsoft.card.adaptive"
SENTENCE = "application/vnd.microsoft.activity.message"


class TeamsCards:
    """Draws for Teams."""

    def __init__(self, settings: TeamsSettings, mint: Minter) -> None:
        self._settings = settings
        self._mint = mint

    def message(self, card: Card, place: Place) -> Json:
        """Return a message that shows the card; its summary is what a notification says."""
        drawn = adaptive.render_message(card, self._ink(place)).card
        return _attached(drawn, clip(line(card.plain), 300)[0])

    def updated(self, card: Card, place: Place) -> Json:
        """Return the answer that replaces the pressed card for the one who pressed."""
        return _answer(CARD, adaptive.render_message(card, self._ink(place)).card)

    def sentence(self, say: str) -> Json:
        """Return the answer that shows a sentence to the one who pressed and leaves the card as it is."""
        return _answer(SENTENCE, clip(line(say), 1_000)[0])

    def dialog(
        self, dialog: Dialog, place: Place, errors: Mapping[str, str], answers: Mapping[str, str]
    ) -> tuple[str, Json]:
        """Return the questions as a card, and the key under which to keep the dialog until it is answered.

        Args:
            dialog: The questions.
            place: Where they are asked.
            errors: Sentences by input name, drawn below their inputs.
            answers: What the person had filled in, kept in the inputs.
        """
        asked = tuple(
            one.model_copy(update={"value": answers.get(one.name, one.value)}) for one in dialog.inputs
        )
        card = render_dialog(dialog.model_copy(update={"inputs": asked}), self._ink(place))
        if errors:
            card["body"] = _with_errors(card["body"], errors)
        return dialog_key(_token_of(card)), card

    def asked(self, card: Json) -> Json:
        """Return a dialog's card as the answer to a pressed button."""
        return _answer(CARD, card)

    def asked_message(self, dialog: Dialog, card: Json) -> Json:
        """Return a dialog's card as a message."""
        return _attached(card, clip(line(dialog.title), 300)[0])

    def errors_card(self, errors: Mapping[str, str]) -> Card:
        """Return what is wrong with answers as a card of its own."""
        said = " ".join(errors.values())
        return Card(
            title="Something is not right yet", plain=said, lead=md("{said}", said=said), tone=Tone.WARNING
        )

    def files_card(self, *, has_words: bool) -> Card:
        """Return why a file posted in a channel did not reach us, and the way that works."""
        say = (
            "Teams doesn't hand files posted in a channel to bots, so I have not seen yours. "
            "Send it to me in our personal chat, and I answer here as usual."
        )
        if has_words:
            say += " I did nothing about the words beside it either: say them again without the file."
        return Card(
            title="I can't see files posted in a channel",
            plain=say,
            lead=say,
            tone=Tone.WARNING,
            links=(self._chat_link(),),
        )

    def welcome_card(self) -> Card:
        """Return what a person reads who has just opened their chat with us."""
        say = (
            "I am Dogwatch. Send me a sample file of a data feed here, and I propose its configuration. Ask"
            " in plain words, such as *which feeds are late?*, or say `help`. In channels, mention me."
        )
        return Card(title="Hello", plain=literal(say), lead=say)

    def read_once_card(self) -> Card:
        """Return what stands where somebody edited a message that was heard before."""
        return Card(title="Not read again", plain=READ_ONCE, lead=READ_ONCE)

    def unreachable_card(self) -> Card:
        """Return what stands in a channel when the answer is for one person, whom Teams keeps from us."""
        say = (
            "My answer is for whoever just acted here, and Teams doesn't let me write to them alone. "
            "Open our personal chat once, then do it again."
        )
        return Card(
            title="I have an answer for one of you",
            plain=say,
            lead=say,
            tone=Tone.WARNING,
            links=(self._chat_link(),),
        )

    def _chat_link(self) -> Link:
        address = f"https://teams.microsoft.com/l/chat/0/0?users={quote(f'28:{self._settings.app_id}')}"
        return Link(label="Open our personal chat", target=address)

    def _ink(self, place: Place) -> Ink:
        return Ink(place, self._mint, self._settings.public_url, now=datetime.now(UTC))


def dialog_key(token: str) -> str:
    """Return the key of the dialog whose button carries this token."""
    return hashlib.sha256(f"dogwatch/dialog/1\0{token}".encode(errors="replace")).hexdigest()


def _attached(card: Json, summary: str) -> Json:
    return {"type": "message", "summary": summary, "attachments": [{"contentType": CARD, "content": card}]}


def _answer(kind: str, value: Json | str) -> Json:
    return {"statusCode": 200, "type": kind, "value": value}


def _token_of(card: Json) -> str:
    action = card["actions"][0]
    if action["type"] == "Action.ShowCard":  # a confirmation stands around the button
        action = action["card"]["actions"][0]
    return str(action["data"]["token"])


def _with_errors(body: list[Json], errors: Mapping[str, str]) -> list[Json]:
    drawn: list[Json] = []
    left = dict(errors)
    for element in body:
        drawn.append(element)
        if (sentence := left.pop(str(element.get("id", "")), None)) is not None:
            drawn.append(_error(sentence))
    return [*drawn, *map(_error, left.values())]


def _error(sentence: str) -> Json:
    element = rich_text([Span(clip(line(sentence), 500)[0])], spacing="Small")
    element["inlines"][0]["color"] = "Attention"
    return element
