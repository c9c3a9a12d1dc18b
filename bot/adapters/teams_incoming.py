"""Read a checked Teams activity in our own words. Pure: no network, no clock."""

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from bot.adapters.edits import is_heard
from bot.adapters.teams_gate import Json
from domain.identity.chat import Account, FileRef, Incoming, IncomingKind, Place, Platform
from domain.ports.conversation_book import Conversation

DOWNLOAD = "application/vnd.microsoft.teams.file.download.info"
TOKEN = "token"  # noqa: S105  the name of a field, not a secret
_LONGEST = 20_000
_MOMENT = re.compile(r"[0-9]{13}")
_POSTED_FILE = re.compile(r"<attachment\b")


def conversation_of(activity: Json, person: str) -> Conversation:
    """Return the conversation an activity came from."""
    about = _dict(activity.get("conversation"))
    kind = str(about.get("conversationType") or "personal")
    return Conversation(
        tenant=_tenant(activity),
        id=str(about.get("id", "")).partition(";messageid=")[0],
        kind=kind,
        service_url=str(activity["serviceUrl"]),
        person=person if kind == "personal" else "",
    )


def place_of(activity: Json) -> Place:
    """Return where an activity stands; the first message of a thread stands in the channel itself."""
    about = _dict(activity.get("conversation"))
    channel, _, thread = str(about.get("id", "")).partition(";messageid=")
    return Place(
        platform=Platform.TEAMS,
        workspace=_tenant(activity),
        channel=channel,
        thread="" if thread == str(activity.get("id", "")) else thread,
        is_private=about.get("conversationType") == "personal",
    )


def personal_place(conversation: Conversation) -> Place:
    """Return the place that a personal chat is."""
    return Place(
        platform=Platform.TEAMS, workspace=conversation.tenant, channel=conversation.id, is_private=True
    )


def message_of(activity: Json, person: str, now: datetime) -> Incoming:
    """Return what a message says, without the bot's mention, and the files that reached us."""
    text, is_mention = _without_mentions(activity)
    files = tuple(_file(attachment) for attachment in _attachments(activity) if _is_download(attachment))
    place = place_of(activity)
    return Incoming(
        key=act_key(activity),
        kind=IncomingKind.UPLOAD if files else IncomingKind.MESSAGE,
        account=Account(platform=Platform.TEAMS, workspace=place.workspace, user=person),
        place=place,
        at=now,
        text=text[:40_000],
        files=files,
        message=str(activity.get("id", "")),
        addressed=is_mention or place.is_private,
        display_name=name_of_person(activity),
    )


def edited_message_of(activity: Json, person: str, now: datetime) -> Incoming | None:
    """Return what an edited message says now, None where it does not speak to us or was written long ago."""
    incoming, written_at = message_of(activity, person, now), _written_at(activity)
    is_edit = _dict(activity.get("channelData")).get("eventType") == "editMessage"
    is_ours = is_edit and incoming.addressed and bool(incoming.text)
    return incoming if is_ours and written_at is not None and is_heard(written_at, now) else None


def _written_at(activity: Json) -> datetime | None:
    """Return when a message was first written: Teams numbers messages by their moment."""
    number = str(activity.get("id", ""))
    return datetime.fromtimestamp(int(number) / 1000, UTC) if _MOMENT.fullmatch(number) else None


def press_of(activity: Json, person: str, now: datetime) -> Incoming | None:
    """Return a pressed button (`Action.Execute` or `Action.Submit`), or None when it carries no token."""
    value = _dict(activity.get("value"))
    data = _dict(_dict(value.get("action")).get("data")) if "action" in value else value
    place = place_of(activity)
    return act_of(activity, IncomingKind.PRESS, data, place=place, person=person, now=now)


