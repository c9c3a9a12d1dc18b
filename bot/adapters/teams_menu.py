"""Entries of a message's menu in Teams: read the request, and draw the dialog that Teams opens for it."""

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.adapters.teams_cards import CARD
from bot.adapters.teams_gate import Json
from bot.adapters.teams_incoming import act_key, act_of, name_of_person, place_of
from domain.identity.chat import Account, Incoming, IncomingKind, Platform

FETCH, SUBMIT = "composeExtension/fetchTask", "composeExtension/submitAction"
_TAG = re.compile(r"<[^>]{0,2000}>")
_BREAK = re.compile(r"(?i)<br\s*/?>|</p>|</div>|</li>")
_LONGEST = 20_000


def entry_of(activity: Json, person: str, now: datetime) -> Incoming | None:
    """Return the act of an entry that was picked, or None when it names no message."""
    value = _dict(activity.get("value"))
    payload = _dict(value.get("messagePayload"))
    if not payload.get("id"):
        return None
    place = place_of(activity)
    root = str(payload.get("replyToId") or place.thread or payload["id"])
    return Incoming(
        key=act_key(activity),
        kind=IncomingKind.SHORTCUT,
        account=Account(platform=Platform.TEAMS, workspace=place.workspace, user=person),
        place=place if place.is_private else place.model_copy(update={"thread": root}),
        at=now,
        said_at=_moment(str(payload.get("createdDateTime") or ""), now),
        text=_plain(payload),
        inputs={"shortcut": str(value.get("commandId", ""))[:60], "author": _author(payload)},
        message=str(payload["id"]),
        display_name=name_of_person(activity),
    )


def submission_of(activity: Json, person: str, now: datetime) -> Incoming | None:
    """Return the act of a dialog that such an entry opened, or None when it carries no token."""
    data = _dict(_dict(activity.get("value")).get("data"))
    place = place_of(activity)
    thread = data.get("thread")
    if isinstance(thread, str) and not place.is_private:
        place = place.model_copy(update={"thread": thread[:200]})
    filled = {name: answer for name, answer in data.items() if name != "thread"}
    return act_of(activity, IncomingKind.SUBMIT, filled, place=place, person=person, now=now)


def opened(title: str, card: Json, thread: str) -> Json:
    """Return the answer with which Teams opens a dialog; there it knows `Action.Submit` only."""
    drawn = {**card, "actions": [_submit(action, thread) for action in card.get("actions", ())]}
    content = {"contentType": CARD, "content": drawn}
    return {"task": {"type": "continue", "value": {"title": title, "card": content, "height": "medium"}}}


def told(sentence: str) -> Json:
    """Return the answer that shows a sentence in the dialog's place."""
    return {"task": {"type": "message", "value": sentence[:1000]}}


def _submit(action: Mapping[str, Any], thread: str) -> Json:  # Any: a drawn part of a card
    kept = {name: action[name] for name in ("title", "style") if name in action}
    return {"type": "Action.Submit", **kept, "data": {**action["data"], "thread": thread}}


def _plain(payload: Json) -> str:
    """Return a message as text: Teams hands over its markup."""
    body = _dict(payload.get("body"))
    content = str(body.get("content") or "")
    if body.get("contentType") == "html":
        content = html.unescape(_TAG.sub("", _BREAK.sub("\n", content)))
    return content.replace("\xa0", " ").strip()[:_LONGEST]


def _author(payload: Json) -> str:
    sender = _dict(payload.get("from"))
    named = _dict(sender.get("user")) or _dict(sender.get("application"))
    return str(named.get("displayName") or "")[:100]


def _moment(text: str, now: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return now
    return min(found if found.tzinfo is not None else found.replace(tzinfo=UTC), now)


def _dict(value: Any) -> Json:  # Any: a part of the platform's payload
    return value if isinstance(value, dict) else {}
