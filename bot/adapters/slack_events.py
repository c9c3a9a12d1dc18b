"""Slack payloads as acts. The key of an act is Slack's own id of it, the same in every delivery.

A mention arrives twice, as `message` and as `app_mention`; both have channel and ts in common, which is
therefore their key. `file_shared` carries ids only and always comes with a message that carries more.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import ValidationError

from bot.adapters.edits import is_heard
from bot.adapters.slack_payload import Payload, answers, part, text_of
from domain.identity.chat import Account, FileRef, Incoming, IncomingKind, Place, Platform

HOME = "home-"
"""Begins the channel of the App Home, which is no channel: the person's id follows."""
_HEARD = frozenset({"", "file_share", "thread_broadcast"})
_LINK = re.compile(r"<((?:https?|mailto):[^|>]+)(?:\|[^>]*)?>")
_CHANNEL = re.compile(r"<#[A-Z0-9]+\|([^>]*)>")
_LONGEST_TEXT = 40_000
_Read = TypeVar("_Read")


def read_event(payload: Payload, bot_user: str) -> Incoming | None:
    """Return the act of an event, or None when it is nothing that we listen to."""
    event, team = part(payload, "event"), text_of(payload, "team_id")
    bot_user = bot_user or _bot_user(payload)
    match text_of(event, "type"):
        case "message" | "app_mention":
            return _built(lambda: _message(event, team, bot_user))
        case "app_home_opened" if text_of(event, "tab") == "home":
            return _built(lambda: _home(event, team))
    return None


def is_edited(payload: Payload) -> bool:
    """Return whether an event tells of a message that somebody wrote before and has changed."""
    event = part(payload, "event")
    return text_of(event, "subtype") == "message_changed" or bool(part(event, "edited"))


def read_edit(payload: Payload, bot_user: str) -> tuple[Payload, Incoming] | None:
    """Return a message that was edited and speaks to us, with its payload as if it were new; else None.

    An edited mention comes as a mention once more; in a direct message only the change itself is told.
    """
    event = part(payload, "event")
    message, before = part(event, "message"), part(event, "previous_message")
    if text_of(event, "subtype") == "message_changed":
        channel = text_of(event, "channel")
        if not channel.startswith("D") or text_of(message, "text") == text_of(before, "text"):
            return None  # it comes as a mention too, or Slack unfolded a link
        payload = {**payload, "event": {**message, "type": "message", "channel": channel}}
    elif text_of(event, "type") != "app_mention":
        return None
    edited = part(part(payload, "event"), "edited")
    incoming = read_event(payload, bot_user) if edited else None
    if incoming is None or not _built(lambda: _is_heard(incoming, edited)):
        return None
    return payload, incoming


def _is_heard(incoming: Incoming, edited: Payload) -> bool:
    return is_heard(incoming.at, _time(text_of(edited, "ts")))


def read_command(payload: Payload) -> Incoming | None:
    """Return the act of a slash command."""
    return _built(lambda: _command(payload))


def read_shortcut(payload: Payload) -> Incoming | None:
    """Return the act of an entry of a message's menu."""
    return _built(lambda: _shortcut(payload))


def read_press(payload: Payload) -> Incoming | None:
    """Return the act of a pressed button, with the answers that stand on the same card."""
    return _built(lambda: _press(payload))


def read_submission(payload: Payload) -> Incoming | None:
    """Return the act of a submitted dialog."""
    return _built(lambda: _submission(payload))


def trigger_of(incoming: Incoming) -> str:
    """Return Slack's trigger of a press or command, good for one dialog within three seconds."""
    return incoming.key.split(":", 2)[2]


def answered_alone(incoming: Incoming) -> Incoming:
    """Return an act whose answers go to the person alone, because we are not where it was said."""
    channel = HOME + incoming.account.user
    place = incoming.place.model_copy(update={"channel": channel, "thread": "", "is_private": True})
    return incoming.model_copy(update={"place": place})


def _built(build: Callable[[], _Read | None]) -> _Read | None:
    try:
        return build()
    except (ValidationError, ValueError, OverflowError):
        # Signed, so from Slack, but lacking what every such payload has: nothing that could be acted on.
        return None


def _message(event: Payload, team: str, bot_user: str) -> Incoming | None:
    if text_of(event, "subtype") not in _HEARD or not text_of(event, "user"):
        return None
    said = text_of(event, "text")
    place = _place(team, text_of(event, "channel"), text_of(event, "thread_ts"))
    ts = text_of(event, "ts")
    files = tuple(_file(file) for file in event.get("files") or () if isinstance(file, Mapping))
    addressed = place.is_private or text_of(event, "type") == "app_mention" or f"<@{bot_user}" in said
    if not addressed and files and all(_is_media(file) for file in event["files"]):
        files = ()  # a screenshot among people is no sample of a feed
    if not addressed and not files and not (place.thread and said.strip()):
        return None  # people talking among themselves: not ours to keep
    return Incoming(
        key=f"slack:{team}:{place.channel}:{ts}",
        kind=IncomingKind.UPLOAD if files else IncomingKind.MESSAGE,
        account=_account(team, text_of(event, "user")),
        place=place,
        at=_time(ts),
        text=_readable(said, bot_user),
        files=files,
        message=ts,
        addressed=addressed,
    )


def _home(event: Payload, team: str) -> Incoming:
    user, ts = text_of(event, "user"), text_of(event, "event_ts")
    return Incoming(
        key=f"slack:{team}:{HOME}{user}:{ts}",
        kind=IncomingKind.HOME,
        account=_account(team, user),
        place=_place(team, HOME + user, ""),
        at=_time(ts),
    )


