import json
import time
from typing import Any

import pytest

from bot.adapters.slack_people import with_workspace
from bot.adapters.slack_settings import SlackSettings
from domain.errors import NotNow
from domain.identity.chat import Incoming, IncomingKind
from tests.bot.slack.house import ADDRESS, SIGNER, House, a_press, an_event
from tests.counterparts.slack import TEAM


@pytest.mark.proves("D1")
@pytest.mark.parametrize(
    "change",
    [
        {"x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-signature": None},
        {"x-slack-signature": "v0=é"},
        {"x-slack-signature": "v0=\u0663" * 20},
        {"x-slack-signature": ""},
        {"x-slack-request-timestamp": None},
        {"x-slack-request-timestamp": "soon"},
        {"x-slack-request-timestamp": "1e9"},
        {"x-slack-request-timestamp": "-1"},
        {"x-slack-request-timestamp": "9" * 40},
    ],
)
async def test_a_request_without_a_good_signature_is_unknown_and_stored_nowhere(
    house: House, change: dict[str, str | None]
) -> None:
    request = a_press()
    headers = {k.encode(): v.encode() for k, v in (request.headers | change).items() if v is not None}

    response = await house.http.post(ADDRESS, content=request.body, headers=list(headers.items()))

    assert response.status_code == 401
    assert house.desk.deliveries == 0


@pytest.mark.proves("D1")
@pytest.mark.parametrize("seconds", [-400, 400])
async def test_an_old_or_early_timestamp_is_refused_although_signed(house: House, seconds: int) -> None:
    body = a_press().body.decode()
    headers = SIGNER.sign(body, "application/x-www-form-urlencoded", at=time.time() + seconds)

    response = await house.http.post(ADDRESS, content=body, headers=headers)

    assert response.status_code == 401
    assert house.desk.deliveries == 0


@pytest.mark.proves("D1")
@pytest.mark.parametrize("name", ["x-slack-signature", "x-slack-request-timestamp"])
@pytest.mark.parametrize("is_first", [True, False])
async def test_a_request_with_two_signatures_or_times_is_refused(
    house: House, name: str, is_first: bool
) -> None:
    request = a_press()
    good = [(key.encode(), value.encode()) for key, value in request.headers.items()]
    again = [(name.encode(), request.headers[name].encode())]

    response = await house.http.post(
        ADDRESS, content=request.body, headers=again + good if is_first else good + again
    )

    assert response.status_code == 401
    assert house.desk.deliveries == 0


@pytest.mark.proves("D1")
async def test_one_changed_byte_breaks_the_signature(house: House) -> None:
    request = a_press()

    response = await house.http.post(
        ADDRESS, content=request.body.replace(b"ALICE", b"ALICF"), headers=request.headers
    )

    assert response.status_code == 401


@pytest.mark.proves("D1")
async def test_no_more_than_a_mebibyte_is_read(house: House) -> None:
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 65_536
        return {"type": "http.request", "body": b"x" * 65_536, "more_body": True}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(k.encode(), v.encode()) for k, v in a_press().headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": headers}
    await house.door.asgi()(scope, receive, send)

    assert sent[0]["status"] == 413
    assert read <= 1024 * 1024 + 65_536
    assert house.desk.deliveries == 0


@pytest.mark.parametrize("body", ["[]", "{", "payload=", "payload=%7B", "", "\ufeff{}", "[" * 50_000])
async def test_a_signed_body_of_no_sense_is_a_bad_request(house: House, body: str) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded"):
        response = await house.http.post(ADDRESS, content=body.encode(), headers=SIGNER.sign(body, kind))

        assert response.status_code in (200, 400)
    assert house.desk.deliveries == 0


async def test_the_address_check_is_answered(house: House) -> None:
    response = await house.send(SIGNER.event({"type": "url_verification", "challenge": "c"}))

    assert (response.status_code, response.json()) == (200, {"challenge": "c"})


async def test_half_a_character_in_an_answer_is_kept_as_a_sign_for_one(house: House) -> None:
    answer = {"note": {"note": {"type": "plain_text_input", "value": "cut \ud83d"}}}

    response = await house.send(a_press(state={"values": answer}))
    await house.door.stop()

    assert response.status_code == 200
    assert [act.inputs for act in house.desk.accepted] == [{"note": "cut \ufffd"}]


