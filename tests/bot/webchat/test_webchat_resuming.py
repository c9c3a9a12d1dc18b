"""Acts that were kept and done later, as after a restart: who acted reads what came of them."""

from datetime import UTC, datetime
from pathlib import Path

from bot.adapters.webchat import resume_on_web
from bot.cards.model import Action, Card, Dialog, Input, Reply
from domain.identity.chat import Account, Incoming, IncomingKind, Platform
from domain.ports.web_chat import WebMessage
from tests.bot.webchat.parts import Chat


def a_press(chat: Chat) -> Incoming:
    return Incoming(
        key="web:s1:n1",
        kind=IncomingKind.PRESS,
        account=Account(platform=Platform.WEB, workspace="web", user="jo"),
        place=chat.adapter.place("approvals"),
        at=datetime(2026, 11, 29, tzinfo=UTC),
        token="t.o.k",
    )


def read_by(chat: Chat, subject: str) -> list[WebMessage]:
    return chat.log.page("approvals", "", subject, 0, 10)


async def test_a_refusal_that_came_later_is_read_by_who_acted_and_nobody_else(tmp_path: Path) -> None:
    chat = Chat(tmp_path)
    away = Card(title="Something I depend on is away", plain="The host is away.")
    await chat.adapter.keep_whisper(chat.adapter.place("approvals"), "jo", away, key="web:s1:n1:0")

    async def script(_: Incoming) -> Reply:
        return Reply(whispers=(Card(title="Not yours to do", plain="Only approvers may."),))

    chat.desk.script = script
    for _ in range(2):
        await resume_on_web(chat.desk, chat.adapter, a_press(chat))

    assert [Card.model_validate_json(one.card).plain for one in read_by(chat, "jo")] == [
        "The host is away.",
        "Only approvers may.",
    ]
    assert read_by(chat, "kim") == []


async def test_a_question_that_came_later_to_a_closed_chat_says_that_nothing_was_done(tmp_path: Path) -> None:
    chat = Chat(tmp_path)
    asked = Dialog(
        title="Why?", inputs=(Input(name="why", label="Why?"),), submit=Action(verb="reject", label="Reject")
    )

    async def script(_: Incoming) -> Reply:
        return Reply(dialog=asked)

    chat.desk.script = script
    await resume_on_web(chat.desk, chat.adapter, a_press(chat))

    assert "Nothing was done: do it again." in read_by(chat, "jo")[0].card
