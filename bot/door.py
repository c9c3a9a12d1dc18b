"""What an adapter offers the house, and what the house offers an adapter."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol

from bot.cards.model import Action, Card, Dialog, Reply
from domain.identity.chat import Account, FileRef, Incoming, MessageRef, Place, Platform

NoteRefusal = Callable[[Account, str], Awaitable[None]]
"""Writes into the audit trail who was turned away at a door, and why."""


class Minter(Protocol):
    """Makes the signed token of an action for one place."""

    def __call__(self, action: Action, place: Place) -> str:
        """Return a token under 1 kB, good only on this platform, workspace and channel."""
        ...


class ChatAdapter(Protocol):
    """Posts on one platform. Every method raises `OutsideTrouble` when the platform does not take it."""

    platform: Platform

    async def post(self, place: Place, card: Card, key: str) -> MessageRef:
        """Post a card; `key` is stable over retries, so a platform that can look it up posts once."""
        ...

    async def update(self, message: MessageRef, card: Card) -> None:
        """Replace a card of ours in place."""
        ...

    async def whisper(self, place: Place, account: Account, card: Card) -> None:
        """Show a card to one person only."""
        ...

    async def open_dialog(self, incoming: Incoming, dialog: Dialog) -> None:
        """Open a dialog for the one who pressed."""
        ...

    async def fetch(self, file: FileRef, into: Path, limit_bytes: int) -> None:
        """Stream a dropped file to disk; raises `BadInput` naming the limit as soon as it is passed."""
        ...


class Desk(Protocol):
    """The one who takes every act; the same for every platform."""

    async def accept(self, incoming: Incoming) -> bool:
        """Make the act durable. False when this act was delivered before."""
        ...

    async def work(self, incoming: Incoming) -> Reply:
        """Do what was asked, once; called again for the same act it answers again and does nothing twice."""
        ...

    async def refuse(self, incoming: Incoming, reason: str) -> None:
        """Note that an act which was made durable is not done, so that nobody tries it again."""
        ...