def _command(payload: Payload) -> Incoming:
    team = text_of(payload, "team_id")
    return Incoming(
        key=f"slack:{team}:{_needed(payload, 'trigger_id')}",
        kind=IncomingKind.MESSAGE,
        account=_account(team, text_of(payload, "user_id")),
        place=_place(team, text_of(payload, "channel_id"), ""),
        at=datetime.now(UTC),
        text=_readable(text_of(payload, "text"), ""),
        display_name=text_of(payload, "user_name")[:200],
    )


def _shortcut(payload: Payload) -> Incoming | None:
    message, channel = part(payload, "message"), text_of(part(payload, "channel"), "id")
    if text_of(payload, "type") != "message_action" or not channel:
        return None
    team, user = text_of(part(payload, "team"), "id"), part(payload, "user")
    ts = text_of(message, "ts") or text_of(payload, "message_ts")
    return Incoming(
        key=f"slack:{team}:{_needed(payload, 'trigger_id')}",
        kind=IncomingKind.SHORTCUT,
        account=_account(team, text_of(user, "id")),
        place=_place(team, channel, text_of(message, "thread_ts") or ts),
        at=datetime.now(UTC),
        said_at=_time(ts),
        text=_readable(text_of(message, "text"), ""),
        inputs={"shortcut": text_of(payload, "callback_id")[:60]},
        message=ts,
        display_name=text_of(user, "name")[:200],
    )


def _press(payload: Payload) -> Incoming | None:
    pressed = next((a for a in payload.get("actions") or () if isinstance(a, Mapping)), {})
    if text_of(pressed, "type") != "button" or not text_of(pressed, "value"):
        return None
    team, user = text_of(part(payload, "team"), "id"), part(payload, "user")
    container = part(payload, "container")
    channel = text_of(part(payload, "channel"), "id") or text_of(container, "channel_id")
    thread = text_of(part(payload, "message"), "thread_ts") or text_of(container, "thread_ts")
    block = text_of(pressed, "block_id")
    return Incoming(
        key=f"slack:{team}:{_needed(payload, 'trigger_id')}",
        kind=IncomingKind.PRESS,
        account=_account(team, text_of(user, "id")),
        place=_place(team, channel or HOME + text_of(user, "id"), thread),
        at=_time(text_of(pressed, "action_ts")),
        token=text_of(pressed, "value"),
        inputs=answers(part(part(payload, "state"), "values"), block),
        message=text_of(container, "message_ts"),
        display_name=text_of(user, "name")[:200],
    )


def _submission(payload: Payload) -> Incoming:
    view, user = part(payload, "view"), part(payload, "user")
    team = text_of(part(payload, "team"), "id") or text_of(user, "team_id")
    told = json.loads(text_of(view, "private_metadata"))
    if not isinstance(told, dict):
        raise ValueError("private metadata of another form")
    given = answers(part(part(view, "state"), "values"), "")
    # A corrected dialog is submitted again under the same view id and hash; its answers tell the acts apart.
    print_of = hashlib.sha256(json.dumps(given, sort_keys=True).encode(errors="replace")).hexdigest()[:32]
    trigger = text_of(payload, "trigger_id") or f"{_needed(view, 'id')}:{print_of}"
    return Incoming(
        key=f"slack:{team}:{trigger}",
        kind=IncomingKind.SUBMIT,
        account=_account(team, text_of(user, "id")),
        place=_place(team, text_of(told, "channel"), text_of(told, "thread")),
        at=datetime.now(UTC),
        token=text_of(told, "token"),
        inputs=given,
        message=text_of(told, "message"),
        display_name=text_of(user, "name")[:200],
    )


def _account(team: str, user: str) -> Account:
    return Account(platform=Platform.SLACK, workspace=team, user=user)


def _place(team: str, channel: str, thread: str) -> Place:
    if not channel:
        raise ValueError("no channel")
    is_private = channel.startswith(("D", HOME))
    return Place(
        platform=Platform.SLACK, workspace=team, channel=channel, thread=thread, is_private=is_private
    )


def _is_media(file: object) -> bool:
    kind = text_of(file, "mimetype") if isinstance(file, Mapping) else ""
    return kind.partition("/")[0] in ("image", "video", "audio")


def _file(file: Payload) -> FileRef:
    size = file.get("size")
    return FileRef(
        name=text_of(file, "name")[:300] or "file",
        size_bytes=size if isinstance(size, int) and size > 0 else 0,
        platform_ref=_needed(file, "id"),
    )


def _readable(said: str, bot_user: str) -> str:
    """Return the text as people read it: without our name, entities and link marks."""
    if bot_user:
        said = re.sub(rf"<@{re.escape(bot_user)}(?:\|[^>]*)?>", " ", said)
    said = _CHANNEL.sub(r"#\1", _LINK.sub(r"\1", said))
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        said = said.replace(entity, character)
    return said.strip()[:_LONGEST_TEXT]


def _bot_user(payload: Payload) -> str:
    for one in payload.get("authorizations") or ():
        if isinstance(one, Mapping) and one.get("is_bot"):
            return text_of(one, "user_id")
    return ""


def _needed(payload: Payload, name: str) -> str:
    found = text_of(payload, name)
    if not found:
        raise ValueError(f"no {name}")
    return found


def _time(ts: str) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC)
