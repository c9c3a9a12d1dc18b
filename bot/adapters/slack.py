"""Post, update, whisper and ask in Slack.

A post carries its key as message metadata. Before the first post to a channel, and again after a post
whose fate is unknown, the channel's recent messages are read back: what stands there is not posted twice.
"""

import asyncio
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from bot.adapters.slack_calls import TOO_LONG, UNFIT_BLOCKS, SlackTrouble, asked, called, web_client
from bot.adapters.slack_events import HOME, trigger_of
from bot.adapters.slack_files import SlackFiles
from bot.adapters.slack_payload import part, text_of
from bot.adapters.slack_settings import SlackSettings
from bot.cards.blockkit import LITTLE_ROOM, SlackMessage, render_home, render_message
from bot.cards.blockkit_inputs import render_dialog
from bot.cards.ink import Ink, Json
from bot.cards.model import MOST_CARD_INPUTS, Card, Dialog
from bot.door import Minter
from domain.identity.chat import Account, FileRef, Incoming, IncomingKind, MessageRef, Place, Platform

log = logging.getLogger("dogwatch.slack")

EVENT_TYPE = "dogwatch_post"
_PICTURES_REST_SECONDS = 600.0
_OURS_FOR_SECONDS = 300.0
_LOOK_SECONDS = 1.0
_READ_BACK = 100
_MOST_PAGES = 20
"""Of a thread: two thousand messages."""
_MOST_REMEMBERED = 5_000
# Refusals of reading back: a channel that hides its history may be posted to all the same.
_UNREADABLE = frozenset({"missing_scope", "not_in_channel", "channel_not_found", "thread_not_found"})
# Refusals of a whisper where only a direct message reaches the person.
_UNREACHABLE = frozenset({"not_in_channel", "channel_not_found", "user_not_in_channel", "is_archived"})
# A press whose dialog can't be opened any more: it was worked too late, or after a restart.
_TRIGGER_OVER = frozenset({"expired_trigger_id", "trigger_expired", "invalid_trigger_id"})

