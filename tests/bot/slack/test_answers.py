import asyncio
import json
from typing import Any

import pytest

from bot.cards.model import Action, Card, Dialog, Input, Reply
from domain.identity.chat import Incoming, IncomingKind
from tests.bot.slack.desk import MINT
from tests.bot.slack.house import SIGNER, House, a_house, a_press, an_event
from tests.counterparts.slack import APP, TEAM
from tests.counterparts.slack_load import SignedRequest


def a_submission(value: str, **changes: Any) -> SignedRequest:
    metadata = {"token": "t.o.k", "channel": "C01OPS", "thread": "1.1", "message": "1.2", "private": False}
    view = {
        "id": "V1",
        "type": "modal",
        "callback_id": "onboard.submit",
        "private_metadata": json.dumps(metadata),
        "hash": "1.h",
        "blocks": [{"type": "input", "block_id": "feed"}],
        "state": {"values": {"feed": {"answer": {"type": "plain_text_input", "value": value}}}},
    }
    payload = {"type": "view_submission", "api_app_id": APP, "team": {"id": TEAM}, "view": view}
    return SIGNER.interactive(
        payload | {"user": {"id": "U01ALICE", "name": "alice", "team_id": TEAM}} | changes
    )


async def test_errors_in_a_dialog_keep_it_open_and_the_corrected_answer_is_another_act(house: House) -> None:
    async def working(incoming: Incoming) -> Reply:
        bad = incoming.inputs["feed"] == "BAD"
        return Reply(input_errors={"feed": "Use a-z.", "other": "And this."} if bad else {})

    house.desk.working = working

    refused = await house.send(a_submission("BAD"))
    taken = await house.send(a_submission("fx_trades"))

    assert refused.json() == {"response_action": "errors", "errors": {"feed": "Use a-z. And this."}}
    assert taken.status_code == 200
    assert not taken.content
    assert len({act.key for act in house.desk.accepted}) == 2
    act = house.desk.accepted[1]
    assert (act.kind, act.place.thread, act.message) == (IncomingKind.SUBMIT, "1.1", "1.2")


async def test_an_answer_that_slack_is_too_busy_for_is_said_when_it_is_not(house: House) -> None:
    async def working(_: Incoming) -> Reply:
        return Reply(whispers=(Card(title="Feeds", plain="Three feeds.", lead="Three feeds."),))

    house.desk.working = working
    house.api.busy["chat.postEphemeral"] = 1

    await house.send(a_press())
    await house.desk.until(lambda: len(house.api.of("chat.postEphemeral")) == 1)
    await house.door.stop()

    assert ["Three feeds" in json.dumps(told) for told in house.api.of("chat.postEphemeral")] == [True, True]


async def test_a_dialog_whose_answer_takes_long_is_closed_in_time_and_answered_by_a_whisper() -> None:
    async with a_house(answer_seconds=0.05) as house:
        house.desk.working = slow_error(0.3)

        response = await house.send(a_submission("x"))
        await house.door.stop()

    assert response.status_code == 200
    assert not response.content
    assert "Use a-z." in json.dumps(house.api.of("chat.postEphemeral"))


def slow_error(seconds: float) -> Any:
    async def working(_: Incoming) -> Reply:
        await asyncio.sleep(seconds)
        return Reply(input_errors={"feed": "Use a-z."})

    return working


async def test_a_button_opens_a_dialog_whose_metadata_holds_a_token_for_this_place(house: House) -> None:
    async def working(_: Incoming) -> Reply:
        submit = Action(verb="onboard.submit", label="Create")
        return Reply(
            dialog=Dialog(title="Questions", inputs=(Input(name="feed", label="Feed"),), submit=submit)
        )

    house.desk.working = working

    await house.send(a_press(trigger="9.9.x"))
    await house.door.stop()

    call = house.api.of("views.open")[0]
    view = json.loads(call["view"]) if isinstance(call["view"], str) else call["view"]
    token = json.loads(view["private_metadata"])["token"]
    assert call["trigger_id"] == "9.9.x"
    assert MINT.read(token, house.desk.accepted[0].place).verb == "onboard.submit"


def asking(count: int) -> Any:
    async def working(_: Incoming) -> Reply:
        inputs = tuple(Input(name=f"q{number}", label=f"Question {number}") for number in range(count))
        submit = Action(verb="onboard.submit", label="Create")
        return Reply(dialog=Dialog(title="Questions", inputs=inputs, submit=submit))

    return working


async def test_a_dialog_that_comes_too_late_to_be_opened_is_asked_as_a_card(house: House) -> None:
    house.api.refusals["views.open"] = "expired_trigger_id"
    house.desk.working = asking(2)

    await house.send(a_press(trigger="9.9.x"))
    await house.door.stop()

    asked = json.dumps(house.api.of("chat.postEphemeral"))
    assert "Question 1" in asked
    assert "onboard.submit" in asked


async def test_a_late_dialog_with_more_questions_than_a_message_holds_says_how_to_get_to_them(
    house: House,
) -> None:
    house.api.refusals["views.open"] = "expired_trigger_id"
    house.desk.working = asking(14)

    await house.send(a_press(trigger="9.9.x"))
    await house.door.stop()

    assert "14 questions" in json.dumps(house.api.of("chat.postEphemeral"))


async def test_a_dialog_that_slack_refuses_is_told_to_the_one_who_pressed(house: House) -> None:
    house.api.refusals["views.open"] = "invalid_arguments"
    house.desk.working = asking(2)

    await house.send(a_press(trigger="9.9.x"))
    await house.door.stop()

    assert "Slack refused this" in json.dumps(house.api.of("chat.postEphemeral"))


