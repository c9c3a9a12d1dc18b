"""A served web chat with a scripted desk, for tests that look at it in a browser."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from bot.adapters.webchat.live import Moment
from bot.cards.model import Action, ActionStyle, Card, Dialog, Input, Reply
from domain.identity.chat import Incoming, IncomingKind, MessageRef
from tests.bot.webchat.parts import Chat
from tests.bot.webchat.screens import Screen

ASK = Action(verb="config.ask", label="Answer questions", style=ActionStyle.PRIMARY)
FORGET = Action(
    verb="config.forget", label="Forget it", style=ActionStyle.DANGER, confirm="Forget this file?"
)
QUESTIONS = Dialog(
    title="Questions about fx_trades",
    inputs=(
        Input(name="feed", label="Feed name", value="FX", is_required=True),
        Input(name="owner", label="Owner"),
    ),
    submit=Action(verb="config.answer", label="Build it"),
)


class World:
    """A chat that is served, and a browser to look at it."""

    def __init__(self, folder: Path, chromium: Browser) -> None:
        self.chat = Chat(folder)
        self.chat.desk.script = self._script
        self.server = self.chat.serve()
        self.chromium = chromium
        self.url = ""
        self.pressed: list[str] = []

    def screen(self, person: str, **look: Any) -> Screen:
        return Screen(self.chromium, self.url, person, **look)

    def post(self, channel: str, card: Card, key: str, thread: str = "") -> MessageRef:
        posted = self.server.call(self.chat.adapter.post(self.chat.adapter.place(channel, thread), card, key))
        assert isinstance(posted, MessageRef)
        return posted

    def connections(self, person: str) -> int:
        """Return how many connections to a person's windows are open."""

        async def given() -> int:
            told = Moment("typing", {"channel": "", "thread": "", "typing": False}, reader=person)
            return self.chat.adapter.live.give(told, lambda reader, channel: True)

        return int(self.server.call(given()))

    async def _script(self, incoming: Incoming) -> Reply:
        if incoming.kind is IncomingKind.UPLOAD:
            thread = incoming.place.model_copy(update={"thread": incoming.message})
            await self.chat.adapter.post(
                thread, a_card(f"I read {incoming.files[0].name}", actions=(ASK, FORGET)), incoming.key
            )
            return Reply()
        if incoming.kind is IncomingKind.PRESS:
            self.pressed.append(incoming.key)
            return Reply(dialog=QUESTIONS)
        if incoming.kind is IncomingKind.SUBMIT and incoming.inputs["feed"] == "FX":
            return Reply(input_errors={"feed": "That can't be a feed's name."})
        taken = incoming.inputs.get("feed") or (incoming.text if incoming.text == "help" else "")
        return Reply(whispers=(a_card(f"Taken: {taken}"),) if taken else ())


def a_card(title: str, **more: Any) -> Card:
    return Card(title=title, plain=title, **more)
