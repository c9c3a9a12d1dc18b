"""A desk that keeps what it is given, so that tests see what reached it."""

from collections.abc import Awaitable, Callable

from bot.adapters.slack import SlackAdapter
from bot.adapters.slack_door import SlackDoor
from bot.adapters.slack_settings import SlackSettings
from bot.cards.model import Reply
from bot.cards.tokens import TokenMint
from domain.identity.chat import Incoming
from tests.counterparts.slack import APP, APP_TOKEN, BOT_TOKEN, SIGNING_SECRET, TEAM
from tests.waiting import until

Working = Callable[[Incoming], Awaitable[Reply]]


async def _nothing(_: Incoming) -> Reply:
    return Reply()


class RecordingDesk:
    """Implements `Desk`: remembers keys as a durable inbox would."""

    def __init__(self, working: Working = _nothing) -> None:
        self.accepted: list[Incoming] = []
        self.worked: list[Incoming] = []
        self.refused: list[tuple[Incoming, str]] = []
        self.deliveries = 0
        self.working = working
        self._keys: set[str] = set()

    async def accept(self, incoming: Incoming) -> bool:
        """Keep an act once."""
        self.deliveries += 1
        if incoming.key in self._keys:
            return False
        self._keys.add(incoming.key)
        self.accepted.append(incoming)
        return True

    async def work(self, incoming: Incoming) -> Reply:
        """Answer as the test says."""
        self.worked.append(incoming)
        return await self.working(incoming)

    async def refuse(self, incoming: Incoming, reason: str) -> None:
        """Note what was refused."""
        self.refused.append((incoming, reason))

    async def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until something holds."""
        await until(condition, seconds)


MINT = TokenMint({"k1": b"k" * 32}, "k1")


def a_settings(base_url: str, **more: object) -> SlackSettings:
    """Return settings of the test workspace whose Web API is at `base_url`."""
    values: dict[str, object] = {
        "bot_token": BOT_TOKEN,
        "app_token": APP_TOKEN,
        "signing_secret": SIGNING_SECRET,
        "team_ids": frozenset({TEAM}),
        "app_id": APP,
        "base_url": base_url,
        "file_hosts": frozenset({"localhost", "127.0.0.1"}),
    }
    return SlackSettings(**(values | more))  # type: ignore[arg-type]


def a_door(desk: RecordingDesk, base_url: str, **more: object) -> tuple[SlackDoor, SlackAdapter]:
    """Return a door and its adapter."""
    settings = a_settings(base_url, **more)
    adapter = SlackAdapter(settings, MINT)
    return SlackDoor(settings, desk, adapter), adapter
