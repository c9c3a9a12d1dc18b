"""The Slack door: Bolt routes a verified payload, the act is made durable, then it is acknowledged.

Both ways in, HTTP and Socket Mode, meet in `SlackDoor.dispatch`.
"""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack import SlackAdapter
from bot.adapters.slack_app import SlackHttp
from bot.adapters.slack_calls import called
from bot.adapters.slack_events import (
    answered_alone,
    is_edited,
    read_command,
    read_edit,
    read_event,
    read_press,
    read_shortcut,
    read_submission,
)
from bot.adapters.slack_payload import Payload, part, text_of
from bot.adapters.slack_people import ELSEWHERE, MACHINE, SlackDirectory, objection_in, with_workspace
from bot.adapters.slack_settings import SlackSettings
from bot.adapters.slack_socket import SlackSocket
from bot.adapters.slack_work import SlackWork
from bot.cards.model import Reply
from bot.door import Desk, NoteRefusal
from domain.errors import OutsideTrouble
from domain.identity.chat import Incoming

log = logging.getLogger("dogwatch.slack")

_ANY = re.compile(r"[\s\S]*")
_ERROR_LENGTH = 300
NOT_HERE = (
    "I'm not in this conversation, so I answer you in our direct messages. /invite @dogwatch brings me here."
)