_PERSON = re.compile(r"[UW][A-Z0-9]{4,30}")

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class SlackAdapter:
    """Implements `ChatAdapter`. Every method raises `SlackTrouble` when Slack does not take it."""

    platform = Platform.SLACK

    def __init__(self, settings: SlackSettings, mint: Minter) -> None:
        self.settings = settings
        self.client = web_client(settings)
        self._mint = mint
        self._files = SlackFiles(self.client, settings)
        self._posted: OrderedDict[str, str] = OrderedDict()
        self._read_back: OrderedDict[tuple[str, str], bool] = OrderedDict()
        self._direct: OrderedDict[str, str] = OrderedDict()
        self._ours: OrderedDict[str, float] = OrderedDict()
        """Channels that we are in, and until when that is believed without asking."""
        self._no_pictures_until = 0.0

    async def post(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post a card once; the same key again returns the message that stands there."""
        place = await self._resolved(place)
        where = (place.channel, place.thread)
        if key not in self._posted and where not in self._read_back:
            await self._read(place)
        if key in self._posted:
            return MessageRef(place=place, message=self._posted[key])
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
        try:
            answer = await self._posted_in(place, card, metadata=metadata)
        except BaseException as error:
            # Also when we were told to stop waiting: it may stand there all the same.
            if not isinstance(error, SlackTrouble) or error.is_outcome_unknown:
                self._read_back.pop(where, None)
            raise
        _remember(self._posted, key, text_of(answer, "ts"))
        return MessageRef(place=place, message=text_of(answer, "ts"))

    async def update(self, message: MessageRef, card: Card) -> None:
        """Replace a card of ours in place."""
        await self._shown("chat.update", card, await self._resolved(message.place), ts=message.message)

    async def whisper(self, place: Place, account: Account, card: Card) -> None:
        """Show a card to one person only: in the channel, or in a direct message where that can't be."""
        if not place.is_private:
            thread = {"thread_ts": place.thread} if place.thread else {}
            try:
                await self._shown("chat.postEphemeral", card, place, user=account.user, **thread)
                return
            except SlackTrouble as trouble:
                if trouble.code not in _UNREACHABLE:
                    raise
            place = place.model_copy(
                update={"channel": HOME + account.user, "thread": "", "is_private": True}
            )
        await self._posted_in(await self._resolved(place), card)

    async def open_dialog(self, incoming: Incoming, dialog: Dialog) -> None:
        """Open a dialog; without a trigger, or three seconds after it, the questions come as a card."""
        has_trigger = incoming.kind in (IncomingKind.PRESS, IncomingKind.SUBMIT, IncomingKind.SHORTCUT)
        if has_trigger or self._is_command(incoming):
            view = self.dialog_view(incoming, dialog)
            try:
                await called("views.open", self.client.views_open(trigger_id=trigger_of(incoming), view=view))
                return
            except SlackTrouble as trouble:
                if trouble.code not in _TRIGGER_OVER:
                    raise
        await self.whisper(incoming.place, incoming.account, _as_card(dialog))

    def dialog_view(self, incoming: Incoming, dialog: Dialog) -> Json:
        """Return the modal view of a dialog for the place of an act."""
        return render_dialog(dialog, self._ink(incoming.place), incoming.message)

    async def publish_home(self, account: Account, *cards: Card) -> None:
        """Show these cards in a person's App Home."""
        place = Place(
            platform=Platform.SLACK, workspace=account.workspace, channel=HOME + account.user, is_private=True
        )
        view = render_home(cards, self._ink(place))
        await called("views.publish", self.client.views_publish(user_id=account.user, view=view))

    async def may_answer_in(self, place: Place) -> bool:
        """Return whether we are in a channel; a command reaches us from everywhere, our answers do not."""
        if time.monotonic() < self._ours.get(place.channel, 0.0):
            return True
        try:
            async with asyncio.timeout(_LOOK_SECONDS):
                await asked(self.client, "conversations.history", channel=place.channel, limit=1)
        except SlackTrouble as trouble:
            return trouble.code not in ("not_in_channel", "channel_not_found")
        except TimeoutError:
            return True  # nobody waits longer for an acknowledgement; the answer is tried there
        _remember(self._ours, place.channel, time.monotonic() + _OURS_FOR_SECONDS)
        return True

    async def fetch(self, file: FileRef, into: Path, limit_bytes: int) -> None:
        """Stream a dropped file to disk; raises `BadInput` naming the limit as soon as it is passed."""
        await self._files.fetch(file, into, limit_bytes)

    async def close(self) -> None:
        """Close the connections to Slack."""
        if self.client.session is not None:
            await self.client.session.close()
        await self._files.close()

    @staticmethod
    def _is_command(incoming: Incoming) -> bool:
        # A command has no message of its own; everything else that people write has one.
        return incoming.kind is IncomingKind.MESSAGE and not incoming.message

    def _ink(self, place: Place) -> Ink:
        return Ink(place, self._mint, self.settings.public_url, now=datetime.now(UTC))

    async def _posted_in(self, place: Place, card: Card, **more: object) -> Json:
        quiet: Json = {"unfurl_links": False, "unfurl_media": False} | more
        thread = {"thread_ts": place.thread} if place.thread else {}
        return await self._shown("chat.postMessage", card, place, **quiet, **thread)

    async def _shown(self, method: str, card: Card, place: Place, **more: object) -> Json:
        """Show a card by a call; where Slack refuses what is in it, without its picture, or shorter."""
        ink, has_pictures = self._ink(place), time.monotonic() >= self._no_pictures_until
        try:
            drawn = render_message(card, ink, has_pictures=has_pictures)
            return await self._call(method, drawn, place, more)
        except SlackTrouble as trouble:
            if trouble.code in TOO_LONG:
                log.warning("slack finds a card too long, so it gets a shorter one")
                drawn = render_message(card, ink, has_pictures=has_pictures, room=LITTLE_ROOM)
                return await self._call(method, drawn, place, more)
            if trouble.code != UNFIT_BLOCKS or card.picture is None or not has_pictures:
                raise
            log.warning("slack does not take a card with our picture: is web.public_url reachable for it?")
            drawn = render_message(card, ink, has_pictures=False)
            answer = await self._call(method, drawn, place, more)
            self._no_pictures_until = time.monotonic() + _PICTURES_REST_SECONDS
            return answer

    async def _call(self, method: str, message: SlackMessage, place: Place, more: Json) -> Json:
        said: Json = {"channel": place.channel, "blocks": message.blocks, "text": message.text}
        said |= {"parse": "none", "link_names": False}
        return await called(method, self.client.api_call(method, json=said | more))

    async def _resolved(self, place: Place) -> Place:
        """Return where a message to a person or their App Home really goes: our direct message with them."""
        user = place.channel.removeprefix(HOME)
        if user == place.channel and not _PERSON.fullmatch(user):
            return place
        if user not in self._direct:
            answer = await called("conversations.open", self.client.conversations_open(users=user))
            _remember(self._direct, user, text_of(part(answer, "channel"), "id"))
        return place.model_copy(update={"channel": self._direct[user], "thread": ""})

    async def _read(self, place: Place) -> None:
        """Learn the keys of our recent messages here, posted before a restart or with an unknown fate."""
        try:
            messages = await self._recent(place)
        except SlackTrouble as trouble:
            if trouble.code not in _UNREADABLE:
                raise
            messages = []
        for message in messages:
            metadata = part(message, "metadata")
            key = text_of(part(metadata, "event_payload"), "key")
            if key and text_of(metadata, "event_type") == EVENT_TYPE:
                _remember(self._posted, key, text_of(message, "ts"))
        _remember(self._read_back, (place.channel, place.thread), True)

    async def _recent(self, place: Place) -> Sequence[Json]:
        arguments: Json = {"channel": place.channel, "include_all_metadata": True, "limit": _READ_BACK}
        if not place.thread:
            return _messages_of(await asked(self.client, "conversations.history", **arguments))
        # A thread comes oldest first, so ours may stand on its last page.
        found: list[Json] = []
        for _ in range(_MOST_PAGES):
            answer = await asked(self.client, "conversations.replies", ts=place.thread, **arguments)
            found += _messages_of(answer)
            arguments["cursor"] = text_of(part(answer, "response_metadata"), "next_cursor")
            if not arguments["cursor"]:
                break
        return found


def _messages_of(answer: Json) -> list[Json]:
    found = answer.get("messages")
    return [message for message in found if isinstance(message, dict)] if isinstance(found, list) else []


def _as_card(dialog: Dialog) -> Card:
    """Return the questions of a dialog as a card, or how to get to them when a message can't hold them."""
    if len(dialog.inputs) <= MOST_CARD_INPUTS:
        card = Card(title=dialog.title, plain=dialog.title, lead=dialog.intro, inputs=dialog.inputs)
        return card.model_copy(update={"actions": (dialog.submit,)})
    say = f"These are {len(dialog.inputs)} questions, more than a message holds. Press the button again,"
    say += " or say it with /dogwatch: then I can ask them in a dialog."
    return Card(title=dialog.title, plain=f"{dialog.title}: {say}", lead=say)


def _remember(known: OrderedDict[_Key, _Value], key: _Key, value: _Value) -> None:
    known[key] = value
    while len(known) > _MOST_REMEMBERED:
        known.popitem(last=False)
