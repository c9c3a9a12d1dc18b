"""Calls to Slack's Web API, with its refusals in our words.

Nothing is repeated here: whoever called knows whether repeating is safe, and when.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_settings import SlackSettings
from domain.errors import OutsideTrouble

TIMEOUT_SECONDS = 10
_CONNECTIONS = 40
_KEPT_SECONDS = 8.0

UNKNOWN_PERSON = "user_not_found"
TOO_LONG = frozenset({"msg_blocks_too_long", "msg_too_long"})
UNFIT_BLOCKS = "invalid_blocks"
_UNFIT = ("Slack can't show this card.", "Tell the operator; the log names it.")
# Refusals that no repetition changes, and what a person can do about them.
_FINAL: dict[str, tuple[str, str]] = {
    "channel_not_found": ("I can't see that Slack channel.", "Invite me: /invite @dogwatch."),
    "not_in_channel": ("I'm not in that Slack channel.", "Invite me: /invite @dogwatch."),
    "is_archived": ("That Slack channel is archived.", "Name another channel."),
    "missing_scope": ("Slack did not grant me what this needs.", "Install the app again from its manifest."),
    "expired_trigger_id": ("Slack gave up waiting for the dialog.", "Press the button again."),
    "trigger_expired": ("Slack gave up waiting for the dialog.", "Press the button again."),
    "trigger_exchanged": ("Slack opened that dialog before.", "Press the button again."),
    "invalid_trigger_id": ("Slack can't open a dialog here.", "Press the button again."),
    "message_not_found": ("The message to update is gone.", ""),
    "cant_update_message": ("Slack does not let me change that message.", ""),
    "edit_window_closed": ("Slack does not let me change that message any more.", ""),
    "is_inactive": ("That Slack message can't be changed any more.", ""),
    "restricted_action": ("Slack does not let me post in that channel.", "Allow my app to post there."),
    "restricted_action_read_only_channel": (
        "That Slack channel is read-only.",
        "Allow my app to post there.",
    ),
    "thread_not_found": ("That thread in Slack is gone.", ""),
    "cannot_reply_to_message": ("That Slack message takes no answers.", ""),
    "channel_type_not_supported": ("I can't post in that kind of Slack channel.", "Name another channel."),
    "restricted_action_thread_locked": ("That thread in Slack is locked.", ""),
    "restricted_action_non_threadable_channel": ("That Slack channel has no threads.", ""),
    "restricted_action_thread_only_channel": ("That Slack channel takes answers in threads only.", ""),
    "no_permission": ("Slack does not let me post in that channel.", "Allow my app to post there."),
    "messages_tab_disabled": (
        "In Slack nobody can be written to by me alone.",
        "Switch on the messages tab of my app's home.",
    ),
    "user_disabled": ("That person's Slack account is switched off.", ""),
    "user_not_visible": ("I can't see that person in Slack.", ""),
    "cannot_dm_bot": ("That is an app, which reads no direct messages.", ""),
    "file_not_found": ("That file is no longer in Slack.", "Drop it again."),
    "file_deleted": ("That file was deleted in Slack.", "Drop it again."),
    UNKNOWN_PERSON: ("Slack does not know that person.", ""),
    **dict.fromkeys(TOO_LONG, _UNFIT),
    UNFIT_BLOCKS: _UNFIT,
    "invalid_blocks_format": _UNFIT,
}

# Of these, what says of a message that stands somewhere that it is gone, or closed to us where it is.
_LOST = frozenset(
    {
        "message_not_found",
        "cant_update_message",
        "edit_window_closed",
        "is_inactive",
        "is_archived",
        "channel_not_found",
        "not_in_channel",
    }
)

# Refusals of everything that we say, until somebody mends it; nothing is lost by waiting for them.
_SHUT_OUT: dict[str, tuple[str, str]] = {
    "invalid_auth": ("Slack does not accept my token.", "Set a valid bot token."),
    "not_authed": ("Slack does not accept my token.", "Set a valid bot token."),
    "not_allowed_token_type": ("Slack does not accept this kind of token.", "Set a bot token (xoxb-…)."),
    "token_expired": ("My Slack token has expired.", "Set a valid bot token."),
    "token_revoked": ("My Slack token was revoked.", "Install the app again and set its new token."),
    "account_inactive": ("My Slack account is switched off.", "Install the app again."),
    "access_denied": ("Slack does not let me do that any more.", "Ask a Slack administrator."),
    "ekm_access_denied": ("A Slack administrator has suspended all posting.", "Ask a Slack administrator."),
    "team_access_not_granted": ("My Slack app was not granted that workspace.", "Grant it there."),
    "team_added_to_org": ("Slack is moving the workspace.", "Wait until that is over."),
    "org_login_required": ("Slack is moving the workspace.", "Wait until that is over."),
}
# Slack's own faults, told with status 200: some of it may have been done.
_UNSURE = frozenset({"internal_error", "fatal_error", "service_unavailable"})


class SlackTrouble(OutsideTrouble):
    """Slack did not take a call.

    `code` is Slack's word for it, `retry_after_seconds` when to call again (None: not said),
    `is_final` that calling again changes nothing, `is_outcome_unknown` that it may have been done.
    """

    def __init__(
        self,
        detail: str,
        *,
        say: str,
        next_step: str = "",
        code: str = "",
        retry_after_seconds: float | None = None,
        is_outcome_unknown: bool = False,
    ) -> None:
        super().__init__(detail, say=say, next_step=next_step)
        self.code = code
        self.retry_after_seconds = retry_after_seconds
        self.is_final = code in _FINAL
        self.needs_person = code in _SHUT_OUT
        self.is_message_lost = code in _LOST
        self.is_outcome_unknown = is_outcome_unknown


class _KeptConnections(AsyncWebClient):
    """A client that keeps its connections: a new one for each call costs more than the call."""

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        if self.session is None or self.session.closed:
            self.session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
                connector=aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=_KEPT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        answer: dict[str, Any] = await super()._request(
            http_verb=http_verb, api_url=api_url, req_args=req_args
        )
        return answer


def web_client(settings: SlackSettings) -> AsyncWebClient:
    """Return a client without repetitions of its own: repeated posts would be double posts."""
    return _KeptConnections(
        token=settings.bot_token, base_url=settings.base_url, timeout=TIMEOUT_SECONDS, retry_handlers=[]
    )


async def called(method: str, call: Awaitable[Any]) -> dict[str, Any]:  # Any: Slack's JSON
    """Return the answer of a call.

    Raises:
        SlackTrouble: Slack refused, was busy, or could not be reached.
    """
    try:
        response = await call
    except SlackApiError as error:
        raise _refusal(method, error) from error
    except (
        SlackClientError,
        aiohttp.ClientError,
        TimeoutError,
        asyncio.IncompleteReadError,
        OSError,
    ) as error:
        raise SlackTrouble(
            f"{method}: {type(error).__name__}",
            say="Slack doesn't answer me right now.",
            next_step="I'll do this as soon as it does.",
            is_outcome_unknown=True,
        ) from error
    return dict(response.data)


async def asked(client: AsyncWebClient, method: str, **arguments: object) -> dict[str, Any]:
    """Return the answer of a reading call, as a form: every gateway and counterpart takes that."""
    return await called(method, client.api_call(method, data=arguments))


def _refusal(method: str, error: SlackApiError) -> SlackTrouble:
    status = getattr(error.response, "status_code", 0)
    data = getattr(error.response, "data", None)
    code = str(data.get("error", "")) if isinstance(data, dict) else ""
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return SlackTrouble(
            f"{method}: rate limited",
            say="Slack asks me to slow down.",
            next_step="I'll do this in a moment.",
            code="ratelimited",
            retry_after_seconds=_retry_after(getattr(error.response, "headers", {})),
        )
    if status >= 500 or not code or code in _UNSURE:
        return SlackTrouble(
            f"{method}: HTTP {status} {code}".strip(),
            say="Slack has trouble of its own right now.",
            next_step="I'll do this as soon as it is over.",
            is_outcome_unknown=True,
        )
    say, next_step = (_FINAL | _SHUT_OUT).get(code, (f"Slack refused this ({code[:60]}).", ""))
    return SlackTrouble(f"{method}: {code[:60]}", say=say, next_step=next_step, code=code)


def _retry_after(headers: Any) -> float:  # Any: the client gives plain or multi dictionaries
    for name, value in dict(headers).items():
        if str(name).lower() == "retry-after":
            try:
                return max(0.0, min(float(value), 3_600.0))
            except ValueError:
                break
    return 30.0