async def test_an_unforeseen_fault_is_told_to_the_one_who_acted(house: House) -> None:
    async def working(_: Incoming) -> Reply:
        raise RuntimeError("bug")

    house.desk.working = working

    response = await house.send(a_press())
    await house.door.stop()

    assert response.status_code == 200
    told = json.dumps(house.api.of("chat.postEphemeral"))
    assert "fault of mine" in told
    assert "RuntimeError" not in told


@pytest.mark.parametrize(
    "kind", ["shortcut", "message_action", "view_closed", "block_suggestion", "new_kind"]
)
async def test_what_we_do_not_listen_to_is_acknowledged_all_the_same(house: House, kind: str) -> None:
    view = {"callback_id": "c", "type": "modal", "private_metadata": ""}
    payload = {"type": kind, "callback_id": "c", "team": {"id": TEAM}, "user": {"id": "U1"}, "view": view}

    response = await house.send(
        SIGNER.interactive(payload | {"action_id": "a", "block_id": "b", "value": "v"})
    )

    assert response.status_code == 200
    assert house.desk.deliveries == 0


async def test_an_opened_home_is_published_with_the_cards_of_the_answer(house: House) -> None:
    async def working(_: Incoming) -> Reply:
        waiting = Card(title="Waits for you", plain="x", actions=(Action(verb="approve", label="Approve"),))
        return Reply(whispers=(waiting,))

    house.desk.working = working

    await house.send(an_event({"type": "app_home_opened", "tab": "home", "event_ts": "5.1"}))
    await house.door.stop()

    call = house.api.of("views.publish")[0]
    assert call["user_id"] == "U01ALICE"
    assert "Waits for you" in json.dumps(call["view"])


async def test_an_act_of_somebody_whom_slack_forgot_is_refused_once(house: House) -> None:
    house.api.refusals["users.info"] = "user_not_found"

    await house.send(a_press())
    await house.desk.until(lambda: bool(house.desk.refused))

    assert house.desk.worked == []
    assert "does not know that person" in house.desk.refused[0][1]


async def test_an_act_under_way_is_not_begun_a_second_time(house: House) -> None:
    may_end = asyncio.Event()

    async def slow(_: Incoming) -> Reply:
        await may_end.wait()
        return Reply()

    house.desk.working = slow
    await house.send(a_press())
    await house.desk.until(lambda: bool(house.desk.worked))

    house.door.resume(house.desk.accepted[0])
    house.door.resume(house.desk.accepted[0])
    may_end.set()
    await house.door.stop()

    assert len(house.desk.worked) == 1


def a_drop(text: str, mimetype: str, ts: str) -> SignedRequest:
    file = {"id": "F1", "name": "x", "mimetype": mimetype, "size": 3}
    return an_event(
        {"type": "message", "subtype": "file_share", "text": text, "files": [file], "ts": f"1700000000.{ts}"}
    )


async def test_a_screenshot_among_people_is_no_sample_of_a_feed(house: House) -> None:
    await house.send(a_drop("look at this", "image/png", "000001"))
    await house.send(a_drop("a sample", "text/csv", "000002"))
    await house.send(a_drop("<@U0BOT> read this", "image/png", "000003"))

    assert [act.text for act in house.desk.accepted] == ["a sample", "read this"]
    assert {act.kind for act in house.desk.accepted} == {IncomingKind.UPLOAD}


async def test_files_that_take_long_hold_up_nobodys_press(house: House) -> None:
    files_come = asyncio.Event()

    async def working(incoming: Incoming) -> Reply:
        if incoming.kind is IncomingKind.UPLOAD:
            await files_come.wait()
        return Reply()

    house.desk.working = working
    for number in range(40):
        await house.send(a_drop("", "text/csv", f"{number:06d}"))
    await house.send(a_press())
    await house.desk.until(lambda: any(act.kind is IncomingKind.PRESS for act in house.desk.worked))
    files_come.set()
    await house.desk.until(lambda: len(house.desk.worked) == 41)


def a_command(channel: str = "C0ELSE", trigger: str = "7.7.a", name: str = "else") -> SignedRequest:
    said = {
        "team_id": TEAM,
        "api_app_id": APP,
        "channel_id": channel,
        "channel_name": name,
        "user_id": "U01ALICE",
        "user_name": "alice",
        "command": "/dogwatch",
        "text": "feeds",
        "trigger_id": trigger,
    }
    return SIGNER.form(said)


@pytest.mark.parametrize("code", ["not_in_channel", "channel_not_found"])
async def test_a_command_from_where_we_are_not_is_answered_in_the_direct_message(
    house: House, code: str
) -> None:
    house.api.refusals["conversations.history"] = code

    response = await house.send(a_command())
    invited = await house.send(a_command(trigger="7.7.b"))

    place = house.desk.accepted[0].place
    assert (place.channel, place.is_private) == ("home-U01ALICE", True)
    assert "/invite @dogwatch" in response.text
    assert invited.status_code == 200


async def test_a_command_in_our_channel_is_answered_there_and_asks_slack_once(house: House) -> None:
    for trigger in ("7.7.a", "7.7.b"):
        response = await house.send(a_command(trigger=trigger))

    assert [act.place.channel for act in house.desk.accepted] == ["C0ELSE", "C0ELSE"]
    assert not response.content
    assert len(house.api.of("conversations.history")) == 1


async def test_a_command_from_a_group_of_people_is_answered_in_the_direct_message(house: House) -> None:
    await house.send(a_command(channel="G0GROUP", name="mpdm-alice--bob--eve-1"))

    assert house.desk.accepted[0].place.channel == "home-U01ALICE"
