import re

import pytest

from bot.cards.model import Action, Card, Dialog, Input, Reply
from domain.errors import NotAllowed
from domain.identity.chat import Incoming, IncomingKind
from tests.bot.webchat.parts import Chat
from tests.bot.webchat.visitor import Visitor


async def test_a_message_reaches_the_desk_in_our_own_words(chat: Chat, ana: Visitor) -> None:
    await ana.post("/api/messages", channel="approvals", text="@Dogwatch what waits for me")

    act = chat.desk.accepted[0]
    assert (act.kind, act.text, act.addressed) == (IncomingKind.MESSAGE, "what waits for me", True)
    assert (act.account.workspace, act.account.user) == ("web", "ana")
    assert (act.place.channel, act.place.thread, act.message) == ("approvals", "", "1")


async def test_talk_between_people_in_a_thread_is_not_addressed_to_the_bot(chat: Chat, ana: Visitor) -> None:
    await ana.post("/api/messages", channel="approvals", text="what waits")
    await ana.post("/api/messages", channel="approvals", text="mail@Dogwatch.example, anyone?", thread="1")
    await ana.post("/api/messages", channel="approvals", text="@dogwatch feeds", thread="1")
    await ana.post("/api/messages", channel="dm:ana", text="feeds")

    assert [act.addressed for act in chat.desk.accepted] == [True, False, True, True]
    assert chat.desk.accepted[3].place.is_private


async def test_what_begins_a_thread_is_addressed_to_the_bot_without_a_mention(
    chat: Chat, ana: Visitor
) -> None:
    await ana.post("/api/messages", channel="data-feeds", text="how do I begin?")

    assert (chat.desk.accepted[0].text, chat.desk.accepted[0].addressed) == ("how do I begin?", True)


@pytest.mark.proves("D2")
async def test_an_act_sent_again_acts_once_and_is_answered_again(chat: Chat, ana: Visitor) -> None:
    body = {"nonce": "the-same-nonce", "channel": "approvals", "text": "once"}
    headers = {"X-CSRF-Token": ana.csrf}

    answers = [await ana.http.post("/api/messages", json=body, headers=headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(chat.desk.accepted) == 1
    assert len(chat.log.page("approvals", "", "ana", 0, 9)) == 1


@pytest.mark.proves("D2")
async def test_a_press_sent_again_is_answered_with_the_dialog_and_the_errors_it_had(
    chat: Chat, ana: Visitor
) -> None:
    async def script(incoming: Incoming) -> Reply:
        if incoming.kind is IncomingKind.SUBMIT:
            return Reply(input_errors={"why": "Say why."})
        submit = Action(verb="a", label="Go")
        return Reply(dialog=Dialog(title="Why", inputs=(Input(name="why", label="Why"),), submit=submit))

    chat.desk.script = script
    headers = {"X-CSRF-Token": ana.csrf}
    body = {"nonce": "the-same-nonce", "channel": "approvals", "token": "t"}
    pressed = [(await ana.http.post("/api/press", json=body, headers=headers)).json() for _ in range(2)]
    body["nonce"] = "another-nonce"
    filled = [(await ana.http.post("/api/submit", json=body, headers=headers)).json() for _ in range(2)]

    assert len(chat.desk.accepted) == 2
    assert [one["dialog"]["title"] for one in pressed] == ["Why", "Why"]
    assert [one["input_errors"] for one in filled] == [{"why": "Say why."}] * 2


async def test_two_people_may_use_the_same_nonce(chat: Chat, ana: Visitor) -> None:
    jo = Visitor(chat)
    await jo.enter("jo")

    await ana.post("/api/messages", channel="approvals", text="from ana")
    await jo.post("/api/messages", channel="approvals", text="from jo")

    assert [act.account.user for act in chat.desk.accepted] == ["ana", "jo"]


async def test_a_press_carries_the_place_where_the_message_really_stands(chat: Chat, ana: Visitor) -> None:
    card = Card(title="May I", plain="May I", actions=(Action(verb="approval.yes", label="Yes"),))
    message = await chat.adapter.post(chat.adapter.place("approvals"), card, "k")

    await ana.post("/api/press", message=message.message, channel="dm:ana", token="t", inputs={"why": "x"})

    act = chat.desk.accepted[0]
    assert (act.kind, act.place.channel, act.message) == (IncomingKind.PRESS, "approvals", message.message)
    assert (act.token, act.inputs) == ("t", {"why": "x"})


async def test_a_press_on_somebody_elses_whisper_or_dm_is_not_found(chat: Chat, ana: Visitor) -> None:
    card = Card(title="Secret", plain="Secret", actions=(Action(verb="x", label="X"),))
    whisper = await chat.adapter.keep_whisper(chat.adapter.place("approvals"), "jo", card, "w")
    direct = await chat.adapter.post(chat.adapter.direct_place("jo"), card, "d")

    answers = [
        await ana.post("/api/press", message=m, token="t") for m in (whisper.id, direct.message, "999")
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert chat.desk.accepted == []


async def test_whispers_and_direct_messages_are_on_nobody_elses_page(chat: Chat, ana: Visitor) -> None:
    card = Card(title="Secret", plain="Secret")
    await chat.adapter.keep_whisper(chat.adapter.place("approvals"), "jo", card, "w")
    await chat.adapter.post(chat.adapter.direct_place("jo"), card, "d")

    channel = await ana.http.get("/api/messages", params={"channel": "approvals"})
    direct = await ana.http.get("/api/messages", params={"channel": "dm:jo"})

    assert channel.json()["messages"] == []
    assert direct.status_code == 404


async def test_the_answer_to_an_act_carries_dialog_whispers_and_errors(chat: Chat, ana: Visitor) -> None:
    async def script(incoming: Incoming) -> Reply:
        return Reply(
            dialog=Dialog(
                title="Q", inputs=(Input(name="feed", label="Feed"),), submit=Action(verb="a", label="Go")
            ),
            whispers=(Card(title="Psst", plain="Psst"),),
            input_errors={"feed": "Too short."},
        )

    chat.desk.script = script

    answer = (await ana.post("/api/messages", channel="approvals", text="x")).json()

    assert 'name="feed"' in answer["dialog"]["html"]
    assert answer["whispers"][0]["private"]
    assert answer["input_errors"] == {"feed": "Too short."}


async def test_a_refusal_of_the_desk_is_its_sentence(chat: Chat, ana: Visitor) -> None:
    async def script(incoming: Incoming) -> Reply:
        raise NotAllowed("own", say="You asked for this change, so someone else has to approve it.")

    chat.desk.script = script

    answer = await ana.post("/api/messages", channel="approvals", text="x")

    assert answer.status_code == 403
    assert "someone else" in answer.json()["error"]


async def test_a_fault_gives_a_reference_and_no_trace(chat: Chat, ana: Visitor) -> None:
    async def script(incoming: Incoming) -> Reply:
        raise RuntimeError("password=hunter2")

    chat.desk.script = script

    answer = await ana.post("/api/messages", channel="approvals", text="x")

    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert re.search(r"in the log under [0-9a-f]{8}\.", answer.json()["error"])
