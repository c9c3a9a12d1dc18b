"""A demo person at the web chat, without a browser: says, drops, presses, answers."""

import html
import re
import secrets
from pathlib import Path
from typing import Any

import httpx

from tests.journeys.house import WAIT_SECONDS, wait_until

_BUTTON = re.compile(r"<button([^>]*)>(.*?)</button>", re.DOTALL)


class Visitor:
    """One signed-in person."""

    def __init__(self, url: str, person: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=30, headers={"origin": url, "connection": "close"})
        entered = self._client.post("/api/enter", json={"subject": person})
        entered.raise_for_status()
        self._client.headers["x-csrf-token"] = entered.json()["csrf"]

    def also_at(self, url: str) -> "Visitor":
        """Return the same person, signed in once, before another front of the same house."""
        other = Visitor.__new__(Visitor)
        other._client = httpx.Client(base_url=url, timeout=30, headers=self._client.headers)
        other._client.headers["origin"] = url
        other._client.cookies = self._client.cookies
        return other

    def say(
        self, channel: str, text: str, *, files: tuple[str, ...] = (), thread: str = ""
    ) -> dict[str, Any]:
        """Write a message and return the door's answer."""
        return self._act("/api/messages", channel=channel, text=text, files=list(files), thread=thread)

    def drop(self, channel: str, path: Path, text: str = "") -> str:
        """Drop a file and return the id of the message, whose thread the bot answers in."""
        return str(self.say(channel, text, files=(self.upload(path),))["message"]["id"])

    def upload(self, path: Path) -> str:
        """Bring a file to the house and return its receipt, for a message to carry."""
        up = self._client.post("/api/uploads", content=path.read_bytes(), headers={"x-file-name": path.name})
        up.raise_for_status()
        return str(up.json()["receipt"])

    def messages(self, channel: str, thread: str = "") -> list[dict[str, Any]]:
        """Return what stands in a channel or thread."""
        answer = self._client.get("/api/messages", params={"channel": channel, "thread": thread})
        answer.raise_for_status()
        return list(answer.json()["messages"])

    def wait_for(
        self, channel: str, text: str, thread: str = "", seconds: float = WAIT_SECONDS
    ) -> dict[str, Any]:
        """Return the newest message that says this, as soon as there is one."""

        def found() -> dict[str, Any] | None:
            said = [m for m in self.messages(channel, thread) if text in words(m)]
            return said[-1] if said else None

        message = wait_until(found, seconds)
        assert message is not None
        return message

    def press(self, message: dict[str, Any], label: str, *, nonce: str = "") -> dict[str, Any]:
        """Press a button of a message by its label and return the door's answer."""
        return self._act(
            "/api/press", message=message["id"], token=token_of(message["html"], label), nonce=nonce
        )

    def menu(self, message: str, entry: str) -> dict[str, Any]:
        """Pick an entry of a message's menu and return the door's answer."""
        return self._act("/api/menu", message=message, shortcut=entry)

    def submit(self, dialog: dict[str, Any], inputs: dict[str, str]) -> dict[str, Any]:
        """Send a dialog with its proposed answers, changed by `inputs`."""
        filled = proposed(dialog["html"]) | inputs
        token = re.search(r'data-token="([^"]+)"', dialog["html"])
        assert token is not None
        return self._act(
            "/api/submit",
            message=dialog["message"],
            channel=dialog["channel"],
            thread=dialog["thread"],
            token=html.unescape(token.group(1)),
            inputs=filled,
        )

    def answer_questions(self, channel: str, thread: str, **inputs: str) -> None:
        """Wait for the questions, then answer them, by their labels' first words or the proposals."""
        card = self.wait_for(channel, "I read your sample", thread)
        dialog = self.press(card, "Answer")["dialog"]
        named = {name_of(dialog["html"], label): value for label, value in inputs.items()}
        answer = self.submit(dialog, named)
        assert answer["input_errors"] == {}, answer

    def get(self, path: str) -> httpx.Response:
        """Open a page of ours."""
        return self._client.get(path)

    def page(self, path: str) -> str:
        """Return a page of ours as its reader's browser gets it."""
        answer = self._client.get(path)
        answer.raise_for_status()
        return answer.text

    def _act(self, path: str, nonce: str = "", **body: Any) -> dict[str, Any]:
        answer = self._client.post(path, json={"nonce": nonce or secrets.token_hex(8), **body})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def words(message: dict[str, Any]) -> str:
    """Return what a message says, without markup."""
    return html.unescape(re.sub(r"<[^>]+>", " ", message["html"] or message["text"]))


def token_of(markup: str, label: str) -> str:
    """Return the token of the button with this label."""
    for attributes, inner in _BUTTON.findall(markup):
        token = re.search(r'data-token="([^"]+)"', attributes)
        if token and html.unescape(re.sub(r"<[^>]+>", "", inner)).strip() == label:
            return html.unescape(token.group(1))
    raise AssertionError(f"no button {label}")


def name_of(markup: str, label: str) -> str:
    """Return the input whose label begins with these words (underscores for blanks)."""
    text = label.replace("_", " ")
    for inner in re.findall(r"<label>(.*?)</label>", markup, re.DOTALL):
        name = re.search(r'name="([^"]+)"', inner)
        if name and re.sub(r"<[^>]+>", "", inner).strip().lower().startswith(text.lower()):
            return name.group(1)
    raise AssertionError(f"no input {label}")


def proposed(markup: str) -> dict[str, str]:
    """Return the proposed answer of every input of a dialog."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", markup):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name:
            found[name.group(1)] = html.unescape(value.group(1)) if value else ""
    for name, inner in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', markup, re.DOTALL):
        chosen = re.search(r'<option[^>]*value="([^"]*)"[^>]*selected', inner)
        found[name] = html.unescape(chosen.group(1)) if chosen else ""
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', markup, re.DOTALL):
        found[name] = html.unescape(inner)
    return found
