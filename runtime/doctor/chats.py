"""What the doctor learns by asking Slack and Teams: whether tokens, rights and channels are as they must be.

Nothing is posted. Slack is asked with the rights of our manifest; of Teams only a token can be had before.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

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
_CLOCKS_DIFFER_SECONDS = 60.0
"""A fifth of what Slack's signatures allow for."""
_AROUND = " \t\r\n'\"`\u201c\u201d\u2018\u2019"
_MANIFEST = "deploy/slack/manifest.yaml"
_BASIC = "Basic Information in the app's settings"
_FORMS = (
    ("bot_token", ("xoxb-", "xoxe.xoxb-"), "OAuth & Permissions in the app's settings"),
    ("app_token", ("xapp-",), _BASIC),
    ("signing_secret", (), _BASIC),
)
"""The secrets with how each begins and where it is found."""
_KINDS = {
    "xapp-": "an app-level token",
    "xoxb-": "a bot's token",
    "xoxp-": "a person's token",
    "xoxe": "a token that is exchanged for others",
}


def examine_slack(settings: Settings) -> Finding:
    """Say whether Slack takes our tokens, grants what we need, and lets us into the channels."""
    slack = settings.slack
    if not slack.bot_token.get_secret_value():
        return Finding("slack", True, "not connected (no bot token)")
    if not slack.app_token.get_secret_value() and not slack.signing_secret.get_secret_value():
        return Finding("slack", False, "needs an app token (Socket Mode) or a signing secret (HTTP)")
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
    told = {name: getattr(slack, name).get_secret_value() for name, _, _ in _FORMS}
    for name, begins, home in _FORMS:
        value = told[name]
        if not value:
            continue
        if value != value.strip(_AROUND):
            found.append(f"slack.{name} has blanks or quotation marks around it; leave them out")
        elif begins and not value.startswith(begins):
            kind = next((what for start, what in _KINDS.items() if value.startswith(start)), "something else")
            found.append(
                f"slack.{name} begins with {begins[0]}; what is there is {kind}; take it from {home}"
            )
        elif not begins and value.startswith(tuple(_KINDS)):
            found.append(f"slack.{name} is no token; take it from {home}")
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
    troubles = [*_clock_troubles(who.headers), *_right_troubles(who.headers)]
    team = str(who.get("team_id") or "")
    if not slack.team_ids:
        write = f"DOGWATCH_SLACK__TEAM_IDS='[\"{team}\"]'"
        troubles.append(f"slack.team_ids is empty, so nobody may talk to me; for this bot token set {write}")
    elif team not in slack.team_ids:
        troubles.append(f"the bot token is of workspace {team}, which slack.team_ids lacks")
    for name, channel in slack.channels.items():
        try:
            client.conversations_history(channel=channel, limit=1)
        except SlackApiError as error:
            troubles.append(_channel_trouble(name, channel, _word(error)))
        except (SlackClientError, OSError):
            troubles.append(f"Slack gave no answer about #{name}")
    return [*troubles, *_app_token_troubles(slack)]


def _right_troubles(headers: Mapping[str, str]) -> list[str]:
    granted = {name.strip() for name in str(headers.get("x-oauth-scopes", "")).split(",") if name.strip()}
    missing = sorted(NEEDED_SCOPES - granted)
    if not granted or not missing:
        return []
    return [f"the app lacks {', '.join(missing)}; install it again from its manifest, {_MANIFEST}"]


def _clock_troubles(headers: Mapping[str, str]) -> list[str]:
    """Compare our clock with the one in Slack's answer: signatures and sign-ins live for minutes."""
    told = next((value for name, value in headers.items() if name.lower() == "date"), "")
    try:
        ahead = (datetime.now(UTC) - parsedate_to_datetime(str(told))).total_seconds()
    except (ValueError, TypeError):
        return []  # no time, or one without a zone
    if abs(ahead) <= _CLOCKS_DIFFER_SECONDS:
        return []
    which = "ahead of" if ahead > 0 else "behind"
    return [f"this machine's clock is {abs(ahead):.0f} s {which} Slack's; let it follow one (NTP)"]


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
