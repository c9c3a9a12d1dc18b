"""What a renderer needs beside the card: the place, the maker of tokens, and our own address."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from bot.cards.model import Action, Card
from domain.identity.chat import Called, Place
from domain.proof.canonical import digest

# Any: a platform's JSON, whose shape is the platform's; tests check it against the platform's limits.
Json = dict[str, Any]
_UNSAFE_IN_URL = re.compile(r"[\s<>|\"'`\\^{}\x00-\x1f\x7f-\U0010ffff]")


@dataclass(frozen=True)
class Ink:
    """Where a card is drawn, and with what."""

    place: Place
    mint: Callable[[Action, Place], str]
    public_url: str = ""
    """Our own address, such as https://dogwatch.example.com; empty when people cannot reach us by browser."""
    now: datetime | None = None
    """When it is drawn: moments get the reader's own time beside them. None for a text that is fixed."""

    def address(self, target: str, longest: int = 2_000) -> str | None:
        """Return the full address of a link's target, or None when a browser should not open it."""
        if target.startswith("/") and not target.startswith("//"):
            target = self.public_url.rstrip("/") + target
        target = _UNSAFE_IN_URL.sub(lambda match: quote(match.group(), errors="replace"), target)
        try:
            parts = urlsplit(target)
        except ValueError:
            return None
        if parts.scheme not in ("http", "https") or not parts.netloc or "@" in parts.netloc:
            return None
        return target if len(target) <= longest else None

    def token(self, action: Action, seen: str, *, is_shown_whole: bool) -> str:
        """Return the signed token of a button on a card with this hash."""
        stamped = action.model_copy(update={"seen": seen, "is_shown_whole": is_shown_whole})
        return self.mint(stamped, self.place)


def called_in(card: Card, ink: Ink) -> list[Called]:
    """Return whom a card calls of those who have an account where it is drawn."""
    where = (ink.place.platform, ink.place.workspace)
    return [one for one in card.calls if (one.account.platform, one.account.workspace) == where]


def card_hash(card: Card) -> str:
    """Return the hash of everything that a card says, kept with a decision as what the person saw."""
    offered = [action.model_dump(exclude={"seen", "is_shown_whole"}, mode="json") for action in card.actions]
    # Whom a card calls is not what it says, and most call nobody.
    said = card.model_dump(exclude={"actions", "calls"}, mode="json")
    return digest("dogwatch/card/1", said | {"actions": offered})
