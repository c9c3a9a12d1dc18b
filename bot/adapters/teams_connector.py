"""Write to Teams through Microsoft's connector library, and nowhere else is it imported.

The library is archived: what we use of it is four calls and their models, so that leaving it is one file's
work.
"""

import asyncio
import time
from typing import Any

import httpx

from bot.adapters.teams_gate import Json
from bot.adapters.teams_settings import TeamsSettings
from domain.errors import OutsideTrouble
from domain.ports.conversation_book import Conversation

_CALL_SECONDS = 10.0
_CLOSED = frozenset({403, 404, 410})
"""The conversation or message is gone, or we are no member of it."""
_UNFIT = frozenset({400, 413})
"""Teams can't show this message, now or later."""
_SLOW_DOWN_SECONDS = 10.0


class TeamsClosed(OutsideTrouble):
    """The conversation is closed to us until people change that, also for changes of what stands there."""

    is_final = True
    is_message_lost = True


class TeamsConnector:
    """Sends, replaces and opens conversations as the bot. Every call raises `OutsideTrouble` on failure."""

    def __init__(self, settings: TeamsSettings) -> None:
        self._settings = settings
        self._clients: dict[str, Any] = {}  # Any: the library is untyped
        self._token = ""
        self._token_until = 0.0
        self._asking = asyncio.Lock()

    async def send(self, conversation: Conversation, thread: str, message: Json) -> str:
        """Send a message into a conversation, or a channel's thread, and return its id."""
        where = conversation.id
        if thread and conversation.kind == "channel":
            where = f"{where};messageid={thread}"
        client = self._client(conversation.service_url)
        answer = await self._called(client.conversations.send_to_conversation, where, self._activity(message))
        return str(answer.id)

    async def replace(self, conversation: Conversation, message_id: str, message: Json) -> None:
        """Replace a message in place."""
        client = self._client(conversation.service_url)
        activity = self._activity({**message, "id": message_id})
        await self._called(client.conversations.update_activity, conversation.id, message_id, activity)

    async def open_personal(self, tenant: str, person: str, service_url: str) -> Conversation:
        """Open the personal chat with somebody who has the app, and return it."""
        from botbuilder.schema import ChannelAccount, ConversationParameters

        parameters = ConversationParameters(
            is_group=False,
            bot=ChannelAccount(id=f"28:{self._settings.app_id}"),
            members=[ChannelAccount(id=person)],
            tenant_id=tenant,
            channel_data={"tenant": {"id": tenant}},
        )
        client = self._client(service_url)
        answer = await self._called(client.conversations.create_conversation, parameters)
        return Conversation(
            tenant=tenant, id=str(answer.id), kind="personal", service_url=service_url, person=person
        )

    async def member(self, service_url: str, conversation: str, member: str) -> Json:
        """Return what Teams tells of a member of a conversation, such as the tenant and the role."""
        client = self._client(service_url)
        try:
            answer = await self._called(client.conversations.get_conversation_member, conversation, member)
            # The library's model knows neither; what it does not know it keeps beside.
            told = dict(answer.additional_properties)
        except (ValueError, TypeError, AttributeError) as error:  # what came is no member
            raise _trouble(f"told of a member: {type(error).__name__}") from error
        return {name: str(told[name]) for name in ("tenantId", "userRole") if told.get(name)}

    def _client(self, service_url: str) -> Any:
        from botframework.connector.aio import ConnectorClient
        from msrest.authentication import BasicTokenAuthentication

        if service_url not in self._clients:
            # The bearer goes in as a header of each call, so the library's own credentials stay empty.
            client = ConnectorClient(BasicTokenAuthentication({"access_token": ""}), base_url=service_url)
            client.config.retry_policy.policy.total = (
                0  # deliveries are retried by the outbox, which knows when
            )
            client.config.connection.timeout = _CALL_SECONDS
            client.config.redirect_policy.allow = False  # our bearer goes to Microsoft's hosts and no further
            self._clients[service_url] = client
        return self._clients[service_url]

    @staticmethod
    def _activity(message: Json) -> Any:
        from botbuilder.schema import Activity

        return Activity().deserialize({"type": "message", **message})

    async def _called(self, call: Any, *arguments: Any) -> Any:
        from botbuilder.schema import ErrorResponseException
        from msrest.exceptions import ClientException

        headers = {"Authorization": f"Bearer {token}"} if (token := await self._bearer()) else {}
        try:
            return await asyncio.wait_for(call(*arguments, custom_headers=headers), _CALL_SECONDS + 2)
        except ErrorResponseException as error:
            if error.response.status_code == 401:
                self._token_until = 0.0
            raise _refusal(error.response) from error
        except (ClientException, TimeoutError) as error:
            raise _trouble(type(error).__name__) from error

    async def _bearer(self) -> str:
        if not self._settings.app_id:
            return ""
        async with self._asking:
            if time.monotonic() >= self._token_until:
                self._token, lives_seconds = await self._new_token()
                self._token_until = time.monotonic() + max(lives_seconds - 300, 30)
        return self._token

    async def _new_token(self) -> tuple[str, float]:
        form = self._settings.own_token_form()
        try:
            async with asyncio.timeout(_CALL_SECONDS + 2), httpx.AsyncClient(timeout=_CALL_SECONDS) as client:
                answer = (
                    (await client.post(self._settings.own_token_url(), data=form)).raise_for_status().json()
                )
            return str(answer["access_token"]), float(answer.get("expires_in", 3600))
        except httpx.HTTPStatusError as error:
            raise _no_token(error.response.status_code) from error
        except (httpx.HTTPError, TimeoutError, KeyError, TypeError, ValueError) as error:
            raise _trouble(f"token: {type(error).__name__}") from error


def not_there_yet(channel: str) -> OutsideTrouble:
    """Return the trouble of a channel that nobody mentioned us in: what can't wait is shown elsewhere."""
    return TeamsClosed(
        f"no conversation {channel}",
        say="I am not in that Teams channel yet.",
        next_step="Add me to the team, mention me there once, and I can post.",
    )


def _refusal(response: Any) -> OutsideTrouble:  # Any: the library's own type
    status = response.status_code
    if status in _CLOSED:
        return _closed(status)
    trouble = _trouble(f"answered {status}")
    if status in _UNFIT:
        trouble.is_final = True
        trouble.say, trouble.next_step = "Teams can't show this card.", "Tell the operator; the log names it."
    if status == 429:
        trouble.retry_after_seconds = _retry_after(response)
    return trouble


def _no_token(status: int) -> OutsideTrouble:
    trouble = _trouble(f"token: answered {status}")
    if status in (400, 401, 403):  # the secret has expired, or is another app's
        trouble.needs_person = True
        trouble.say, trouble.next_step = "Teams does not accept my secret.", "Set teams.app_password anew."
    return trouble


def _retry_after(response: Any) -> float:  # Any: the library's own type
    told = str(response.headers.get("Retry-After", ""))
    return float(told) if told.isdecimal() and len(told) < 5 else _SLOW_DOWN_SECONDS


def _closed(status: int) -> OutsideTrouble:
    """Return the trouble of a conversation that is gone, or that we are no member of: no repetition helps."""
    return TeamsClosed(
        f"teams connector answered {status}",
        say="Teams does not let me write in that conversation.",
        next_step="Add the app to the team, or name another conversation in teams.channels.",
    )


def _trouble(detail: str) -> OutsideTrouble:
    return OutsideTrouble(
        f"teams connector {detail}",
        say="Teams did not take my message.",
        next_step="I keep it and try again.",
    )
