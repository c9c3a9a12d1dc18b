"""A whole house before a Slack workspace, and people who act in it as Slack's own client does."""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import connect

from tests.counterparts.processes import free_ports
from tests.counterparts.slack import APP_TOKEN, BOT, BOT_TOKEN, SIGNING_SECRET, TEAM, local_slack
from tests.journeys.house import WAIT_SECONDS, House, house, wait_until
from tests.journeys.people import people_file

APPROVALS, FEEDS = "C01OPS", "C02FEEDS"
SAM, ADA, ERIN = "U01ALICE", "U02BOB", "U03CEM"

Json = dict[str, Any]


@dataclass
class SlackTown:
    """The house and the workspace."""

    house: House
    url: str

    def say(self, user: str, channel: str, text: str, thread: str = "") -> None:
        """Mention the bot in a channel or thread."""
        said = {"channel": channel, "user": user, "text": f"<@{BOT}> {text}"}
        self._control("/message", json=said | ({"thread_ts": thread} if thread else {}))

    def command(self, user: str, channel: str, text: str) -> None:
        """Use the slash command."""
        self._control(
            "/command", json={"channel": channel, "user": user, "command": "/dogwatch", "text": text}
        )

    def drop(self, user: str, channel: str, path: Path) -> None:
        """Upload a file to a channel."""
        files = {"file": (path.name, path.read_bytes())}
        self._control("/upload", data={"channel": channel, "user": user, "text": "a sample"}, files=files)

    def press(self, user: str, channel: str, message: Json, label: str) -> None:
        """Press a button of a message by its label."""
        block, button = button_of(message, label)
        action = {
            "type": "button",
            "action_id": button["action_id"],
            "block_id": block,
            "value": button["value"],
        }
        self._control(
            "/interact", json={"channel": channel, "messageTs": message["ts"], "user": user, "action": action}
        )

    def answer(self, user: str, channel: str, message: Json, label: str, **inputs: str) -> None:
        """Press a button that opens a dialog, and send it with its proposed answers, changed by `inputs`."""
        before = self.dialogs()
        self.press(user, channel, message, label)
        self.send_newest(user, before, inputs)

    def dialogs(self) -> frozenset[str]:
        """Return the entries of dialogs that the bot has opened, of the newest 1,000 that the log keeps."""
        return frozenset(self._views())

    def send_newest(self, user: str, before: frozenset[str], inputs: dict[str, str]) -> None:
        """Wait for a dialog that was not there before, and send it."""
        wait_until(lambda: self._views().keys() - before)
        sent = self._submissions()
        *_, newest = self._views().values()
        values = _values(newest, inputs)
        with connect(self.url.replace("http", "ws") + "/ui", max_size=None) as client:
            client.send(json.dumps({"t": "view_submit", "user": user, "values": values}))
            wait_until(lambda: self._submissions() - sent, 20)

    def trigger(self, user: str, channel: str, message: Json) -> str:
        """Return a trigger that the workspace issued for something else, which the bot leaves alone."""
        action = {"type": "static_select", "action_id": "none", "block_id": "none", "value": ""}
        about = {"channel": channel, "messageTs": message["ts"], "user": user, "action": action}
        self._control("/interact", json=about)
        return str(re.findall(r"trigger_id(?:%22%3A%22|\W+)([\w.]+)", json.dumps(self._log()))[-1])

    def deliver(self, body: bytes, headers: dict[str, str]) -> int:
        """Send a signed request that the workspace itself can't make, and return its status."""
        return httpx.post(
            f"{self.house.url}/slack/events", content=body, headers=headers, timeout=20
        ).status_code

    def messages(self, channel: str) -> list[Json]:
        """Return what stands in a channel and its threads."""
        found = httpx.get(f"{self.url}/_control/messages/{channel}", timeout=20).json()
        return list(found["messages"] if isinstance(found, dict) else found)

    def wait_for(self, channel: str, text: str, seconds: float = WAIT_SECONDS) -> Json:
        """Return the newest message that says this, as soon as there is one."""

        def found() -> Json | None:
            said = [m for m in self.messages(channel) if text in json.dumps(m, ensure_ascii=False)]
            return said[-1] if said else None

        message = wait_until(found, seconds)
        assert message is not None
        return message

    def _views(self) -> dict[str, Json]:
        """Return the dialogs that the bot has opened by the log's entry, oldest first."""
        return {line["id"]: line["detail"]["view"] for line in self._log() if line["summary"] == "views.open"}

    def _submissions(self) -> set[str]:
        return {line["id"] for line in self._log() if "view_submission" in json.dumps(line)}

    def _log(self) -> list[Json]:
        """Return the newest 1,000 requests both ways: a count may stand still."""
        return list(httpx.get(f"{self.url}/_control/log", timeout=20).json()["log"])

    def _control(self, path: str, **body: Any) -> None:
        httpx.post(f"{self.url}/_control{path}", timeout=30, **body).raise_for_status()


