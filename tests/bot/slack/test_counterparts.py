"""The door and the adapter against independently written Slack counterparts, with faults in between."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import websockets

from bot.adapters.slack import SlackAdapter
from bot.adapters.slack_calls import SlackTrouble
from bot.adapters.slack_door import SlackDoor
from bot.cards.model import Action, Card, Dialog, Input, Reply
from domain.errors import BadInput, OutsideTrouble
from domain.identity.chat import Account, FileRef, Incoming, IncomingKind, MessageRef, Place, Platform
from tests.bot.slack.desk import MINT, RecordingDesk, a_door, a_settings
from tests.counterparts.fault_proxy import Fault, FaultKind, FaultProxy
from tests.counterparts.processes import free_ports
from tests.counterparts.slack import TEAM, emulate_slack, local_slack

OPS = Place(platform=Platform.SLACK, workspace=TEAM, channel="C01OPS")
ALICE = Account(platform=Platform.SLACK, workspace=TEAM, user="U01ALICE")
CARD = Card(title="Waits", plain="Waits", actions=(Action(verb="approve", label="Approve"),))


@dataclass
class Town:
    desk: RecordingDesk
    door: SlackDoor
    adapter: SlackAdapter
    people: httpx.AsyncClient
    url: str
    web_api: FaultProxy
    events: FaultProxy | None

    async def messages(self, channel: str = "C01OPS") -> list[dict[str, Any]]:
        found = (await self.people.get(f"/messages/{channel}")).json()
        return found["messages"] if isinstance(found, dict) else found


@asynccontextmanager
async def a_town(folder: Path, *, socket: bool) -> AsyncIterator[Town]:
    first = free_ports(3)
    events = FaultProxy(f"http://127.0.0.1:{first + 1}", first)
    request_url = "" if socket else f"{events.url}/slack/events"
    counterpart, url = await asyncio.to_thread(local_slack, folder, request_url)
    web_api = FaultProxy(url, first + 2)
    desk = RecordingDesk()
    base_url = f"{url}/api/" if socket else f"{web_api.url}/api/"
    door, adapter = a_door(desk, base_url, use_socket_mode=socket)
    if not socket:
        # Files come from where the counterpart itself listens.
        object.__setattr__(adapter.settings, "base_url", f"{url}/api/")
    server = uvicorn.Server(uvicorn.Config(door.asgi(), port=first + 1, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    await events.start()
    await web_api.start()
    try:
        await desk.until(lambda: server.started)
        await door.start()
        async with httpx.AsyncClient(base_url=f"{url}/_control", timeout=20) as people:
            yield Town(desk, door, adapter, people, url, web_api, None if socket else events)
    finally:
        await door.stop()
        server.should_exit = True
        await serving
        await events.stop()
        await web_api.stop()
        await asyncio.to_thread(counterpart.stop)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(tmp_path, socket=False) as town:
        yield town


def said(user: str = "U01ALICE", text: str = "<@U0BOT> feeds", **more: str) -> dict[str, str]:
    return {"channel": "C01OPS", "user": user, "text": text} | more


@pytest.mark.parametrize("socket", [False, True])
async def test_mention_command_message_and_file_reach_the_desk_once_each(
    tmp_path: Path, socket: bool
) -> None:
    async with a_town(tmp_path, socket=socket) as town:
        await town.people.post("/message", json=said())
        await town.people.post("/command", json=said(text="feeds") | {"command": "/dogwatch"})
        upload = {"file": ("trades.csv", b"a,b\n1,2\n")}
        await town.people.post("/upload", data=said(text="a sample"), files=upload)
        await town.people.post("/open-home", json={"user": "U01ALICE"})
        await town.desk.until(lambda: len(town.desk.worked) >= 4)
        file = next(act.files[0] for act in town.desk.worked if act.files)
        await town.adapter.fetch(file, tmp_path / "got.csv", 1_000)
        with pytest.raises(BadInput, match="over 4 bytes"):
            await town.adapter.fetch(file, tmp_path / "cut.csv", 4)
        with pytest.raises(BadInput, match="over 4 bytes"):
            await town.adapter.fetch(file.model_copy(update={"size_bytes": 0}), tmp_path / "cut.csv", 4)

    kinds = sorted(act.kind for act in town.desk.worked)
    assert kinds == sorted(
        [IncomingKind.MESSAGE, IncomingKind.MESSAGE, IncomingKind.UPLOAD, IncomingKind.HOME]
    )
    assert (tmp_path / "got.csv").read_bytes() == b"a,b\n1,2\n"
    assert {act.account for act in town.desk.worked} == {ALICE}


async def test_a_socket_that_stands_and_one_that_does_not_are_told_apart(tmp_path: Path) -> None:
    async with a_town(tmp_path, socket=True) as town:
        await town.door.check()

    with pytest.raises(OutsideTrouble, match="not connected"):
        await town.door.check()


@pytest.mark.parametrize("socket", [False, True])
async def test_a_button_opens_a_dialog_and_its_answers_come_back(tmp_path: Path, socket: bool) -> None:
    async def working(incoming: Incoming) -> Reply:
        if incoming.kind is IncomingKind.PRESS:
            questions = (Input(name="feed", label="Feed name", value="fx_trades"),)
            submit = Action(verb="onboard.submit", label="Create")
            return Reply(dialog=Dialog(title="Questions", inputs=questions, submit=submit))
        return Reply(whispers=(Card(title="Thank you", plain="Thank you"),))

    async with a_town(tmp_path, socket=socket) as town:
        town.desk.working = working
        posted = await town.adapter.post(OPS, CARD, "k1")
        button = (await town.messages())[-1]["blocks"][-1]["elements"][0]
        async with websockets.connect(town.url.replace("http", "ws") + "/ui", max_size=None) as ui:
            await town.people.post("/interact", json=pressed(posted.message, button))
            async with asyncio.timeout(10):
                while json.loads(await ui.recv()).get("t") != "view":
                    pass
            value = {"type": "plain_text_input", "value": "orders"}
            await ui.send(
                json.dumps({"t": "view_submit", "user": "U01ALICE", "values": {"feed": {"answer": value}}})
            )
            await town.desk.until(lambda: len(town.desk.worked) >= 2)

    press, submit = town.desk.worked
    assert (press.message, MINT.read(press.token, press.place).verb) == (posted.message, "approve")
    assert submit.inputs == {"feed": "orders"}
    assert MINT.read(submit.token, submit.place).verb == "onboard.submit"
    assert submit.message == posted.message


def pressed(ts: str, button: dict[str, Any]) -> dict[str, Any]:
    action = {
        "type": "button",
        "action_id": button["action_id"],
        "block_id": "actions-0",
        "value": button["value"],
    }
    return {"channel": "C01OPS", "messageTs": ts, "user": "U01ALICE", "action": action}


@pytest.mark.proves("D6")
async def test_a_post_is_updated_in_place_and_never_unfolds_links(town: Town) -> None:
    posted = await town.adapter.post(OPS, CARD, "k1")

    await town.adapter.update(posted, CARD.model_copy(update={"title": "Approved by Ana", "actions": ()}))

    messages = await town.messages()
    assert len(messages) == 1
    assert "Approved by Ana" in json.dumps(messages)
    call = town.web_api.calls("chat.postMessage")[0].body.decode()
    assert '"unfurl_links": false' in call or "unfurl_links=0" in call or "unfurl_links=False" in call


@pytest.mark.proves("D2")
async def test_events_that_arrive_three_times_and_out_of_order_act_once_each(town: Town) -> None:
    assert town.events is not None
    town.events.add(Fault(FaultKind.DUPLICATE), Fault(FaultKind.DUPLICATE), Fault(FaultKind.HOLD))

    await town.people.post("/message", json=said(text="<@U0BOT> first"))
    await town.people.post("/message", json=said(text="<@U0BOT> second"))
    await town.people.post("/message", json=said(text="<@U0BOT> third"))
    await town.events.release()
    await town.desk.until(lambda: len(town.desk.worked) >= 3)

    assert sorted(act.text for act in town.desk.worked) == ["first", "second", "third"]
    assert town.desk.deliveries > 3


@pytest.mark.parametrize(
    ("fault", "retry_after"),
    [
        (Fault(FaultKind.REFUSE, "chat.postMessage", 429, headers={"Retry-After": "7"}), 7.0),
        (Fault(FaultKind.REFUSE, "chat.postMessage", 503), None),
        (Fault(FaultKind.HANG_UP, "chat.postMessage"), None),
    ],
)
async def test_slack_in_trouble_is_said_with_the_time_to_come_back(
    town: Town, fault: Fault, retry_after: float | None
) -> None:
    town.web_api.add(fault)

    with pytest.raises(SlackTrouble) as trouble:
        await town.adapter.post(OPS, CARD, "k1")
    await town.adapter.post(OPS, CARD, "k1")

    assert trouble.value.retry_after_seconds == retry_after
    assert "Slack" in trouble.value.sentence()
    assert len(await town.messages()) == 1


@pytest.fixture
async def rules(tmp_path: Path) -> AsyncIterator[tuple[SlackAdapter, str]]:
    counterpart, url = await asyncio.to_thread(emulate_slack, tmp_path)
    adapter = SlackAdapter(a_settings(f"{url}/api/"), MINT)
    try:
        yield adapter, url
    finally:
        await adapter.close()
        await asyncio.to_thread(counterpart.stop)


async def test_the_web_apis_own_rules_accept_our_calls(
    rules: tuple[SlackAdapter, str], tmp_path: Path
) -> None:
    adapter, _ = rules
    found = (await adapter.client.api_call("conversations.list"))["channels"]
    channel = next(one["id"] for one in found if one["name"] == "ops")
    place = OPS.model_copy(update={"channel": channel})

    posted = await adapter.post(place, CARD, "k1")
    again = await adapter.post(place, CARD, "k1")
    await adapter.update(posted, CARD.model_copy(update={"title": "Done"}))
    with pytest.raises(SlackTrouble) as gone:
        await adapter.update(MessageRef(place=place, message="1.000001"), CARD)
    with pytest.raises(SlackTrouble) as unknown:
        await adapter.post(place.model_copy(update={"channel": "C0NOWHERE"}), CARD, "k2")
    lost = FileRef(name="x.csv", size_bytes=1, platform_ref="F0NOWHERE")
    with pytest.raises(SlackTrouble) as no_file:
        await adapter.fetch(lost, tmp_path / "x", 10)

    assert posted == again
    assert gone.value.is_final
    assert gone.value.is_message_lost
    assert unknown.value.is_final
    assert "can't see that Slack channel" in unknown.value.sentence()
    assert no_file.value.code == "file_not_found"