class SlackDoor:
    """Receives from Slack.

    Args:
        settings: Tokens and our workspace.
        desk: Takes every act.
        adapter: Answers.
        note_refusal: Told who was refused at the door and why, for the audit trail.
    """

    def __init__(
        self,
        settings: SlackSettings,
        desk: Desk,
        adapter: SlackAdapter,
        note_refusal: NoteRefusal | None = None,
    ) -> None:
        self._settings = settings
        self._adapter = adapter
        self._directory = SlackDirectory(adapter.client, settings)
        self._work = SlackWork(desk, adapter, self._directory, note_refusal, tries=settings.directory_tries)
        self._bot_user = ""
        self._app = self._routes()
        self._socket = SlackSocket(settings, self.dispatch) if settings.use_socket_mode else None

    def asgi(self) -> SlackHttp:
        """Return the ASGI app that Slack's HTTP requests go to, at any path."""
        return SlackHttp(self._settings.signing_secret, self.dispatch)

    async def start(self) -> None:
        """Learn our own name; in Socket Mode, connect. Slack being away does not stop the start.

        Raises:
            OutsideTrouble: Socket Mode could not connect.
        """
        try:
            who = await called("auth.test", self._adapter.client.auth_test())
        except OutsideTrouble as trouble:
            log.warning("slack not asked who we are: %s", trouble)
        else:
            self._bot_user = text_of(who, "user_id")
            if text_of(who, "team_id") not in self._settings.team_ids:
                log.error("the bot token belongs to workspace %s, which is not ours", text_of(who, "team_id"))
        if self._socket is not None:
            await self._socket.connect()

    async def check(self) -> None:
        """Raise `OutsideTrouble` while we can't hear Slack; over HTTP there is nothing to ask."""
        if self._socket is not None:
            await self._socket.check()

    async def stop(self) -> None:
        """Stop hearing, finish what was heard, close connections."""
        if self._socket is not None:
            await self._socket.close()
        await self._work.drain()
        await self._adapter.close()

    def resume(self, incoming: Incoming) -> None:
        """Work an act that was accepted before a restart, with the same checks of the person."""
        self._work.resume(incoming)

    async def dispatch(self, payload: dict[str, Any]) -> BoltResponse:  # Any: Slack's JSON
        """Return the answer to one verified payload; 503 when Slack should deliver it again."""
        payload = dict(with_workspace(payload, self._settings))
        if payload.get("type") == "block_actions":
            return await self._pressed(payload)
        request = AsyncBoltRequest(mode="socket_mode", body=payload)
        try:
            response: BoltResponse = await self._app.async_dispatch(request)
        except Exception:
            # A border: Bolt itself trips over payloads of odd shape; what our listeners raise is answered in
            # `_failed`. Nothing was kept yet, so nothing is half done: Slack shows its own error to whoever
            # pressed, and delivers an event again.
            log.exception("payload not routed")
            return BoltResponse(status=500)
        if response.status == 404:
            # Something that this app does not listen to; a 404 would count as a failed delivery.
            return BoltResponse(status=200)
        return response

    async def _pressed(self, payload: dict[str, Any]) -> BoltResponse:  # Any: Slack's JSON
        """Take a press without Bolt, whose routing costs more time than keeping and doing the press."""
        try:
            await self._take(payload, read_press(payload))
        except Exception as error:
            return await _failed(error)
        return BoltResponse(status=200)

    def _routes(self) -> AsyncApp:
        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            # Without a call: acknowledging needs nothing of the network.
            return AuthorizeResult(
                enterprise_id=enterprise_id, team_id=team_id, bot_token=self._settings.bot_token
            )

        # The listener must finish before the answer: acknowledged means durable.
        app = AsyncApp(
            # Its own, for nothing is called through it; of one that holds a token it warns at every start.
            client=AsyncWebClient(base_url=self._settings.base_url),
            authorize=authorize,
            process_before_response=True,
            request_verification_enabled=False,
            ssl_check_enabled=False,
            ignoring_self_events_enabled=False,
            ignoring_self_assistant_message_events_enabled=False,
            attaching_conversation_kwargs_enabled=False,
            signing_secret="checked before Bolt sees anything",  # noqa: S106  not a secret
            logger=logging.getLogger("dogwatch.slack.bolt"),
        )
        app.event(_ANY)(self._heard)
        app.command(_ANY)(self._commanded)
        app.view(_ANY)(self._submitted)
        app.options(_ANY)(_no_options)
        app.view_closed(_ANY)(_nothing)
        app.shortcut(_ANY)(self._listener(read_shortcut))
        app.error(_failed)
        return app

    async def _heard(self, body: dict[str, Any], ack: AsyncAck) -> None:  # Any: Slack's JSON
        if is_edited(body):
            await self._edited(body)
        else:
            await self._take(body, read_event(body, self._bot_user))
        await ack()

    async def _edited(self, body: Payload) -> None:
        edit = read_edit(body, self._bot_user)
        if edit is None:
            return
        objection = objection_in(edit[0], self._settings)
        if objection not in (MACHINE, ELSEWHERE):
            await self._work.take_edited(edit[1], objection)

    async def _commanded(self, body: dict[str, Any], ack: AsyncAck) -> None:  # Any: Slack's JSON
        incoming = read_command(body)
        objection = objection_in(body, self._settings)
        if incoming is None or objection is not None or await self._may_answer(body, incoming):
            await self._take(body, incoming)
            await ack()
            return
        await self._take(body, answered_alone(incoming))
        await ack(NOT_HERE)

    async def _may_answer(self, body: Payload, incoming: Incoming) -> bool:
        # Of a conversation of several people without a channel our rights tell nothing.
        is_group = text_of(body, "channel_name").startswith("mpdm-")
        return not is_group and await self._adapter.may_answer_in(incoming.place)

    def _listener(self, read: Callable[[Payload], Incoming | None]) -> Callable[..., Awaitable[None]]:
        async def listen(body: dict[str, Any], ack: AsyncAck) -> None:  # Any: Slack's JSON
            await self._take(body, read(body))
            await ack()

        return listen

    async def _take(self, body: Payload, incoming: Incoming | None) -> None:
        if incoming is None:
            return
        objection = objection_in(body, self._settings)
        if objection in (MACHINE, ELSEWHERE):
            # Answering an app can make two apps talk for ever; another workspace's people don't know us.
            log.info("act ignored: %s", objection, extra={"press": incoming.key})
            return
        await self._work.take(incoming, objection)

    async def _submitted(self, body: dict[str, Any], ack: AsyncAck) -> None:  # Any: Slack's JSON
        incoming = read_submission(body)
        objection = objection_in(body, self._settings)
        if incoming is None or objection in (MACHINE, ELSEWHERE):
            await ack()
            return
        reply = await self._work.take_and_answer(incoming, objection, self._settings.answer_seconds)
        await ack(**self._view_answer(body, incoming, reply))

    def _view_answer(self, body: Payload, incoming: Incoming, reply: Reply | None) -> dict[str, Any]:
        if reply is None:
            return {}
        if reply.input_errors:
            errors = _shown_errors(part(body, "view"), reply.input_errors)
            if errors:
                return {"response_action": "errors", "errors": errors}
        if reply.dialog is not None:
            view = self._adapter.dialog_view(incoming, reply.dialog)
            return {"response_action": "update", "view": view}
        return {}


def _shown_errors(view: Payload, errors: dict[str, str]) -> dict[str, str]:
    """Return the errors by input; one about a question that is not asked here stands at the first input."""
    asked = [text_of(block, "block_id") for block in view.get("blocks") or () if block.get("type") == "input"]
    shown: dict[str, str] = {}
    for name, sentence in errors.items():
        block = name if name in asked or not asked else asked[0]
        shown[block] = f"{shown[block]} {sentence}" if block in shown else sentence
    return {block: sentence[:_ERROR_LENGTH] for block, sentence in shown.items()}


async def _no_options(ack: AsyncAck) -> None:
    await ack(options=[])


async def _nothing(ack: AsyncAck) -> None:
    await ack()


async def _failed(error: Exception) -> BoltResponse:
    """Ask for another delivery: nothing was acknowledged."""
    if isinstance(error, OutsideTrouble):
        log.warning("not acknowledged: %s", error)
    else:
        log.error("not acknowledged", exc_info=error)
    return BoltResponse(status=503, headers={"Retry-After": ["5"]})
