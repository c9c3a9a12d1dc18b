"""Messages, cards and dialogs as the page gets them: our HTML for cards, bare text for people's words."""

import hashlib
from collections.abc import Callable
from urllib.parse import quote

from bot.cards import html, html_inputs
from bot.cards.exact import line
from bot.cards.ink import Ink
from bot.cards.model import Card, Dialog
from bot.cards.text import visible
from domain.ids import BlobId
from domain.ports.web_chat import WebMessage

View = dict[str, object]


def message_view(
    message: WebMessage, reader: str, ink: Ink, holds: Callable[[BlobId], bool] = lambda blob: True
) -> View:
    """Return a message for one reader; buttons get fresh tokens each time.

    A file that is not held any more has no address: it was tidied away.
    """
    says = hashlib.sha256(f"{message.text}\0{message.card}".encode(errors="surrogatepass")).hexdigest()[:16]
    return {
        "id": message.id,
        "change": message.change,
        "channel": message.channel,
        "thread": message.thread,
        "author": message.author,
        "author_name": visible(message.author_name),
        "bot": not message.author,
        "mine": bool(message.author) and message.author == reader,
        "private": bool(message.visible_to),
        "at": message.at.isoformat(),
        "text": visible(message.text),
        "html": card_view(Card.model_validate_json(message.card), ink) if message.card else "",
        "says": says,
        "files": [
            {
                "name": file.name,
                "size_bytes": file.size_bytes,
                "url": f"api/files/{quote(message.id)}/{position}" if holds(file.blob) else "",
            }
            for position, file in enumerate(message.files)
        ],
        "replies": message.replies,
    }


def card_view(card: Card, ink: Ink) -> str:
    """Return a card as HTML in which every text is escaped."""
    return html.render_message(card, ink).fragment


def dialog_view(dialog: Dialog, ink: Ink) -> View:
    """Return a dialog as HTML with its title for screen readers."""
    return {"title": line(dialog.title), "html": html_inputs.render_dialog(dialog, ink)}
