"""What the doctor learns by asking Slack and Teams: whether tokens, rights and channels are as they must be.

Nothing is posted. Slack is asked with the rights of our manifest; of Teams only a token can be had before.
"""

import re
from collections.abc import Sequence

import httpx

from bot.adapters.slack_settings import NEEDED_SCOPES
from bot.adapters.teams_settings import TeamsSettings
from runtime.doctor.findings import Finding
from runtime.settings.house import Settings, SlackSettings

_PATIENCE_SECONDS = 8
_APPROVALS = "approvals"
_SLACK_CHANNEL = re.compile(r"[CDG][A-Z0-9]{2,20}")
_TEAMS_CHANNEL = re.compile(r"19:[^\s%]{3,200}")
_NAMED = 3


def examine_slack(settings: Settings) -> Finding:
    """Say whether Slack takes our tokens, grants what we need, and lets us into the channels."""
    slack = settings.slack
    if not slack.bot_token.get_secret_value():
        return Finding("slack", True, "not connected (no bot token)")
    if not slack.app_token.get_secret_value() and not slack.signing_secret.get_secret_value():
        return Finding("slack", False, "needs an app token (Socket Mode) or a signing secret (HTTP)")
    if not slack.team_ids:
        return Finding("slack", False, "set slack.team_ids to your workspace, or nobody may talk to me")
    troubles = _miswritten(slack) or _ask_slack(slack)
    if troubles:
        return Finding("slack", False, "; ".join(troubles[:_NAMED]))
    way = "Socket Mode" if slack.app_token.get_secret_value() else "HTTP"
    channels = f", {len(slack.channels)} of its channels open to me" if slack.channels else ""
    if _APPROVALS not in slack.channels:
        channels += f"; slack.channels names no {_APPROVALS}, so no channel there is asked for approvals"
    return Finding("slack", True, f"{way}; Slack takes my token{channels}")


def _miswritten(slack: SlackSettings) -> list[str]:
    """Return what can't be right, whatever Slack says of it."""
    found = []
    if slack.bot_token.get_secret_value().startswith("xapp-"):
        found.append("slack.bot_token begins with xoxb-; what is there is an app-level token")
    if slack.app_token.get_secret_value().startswith(("xoxb-", "xoxp-")):
        found.append("slack.app_token begins with xapp-; what is there is a bot's or a person's token")
    for name, channel in slack.channels.items():
        if not _SLACK_CHANNEL.fullmatch(channel):
            said = (
                f"slack.channels takes ids of channels, such as C0123ABCD, and for {name} has {channel[:60]}"
            )
            found.append(f"{said}; an id stands at the end of the channel's About page")
    return found


def _ask_slack(slack: SlackSettings) -> list[str]:
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError, SlackClientError

    client = WebClient(
        slack.bot_token.get_secret_value(), slack.base_url, timeout=_PATIENCE_SECONDS, retry_handlers=[]
    )
    try:
        who = client.auth_test()
    except SlackApiError as error:
        return [f"Slack refuses the bot token ({_word(error)}); set the one of the app's latest installation"]
    except (SlackClientError, OSError):
        return [f"Slack does not answer at {slack.base_url}; is the network open to it?"]
    troubles = []
    if who.get("team_id") not in slack.team_ids:
        troubles.append(f"the bot token is of workspace {who.get('team_id')}, which slack.team_ids lacks")
    granted = {name.strip() for name in str(who.headers.get("x-oauth-scopes", "")).split(",") if name.strip()}
    if granted and (missing := sorted(NEEDED_SCOPES - granted)):
        troubles.append(f"the app lacks {', '.join(missing)}; install it again from its manifest")
    for name, channel in slack.channels.items():
        try:
            client.conversations_history(channel=channel, limit=1)
        except SlackApiError as error:
            troubles.append(_channel_trouble(name, channel, _word(error)))
        except (SlackClientError, OSError):
            troubles.append(f"Slack gave no answer about #{name}")
    return [*troubles, *_app_token_troubles(slack)]


def _app_token_troubles(slack: SlackSettings) -> Sequence[str]:
    if not slack.app_token.get_secret_value():
        return []
    from slack_sdk import WebClient
    from slack_sdk.errors import SlackApiError, SlackClientError

    client = WebClient(base_url=slack.base_url, timeout=_PATIENCE_SECONDS, retry_handlers=[])
    try:
        client.apps_connections_open(app_token=slack.app_token.get_secret_value())
    except SlackApiError as error:
        return [f"Slack refuses the app token ({_word(error)}); it needs the scope connections:write"]
    except (SlackClientError, OSError):
        return ["Slack gave no answer about the app token"]
    return []


def _channel_trouble(name: str, channel: str, word: str) -> str:
    if word in ("not_in_channel", "channel_not_found"):
        return f"I can't see #{name} ({channel}); invite me there: /invite @dogwatch"
    if word == "missing_scope":
        return f"I may not read #{name}; install the app again from its manifest"
    return f"#{name} ({channel}): {word.replace('_', ' ')}"


def _word(error: object) -> str:
    """Return Slack's word for a refusal; its text may hold more than a finding should."""
    answer = getattr(error, "response", None)
    said = answer.get("error", "") if answer is not None else ""
    return str(said or "no reason given")[:60]


def examine_teams(settings: Settings) -> Finding:
    """Say whether Entra gives us the token that we speak to Teams with."""
    teams = settings.teams
    if not teams.app_id:
        return Finding("teams", True, "not connected (no app id)")
    if not teams.tenant or not teams.app_password.get_secret_value():
        return Finding("teams", False, "needs the tenant and the app password")
    for name, channel in teams.channels.items():
        if not teams.allow_loopback and not _TEAMS_CHANNEL.fullmatch(channel):
            said = f"teams.channels takes ids of conversations, 19:…, and for {name} has {channel[:60]}"
            where = "the id stands in the channel's link, after /channel/, with %3A for : and %40 for @"
            return Finding("teams", False, f"{said}; {where}")
    asking = TeamsSettings(
        app_id=teams.app_id,
        app_password=teams.app_password,
        tenant=teams.tenant,
        token_url=teams.token_url,
    )
    try:
        answer = httpx.post(asking.own_token_url(), data=asking.own_token_form(), timeout=_PATIENCE_SECONDS)
        given = answer.json() if answer.content else {}
    except (httpx.HTTPError, ValueError):
        said = "the issuer of my tokens does not answer; is the network open to login.microsoftonline.com?"
        return Finding("teams", False, said)
    if answer.status_code == 200 and isinstance(given, dict) and given.get("access_token"):
        return Finding("teams", True, f"tenant {teams.tenant}; it gives me a token")
    told = str(given.get("error", ""))[:60] if isinstance(given, dict) else ""
    said = (
        f"Entra refuses me a token ({told or answer.status_code}); check teams.tenant, teams.app_id and"
        " whether the client secret has expired"
    )
    return Finding("teams", False, said)