@pytest.mark.proves("D2")
async def test_a_press_delivered_three_times_acts_once(house: House) -> None:
    request = a_press()

    first = await house.send(request)
    again = await house.send(request, **{"x-slack-retry-num": "1", "x-slack-retry-reason": "http_timeout"})
    last = await house.send(request)
    await house.desk.until(lambda: len(house.desk.worked) == 1)
    await house.door.stop()

    assert [first.status_code, again.status_code, last.status_code] == [200, 200, 200]
    assert len(house.desk.accepted) == len(house.desk.worked) == 1
    act = house.desk.accepted[0]
    assert (act.kind, act.token, act.key) == (IncomingKind.PRESS, "t.o.k", f"slack:{TEAM}:1.2.a")


async def test_a_mention_that_arrives_twice_is_answered_once(house: House) -> None:
    event = {"text": "<@U0BOT> show <https://x.test|x> &lt;feeds&gt;"}

    await house.send(an_event(event | {"type": "message"}, event_id="Ev1"))
    await house.send(an_event(event | {"type": "app_mention"}, event_id="Ev2"))
    await house.door.stop()

    assert [act.text for act in house.desk.worked] == ["show https://x.test <feeds>"]
    assert house.desk.worked[0].addressed


async def test_talk_among_people_is_not_kept_but_a_thread_reply_reaches_the_desk_unaddressed(
    house: House,
) -> None:
    await house.send(an_event({"type": "message", "text": "lunch?"}))
    await house.send(an_event({"type": "message", "text": "yes", "ts": "2.1", "thread_ts": "1.1"}))
    await house.door.stop()

    assert [(act.text, act.addressed, act.place.thread) for act in house.desk.worked] == [
        ("yes", False, "1.1")
    ]


@pytest.mark.proves("D4")
@pytest.mark.parametrize("user", ["UGUEST", "UGUEST1", "UGONE", "UBOT", "UOTHER", "USTRANGER"])
async def test_who_is_no_full_member_is_refused_with_a_sentence(house: House, user: str) -> None:
    response = await house.send(a_press(user=user))
    await house.door.stop()

    assert response.status_code == 200
    assert house.desk.deliveries == 0
    assert house.api.of("chat.postEphemeral")[0]["user"] == user


@pytest.mark.proves("D4")
@pytest.mark.parametrize("event", [{"user": "UGUEST"}, {"user": "UPARTNER", "user_team": "T0OTHER"}])
async def test_guests_and_partners_who_talk_in_a_thread_are_left_alone_until_they_speak_to_us(
    house: House, event: dict[str, Any]
) -> None:
    talk = {"type": "message", "text": "lunch?", "ts": "2.1", "thread_ts": "1.1"}

    await house.send(an_event(talk | event))
    await house.send(an_event(talk | event | {"text": "<@U0BOT> feeds", "ts": "2.2"}, event_id="Ev2"))
    await house.door.stop()

    assert house.desk.deliveries == 0
    assert [told["user"] for told in house.api.of("chat.postEphemeral")] == [event["user"]]


@pytest.mark.proves("D4")
@pytest.mark.parametrize(
    "changes",
    [
        {"team": {"id": "T0OTHER"}},
        {"team": {"id": "T0OTHER"}, "team_id": TEAM},
        {"team": None},
        {"api_app_id": "A0OTHER"},
        {"more": {"id": "U1", "team_id": "T0STRANGERS"}},
        {"more": {"id": "USLACKBOT", "team_id": TEAM}},
    ],
)
async def test_a_press_from_elsewhere_reaches_nobody(house: House, changes: dict[str, Any]) -> None:
    response = await house.send(a_press(**changes))
    await house.door.stop()

    assert response.status_code == 200
    assert house.desk.deliveries == 0


@pytest.mark.proves("D4")
@pytest.mark.parametrize(
    "event",
    [
        {"bot_id": "B1"},
        {"subtype": "bot_message"},
        {"user_team": "T0OTHER"},
        {"source_team": "T0OTHER"},
        {"user_profile": {"is_restricted": True}},
    ],
)
async def test_messages_of_apps_and_strangers_reach_nobody(house: House, event: dict[str, Any]) -> None:
    response = await house.send(an_event({"type": "message", "text": "<@U0BOT> hi"} | event))
    await house.door.stop()

    assert response.status_code == 200
    assert house.desk.deliveries == 0


