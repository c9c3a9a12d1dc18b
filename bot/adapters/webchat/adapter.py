"""Post, update and whisper in the web chat: every message is a row, every open page follows the rows."""

import asyncio
import hashlib
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from bot.adapters.webchat.live import LiveFeed, Moment
from bot.adapters.webchat.rendering import View, dialog_view, message_view
from bot.adapters.webchat.settings import DIRECT, WebChannel, WebChatSettings
from bot.cards.ink import Ink
from bot.cards.model import Card, Dialog
from bot.door import Minter
from domain.errors import BadInput, NotFound, OutsideTrouble
from domain.identity.chat import Account, FileRef, Incoming, MessageRef, Place, Platform
from domain.ports.blobs import BlobStore
from domain.ports.clock import Clock
from domain.ports.web_chat import NewWebMessage, WebChatLog, WebMessage


class WebChatAdapter:
    """The bot's side of the web chat."""

    platform = Platform.WEB

    def __init__(
        self,
        log: WebChatLog,
        mint: Minter,
        blobs: BlobStore,
        clock: Clock,
        settings: WebChatSettings,
        teams_of: Callable[[str], frozenset[str]] = lambda subject: frozenset(),
    ) -> None:
        self.log = log
        self._mint = mint
        self.blobs = blobs
        self.clock = clock
        self.live = LiveFeed(log, settings.poll_interval.total_seconds(), settings.events_per_person)
        self._settings = settings
        self._teams_of = teams_of

    def direct_place(self, subject: str) -> Place:
        """Return a person's direct message with the bot."""
        return Place(
            platform=Platform.WEB,
            workspace=self._settings.issuer,
            channel=DIRECT + subject,
            is_private=True,
        )

    def place(self, channel: str, thread: str = "") -> Place:
        """Return a channel or a thread in it."""
        is_private = channel.startswith(DIRECT)
        return Place(
            platform=Platform.WEB,
            workspace=self._settings.issuer,
            channel=channel,
            thread=thread,
            is_private=is_private,
        )

    def ink(self, place: Place) -> Ink:
        """Return what cards in a place are drawn with."""
        return Ink(place, self._mint, self._settings.public_url, now=self.clock.now())

    def view(self, message: WebMessage, reader: str) -> View:
        """Return a message as one reader's page gets it."""
        ink = self.ink(self.place(message.channel, message.thread))
        return message_view(message, reader, ink, self.blobs.holds)

    def may_read(self, subject: str, channel: str) -> bool:
        """Return whether a person may read a channel."""
        return channel == DIRECT + subject or any(one.id == channel for one in self.channels_of(subject))

    def channels_of(self, subject: str) -> list[WebChannel]:
        """Return the channels that a person may read, without their direct message."""
        channels = self._settings.channels
        teams = self._teams_of(subject) if any(one.teams for one in channels) else frozenset()
        return [one for one in channels if not one.teams or one.teams & teams]

    async def post(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post a card for everybody in the channel; the same key again returns the message there is."""
        message = await self._append(place, card, key, visible_to="")
        return MessageRef(place=place, message=message.id)

    async def update(self, message: MessageRef, card: Card) -> None:
        """Replace a card of ours on every open page."""
        try:
            await asyncio.to_thread(self.log.update, message.message, card.model_dump_json())
        except NotFound as gone:
            raise OutsideTrouble(
                f"web message {message.message} is gone",
                say="The message to update is no longer in the web chat.",
            ) from gone
        self.live.stir()

    async def whisper(self, place: Place, account: Account, card: Card) -> None:
        """Show a card to one person only."""
        await self.keep_whisper(place, account.user, card, key=f"whisper:{secrets.token_hex(12)}")

    async def keep_whisper(self, place: Place, subject: str, card: Card, key: str) -> WebMessage:
        """Keep a card that one person sees, once for each key, and return it."""
        return await self._append(place, card, f"{key}:{subject}", visible_to=subject)

    async def open_dialog(self, incoming: Incoming, dialog: Dialog) -> None:
        """Open a dialog on the pages of the one who acted."""
        view = dialog_view(dialog, self.ink(incoming.place))
        about: dict[str, object] = {
            **view,
            "message": incoming.message,
            "channel": incoming.place.channel,
            "thread": incoming.place.thread,
        }
        moment = Moment("dialog", about, reader=incoming.account.user)
        if self.live.give(moment, self.may_read) == 0:
            raise OutsideTrouble(
                "no open page for a dialog", say="Your web chat is not open, so I can't ask you there."
            )

    async def fetch(self, file: FileRef, into: Path, limit_bytes: int) -> None:
        """Copy an uploaded file to disk."""
        if file.blob is None:
            raise BadInput(
                "web file without a blob", say="That file did not reach me.", next_step="Drop it again."
            )
        source = self.blobs.path(file.blob)
        if source.stat().st_size > limit_bytes:
            raise BadInput(
                f"file over {limit_bytes} bytes",
                say=f"**{file.name}** is larger than {limit_bytes // 1024**2} MiB.",
                next_step="Send a smaller sample; the first 100,000 rows are plenty.",
            )
        await asyncio.to_thread(shutil.copyfile, source, into)

    def show_typing(self, place: Place, *, is_typing: bool) -> None:
        """Show or hide "the bot is typing" on the open pages."""
        about: dict[str, object] = {"channel": place.channel, "thread": place.thread, "typing": is_typing}
        self.live.give(Moment("typing", about, channel=place.channel), self.may_read)

    async def _append(self, place: Place, card: Card, key: str, *, visible_to: str) -> WebMessage:
        draft = NewWebMessage(
            key=_own_key(key),
            channel=place.channel,
            thread=place.thread,
            card=card.model_dump_json(),
            visible_to=visible_to,
            at=self.clock.now(),
        )
        message = await asyncio.to_thread(self.log.append, draft)
        self.live.stir()
        return message


def _own_key(key: str) -> str:
    """Return a key apart from those of people's messages, because a posting may be named after its act."""
    own = f"bot:{key}"
    return own if len(own) <= 300 else f"bot:{hashlib.sha256(own.encode()).hexdigest()}"
