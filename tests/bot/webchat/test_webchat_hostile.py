import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest

from bot.cards.model import Action, Card
from bot.cards.text import md
from domain.identity.chat import IncomingKind
from tests.bot.webchat.parts import Chat, settings_of
from tests.bot.webchat.visitor import Visitor
from tests.full_disk import files_end_at

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "a\u202egpj.exe",
    "${7*7} {{7*7}}",
    "\x00\x1b[31mred",
]


@pytest.mark.proves("D6", "D8", "A11")
@pytest.mark.parametrize("text", HOSTILE)
async def test_outside_text_never_becomes_markup(chat: Chat, ana: Visitor, text: str) -> None:
    card = Card(
        title=text, plain=text, lead=md("{t}", t=text), actions=(Action(verb="x", label=text, confirm=text),)
    )
    await chat.adapter.post(chat.adapter.place("approvals"), card, "k")
    await ana.post("/api/messages", channel="approvals", text=f"x {text}")

    views = (await ana.http.get("/api/messages", params={"channel": "approvals"})).json()["messages"]

    html = views[0]["html"]
    assert not any(mark in html for mark in ("<script", "<img", "<svg", "\u202e", "\x1b", "\x00"))
    assert views[1]["html"] == ""
    assert "\u202e" not in views[1]["text"]


@pytest.mark.proves("D8")
@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "a\u202egpj.exe",
        "x\r\nSet-Cookie: a=b.csv",
        '"; x=".csv',
        "n" * 400 + ".csv",
        "",
        "..",
        "<b>.csv",
    ],
)
async def test_a_hostile_file_name_is_only_a_name_and_the_file_only_a_download(
    chat: Chat, ana: Visitor, name: str
) -> None:
    receipt = (await ana.upload(quote(name), b"<script>alert(1)</script>")).json()["receipt"]
    sent = (await ana.post("/api/messages", channel="approvals", files=[receipt])).json()

    answer = await ana.http.get("/" + sent["message"]["files"][0]["url"])

    act = chat.desk.accepted[0]
    assert act.kind is IncomingKind.UPLOAD
    assert not set("/\\\r\n\u202e") & set(act.files[0].name.replace("\\u", "").replace("\\x", ""))
    assert len(act.files[0].name) <= 200
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers


@pytest.mark.proves("F1")
async def test_an_upload_over_the_limit_is_refused_naming_it_and_leaves_nothing(
    chat: Chat, ana: Visitor, tmp_path: Path
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * 65_536

    headers = {"X-CSRF-Token": ana.csrf, "X-File-Name": "big.csv"}
    declared = await ana.upload("big.csv", b"x" * (3 * 1024 * 1024))
    streamed = await ana.http.post("/api/uploads", content=endless(), headers=headers)

    assert (declared.status_code, streamed.status_code) == (422, 422)
    assert "2 MiB" in streamed.json()["error"]
    assert [path for path in (tmp_path / "blobs").rglob("*") if path.is_file()] == []


async def test_an_upload_that_the_disk_does_not_take_is_refused_in_words_and_works_once_it_does(
    ana: Visitor, tmp_path: Path
) -> None:
    with files_end_at(1000):
        refused = await ana.upload("big.csv", b"x" * 5000)
    again = await ana.upload("big.csv", b"x" * 5000)

    assert refused.status_code < 500 or refused.status_code == 503
    assert "My disk takes nothing at the moment, so I kept none of big.csv" in refused.json()["error"]
    assert again.status_code == 200
    assert len([path for path in (tmp_path / "blobs").rglob("*") if path.is_file()]) == 1


async def test_a_receipt_is_good_for_the_one_who_uploaded(chat: Chat, ana: Visitor) -> None:
    jo = Visitor(chat)
    await jo.enter("jo")
    receipt = (await ana.upload("a.csv", b"a")).json()["receipt"]

    answers = [
        await jo.post("/api/messages", channel="approvals", files=[r])
        for r in (receipt, receipt[:-2], "x", "")
    ]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 422]
    assert chat.desk.accepted == []


@pytest.mark.proves("D10")
async def test_one_who_floods_gets_a_sentence_and_others_still_pass(tmp_path: Path) -> None:
    chat = Chat(tmp_path, settings_of(acts_per_minute=5))
    ana, kim = Visitor(chat), Visitor(chat)
    await ana.enter("ana")
    await kim.enter("kim")

    flooded = [await ana.post("/api/messages", channel="approvals", text="x") for _ in range(8)]
    calm = await kim.post("/api/messages", channel="approvals", text="yes")

    assert [answer.status_code for answer in flooded].count(429) == 3
    assert "5 acts in a minute" in flooded[-1].json()["error"]
    assert calm.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"nonce": "short"}',
        b"[" * 60_000,
        b'{"nonce": "12345678", "channel": "data-feeds", "text": "half a letter: \\ud800"}',
        b'{"nonce": "12345678", "channel": "data-feeds", "text": "x", "\\udfff": 1}',
        json.dumps({"nonce": "nonce-1234", "text": "x", "channel": "approvals", "extra": 1}).encode(),
    ],
)
async def test_a_malformed_act_is_answered_in_words(chat: Chat, ana: Visitor, body: bytes) -> None:
    answer = await ana.http.post("/api/messages", content=body, headers={"X-CSRF-Token": ana.csrf})

    assert answer.status_code == 422
    assert "Reload" in answer.json()["error"]
    assert chat.desk.accepted == []


async def test_too_much_text_is_refused_before_it_is_read(chat: Chat, ana: Visitor) -> None:
    answer = await ana.post("/api/messages", channel="approvals", text="x" * 1_100_000)

    assert answer.status_code == 422
    assert "as a file" in answer.json()["error"]


@pytest.mark.parametrize(
    "query",
    [
        {"channel": "nowhere"},
        {"channel": "approvals", "thread": "x"},
        {"channel": "approvals", "before": "-1"},
        {"channel": "approvals", "thread": "9" * 40},
    ],
)
async def test_a_page_of_nothing_is_not_found(ana: Visitor, query: dict[str, str]) -> None:
    answer = await ana.http.get("/api/messages", params=query)

    assert answer.status_code == 404


async def test_unread_counts_go_down_when_read(chat: Chat, ana: Visitor) -> None:
    await chat.adapter.post(chat.adapter.place("approvals"), Card(title="New", plain="New"), "k")

    before = {c["id"]: c["unread"] for c in (await ana.http.get("/api/me")).json()["channels"]}
    await ana.http.post(
        "/api/read", json={"channel": "approvals", "upto": 1}, headers={"X-CSRF-Token": ana.csrf}
    )
    after = {c["id"]: c["unread"] for c in (await ana.http.get("/api/me")).json()["channels"]}

    assert (before["approvals"], after["approvals"]) == (1, 0)
