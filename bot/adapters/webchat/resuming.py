"""Acts that were kept and not done, such as before a restart: worked again, and their answers shown."""

from bot.adapters.webchat.adapter import WebChatAdapter
from bot.cards.model import Card
from bot.cards.text import quote
from bot.door import Desk
from domain.errors import OutsideTrouble
from domain.identity.chat import Incoming

_CLOSED = "It came to a question for you, and your chat was not open. Nothing was done: do it again."


async def resume(desk: Desk, adapter: WebChatAdapter, incoming: Incoming) -> None:
    """Work an act, and keep for the one who acted what they would have read at once."""
    reply = await desk.work(incoming)
    cards = [*reply.whispers, *(_sentence(words) for words in reply.input_errors.values())]
    if reply.dialog is not None:
        try:
            await adapter.open_dialog(incoming, reply.dialog)
        except OutsideTrouble:
            cards.append(_sentence(_CLOSED))
    for position, card in enumerate(cards):
        key = f"{incoming.key}:later:{position}"
        await adapter.keep_whisper(incoming.place, incoming.account.user, card, key=key)


def _sentence(words: str) -> Card:
    return Card(title="Not done", lead=quote(words), plain=words)