@contextlib.contextmanager
def slack_town(
    folder: Path, *, socket: bool = False, way: Callable[[str], str] = lambda url: url, **more: str
) -> Iterator[SlackTown]:
    """Run workspace and house, with more settings; in Socket Mode the house calls Slack, not the reverse.

    `way` may put something between: it gets the workspace's address and returns the one that the house calls.
    """
    port = free_ports()
    request_url = "" if socket else f"http://127.0.0.1:{port}/slack/events"
    slack, url = local_slack(folder, request_url)
    called = way(url)
    settings = {
        "WEB__PORT": str(port),
        "PEOPLE_FILE": str(people_file(folder)),
        "SLACK__BOT_TOKEN": BOT_TOKEN,
        "SLACK__SIGNING_SECRET": SIGNING_SECRET,
        "SLACK__TEAM_IDS": json.dumps([TEAM]),
        "SLACK__BASE_URL": f"{called}/api/",
        "SLACK__FILE_HOSTS": json.dumps(
            ["127.0.0.1", "localhost", url[len("http://") :], called[len("http://") :]]
        ),
        "SLACK__CHANNELS": json.dumps({"approvals": APPROVALS, "data-feeds": FEEDS}),
    }
    settings |= more
    if socket:
        # As the page says: in Socket Mode no signing secret is set.
        settings["SLACK__APP_TOKEN"] = APP_TOKEN
        del settings["SLACK__SIGNING_SECRET"]
    try:
        with house(folder / "data", **settings) as running:
            town = SlackTown(running, url)
            if socket:
                wait_until(lambda: _is_connected(url), 60)
            yield town
    finally:
        slack.stop()


def _is_connected(url: str) -> bool:
    """Return whether the app's socket is open, as the workspace's own client is told at its start."""
    with connect(url.replace("http", "ws") + "/ui", max_size=None) as client:
        first = json.loads(client.recv(timeout=10))
    return any(app["connected"] for app in first["state"]["apps"])


def button_of(message: Json, label: str) -> tuple[str, Json]:
    """Return the block and the button with this label."""
    for block in message["blocks"]:
        for element in block.get("elements", ()):
            if isinstance(element.get("text"), dict) and element["text"].get("text") == label:
                return block.get("block_id", ""), element
    raise AssertionError(f"no button {label} on {json.dumps(message)[:2000]}")


def _values(view: Json, inputs: dict[str, str]) -> Json:
    """Return the proposed answers of a dialog as Slack sends them, those of `inputs` by label."""
    values: Json = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element, label = block["element"], block["label"]["text"].lower()
        given = next((v for k, v in inputs.items() if label.startswith(k.replace("_", " ").lower())), None)
        values[block["block_id"]] = {element["action_id"]: _value(element, given)}
    return values


def _value(element: Json, given: str | None) -> Json:
    if element["type"] in ("static_select", "radio_buttons"):
        chosen = element.get("initial_option")
        if given is not None:
            chosen = next(option for option in element["options"] if option["value"] == given)
        return {"type": element["type"], "selected_option": chosen}
    if element["type"] == "checkboxes":
        return {"type": "checkboxes", "selected_options": element.get("initial_options", [])}
    return {"type": element["type"], "value": element.get("initial_value") if given is None else given}
