"""Microsoft's Agents Playground as Teams, driven as its own web client does; and an issuer of real tokens."""

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import connect

from tests.counterparts.processes import HERE, Counterpart, free_ports, need, node_program

TENANT = "11111111-0000-0000-0000-000000000001"
BOT = "00000000-0000-0000-0000-0000000000b0"
ALICE = "00000000-0000-0000-0000-0000000000a0"
CHANNEL = "channel-incidents"
PERSONAL = "personal-chat-1"
_PEOPLE = (
    ("alice", "Alice", "Ng"),
    ("bob", "Bob", "Oak"),
    ("cem", "Cem", "Ak"),
    ("dee", "Dee", "Ros"),
    ("eli", "Eli", "Moe"),
    ("fay", "Fay", "Lund"),
)

Json = dict[str, Any]


class Playground:
    """Teams as one person sees it."""

    def __init__(self, bot_endpoint: str, folder: Path) -> None:
        package = need("@microsoft/m365agentsplayground")
        (folder / ".m365agentsplayground.yml").write_text(json.dumps(_world()))
        port = free_ports()
        self.url = f"http://127.0.0.1:{port}"
        command = [
            node_program(),
            str((package / "cli.js").resolve()),
            "start",
            "-e",
            bot_endpoint,
            "-c",
            "msteams",
        ]
        options = ["-p", str(port), "--disable-telemetry", "--enable-events-recording"]
        ready = f"{self.url}/_internal/v1/config"
        self._process = Counterpart([*command, *options], ready, folder / "playground.log", cwd=folder)
        self._http = httpx.Client(base_url=self.url, timeout=20)
        stream = f"ws://127.0.0.1:{port}/_ws_conversation/v1/conversations/stream"
        self._open = contextlib.ExitStack()
        self._stream = self._open.enter_context(connect(stream, max_size=None))
        self.frames: list[Json] = []

    def stop(self) -> None:
        """End it."""
        self._open.close()
        self._http.close()
        self._process.stop()

    def install(self, conversation: str) -> None:
        """Add the app to a conversation."""
        self._http.post(f"/_debug/conversation/{conversation}/installation", json={}).raise_for_status()

    def write(self, conversation: str, text: str, *, mention: bool = False) -> Json:
        """Write a message as Alice: into a chat, as a new post of a channel, or as a reply to a post."""
        said: Json = {"type": "text", "text": text, "textFormat": "plain", "from": {"id": "u-alice"}}
        if mention:
            said["text"] = f"<at>Dogwatch</at> {text}"
            said["mentions"] = [{"mentioned": {"id": BOT, "name": "Dogwatch"}, "text": "<at>Dogwatch</at>"}]
        answer = self._http.post(f"/_conversation/v1/conversations/{conversation}/messages", json=said)
        return _json(answer)

    def press(self, conversation: str, message: str, action: Json, inputs: Json | None = None) -> Json:
        """Press an `Action.Execute` as Alice and return the bot's answer."""
        data = {**action["data"], **(inputs or {})}
        value = {"action": {"type": "Action.Execute", "verb": action["verb"], "data": data}}
        body: Json = {
            "name": "adaptiveCard/action",
            "value": value,
            "from": {"id": "u-alice"},
            "conversation": {"id": conversation},
            "replyToId": message,
        }
        return _json(self._http.post("/_conversation/v1/invoke", json=body))

    def invoke(self, conversation: str, name: str, value: Json) -> Json:
        """Send an invoke of any name as Alice and return the bot's answer."""
        body = {"name": name, "value": value, "from": {"id": "u-alice"}, "conversation": {"id": conversation}}
        return _json(self._http.post("/_conversation/v1/invoke", json=body))

    def listen(self, seconds: float = 0.05) -> None:
        """Take what has come since."""
        while True:
            try:
                self.frames.append(json.loads(self._stream.recv(timeout=seconds)))
            except TimeoutError:
                return

    def submit(self, conversation: str, message: str, value: Json) -> None:
        """Press an `Action.Submit` as Alice."""
        body = {
            "conversation": {"id": conversation},
            "replyToId": message,
            "value": value,
            "from": {"id": "u-alice"},
        }
        self._http.post("/_conversation/v1/submit", json=body).raise_for_status()

    def custom(self, conversation: str, change: Callable[[Json], None]) -> httpx.Response:
        """Send an activity of our own making, changed from the Playground's template."""
        template = _json(
            self._http.get("/_internal/v1/customActivities/template", params={"conversationId": conversation})
        )
        change(template)
        return self._http.post("/_internal/v1/customActivities", json=template)

    def wait_for(self, is_it: Callable[[Json], bool], seconds: float = 15) -> Json:
        """Return the first frame that the Playground's own client would get and that is the one."""
        deadline = time.monotonic() + seconds
        while True:
            for frame in self.frames:
                if is_it(frame):
                    return frame
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not among {json.dumps(self.frames)[:4000]}")
            try:
                self.frames.append(json.loads(self._stream.recv(timeout=left)))
            except TimeoutError:
                continue

    def wait_for_text(self, text: str, action: str = "") -> Json:
        """Return the frame that carries this text anywhere."""
        return self.wait_for(
            lambda f: text in json.dumps(f, ensure_ascii=False) and (not action or f["action"] == action)
        )


class Issuer:
    """Issues tokens that a test describes; metadata and keys are served as Microsoft serves them."""

    def __init__(self, folder: Path) -> None:
        need("oauth2-mock-server")
        port = free_ports()
        self.url = f"http://127.0.0.1:{port}"
        self.metadata_url = f"{self.url}/.well-known/openid-configuration"
        command = [node_program(), str(HERE / "issuer.mjs"), str(port)]
        self._process = Counterpart(command, self.metadata_url, folder / "issuer.log", cwd=HERE)
        self.issuer = str(_json(httpx.get(self.metadata_url))["issuer"])

    def token(self, **claims: object) -> str:
        """Return a signed token with these claims."""
        form = {"grant_type": "client_credentials", "claims": json.dumps(claims)}
        return str(_json(httpx.post(f"{self.url}/token", data=form))["access_token"])

    def stop(self) -> None:
        """End it."""
        self._process.stop()


def _json(answer: httpx.Response) -> Json:
    answer.raise_for_status()
    found: Json = answer.json() if answer.content else {}
    return found


def _world() -> Json:
    people = [
        {
            "id": f"u-{name}",
            "name": f"{given} {last}",
            "userPrincipleName": f"{name}@acme.test",
            "aadObjectId": f"00000000-0000-0000-0000-0000000000a{number}",
            "givenName": given,
            "surname": last,
            "email": f"{name}@acme.test",
        }
        for number, (name, given, last) in enumerate(_PEOPLE)
    ]
    channels = [{"id": CHANNEL, "name": "incidents"}]
    team = {
        "id": "team-ops",
        "name": "Ops",
        "aadGroupId": "00000000-0000-0000-0000-0000000000c1",
        "channels": channels,
    }
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": BOT, "name": "Dogwatch"},
        "currentUser": people[0],
        "users": people[1:],
        "personalChat": {"id": PERSONAL},
        "groupChat": {"id": "group-1", "name": "War room"},
        "team": team,
    }
