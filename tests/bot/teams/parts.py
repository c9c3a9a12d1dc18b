"""A Teams door with a desk that follows a script and a book in memory."""

from typing import Any

from bot.adapters.teams import TeamsDoor
from bot.adapters.teams_settings import TeamsSettings
from domain.ports.conversation_book import Conversation
from tests.bot.webchat.parts import MINT, ScriptedDesk
from tests.counterparts.teams import ALICE, BOT, PERSONAL, TENANT

SERVICE = "https://smba.trafficmanager.net/emea/"


class MemoryBook:
    """`ConversationBook` in memory; passes the same contract tests as the SQL store."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Conversation] = {}
        self._dialogs: dict[str, str] = {}

    def remember(self, conversation: Conversation) -> None:
        key = (conversation.tenant, conversation.id)
        earlier = self._known.pop(key, None)
        if earlier is not None and not conversation.person:
            conversation = conversation.model_copy(update={"person": earlier.person})
        self._known[key] = conversation

    def find(self, tenant: str, conversation: str) -> Conversation | None:
        return self._known.get((tenant, conversation))

    def personal(self, tenant: str, person: str) -> Conversation | None:
        mine = [one for one in self._known.values() if one.tenant == tenant and one.person == person]
        return mine[-1] if mine else None

    def keep_dialog(self, key: str, dialog: str) -> None:
        self._dialogs[key] = dialog

    def find_dialog(self, key: str) -> str | None:
        return self._dialogs.get(key)


class Teams:
    """The door and everything around it."""

    def __init__(self, **settings: object) -> None:
        self.settings = TeamsSettings.model_validate(
            {"app_id": "", "tenant": TENANT, "allow_loopback": True, "asks_roster": False} | settings
        )
        self.desk = ScriptedDesk()
        self.book = MemoryBook()
        self.door = TeamsDoor(self.settings, self.desk, MINT, self.book)


def an_activity(**changes: Any) -> dict[str, Any]:
    """Return a personal message of Alice's as Teams sends it."""
    activity: dict[str, Any] = {
        "type": "message",
        "id": "1485983408511",
        "channelId": "msteams",
        "serviceUrl": SERVICE,
        "text": "feeds",
        "from": {"id": "29:alice", "name": "Alice Ng", "aadObjectId": ALICE},
        "recipient": {"id": f"28:{BOT}", "name": "Dogwatch"},
        "conversation": {"id": PERSONAL, "conversationType": "personal", "tenantId": TENANT},
        "channelData": {"tenant": {"id": TENANT}},
    }
    return activity | changes
