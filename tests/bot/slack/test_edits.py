"""Messages that people edit in Slack: nothing is done twice, and nobody is left without a word."""

import json
from typing import Any

import pytest

from bot.adapters.edits import READ_ONCE
from domain.identity.chat import IncomingKind
from tests.bot.slack.house import House, an_event
from tests.bot.slack.test_counterparts import said, town
from tests.counterparts.slack import TEAM

__all__ = ["town"]
TS, SOON, LATE = "1700000000.000001", "1700000060.000000", "1700090000.000000"
MENTION = {"type": "app_mention", "text": "<@U0BOT> feeds"}


def edited(at: str = SOON) -> dict[str, Any]:
    return {"edited": {"user": "U01ALICE", "ts": at}}


def changed(text: str, before: str, channel: str = "D01ALICE", at: str = SOON) -> dict[str, Any]:
    message = {"type": "message", "user": "U01ALICE", "ts": TS}
    return {
        "type": "message",
        "subtype": "message_changed",
        "channel": channel,
        "ts": at,
        "message": message | edited(at) | {"text": text},
        "previous_message": message | {"text": before},
    }


async def test_an_edited_question_is_not_answered_again_and_its_writer_reads_why(house: House) -> None:
    await house.send(an_event(MENTION))
    await house.send(an_event(MENTION | edited() | {"text": "<@U0BOT> freeze"}, event_id="Ev2"))
    await house.door.stop()

    assert [act.text for act in house.desk.worked] == ["feeds"]
    (told,) = house.api.of("chat.postEphemeral")
    assert READ_ONCE in json.dumps(told)
    assert told["user"] == "U01ALICE"


async def test_a_mention_that_an_edit_adds_is_heard_once(house: House) -> None:
    await house.send(an_event({"type": "message", "text": "feeds"}))
    for number in (2, 3):
        await house.send(an_event(MENTION | edited(), event_id=f"Ev{number}"))
    await house.door.stop()

    assert [(act.text, act.kind, act.key) for act in house.desk.worked] == [
        ("feeds", IncomingKind.MESSAGE, f"slack:{TEAM}:C01OPS:{TS}")
    ]


async def test_an_order_of_long_ago_that_somebody_edits_is_no_new_one(house: House) -> None:
    await house.send(an_event(MENTION | edited(LATE) | {"text": "<@U0BOT> freeze"}))
    await house.door.stop()

    assert house.desk.deliveries == 0
    assert house.api.of("chat.postEphemeral") == []


async def test_an_edit_in_a_direct_message_gets_the_same_word(house: House) -> None:
    await house.send(an_event({"type": "message", "text": "is fx_trads late?", "channel": "D01ALICE"}))
    await house.send(an_event(changed("is fx_trades late?", "is fx_trads late?"), event_id="Ev2"))
    await house.door.stop()

    assert [act.text for act in house.desk.worked] == ["is fx_trads late?"]
    assert READ_ONCE in json.dumps(house.api.of("chat.postMessage"))


@pytest.mark.parametrize(
    "event",
    [
        changed("see https://x.test", "see https://x.test"),
        changed("<@U0BOT> feeds", "feeds", channel="C01OPS"),
        changed("lunch!", "lunch?", channel="C01OPS"),
        changed("feeds", "late", at="nonsense"),
        {"type": "message", "subtype": "message_deleted", "deleted_ts": TS, "channel": "D01ALICE"},
        {"type": "message", "subtype": "message_changed", "channel": "D01ALICE", "message": "no object"},
    ],
)
async def test_links_that_unfold_other_peoples_edits_and_deleted_messages_are_left_alone(
    house: House, event: dict[str, Any]
) -> None:
    response = await house.send(an_event(event))
    await house.door.stop()

    assert response.status_code == 200
    assert house.desk.deliveries == 0
    assert house.api.of("chat.postEphemeral") == []


async def test_a_workspace_that_edits_and_deletes_makes_us_act_once(town: Any) -> None:
    posted = (await town.people.post("/message", json=said())).json()
    ts = posted.get("ts") or posted["message"]["ts"]
    about = {"channel": "C01OPS", "user": "U01ALICE", "ts": ts, "messageTs": ts}
    edit = await town.people.post("/edit-message", json=about | {"text": "<@U0BOT> waiting"})
    gone = await town.people.post("/delete-message", json=about)
    await town.people.post("/message", json=said(text="<@U0BOT> help"))
    await town.desk.until(lambda: len(town.desk.worked) >= 2)

    assert (edit.status_code, gone.status_code) == (200, 200)
    assert [act.text for act in town.desk.worked] == ["feeds", "help"]
