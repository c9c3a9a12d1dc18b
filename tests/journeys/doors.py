"""The same steps before the three doors: say, read, press, answer, use a message's menu.

`sam` acts through the door that is tested; who approves uses it too where the counterpart knows more than one
person, else the web chat. Rooms are `incidents` and `approvals`.
"""

import html
import json
import re
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.counterparts.slack import SIGNING_SECRET, TEAM
from tests.counterparts.slack_load import SlackSigner
from tests.counterparts.teams import CHANNEL, Playground
from tests.journeys.house import WAIT_SECONDS, House, wait_until
from tests.journeys.slack_town import APPROVALS, FEEDS, SlackTown
from tests.journeys.teams_talk import action_of, card_of, cards_shown, input_called, proposed_in, walk
from tests.journeys.visitor import Visitor, name_of, words

Json = dict[str, Any]
_PATH = re.compile(
    r"(?:https?://127\.0\.0\.1:\d+)?(/(?:incidents|kb|plans|topology|changes|pictures)/[^\"'<>|\\ )]+)"
)
_PEOPLE = {"sam": "U01ALICE", "ada": "U02BOB", "erin": "U03CEM"}


@dataclass
class Seen:
    """One message as it stands now."""

    id: str
    thread: str
    text: str
    buttons: list[str]
    raw: Json = field(repr=False)

    @property
    def links(self) -> list[str]:
        """Return the paths of ours that it leads to."""
        return list(dict.fromkeys(html.unescape(path) for path in _PATH.findall(json.dumps(self.raw))))

    def button(self, ending: str) -> str:
        """Return the whole label of the button that ends like this."""
        return next(label for label in self.buttons if label.endswith(ending))


class Door(Protocol):
    """One way in."""

    house: House

    def say(self, text: str, thread: str = "") -> str:
        """Say something in the incident room; return the thread that answers stand in."""

    def seen(self, room: str = "incidents") -> list[Seen]:
        """Return every message with a card, oldest first, as it stands now."""

    def press(self, message: Seen, label: str, room: str = "incidents") -> object:
        """Press a button."""

    def answer(self, message: Seen, label: str, room: str = "incidents", **inputs: str) -> None:
        """Press a button that asks, and send its dialog with the proposals, changed by `inputs`."""

    def approve(self, person: str, title: str, *, after: str = "") -> None:
        """Let somebody approve, once they have pressed `after`."""

    def know(self, question: str, answer: str) -> None:
        """Let Erin, who was asked, answer a question of somebody."""

    def menu(self, message: Seen, entry: str, **inputs: str) -> None:
        """Pick an entry of a message's menu, and send its dialog."""


def wait_for(
    door: Door,
    *says: str,
    thread: str = "",
    room: str = "incidents",
    leads_to: str = "",
    seconds: float = WAIT_SECONDS,
) -> Seen:
    """Return the newest message that says all of this and leads to this page, as soon as there is one."""

    def found() -> Seen | None:
        fitting = [m for m in door.seen(room) if all(one in m.text for one in says)]
        fitting = [m for m in fitting if not thread or thread in (m.thread, m.id) or not m.thread]
        fitting = [m for m in fitting if not leads_to or leads_to in [x.partition("#")[0] for x in m.links]]
        return fitting[-1] if fitting else None

    try:
        message = wait_until(found, seconds)
    except AssertionError as error:
        shown = "\n----\n".join(f"{m.id} in {m.thread}: {m.text[:700]}" for m in door.seen(room)[-6:])
        raise AssertionError(f"nothing says {says}; there is\n{shown}") from error
    assert message is not None
    return message


