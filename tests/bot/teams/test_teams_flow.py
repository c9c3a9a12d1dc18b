import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from bot.adapters.teams_connector import TeamsConnector
from bot.cards.model import Action, Card, Dialog, Input, Reply
from bot.cards.tokens import TokenMint
from domain.errors import NotAllowed, OutsideTrouble
from domain.identity.chat import Incoming, IncomingKind, MessageRef, Place, Platform
from tests.bot.teams.parts import Teams
from tests.bot.webchat.parts import MINT
from tests.bot.webchat.served import Server
from tests.counterparts.teams import ALICE, BOT, CHANNEL, PERSONAL, TENANT, Playground
from tests.waiting import until


@dataclass
class World:
    teams: Teams
    server: Server
    playground: Playground


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    teams = Teams(asks_roster=True)
    server = Server(teams.door.asgi())
    with server.running() as url:
        playground = Playground(f"{url}/messages", tmp_path_factory.mktemp("playground"))
        playground.install(PERSONAL)
        playground.install(CHANNEL)
        yield World(teams, server, playground)
        playground.stop()


@pytest.fixture
def world(started: World) -> World:
    started.teams.desk.accepted.clear()
    started.teams.desk.worked.clear()
    started.playground.frames.clear()
    return started


def a_card(title: str, **more: Any) -> Card:
    return Card(title=title, plain=title, **more)


