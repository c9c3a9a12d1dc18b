"""Write in Teams: cards into conversations, answers to one person, questions as cards."""

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path

from bot.adapters.teams_cards import TeamsCards
from bot.adapters.teams_connector import TeamsConnector, not_there_yet
from bot.adapters.teams_files import fetch_download
from bot.adapters.teams_gate import Json
from bot.adapters.teams_incoming import personal_place
from bot.adapters.teams_settings import TeamsSettings
from bot.cards.model import Card, Dialog
from bot.door import Minter
from domain.errors import OutsideTrouble
from domain.identity.chat import Account, FileRef, Incoming, MessageRef, Place, Platform
from domain.ports.conversation_book import Conversation, ConversationBook

log = logging.getLogger("dogwatch.teams")

DIRECT = "@"
"""Begins a place that means a person's chat with us, whichever conversation that is; their id follows."""


class TeamsChat:
    """Implements `ChatAdapter`.

    Args:
        settings: Who we are on Teams.
        mint: Makes the tokens of buttons.
        book: Remembers where we may write and which dialogs are open.
    """

    platform = Platform.TEAMS

    def __init__(self, settings: TeamsSettings, mint: Minter, book: ConversationBook) -> None:
        self._settings = settings
        self._book = book
        self._connector = TeamsConnector(settings)
        self._cards = TeamsCards(settings, mint)

    async def post(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post a card; Teams cannot look a key up, so the outbox alone keeps a retry from posting twice."""
        conversation = await self._conversation(place)
        if place.channel.startswith(DIRECT):
            place = personal_place(conversation)  # buttons are good only where they are pressed
        sent = await self._connector.send(conversation, place.thread, self._cards.message(card, place))
        return MessageRef(place=place, message=sent)

    async def tell(self, place: Place, card: Card) -> None:
        """Post what explains and nobody waits for; that it could not be sent is logged and no more."""
        try:
            await self.post(place, card, key="")
        except OutsideTrouble as trouble:
            log.warning("teams explanation not sent", extra={"reason": str(trouble)})

    async def update(self, message: MessageRef, card: Card) -> None:
        """Replace a card of ours in place."""
        conversation = await self._conversation(message.place)
        drawn = self._cards.message(card, message.place)
        await self._connector.replace(conversation, message.message, drawn)

    async def whisper(self, place: Place, account: Account, card: Card) -> None:
        """Write to the person alone, in their personal chat: Teams has no private message in a channel."""
        if place.is_private:
            await self.post(place, card, key="")
            return
        conversation = await self._personal(place, account.user)
        message = self._cards.message(card, personal_place(conversation))
        await self._connector.send(conversation, "", message)

    async def open_dialog(self, incoming: Incoming, dialog: Dialog) -> None:
        """Ask as a card with inputs, in reply to the act."""
        conversation = await self._conversation(incoming.place)
        card = await self._drawn(dialog, incoming.place, {}, {})
        thread = incoming.place.thread or incoming.message
        await self._connector.send(conversation, thread, self._cards.asked_message(dialog, card))

    async def fetch(self, file: FileRef, into: Path, limit_bytes: int) -> None:
        """Stream a file that somebody sent in the personal chat to disk."""
        told = self._settings
        await fetch_download(
            file, into, limit_bytes, allow_loopback=told.allow_loopback, transport=told.transport()
        )

    async def _conversation(self, place: Place) -> Conversation:
        find = self._book.personal if place.channel.startswith(DIRECT) else self._book.find
        known = await asyncio.to_thread(find, place.workspace, place.channel.removeprefix(DIRECT))
        if known is None:
            raise not_there_yet(place.channel)
        return known

    async def _personal(self, place: Place, person: str) -> Conversation:
        known = await asyncio.to_thread(self._book.personal, place.workspace, person)
        if known is not None:
            return known
        service_url = (await self._conversation(place)).service_url
        opened = await self._connector.open_personal(place.workspace, person, service_url)
        await asyncio.to_thread(self._book.remember, opened)
        return opened

    async def _drawn(
        self, dialog: Dialog, place: Place, errors: Mapping[str, str], answers: Mapping[str, str]
    ) -> Json:
        """Draw a dialog and keep it, so that it can be drawn again with what was wrong."""
        key, card = self._cards.dialog(dialog, place, errors, answers)
        await asyncio.to_thread(self._book.keep_dialog, key, dialog.model_dump_json())
        return card
