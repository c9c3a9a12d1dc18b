"""Socket Mode: we call Slack, so no address of ours has to be reachable.

An envelope is acknowledged only with a 200 of the door; Slack delivers the others again.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_calls import TIMEOUT_SECONDS
from bot.adapters.slack_settings import SlackSettings
from domain.errors import OutsideTrouble

log = logging.getLogger("dogwatch.slack")


class SlackSocket:
    """One connection, renewed by the client when Slack closes it."""

    def __init__(
        self, settings: SlackSettings, dispatch: Callable[[dict[str, Any]], Awaitable[BoltResponse]]
    ) -> None:
        self._settings = settings
        self._dispatch = dispatch
        self._client: SocketModeClient | None = None

    async def connect(self) -> None:
        """Open the connection.

        Raises:
            OutsideTrouble: Slack can't be reached or refuses the app-level token.
        """
        token = self._settings.app_token
        web = AsyncWebClient(
            token, base_url=self._settings.base_url, timeout=TIMEOUT_SECONDS, retry_handlers=[]
        )
        # Made here and not in the constructor, because the client needs the running loop.
        self._client = SocketModeClient(app_token=token, web_client=web, logger=log)
        self._client.socket_mode_request_listeners.append(self._take)
        try:
            await self._client.connect()  # type: ignore[no-untyped-call]  # untyped in slack_sdk
        except (SlackApiError, SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as error:
            await self.close()
            raise OutsideTrouble(
                f"socket mode: {type(error).__name__}",
                say="I can't connect to Slack.",
                next_step="Check the app-level token (xapp-…) and the network, then start me again.",
            ) from error

    async def check(self) -> None:
        """Raise `OutsideTrouble` while no connection stands, such as after the token was revoked."""
        if self._client is None or not await self._client.is_connected():
            raise OutsideTrouble("socket mode: not connected", say="I have no connection to Slack.")

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()  # type: ignore[no-untyped-call]  # untyped in slack_sdk
            # The client's session closes its sockets in the next turns of the loop.
            await asyncio.sleep(0)

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        response = await self._dispatch(request.payload)
        if response.status != 200:
            log.info("envelope not acknowledged: %s", response.status)
            return
        body = json.loads(response.body) if isinstance(response.body, str) and response.body else None
        await client.send_socket_mode_response(
            SocketModeResponse(envelope_id=request.envelope_id, payload=body)
        )
