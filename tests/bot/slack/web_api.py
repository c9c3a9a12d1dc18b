"""A small Web API for tests of the door alone: answers who people are and remembers calls."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.counterparts.processes import free_ports
from tests.counterparts.slack import TEAM

PEOPLE: dict[str, dict[str, Any]] = {
    "UGUEST": {"team_id": TEAM, "is_restricted": True},
    "UGUEST1": {"team_id": TEAM, "is_ultra_restricted": True},
    "UGONE": {"team_id": TEAM, "deleted": True},
    "UBOT": {"team_id": TEAM, "is_bot": True},
    "UOTHER": {"team_id": "T0OTHER"},
    "USTRANGER": {"team_id": TEAM, "is_stranger": True},
    "WPARTNER": {"team_id": "E0OTHER", "enterprise_user": {"teams": ["T0OTHER"]}},
    "UGRID": {"team_id": "E0HOME", "enterprise_user": {"teams": [TEAM]}},
}


class WebApi:
    """What was called, and what to answer; people not listed are members."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.is_down = False
        self.refusals: dict[str, str] = {}
        """Method to Slack's word of refusal."""
        self.busy: dict[str, int] = {}
        """Method to how many more calls of it are too many."""
        self.fetches_pictures = True
        self.most_text = 1_000_000
        """Characters of all blocks of a message."""
        self.does_it_all_the_same = False
        """Whether a refused post stands in the channel afterwards."""
        self.posted: list[dict[str, Any]] = []
        """What stands in every channel, with metadata, as Slack keeps it."""
        self.loses_answers = False
        self.page = 1_000
        """Of a thread, whose messages come oldest first."""
        self.download = ""
        """Where a file is said to be downloaded."""
        self.granted = ""
        """The scopes of our token, as Slack names them with each answer."""
        self.date = ""
        """The time that it says, instead of its own."""

    def of(self, method: str) -> list[dict[str, Any]]:
        """Return the arguments of the calls of a method."""
        return [arguments for name, arguments in self.calls if name == method]

    async def take(self, request: web.Request) -> web.Response:
        """Answer one call."""
        method = request.match_info["method"]
        text = await request.text()
        is_json = request.content_type == "application/json"
        arguments = json.loads(text or "{}") if is_json else dict(parse_qsl(text))
        arguments |= dict(request.query)
        self.calls.append((method, arguments))
        if self.is_down:
            return web.Response(status=503)
        if self.busy.get(method, 0):
            self.busy[method] -= 1
            busy = {"ok": False, "error": "ratelimited"}
            return web.json_response(busy, status=429, headers={"Retry-After": "30"})
        if method in self.refusals and not self.does_it_all_the_same:
            return web.json_response({"ok": False, "error": self.refusals[method]})
        if (
            '"image"' in json.dumps(arguments.get("blocks", "")).replace("\\", "")
            and not self.fetches_pictures
        ):
            return web.json_response({"ok": False, "error": "invalid_blocks"})
        if len(json.dumps(arguments.get("blocks", ""))) > self.most_text:
            return web.json_response({"ok": False, "error": "msg_blocks_too_long"})
        ts = f"1700000000.{len(self.calls):06d}"
        answer: dict[str, Any] = {"ok": True, "ts": ts, "messages": list(self.posted)}
        if method == "conversations.replies":
            begin = int(arguments.get("cursor") or 0)
            answer["messages"] = self.posted[begin : begin + self.page]
            more = str(begin + self.page) if begin + self.page < len(self.posted) else ""
            answer["response_metadata"] = {"next_cursor": more}
        if method == "chat.postMessage":
            metadata = arguments.get("metadata", {})
            metadata = json.loads(metadata) if isinstance(metadata, str) else metadata
            self.posted.append({"type": "message", "ts": ts, "metadata": metadata})
            if self.loses_answers:
                return web.Response(status=502)
            if method in self.refusals:
                return web.json_response({"ok": False, "error": self.refusals[method]})
        if method == "users.info":
            answer["user"] = {"id": arguments["user"], "team_id": TEAM} | PEOPLE.get(arguments["user"], {})
        if method == "files.info" and self.download:
            answer["file"] = {"id": arguments["file"], "url_private_download": self.download}
        if method == "auth.test":
            answer |= {"team_id": TEAM, "user_id": "U0BOT"}
        if method == "conversations.open":
            answer["channel"] = {"id": "D" + arguments["users"]}
        told = {"x-oauth-scopes": self.granted, "Date": self.date}
        return web.json_response(answer, headers={name: value for name, value in told.items() if value})


@asynccontextmanager
async def web_api() -> AsyncIterator[tuple[WebApi, str]]:
    """Serve a Web API on the loopback address."""
    api, port = WebApi(), free_ports()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", api.take)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield api, f"http://127.0.0.1:{port}/api/"
    finally:
        await runner.cleanup()
