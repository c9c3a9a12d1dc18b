"""A door with a recording desk and a small Web API behind it, and signed requests to send."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.adapters.slack_door import SlackDoor
from tests.bot.slack.desk import RecordingDesk, a_door
from tests.bot.slack.web_api import WebApi, web_api
from tests.counterparts.slack import APP, SIGNING_SECRET, TEAM
from tests.counterparts.slack_load import SignedRequest, SlackSigner, press

SIGNER = SlackSigner(SIGNING_SECRET)
ADDRESS = "http://bot.test/slack/events"


@dataclass
class House:
    desk: RecordingDesk
    door: SlackDoor
    api: WebApi
    http: httpx.AsyncClient

    async def send(self, request: SignedRequest, **headers: str) -> httpx.Response:
        return await self.http.post(ADDRESS, content=request.body, headers=request.headers | headers)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with a_house() as opened:
        yield opened


@asynccontextmanager
async def a_house(**settings: object) -> AsyncIterator[House]:
    """Open a door with some settings of its own."""
    async with web_api() as (api, base_url):
        desk = RecordingDesk()
        door, _ = a_door(desk, base_url, **settings)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(door.asgi())) as http:
            yield House(desk, door, api, http)
        await door.stop()


def a_press(
    user: str = "U01ALICE", trigger: str = "1.2.a", more: dict[str, str] | None = None, **changes: Any
) -> SignedRequest:
    payload = press(token="t.o.k", team=TEAM, app=APP, user=user, channel="C01OPS", trigger=trigger)
    if more is not None:
        payload["user"] = more
    return SIGNER.interactive(payload | changes)


def an_event(event: dict[str, Any], **changes: Any) -> SignedRequest:
    told = {
        "type": "event_callback",
        "team_id": TEAM,
        "api_app_id": APP,
        "event_id": "Ev1",
        "event_time": 1700000000,
        "authorizations": [{"team_id": TEAM, "user_id": "U0BOT", "is_bot": True}],
        "event": {"user": "U01ALICE", "channel": "C01OPS", "ts": "1700000000.000001", **event},
    }
    return SIGNER.event(told | changes)