async def test_a_member_of_our_workspace_on_an_enterprise_grid_is_heard(house: House) -> None:
    await house.send(a_press(user="UGRID"))
    await house.door.stop()

    assert len(house.desk.worked) == 1


@pytest.mark.parametrize("home", [TEAM, "E0HOME", "T0SECOND"])
async def test_a_press_where_the_app_serves_a_whole_organisation_is_heard(house: House, home: str) -> None:
    grid = {"team": None, "is_enterprise_install": True, "enterprise": {"id": "E0HOME", "name": "Acme"}}

    await house.send(a_press(more={"id": "UGRID", "team_id": home}, **grid))
    await house.door.stop()

    (worked,) = house.desk.worked
    assert (worked.account.workspace, worked.place.workspace) == (TEAM, TEAM)


def test_of_several_workspaces_a_press_belongs_to_the_one_that_its_button_was_signed_for() -> None:
    settings = SlackSettings(bot_token="t", team_ids=frozenset({"T1", "T2"}), signing_secret="s")
    payload = {"is_enterprise_install": True, "team": None, "user": {"id": "U", "team_id": "T2"}}

    assert with_workspace(payload | {"message": {"team": "T1"}}, settings)["team"] == {"id": "T1"}
    assert with_workspace(payload, settings)["team"] == {"id": "T2"}


@pytest.mark.proves("D4")
@pytest.mark.parametrize(
    ("more", "changes"),
    [
        ({"id": "WPARTNER", "team_id": "T0OTHER"}, {"team": None, "is_enterprise_install": True}),
        ({"id": "WPARTNER", "team_id": "E0OTHER"}, {"enterprise": {"id": "E0OTHER"}}),
        ({"id": "UGRID", "team_id": TEAM}, {"team": None}),
        ({"id": "UGRID", "team_id": TEAM}, {"team": {"id": "T0OTHER"}, "is_enterprise_install": True}),
    ],
)
async def test_a_press_out_of_another_organisation_is_not_worked(
    house: House, more: dict[str, str], changes: dict[str, Any]
) -> None:
    response = await house.send(a_press(more=more, **changes))
    await house.door.stop()

    assert response.status_code == 200
    assert not house.desk.worked


async def test_a_message_of_somebody_whose_home_is_the_organisation_is_heard(house: House) -> None:
    said = {"type": "app_mention", "text": "<@U0BOT> hi"}
    await house.send(an_event(said | {"user": "UGRID", "user_team": "E0HOME"}))
    await house.send(an_event(said | {"user": "WPARTNER", "user_team": "E0OTHER", "ts": "1700000000.000002"}))
    await house.door.stop()

    assert [one.account.user for one in house.desk.worked] == ["UGRID"]


async def test_the_directory_is_asked_once_a_minute_for_each_person(house: House) -> None:
    for number in range(5):
        await house.send(a_press(trigger=f"t{number}"))
    await house.door.stop()

    assert len(house.api.of("users.info")) == 1
    assert len(house.desk.worked) == 5


async def test_an_act_that_cannot_be_kept_is_not_acknowledged(house: House) -> None:
    async def fail(_: Incoming) -> bool:
        raise NotNow("disk full", say="The disk is full.")

    house.desk.accept = fail  # type: ignore[method-assign]

    response = await house.send(a_press())

    assert response.status_code == 503


@pytest.mark.proves("D10")
async def test_one_person_who_floods_is_told_while_another_still_gets_through(house: House) -> None:
    for number in range(130):
        await house.send(a_press(trigger=f"flood{number}"))

    await house.send(a_press(user="U02BOB", trigger="calm"))
    await house.door.stop()

    by = [act.account.user for act in house.desk.accepted]
    assert 100 <= by.count("U01ALICE") < 130
    assert by.count("U02BOB") == 1
    told = house.api.of("chat.postEphemeral")
    assert len(told) == 1
    assert "too much at once" in json.dumps(told[0])
