"""Talking in Teams' counterpart: what a house there needs, and its cards, their buttons and inputs."""

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.counterparts.teams import CHANNEL, PERSONAL, TENANT, Playground

Json = dict[str, Any]
TEAMS_SETTINGS = {
    "TEAMS__ALLOW_LOOPBACK": "true",
    "TEAMS__TENANT": TENANT,
    "TEAMS__CHANNELS": json.dumps({"approvals": CHANNEL}),
}


@contextlib.contextmanager
def playground_of(url: str, folder: Path, *conversations: str) -> Iterator[Playground]:
    """Run Teams before the house at an address, with the app in these conversations."""
    (folder / "playground").mkdir()
    started = Playground(f"{url}/teams/messages", folder / "playground")
    try:
        for conversation in conversations or (PERSONAL, CHANNEL):
            started.install(conversation)
        yield started
    finally:
        started.stop()


def wait_for_card(playground: Playground, text: str) -> Json:
    """Return the newest state of the message whose card says this."""
    playground.wait_for(lambda frame: _says(frame, text), 60)
    frame = [frame for frame in playground.frames if _says(frame, text)][-1]
    named = {key: value for node in walk(frame) for key, value in node.items() if "onversationId" in key}
    return {
        "conversation": named.get("postConversationId") or named.get("conversationId", ""),
        "messageId": frame["message"]["messageId"],
        "content": frame["message"]["attachments"][0]["content"],
    }


def _says(frame: Json, text: str) -> bool:
    message = frame.get("message")
    return isinstance(message, dict) and text in json.dumps(
        message.get("attachments") or [], ensure_ascii=False
    )


def walk(node: Any) -> Iterator[Json]:
    """Return every object within some JSON."""
    if isinstance(node, dict):
        yield node
        for inner in node.values():
            yield from walk(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from walk(inner)


def action_of(card: Json, label: str) -> Json:
    """Return the button with this label."""
    return next(n for n in walk(card) if n.get("type") == "Action.Execute" and n.get("title") == label)


def card_in(answer: Json) -> Iterator[Json]:
    """Return the cards within an answer."""
    return (node for node in walk(answer) if node.get("type") == "AdaptiveCard")


def card_of(answer: Json) -> Json:
    """Return the card of an answer."""
    return next(card_in(answer))


def inputs_of(card: Json) -> list[Json]:
    """Return the inputs of a card."""
    return [node for node in walk(card) if str(node.get("type", "")).startswith("Input.")]


def input_called(card: Json, label: str) -> str:
    """Return the input whose label begins like this (underscores for blanks)."""
    wanted = label.replace("_", " ").lower()
    return next(
        str(one["id"]) for one in inputs_of(card) if str(one.get("label", "")).lower().startswith(wanted)
    )


def proposed_in(card: Json) -> Json:
    """Return the proposed answers of a card."""
    return {str(one["id"]): one.get("value", "") for one in inputs_of(card)}


def cards_shown(frames: Sequence[Json]) -> list[Json]:
    """Return each message that holds a card, in its newest state, in the order in which they came."""
    found: dict[str, Json] = {}
    for frame in frames:
        message = frame.get("message")
        attached = message.get("attachments") if isinstance(message, dict) else None
        if not attached:
            continue
        named = {key: value for node in walk(frame) for key, value in node.items() if "onversationId" in key}
        threads = [str(value) for value in named.values() if ";messageid=" in str(value)]
        named |= {"postConversationId": threads[0]} if threads else {}
        place = str(named.get("postConversationId") or named.get("conversationId") or "")
        before = found.get(message["messageId"], {})
        found[message["messageId"]] = {
            "messageId": message["messageId"],
            # Changes of a card do not always say where it stands.
            "conversation": before.get("conversation") or place,
            "thread": before.get("thread") or place.rpartition("messageid=")[2],
            "content": attached[0]["content"],
        }
    return list(found.values())
