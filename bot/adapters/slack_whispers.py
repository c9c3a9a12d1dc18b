"""Say several short things to one person at once: who presses ten buttons in a row reads one message.

The first whisper goes out at once. What follows within a moment is gathered; cards that are mere sentences
become one, others stay themselves.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from bot.adapters.slack_calls import SlackTrouble
from bot.cards.model import Card
from bot.pace import Patience
from domain.identity.chat import Account, Place

log = logging.getLogger("dogwatch.slack")

PAUSE_SECONDS = 2.0
_MOST_IN_ONE = 10

Whisper = Callable[[Place, Account, Card], Awaitable[None]]


class Whispers:
    """Gathers whispers by person and place.

    Args:
        whisper: Shows one card to one person.
    """

    def __init__(self, whisper: Whisper) -> None:
        self._whisper = whisper
        self._waiting: dict[tuple[Place, Account], list[Card]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._patience = Patience()

    def say(self, place: Place, account: Account, card: Card) -> None:
        """Show a card to one person, at once or with others that follow soon."""
        key = (place, account)
        if key in self._waiting:
            self._waiting[key].append(card)
            return
        self._waiting[key] = [card]
        task = asyncio.create_task(self._say(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, seconds: float = 5.0) -> None:
        """Say what waits without further pauses."""
        self._patience.end()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _say(self, key: tuple[Place, Account]) -> None:
        while cards := self._waiting[key]:
            self._waiting[key] = []
            began = time.monotonic()
            for card in joined(cards):
                try:
                    await self._patience.said(partial(self._whisper, *key, card))
                except SlackTrouble as error:
                    log.warning("answer not shown: %s", error)
                except Exception:  # a border: one card that can't be shown must not stop the next
                    log.exception("answer not shown")
            await self._patience.rest(began + PAUSE_SECONDS - time.monotonic())
        del self._waiting[key]


def joined(cards: Sequence[Card]) -> list[Card]:
    """Return the cards with runs of mere sentences of one title and tone made one."""
    found: list[list[Card]] = []
    for card in cards:
        last = found[-1] if found else []
        if last and len(last) < _MOST_IN_ONE and _are_alike(last[0], card):
            last.append(card)
        else:
            found.append([card])
    return [_one(run) for run in found]


def _one(cards: Sequence[Card]) -> Card:
    if len(cards) == 1:
        return cards[0]
    return cards[0].model_copy(
        update={
            "lead": "\n".join(card.lead for card in cards),
            "plain": "\n".join(card.plain for card in cards),
        }
    )


def _are_alike(first: Card, second: Card) -> bool:
    """Return whether both are mere sentences under the same title."""
    bare = Card(title=first.title, tone=first.tone, lead=first.lead, plain=first.plain)
    return first == bare and second == bare.model_copy(update={"lead": second.lead, "plain": second.plain})