def shown(frame: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = frame["message"]["attachments"][0]["content"]
    return content


def test_a_message_is_answered_in_the_same_chat(world: World) -> None:
    async def script(incoming: Incoming) -> Reply:
        return Reply(whispers=(a_card(f"You asked for {incoming.text}"),))

    world.teams.desk.script = script

    world.playground.write(PERSONAL, "feeds")

    frame = world.playground.wait_for_text("You asked for feeds", "createMessage")
    act = world.teams.desk.accepted[0]
    assert shown(frame)["type"] == "AdaptiveCard"
    assert (act.account.workspace, act.account.user) == (TENANT, ALICE)
    assert act.place.is_private
    assert act.addressed


def test_whoever_opens_a_chat_with_us_reads_what_we_are_for_and_a_channel_is_left_in_peace(
    world: World,
) -> None:
    world.playground.install(CHANNEL)
    world.playground.install(PERSONAL)

    told = world.playground.wait_for_text("I am Dogwatch", "createMessage")
    world.playground.listen()
    greetings = [frame for frame in world.playground.frames if "I am Dogwatch" in json.dumps(frame)]
    assert "sample file" in json.dumps(shown(told))
    assert greetings == [told]
    assert PERSONAL in json.dumps(told)
    assert world.teams.desk.accepted == []


async def test_the_roster_tells_of_a_sender_what_we_read_there(world: World) -> None:
    # What the app's install told of the conversation may still be on its way.
    where = await until(lambda: world.teams.book.find(TENANT, PERSONAL))
    assert where is not None

    told = await TeamsConnector(world.teams.settings).member(where.service_url, PERSONAL, "u-alice")

    assert told["userRole"] == "user"


def test_a_mention_in_a_channel_is_answered_in_its_thread(world: World) -> None:
    async def script(incoming: Incoming) -> Reply:
        await world.teams.door.post(incoming.place, a_card(f"Here: {incoming.text}"), "k")
        return Reply()

    world.teams.desk.script = script

    posted = world.playground.write(CHANNEL, "what is late", mention=True)

    frame = world.playground.wait_for_text("Here: what is late", "createMessage")
    assert posted["postConversationId"] in json.dumps(frame)
    assert world.teams.desk.accepted[0].text == "what is late"
    assert not world.teams.desk.accepted[0].place.is_private


def test_a_reply_in_a_thread_is_taken_in_that_thread(world: World) -> None:
    async def script(incoming: Incoming) -> Reply:
        await world.teams.door.post(incoming.place, a_card(f"Here: {incoming.text}"), "k13")
        return Reply()

    first = world.playground.write(CHANNEL, "nobody is asked", mention=False)
    world.teams.desk.script = script

    world.playground.write(first["postConversationId"], "severity sev1", mention=True)

    frame = world.playground.wait_for_text("Here: severity sev1", "createMessage")
    taken = world.teams.desk.accepted[0]
    assert (taken.text, taken.place.channel) == ("severity sev1", CHANNEL)
    assert taken.place.thread == first["messageId"] != taken.message
    assert frame["actionConversationId"] == first["postConversationId"]


def test_a_card_is_posted_unasked_and_updated_in_place(world: World) -> None:
    place = Place(platform=Platform.TEAMS, workspace=TENANT, channel=CHANNEL)
    message = world.server.call(world.teams.door.post(place, a_card("Waiting for a yes"), "k1"))
    world.playground.wait_for_text("Waiting for a yes", "createMessage")

    world.server.call(world.teams.door.update(message, a_card("Approved by Kim")))

    frame = world.playground.wait_for_text("Approved by Kim")
    assert frame["action"] == "updateMessage"


def test_a_pressed_button_answers_with_the_updated_card_and_acts_once(world: World) -> None:
    place = Place(platform=Platform.TEAMS, workspace=TENANT, channel=PERSONAL, is_private=True)

    async def script(incoming: Incoming) -> Reply:
        MINT.read(incoming.token, incoming.place)
        return Reply(updated=a_card("Approved by you"))

    world.teams.desk.script = script
    card = a_card("May I", actions=(Action(verb="approval.yes", label="Approve"),))
    world.server.call(world.teams.door.post(place, card, "k2"))
    frame = world.playground.wait_for_text("May I", "createMessage")

    answer = world.playground.press(PERSONAL, frame["message"]["messageId"], shown(frame)["actions"][0])

    act = world.teams.desk.accepted[0]
    assert "Approved by you" in json.dumps(answer)
    assert act.kind is IncomingKind.PRESS
    assert act.message == frame["message"]["messageId"]


def test_a_refused_press_shows_its_sentence_to_the_one_who_pressed(world: World) -> None:
    place = Place(platform=Platform.TEAMS, workspace=TENANT, channel=PERSONAL, is_private=True)

    async def script(incoming: Incoming) -> Reply:
        raise NotAllowed("own request", say="You asked for this change, so someone else has to approve it.")

    world.teams.desk.script = script
    card = a_card("Approve it", actions=(Action(verb="approval.yes", label="Approve"),))
    world.server.call(world.teams.door.post(place, card, "k3"))
    frame = world.playground.wait_for_text("Approve it", "createMessage")

    answer = world.playground.press(PERSONAL, frame["message"]["messageId"], shown(frame)["actions"][0])

    assert "someone else has to approve it" in json.dumps(answer)


def test_a_dialog_is_asked_in_the_card_and_its_errors_stand_beside_the_answers(world: World) -> None:
    place = Place(platform=Platform.TEAMS, workspace=TENANT, channel=PERSONAL, is_private=True)
    dialog = Dialog(
        title="Questions about fx_trades",
        inputs=(Input(name="feed", label="Feed name"), Input(name="owner", label="Owner", value="payments")),
        submit=Action(verb="config.answer", label="Build it"),
    )

    async def script(incoming: Incoming) -> Reply:
        if incoming.kind is IncomingKind.PRESS:
            return Reply(dialog=dialog)
        if incoming.inputs["feed"] == "FX":
            return Reply(input_errors={"feed": "That can't be a feed's name."})
        return Reply(updated=a_card(f"Built {incoming.inputs['feed']} of {incoming.inputs['owner']}"))

    world.teams.desk.script = script
    card = a_card("I read your file", actions=(Action(verb="config.ask", label="Answer"),))
    world.server.call(world.teams.door.post(place, card, "k4"))
    frame = world.playground.wait_for_text("I read your file", "createMessage")
    message = frame["message"]["messageId"]

    asked = card_in(world.playground.press(PERSONAL, message, shown(frame)["actions"][0]))
    wrong = {"feed": "FX", "owner": "risk"}
    again = card_in(world.playground.press(PERSONAL, message, asked["actions"][0], wrong))
    right = {"feed": "fx_trades", "owner": "risk"}
    done = card_in(world.playground.press(PERSONAL, message, again["actions"][0], right))

    assert [element.get("id") for element in asked["body"] if "id" in element] == ["feed", "owner"]
    assert "That can't be a feed's name." in json.dumps(again)
    assert next(one for one in again["body"] if one.get("id") == "owner")["value"] == "risk"
    assert "Built fx_trades of risk" in json.dumps(done)


def test_an_old_client_submits_instead_of_executing(world: World) -> None:
    place = Place(platform=Platform.TEAMS, workspace=TENANT, channel=PERSONAL, is_private=True)

    async def script(incoming: Incoming) -> Reply:
        return Reply(whispers=(a_card(f"Taken: {incoming.kind}"),))

    world.teams.desk.script = script
    card = a_card("Old client", actions=(Action(verb="alert.ack", label="Acknowledge"),))
    world.server.call(world.teams.door.post(place, card, "k5"))
    frame = world.playground.wait_for_text("Old client", "createMessage")

    data = shown(frame)["actions"][0]["fallback"]["data"]
    world.playground.submit(PERSONAL, frame["message"]["messageId"], data)

    world.playground.wait_for_text("Taken: press", "createMessage")


def test_a_button_of_another_place_is_told_apart_by_its_token(world: World) -> None:
    elsewhere = Place(platform=Platform.SLACK, workspace="T1", channel="C1")
    other = TokenMint({"k1": b"t" * 32}, "k1")(Action(verb="approval.yes", label="Approve"), elsewhere)

    async def script(incoming: Incoming) -> Reply:
        MINT.read(incoming.token, incoming.place)
        return Reply(updated=a_card("should not be"))

    world.teams.desk.script = script
    place = Place(platform=Platform.TEAMS, workspace=TENANT, channel=PERSONAL, is_private=True)
    world.server.call(world.teams.door.post(place, a_card("Copy target"), "k6"))
    frame = world.playground.wait_for_text("Copy target", "createMessage")

    action = {"verb": "approval.yes", "data": {"token": other}}
    answer = world.playground.press(PERSONAL, frame["message"]["messageId"], action)

    assert "belongs to another channel" in json.dumps(answer)


def test_a_file_posted_in_a_channel_gets_a_sentence_with_the_way_that_works(world: World) -> None:
    def with_file(activity: dict[str, Any]) -> None:
        conversation = {"id": f"{CHANNEL};messageid=1", "conversationType": "channel", "tenantId": TENANT}
        bot = {"id": BOT, "name": "Dogwatch"}
        activity.clear()
        activity.update(
            {
                "type": "message",
                "id": "file-in-channel",
                "channelId": "msteams",
                "text": "<at>Dogwatch</at> read this",
                "from": {"id": "u-alice", "name": "Alice Ng", "aadObjectId": ALICE},
                "recipient": bot,
                "serviceUrl": f"{world.playground.url.replace('127.0.0.1', 'localhost')}/_connector",
                "conversation": conversation,
                "channelData": {"tenant": {"id": TENANT}},
                "entities": [{"type": "mention", "mentioned": bot, "text": "<at>Dogwatch</at>"}],
                "attachments": [
                    {
                        "contentType": "text/html",
                        "content": '<p>read this</p><attachment id="1"></attachment>',
                    }
                ],
            }
        )

    posted = world.playground.write(CHANNEL, "a thread to answer in", mention=True)
    thread = posted["postConversationId"]

    def into_thread(activity: dict[str, Any]) -> None:
        with_file(activity)
        activity["conversation"]["id"] = thread

    world.playground.custom(CHANNEL, into_thread)

    frame = world.playground.wait_for_text("files posted in a channel", "createMessage")
    assert "Open our personal chat" in json.dumps(frame)
    assert [act.text for act in world.teams.desk.accepted] == ["a thread to answer in"]


def test_a_whisper_in_a_channel_goes_to_the_persons_own_chat(world: World) -> None:
    async def script(incoming: Incoming) -> Reply:
        return Reply(whispers=(a_card("Between us"),))

    world.teams.desk.script = script

    world.playground.write(CHANNEL, "psst", mention=True)

    frame = world.playground.wait_for_text("Between us", "createMessage")
    assert PERSONAL in json.dumps(frame)
    assert CHANNEL not in json.dumps(frame)


def test_who_is_asked_directly_is_asked_in_their_own_chat_and_can_answer_there(world: World) -> None:
    async def script(incoming: Incoming) -> Reply:
        MINT.read(incoming.token, incoming.place)
        return Reply(updated=a_card("Thank you"))

    world.playground.write(PERSONAL, "hello")
    world.teams.desk.script = script
    directly = Place(platform=Platform.TEAMS, workspace=TENANT, channel=f"@{ALICE}", is_private=True)
    card = a_card("Do you know", actions=(Action(verb="kb.answer", label="I know"),))
    sent = world.server.call(world.teams.door.post(directly, card, "k12"))
    frame = world.playground.wait_for_text("Do you know", "createMessage")

    answer = world.playground.press(PERSONAL, frame["message"]["messageId"], shown(frame)["actions"][0])

    assert sent.place.channel == PERSONAL
    assert "Thank you" in json.dumps(answer)


def test_an_entry_of_a_messages_menu_opens_a_dialog_whose_answer_is_an_act(world: World) -> None:
    asked = Dialog(
        title="Add to the timeline",
        inputs=(Input(name="text", label="What happened?", value="the vendor called"),),
        submit=Action(verb="incident.note_message", label="Add"),
    )

    async def script(incoming: Incoming) -> Reply:
        if incoming.kind is IncomingKind.SHORTCUT:
            return Reply(dialog=asked)
        MINT.read(incoming.token, incoming.place)
        return Reply(input_errors={"text": "Say more."} if incoming.inputs["text"] == "" else {})

    world.teams.desk.script = script
    payload = {"id": "1700", "replyToId": "1600", "createdDateTime": "2026-11-23T06:00:00Z",
               "body": {"contentType": "html", "content": "<p>the vendor &amp; we<br>called</p>"},
               "from": {"user": {"displayName": "Bob Oak"}}}  # fmt: skip
    value = {"commandId": "message_to_timeline", "commandContext": "message", "messagePayload": payload}

    opened = world.playground.invoke(CHANNEL, "composeExtension/fetchTask", value)

    act = world.teams.desk.accepted[0]
    card = json.loads(json.dumps(opened))["task"]["value"]["card"]["content"]
    assert (act.text, act.place.thread, act.inputs["author"]) == (
        "the vendor & we\ncalled",
        "1600",
        "Bob Oak",
    )
    data = card["actions"][0]["data"]
    wrong = world.playground.invoke(CHANNEL, "composeExtension/submitAction", {"data": {**data, "text": ""}})
    right = world.playground.invoke(CHANNEL, "composeExtension/submitAction", {"data": {**data, "text": "x"}})
    assert "Say more." in json.dumps(wrong)
    assert right["task"] == {"type": "message", "value": "Done."}
    assert world.teams.desk.accepted[-1].place.thread == "1600"


def test_a_channel_that_never_heard_of_us_is_outside_trouble(world: World) -> None:
    nowhere = Place(platform=Platform.TEAMS, workspace=TENANT, channel="19:nowhere@thread.tacv2")

    with pytest.raises(OutsideTrouble, match="no conversation"):
        world.server.call(world.teams.door.post(nowhere, a_card("x"), "k9"))


def test_a_message_that_teams_does_not_take_is_outside_trouble(world: World) -> None:
    place = Place(platform=Platform.TEAMS, workspace=TENANT, channel=PERSONAL, is_private=True)

    with pytest.raises(OutsideTrouble, match="answered 404"):
        world.server.call(world.teams.door.update(MessageRef(place=place, message="404"), a_card("x")))


def card_in(answer: dict[str, Any]) -> dict[str, Any]:
    found = answer
    while found.get("type") != "AdaptiveCard":
        found = found.get("value") or found.get("body") or found["card"]
    return found