def act_of(
    activity: Json, kind: IncomingKind, data: Json, *, place: Place, person: str, now: datetime
) -> Incoming | None:
    """Return what a person pressed or filled in, or None when it carries no token."""
    token = data.get(TOKEN)
    if not isinstance(token, str) or not token or len(token) > 2_000:
        return None
    inputs = {
        str(name): str(answer)[:_LONGEST]
        for name, answer in data.items()
        if name != TOKEN and isinstance(answer, str | int | float)
    }
    return Incoming(
        key=act_key(activity),
        kind=kind,
        account=Account(platform=Platform.TEAMS, workspace=place.workspace, user=person),
        place=place,
        at=now,
        token=token,
        inputs=inputs,
        message=str(activity.get("replyToId") or ""),
        display_name=name_of_person(activity),
    )


def names_a_posted_file(activity: Json) -> bool:
    """Return whether a channel message carries a file that Teams does not hand to bots."""
    if place_of(activity).is_private:
        return False
    return any(
        _POSTED_FILE.search(str(attachment.get("content", ""))) is not None
        for attachment in _attachments(activity)
        if attachment.get("contentType") == "text/html"
    )


def begins_a_chat(activity: Json) -> bool:
    """Return whether somebody has just opened their own chat with us, by adding the app for themselves."""
    is_new = activity.get("type") == "installationUpdate" and activity.get("action") == "add"
    return is_new and place_of(activity).is_private


def says_only_our_name(activity: Json) -> bool:
    """Return whether somebody mentions us and says nothing, and shows no picture either."""
    text, is_mention = _without_mentions(activity)
    return (
        is_mention
        and not text
        and all(one.get("contentType") == "text/html" for one in _attachments(activity))
    )


def act_key(activity: Json) -> str:
    """Return Teams' own id of an act, the same in every delivery."""
    # Teams numbers messages by their moment, so two conversations may share a number.
    where = f"{_tenant(activity)}/{_dict(activity.get('conversation')).get('id', '')}"
    return f"teams:{hashlib.sha256(where.encode()).hexdigest()[:16]}:{str(activity.get('id', ''))[:200]}"


def _without_mentions(activity: Json) -> tuple[str, bool]:
    """Return the text without mentions of the bot, with others by their names, and whether there was one."""
    text = str(activity.get("text") or "")
    bot = str(_dict(activity.get("recipient")).get("id", ""))
    is_mention = False
    for entity in activity.get("entities") or []:
        mentioned = _dict(_dict(entity).get("mentioned"))
        if _dict(entity).get("type") != "mention":
            continue
        is_ours = bool(bot) and mentioned.get("id") == bot
        is_mention = is_mention or is_ours
        name = "" if is_ours else str(mentioned.get("name") or "")
        text = text.replace(str(_dict(entity).get("text") or "\0"), name)
    return text.replace("\xa0", " ").replace("&nbsp;", " ").strip(), is_mention


def _attachments(activity: Json) -> list[Json]:
    return [attachment for attachment in activity.get("attachments") or [] if isinstance(attachment, dict)]


def _is_download(attachment: Json) -> bool:
    return attachment.get("contentType") == DOWNLOAD and "downloadUrl" in _dict(attachment.get("content"))


def _file(attachment: Json) -> FileRef:
    about = _dict(attachment.get("content"))
    name = str(attachment.get("name") or "unnamed").replace("\\", "/").rpartition("/")[2]
    return FileRef(name=name[:300] or "unnamed", size_bytes=0, platform_ref=str(about["downloadUrl"]))


def name_of_person(activity: Json) -> str:
    """Return how Teams calls whoever acts; for people to read only."""
    return str(_dict(activity.get("from")).get("name") or "")[:200]


def _tenant(activity: Json) -> str:
    about = _dict(activity.get("conversation"))
    return str(
        about.get("tenantId") or _dict(_dict(activity.get("channelData")).get("tenant")).get("id") or ""
    )


def _dict(value: Any) -> Json:  # Any: a part of the platform's payload
    return value if isinstance(value, dict) else {}