class WebDoor:
    """The web chat."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._people = {name: Visitor(house.url, name) for name in _PEOPLE}

    def say(self, text: str, thread: str = "") -> str:
        """Say something as Sam."""
        said = self._people["sam"].say("incidents", text, thread=thread)["message"]
        return thread or str(said["id"])

    def seen(self, room: str = "incidents") -> list[Seen]:
        """Return the messages of a room and of its threads."""
        sam = self._people["sam"]
        found = {str(m["id"]): m for m in sam.messages(room)}
        for first in [m for m in found.values() if m["replies"]]:
            found |= {str(m["id"]): m for m in sam.messages(room, str(first["id"]))}
        return [_of_web(m) for _, m in sorted(found.items(), key=lambda pair: int(pair[0])) if m["html"]]

    def press(self, message: Seen, label: str, room: str = "incidents") -> None:
        """Press as Sam."""
        self._people["sam"].press(message.raw, label)

    def answer(self, message: Seen, label: str, room: str = "incidents", **inputs: str) -> None:
        """Press as Sam, and send the dialog."""
        sam = self._people["sam"]
        _send(sam, sam.press(message.raw, label)["dialog"], inputs)

    def approve(self, person: str, title: str, *, after: str = "") -> None:
        """Press Approve in the approvals room."""
        _approve(self._people[person], title, after)

    def know(self, question: str, answer: str) -> None:
        """Answer as Erin, where she was asked directly."""
        _know(self._people["erin"], question, answer)

    def menu(self, message: Seen, entry: str, **inputs: str) -> None:
        """Use the tools of a message."""
        sam = self._people["sam"]
        _send(sam, sam.menu(message.id, entry)["dialog"], inputs)


class SlackDoor:
    """Slack, as its counterpart acts."""

    def __init__(self, town: SlackTown) -> None:
        self.house, self._town = town.house, town
        self._signer = SlackSigner(SIGNING_SECRET)

    def say(self, text: str, thread: str = "") -> str:
        """Mention the bot as Sam; return the thread."""
        before = {m["ts"] for m in self._town.messages(FEEDS)}
        self._town.say(_PEOPLE["sam"], FEEDS, text, thread)
        if thread:
            return thread
        new = wait_until(lambda: [m for m in self._town.messages(FEEDS) if m["ts"] not in before])
        return str(next(m["ts"] for m in new if m.get("user") == _PEOPLE["sam"]))

    def seen(self, room: str = "incidents") -> list[Seen]:
        """Return the cards of a channel and its threads."""
        found = self._town.messages(APPROVALS if room == "approvals" else FEEDS)
        return [_of_slack(m) for m in sorted(found, key=lambda m: float(m["ts"])) if m.get("blocks")]

    def press(self, message: Seen, label: str, room: str = "incidents") -> None:
        """Press as Sam."""
        channel = APPROVALS if room == "approvals" else FEEDS
        self._town.press(_PEOPLE["sam"], channel, message.raw, label)

    def answer(self, message: Seen, label: str, room: str = "incidents", **inputs: str) -> None:
        """Press as Sam, and send the dialog."""
        channel = APPROVALS if room == "approvals" else FEEDS
        self._town.answer(_PEOPLE["sam"], channel, message.raw, label, **inputs)

    def approve(self, person: str, title: str, *, after: str = "") -> None:
        """Press Approve in the approvals channel."""
        asked = self._town.wait_for(APPROVALS, f"Approve? {title}", 60)
        for label in (after, "Approve") if after else ("Approve",):
            self._town.press(_PEOPLE[person], APPROVALS, asked, label)

    def know(self, question: str, answer: str) -> None:
        """Answer as Erin, in the thread of the question."""
        asked = wait_for(self, "Do you know this?", question)
        self._town.answer(_PEOPLE["erin"], FEEDS, asked.raw, "I know the answer", Answer=answer)

    def menu(self, message: Seen, entry: str, **inputs: str) -> None:
        """Send what Slack sends for a message shortcut; the counterpart has no menu of its own."""
        payload: Json = {
            "type": "message_action",
            "callback_id": entry,
            "trigger_id": self._town.trigger(_PEOPLE["sam"], FEEDS, message.raw),
            "team": {"id": TEAM},
            "user": {"id": _PEOPLE["sam"], "name": "sam"},
            "channel": {"id": FEEDS},
            "message_ts": message.id,
            "message": message.raw,
            "api_app_id": "A01OPS",
        }
        opened = self._town.dialogs()
        signed = self._signer.interactive(payload)
        answer = self._town.deliver(signed.body, dict(signed.headers))
        assert answer == 200, answer
        self._town.send_newest(_PEOPLE["sam"], opened, inputs)


class TeamsDoor:
    """Teams' channel, as Microsoft's Agents Playground shows it to Sam; the others approve on the web."""

    def __init__(self, house: House, playground: Playground) -> None:
        self.house, self._playground = house, playground
        self._web = {name: Visitor(house.url, name) for name in ("ada", "erin")}

    def say(self, text: str, thread: str = "") -> str:
        """Mention the bot; in a channel an answer stands in the thread of what was said."""
        where = f"{CHANNEL};messageid={thread}" if thread else CHANNEL
        said = self._playground.write(where, text, mention=True)
        return thread or str(
            next(v for n in walk(said) for k, v in n.items() if k == "messageId" or k == "id")
        )

    def seen(self, room: str = "incidents") -> list[Seen]:
        """Return the cards of the channel; every room of this house is this one."""
        self._playground.listen()
        return [_of_teams(shown) for shown in cards_shown(self._playground.frames)]

    def press(self, message: Seen, label: str, room: str = "incidents") -> Json:
        """Press as Sam."""
        action = action_of(message.raw["content"], label)
        return self._playground.press(message.raw["conversation"], message.id, action)

    def answer(self, message: Seen, label: str, room: str = "incidents", **inputs: str) -> None:
        """Press as Sam; the questions come as a card in the answer."""
        asked = card_of(self.press(message, label))
        answers = proposed_in(asked) | {input_called(asked, k): v for k, v in inputs.items()}
        submit = next(node for node in walk(asked) if node.get("type") == "Action.Execute")
        self._playground.press(message.raw["conversation"], message.id, submit, answers)

    def approve(self, person: str, title: str, *, after: str = "") -> None:
        """Press Approve on the web."""
        _approve(self._web[person], title, after)

    def know(self, question: str, answer: str) -> None:
        """Answer as Erin, who was asked directly on the web too."""
        _know(self._web["erin"], question, answer)

    def menu(self, message: Seen, entry: str, **inputs: str) -> None:
        """Send what Teams sends for an action on a message, and then for its dialog."""
        about = {"id": message.id, "replyToId": message.thread or None, "body": {"content": message.text}}
        opened = self._playground.invoke(
            message.raw["conversation"],
            "composeExtension/fetchTask",
            {"commandId": entry, "commandContext": "message", "messagePayload": about},
        )
        asked = card_of(opened)
        submit = next(node for node in walk(asked) if node.get("type") == "Action.Submit")
        data = submit["data"] | proposed_in(asked) | {input_called(asked, k): v for k, v in inputs.items()}
        self._playground.invoke(
            message.raw["conversation"], "composeExtension/submitAction", {"commandId": entry, "data": data}
        )


def _approve(visitor: Visitor, title: str, after: str) -> None:
    asked = visitor.wait_for("approvals", f"Approve? {title}")
    for label in (after, "Approve") if after else ("Approve",):
        visitor.press(asked, label)


def _know(visitor: Visitor, question: str, answer: str) -> None:
    asked = visitor.wait_for("dm:erin", question)
    _send(visitor, visitor.press(asked, "I know the answer")["dialog"], {"Answer": answer})


def _send(visitor: Visitor, dialog: Json, inputs: dict[str, str]) -> None:
    answer = visitor.submit(dialog, {name_of(dialog["html"], k): v for k, v in inputs.items()})
    assert answer["input_errors"] == {}, answer


def _of_web(message: Json) -> Seen:
    labels = re.findall(r"<button[^>]*>(.*?)</button>", message["html"], re.DOTALL)
    buttons = [html.unescape(re.sub(r"<[^>]+>", "", label)).strip() for label in labels]
    text = " ".join(words(message).split())
    return Seen(str(message["id"]), str(message["thread"]), text, buttons, message)


def _of_slack(message: Json) -> Seen:
    shown = list(walk(message["blocks"]))
    buttons = [n["text"]["text"] for n in shown if n.get("type") == "button"]
    texts = [n["text"] for n in shown if isinstance(n.get("text"), str) and n.get("type") != "button"]
    thread = str(message.get("thread_ts") or "")
    return Seen(str(message["ts"]), thread, _plain(" ".join(texts)), buttons, message)


def _of_teams(shown: Json) -> Seen:
    nodes = list(walk(shown["content"]))
    buttons = [n["title"] for n in nodes if n.get("type") == "Action.Execute"]
    texts = [str(n.get("text") or n.get("value") or "") for n in nodes if "text" in n or "title" in n]
    return Seen(shown["messageId"], shown["thread"], _plain(" ".join(texts)), buttons, shown)


def _plain(text: str) -> str:
    return " ".join(html.unescape(text.replace("*", "").replace("`", "")).split())
