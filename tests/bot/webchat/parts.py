"""A web chat with parts of our own making: a log in memory, a desk that follows a script, a real server."""

import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import SecretBytes

from bot.adapters.webchat import WebChannel, WebChatAdapter, WebChatSettings, WebPerson, webchat_app
from bot.adapters.webchat.door import SignIns
from bot.cards.model import Reply
from bot.cards.tokens import TokenMint
from domain.errors import NotFound
from domain.identity.chat import Incoming
from domain.ports.web_chat import NewWebMessage, WebMessage
from storage.blobs import DirectoryBlobs
from tests.bot.webchat.served import Server

MINT = TokenMint({"k1": b"t" * 32}, "k1")
PEOPLE = (
    WebPerson(subject="ana", name="Ana Ruiz", role="Reliability engineer"),
    WebPerson(subject="jo", name="Jo Lindqvist", role="Payments stream team"),
    WebPerson(subject="kim", name="Kim Osei", role="Approver"),
)
CHANNELS = (
    WebChannel(id="data-feeds", purpose="Samples in, configurations out"),
    WebChannel(id="approvals", purpose="What waits for a yes"),
    WebChannel(id="incidents", purpose="What is wrong right now"),
)


class MemoryLog:
    """`WebChatLog` and `ReadMarks` in memory; passes the same contract tests as the SQL store."""

    def __init__(self) -> None:
        self._messages: dict[int, WebMessage] = {}
        self._keys: dict[str, int] = {}
        self._marks: dict[tuple[str, str], int] = {}
        self._last = 0
        self._turn = threading.Lock()

    def append(self, message: NewWebMessage) -> WebMessage:
        with self._turn:
            if message.key in self._keys:
                return self._messages[self._keys[message.key]]
            number = self._next()
            kept = WebMessage(**message.model_dump(), id=str(number), change=number)
            self._messages[number] = kept
            self._keys[message.key] = number
            first = self._messages.get(int(message.thread)) if message.thread else None
            if first is not None and not message.visible_to:
                counted = {"replies": first.replies + 1, "change": self._next()}
                self._messages[int(first.id)] = first.model_copy(update=counted)
            return kept

    def update(self, message: str, card: str) -> WebMessage:
        with self._turn:
            known = self.find(message)
            if known is None:
                raise NotFound(f"web message {message}", say="That message is not in the web chat.")
            if known.card != card:
                known = known.model_copy(update={"card": card, "change": self._next()})
                self._messages[int(message)] = known
            return known

    def find(self, message: str) -> WebMessage | None:
        return self._messages.get(int(message)) if message.isascii() and message.isdecimal() else None

    def page(self, channel: str, thread: str, reader: str, before: int, limit: int) -> list[WebMessage]:
        found = [
            one
            for number, one in sorted(self._messages.items())
            if one.channel == channel
            and (one.thread == thread or (thread and one.id == thread))
            and one.visible_to in {"", reader}
            and (not before or number < before)
        ]
        return found[-limit:]

    def changes(self, after: int, limit: int) -> list[WebMessage]:
        with self._turn:
            found = [one for one in self._messages.values() if one.change > after]
        return sorted(found, key=lambda one: one.change)[:limit]

    def latest_change(self) -> int:
        with self._turn:
            return max((one.change for one in self._messages.values()), default=0)

    def mark(self, reader: str, channel: str, upto: int) -> None:
        self._marks[reader, channel] = max(upto, self._marks.get((reader, channel), 0))

    def unread(self, reader: str, channels: tuple[str, ...]) -> dict[str, int]:
        return {
            channel: sum(
                1
                for number, one in self._messages.items()
                if one.channel == channel
                and one.author != reader
                and one.visible_to in {"", reader}
                and number > self._marks.get((reader, channel), 0)
            )
            for channel in channels
        }

    def _next(self) -> int:
        self._last += 1
        return self._last


Work = Callable[[Incoming], Awaitable[Reply]]


@dataclass
class ScriptedDesk:
    """Keeps what it accepted and answers by the script; of an act that is done what only that tells."""

    script: Work | None = None
    accepted: list[Incoming] = field(default_factory=list)
    worked: dict[str, Reply] = field(default_factory=dict)

    async def accept(self, incoming: Incoming) -> bool:
        if any(known.key == incoming.key for known in self.accepted):
            return False
        self.accepted.append(incoming)
        return True

    async def work(self, incoming: Incoming) -> Reply:
        if incoming.key in self.worked:
            told = self.worked[incoming.key]
            return Reply(dialog=told.dialog, input_errors=told.input_errors)
        self.worked[incoming.key] = await self.script(incoming) if self.script else Reply()
        return self.worked[incoming.key]

    async def refuse(self, incoming: Incoming, reason: str) -> None:
        self.worked[incoming.key] = Reply()


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def settings_of(**changes: object) -> WebChatSettings:
    plain: dict[str, object] = {
        "session_key": SecretBytes(b"s" * 32),
        "channels": CHANNELS,
        "demo": True,
        "demo_people": PEOPLE,
        "secure_cookies": False,
        "upload_limit_bytes": 2 * 1024 * 1024,
    }
    return WebChatSettings.model_validate(plain | changes)


class Chat:
    """A web chat and everything in it."""

    def __init__(
        self,
        folder: Path,
        settings: WebChatSettings | None = None,
        sign_ins: SignIns | None = None,
        teams_of: Callable[[str], frozenset[str]] = lambda who: frozenset(),
    ) -> None:
        self.settings = settings or settings_of()
        self.log = MemoryLog()
        self.desk = ScriptedDesk()
        self.blobs = DirectoryBlobs(folder / "blobs")
        self.adapter = WebChatAdapter(self.log, MINT, self.blobs, SystemClock(), self.settings, teams_of)
        self.app = webchat_app(self.desk, self.adapter, self.log, self.settings, sign_ins)

    def serve(self) -> Server:
        return Server(self.app, before_stop=self.adapter.live.close)
