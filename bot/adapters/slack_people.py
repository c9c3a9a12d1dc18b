"""Whom we listen to in Slack: members of our own workspace, and nobody else.

What the payload tells is checked at once. Whether somebody is a guest only Slack's directory tells; it is
asked at most every 60 seconds a person.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping

from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_calls import asked
from bot.adapters.slack_payload import Payload, part, text_of
from bot.adapters.slack_settings import SlackSettings
from domain.identity.chat import Account

KNOWN_FOR_SECONDS = 60.0
_WORKSPACES = (("message", "team"), ("view", "team_id"), ("user", "team_id"))
_MOST_KNOWN = 10_000

STRANGER = "Only members of our own workspace can use me; you are here from another one."
GUEST = "Guests can't use me: what I show and do is for members of this workspace."
GONE = "Your Slack account is deactivated, so I can't act for you."
MACHINE = "I only act for people, and this came from an app."
ELSEWHERE = "This was meant for another app or workspace, so I did nothing."


def with_workspace(payload: Payload, settings: SlackSettings) -> Payload:
    """Return a payload with its workspace, which is left out where the app serves a whole Grid organisation.

    It is that of the card, for which its buttons were signed, or of the person, else the one that we serve.
    Whether the person belongs to it the directory tells, as of everybody.
    """
    if text_of(payload, "team_id") or part(payload, "team") or not payload.get("is_enterprise_install"):
        return payload
    told = (text_of(part(payload, name), key) for name, key in _WORKSPACES)
    ours = next((team for team in told if team in settings.team_ids), "")
    if not ours and len(settings.team_ids) == 1:
        (ours,) = settings.team_ids
    return {**payload, "team": {"id": ours}} if ours else payload


def objection_in(payload: Payload, settings: SlackSettings) -> str | None:
    """Return why the sender in a payload is not heard, or None when the payload shows no reason."""
    event, user = part(payload, "event"), part(payload, "user")
    app = text_of(payload, "api_app_id")
    if settings.app_id and app != settings.app_id:
        return ELSEWHERE
    named = {text_of(payload, "team_id"), text_of(part(payload, "team"), "id")} - {""}
    if not named or not named <= settings.team_ids:
        return ELSEWHERE
    if event.get("bot_id") or event.get("bot_profile") or text_of(event, "subtype") == "bot_message":
        return MACHINE
    if text_of(event, "user") == "USLACKBOT" or text_of(user, "id") == "USLACKBOT":
        return MACHINE
    homes = [text_of(event, name) for name in ("user_team", "source_team")]
    if not part(payload, "enterprise"):
        # On a Grid a press names the organisation, or any workspace of the person; the directory knows all.
        homes.append(text_of(user, "team_id"))
    if any(home and home not in settings.team_ids and not home.startswith("E") for home in homes):
        return STRANGER
    profile = part(event, "user_profile")
    if profile.get("is_restricted") or profile.get("is_ultra_restricted"):
        return GUEST
    return None


class SlackDirectory:
    """Asks Slack who somebody is, and remembers it for a minute."""

    def __init__(self, client: AsyncWebClient, settings: SlackSettings) -> None:
        self._client = client
        self._settings = settings
        self._known: OrderedDict[Account, tuple[float, str | None]] = OrderedDict()

    def remembered(self, account: Account) -> tuple[str | None] | None:
        """Return what the directory said within the last minute, None when it has to be asked."""
        known = self._known.get(account)
        if known is None or time.monotonic() - known[0] >= KNOWN_FOR_SECONDS:
            return None
        return (known[1],)

    async def objection_to(self, account: Account) -> str | None:
        """Return why this account is not heard, or None for a full member of our workspace.

        Raises:
            SlackTrouble: Slack's directory could not be asked.
        """
        known = self.remembered(account)
        if known is not None:
            return known[0]
        asked_at = time.monotonic()
        answer = await asked(self._client, "users.info", user=account.user)
        objection = self._objection(part(answer, "user"))
        self._known[account] = (asked_at, objection)
        self._known.move_to_end(account)
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return objection

    def _objection(self, user: Payload) -> str | None:
        if user.get("deleted"):
            return GONE
        if user.get("is_bot") or user.get("is_workflow_bot"):
            return MACHINE
        if user.get("is_restricted") or user.get("is_ultra_restricted"):
            return GUEST
        if user.get("is_stranger"):
            return STRANGER
        enterprise = part(user, "enterprise_user")
        teams = enterprise.get("teams") if isinstance(enterprise, Mapping) else None
        homes = {text_of(user, "team_id"), *(team for team in teams or () if isinstance(team, str))}
        return None if homes & self._settings.team_ids else STRANGER
