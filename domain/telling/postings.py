"""What is to stand in a chat: a message that is posted once and then kept up to date in place."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from domain.identity.chat import MessageRef, Place, Platform


class View(StrEnum):
    """Which card of a subject is shown."""

    MESSAGE = "message"
    """A card of its own, stored with the posting; it belongs to no subject that changes."""
    CALL = "call"
    """A stored card that calls people to a subject, and says when somebody has it."""
    CHANGE = "change"
    APPROVAL = "approval"
    INCIDENT = "incident"
    ALERT = "alert"
    PLAN = "plan"
    ARTICLE = "article"
    DISCREPANCY = "discrepancy"
    ROWS = "rows"


class Delivery(StrEnum):
    """How far a posting has come."""

    WAITING = "waiting"
    SENDING = "sending"
    STANDING = "standing"
    GIVEN_UP = "given_up"


_SECONDS_BETWEEN = {Platform.WEB: 0.2, Platform.CONSOLE: 0.5}
_SECONDS_BETWEEN_ELSEWHERE = 1.2


def seconds_between_edits(platforms: Iterable[Platform]) -> float:
    """Return how long to wait before what grows is shown again, by where each of its cards stands.

    Browsers follow several times a second, the others as often as their limits on edits allow.
    """
    cards = Counter(platforms)
    waits = [_SECONDS_BETWEEN.get(one, _SECONDS_BETWEEN_ELSEWHERE) * count for one, count in cards.items()]
    return max(waits, default=_SECONDS_BETWEEN_ELSEWHERE)


class Posting(BaseModel):
    """One message of ours: where, what of, and how far it has come."""

    model_config = ConfigDict(frozen=True)

    key: str = Field(max_length=300)
    """Unique: announcing the same thing twice posts once."""
    view: View
    subject: str = ""
    place: Place
    card_json: str = ""
    """The stored card of a `MESSAGE`."""
    created_at: datetime
    state: Delivery = Delivery.WAITING
    wanted: int = 1
    """Grows whenever the subject changed."""
    shown: int = 0
    """The `wanted` that the platform shows now."""
    sent: MessageRef | None = None
    attempts: int = 0
    next_attempt_at: datetime
    last_trouble: str = ""


def chat_page(posted: Sequence[Posting], view: View) -> str:
    """Return the address of the newest such card in our own chat; the chat's own where none stands there."""
    for posting in reversed(posted):
        if posting.view is view and posting.sent is not None and posting.place.platform is Platform.WEB:
            # The page opens the thread of a message, and the message stands first in it.
            first = posting.place.thread or posting.sent.message
            return f"/#/{quote(posting.sent.place.channel, safe='')}/{quote(first, safe='')}"
    return "/"
