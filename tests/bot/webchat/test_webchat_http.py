import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from bot.adapters.webchat import WebSessions
from bot.cards.model import Action, Card, Dialog, Input, Reply
from bot.cards.text import md
from domain.chat import Incoming, IncomingKind
from domain.errors import NotAllowed
from tests.bot.webchat.parts import Chat, settings_of

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "a\u202egpj.exe",
    "${7*7} {{7*7}}",
    "\x00\x1b[31mred",
]


class Visitor:
    """A browser without a screen."""

    def __init__(self, chat: Chat, *, caller: str = "127.0.0.1", host: str = "127.0.0.1") -> None:
        transport = httpx.ASGITransport(chat.app, client=(caller, 4000))
        self.http = httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8080")
        self.csrf = ""
        self._nonce = 0

    async def enter(self, subject: str) -> httpx.Response:
        answer = await self.http.post("/api/enter", json={"subject": subject})
        self.csrf = answer.json().get("csrf", "")
        return answer

    async def post(self, path: str, **body: Any) -> httpx.Response:
        self._nonce += 1
        return await self.http.post(
            path, json={"nonce": f"nonce-{self._nonce:04d}", **body}, headers={"X-CSRF-Token": self.csrf}
        )

    async def upload(self, name: str, content: bytes) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf, "X-File-Name": name}
        return await self.http.post("/api/uploads", content=content, headers=headers)


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    return Chat(tmp_path)


@pytest.fixture
async def ana(chat: Chat) -> AsyncIterator[Visitor]:
    visitor = Visitor(chat)
    await visitor.enter("ana")
    yield visitor
    await visitor.http.aclose()


@pytest.mark.proves("D8")
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/static/app.js",
        "/static/theme.css",
        "/api/me",
        "/api/messages?channel=approvals",
        "/nowhere",
        "/api/files/1/0",
    ],
)
async def test_every_route_forbids_scripts_frames_and_guessing(ana: Visitor, path: str) -> None:
    answer = await ana.http.get(path)

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.proves("D8")
async def test_the_page_itself_has_no_inline_script_or_style(ana: Visitor) -> None:
    page = (await ana.http.get("/")).text

    assert page.count("<script") == 1
    assert 'src="static/app.js"' in page
    assert "style=" not in page
    assert "//" not in page.replace("<!--", "").split("<body>")[0]


@pytest.mark.proves("D8")
async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(chat: Chat) -> None:
    answer = await Visitor(chat).enter("ana")

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_the_cookie_is_secure_unless_told_otherwise(tmp_path: Path) -> None:
    chat = Chat(tmp_path, settings_of(secure_cookies=True))

    answer = await Visitor(chat).enter("ana")

    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.proves("D8")
@pytest.mark.parametrize(
    "path", ["/api/messages", "/api/press", "/api/submit", "/api/uploads", "/api/read", "/api/leave"]
)
@pytest.mark.parametrize("token", ["", "wrong", "ü"])
async def test_an_act_without_the_csrf_token_does_nothing(
    chat: Chat, ana: Visitor, path: str, token: str
) -> None:
    headers = [(b"X-CSRF-Token", token.encode("latin-1"))]
    act = {"nonce": "nonce-1234", "channel": "approvals", "text": "x"}

    answer = await ana.http.post(path, json=act, headers=headers)

    assert answer.status_code == 403
    assert chat.desk.accepted == []
    assert chat.log.latest_change() == 0


@pytest.mark.proves("D8")
@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
async def test_another_site_can_neither_act_nor_sign_in(
    chat: Chat, ana: Visitor, headers: dict[str, str]
) -> None:
    act = {"nonce": "nonce-1234", "channel": "approvals", "text": "x"}

    written = await ana.http.post("/api/messages", json=act, headers={"X-CSRF-Token": ana.csrf, **headers})
    entered = await ana.http.post("/api/enter", json={"subject": "kim"}, headers=headers)

    assert (written.status_code, entered.status_code) == (403, 403)
    assert chat.desk.accepted == []


@pytest.mark.proves("D8")
@pytest.mark.parametrize(
    "path", ["/api/press", "/api/submit", "/api/uploads", "/api/read", "/api/leave", "/api/enter"]
)
async def test_nothing_changes_by_get(ana: Visitor, path: str) -> None:
    answer = await ana.http.get(path)

    assert answer.status_code == 405


@pytest.mark.parametrize("path", ["/api/messages?channel=approvals", "/api/events", "/api/files/1/0"])
async def test_a_visitor_without_a_session_reads_nothing(chat: Chat, path: str) -> None:
    answer = await Visitor(chat).http.get(path)

    assert answer.status_code == 401
    assert "signed out" in answer.json()["error"]


@pytest.mark.parametrize("change", ["flip", "cut", "empty", "garbage"])
async def test_a_changed_cookie_is_no_session(chat: Chat, change: str) -> None:
    visitor = Visitor(chat)
    entered = await visitor.enter("ana")
    cookie = entered.cookies["dogwatch_session"]
    changed = {
        "flip": cookie[:10] + ("A" if cookie[10] != "A" else "B") + cookie[11:],
        "cut": cookie[:-3],
        "empty": "",
        "garbage": "é.è",
    }
    visitor.http.cookies.clear()

    raw = f"dogwatch_session={changed[change]}".encode("latin-1")
    answer = await visitor.http.get("/api/messages?channel=approvals", headers=[(b"Cookie", raw)])

    assert answer.status_code == 401


async def test_a_session_ends(chat: Chat) -> None:
    sessions = WebSessions(b"s" * 32, chat.settings.session_lifetime)
    now = chat.adapter.clock.now()
    session = sessions.begin("ana", "Ana", now)

    cookie = sessions.cookie(session)

    assert sessions.read(cookie, now) == session
    assert sessions.read(cookie, now + chat.settings.session_lifetime) is None


@pytest.mark.proves("D8")
@pytest.mark.parametrize(
    ("caller", "host"), [("203.0.113.7", "127.0.0.1"), ("127.0.0.1", "rebound.example"), ("127.0.0.1", "")]
)
async def test_demo_people_exist_only_for_this_machine(chat: Chat, caller: str, host: str) -> None:
    visitor = Visitor(chat, caller=caller)
    headers = {"Host": f"{host}:8080"}

    shown = await visitor.http.get("/api/me", headers=headers)
    entered = await visitor.http.post("/api/enter", json={"subject": "kim"}, headers=headers)

    assert (shown.status_code, entered.status_code) == (401, 401)


async def test_a_demo_cookie_is_worth_nothing_from_another_machine(chat: Chat, ana: Visitor) -> None:
    away = Visitor(chat, caller="203.0.113.7")

    away.http.cookies.update(ana.http.cookies)
    answer = await away.http.get("/api/messages?channel=approvals")

    assert answer.status_code == 401


async def test_demo_people_are_gone_when_the_demo_is_off(tmp_path: Path) -> None:
    chat = Chat(tmp_path, settings_of(demo=False, sign_in_path="/sign-in"))

    answer = await Visitor(chat).http.get("/api/me")

    assert answer.status_code == 401
    assert answer.json()["sign_in"] == "/sign-in"


async def test_a_message_reaches_the_desk_in_our_own_words(chat: Chat, ana: Visitor) -> None:
    await ana.post("/api/messages", channel="approvals", text="@Dogwatch what waits for me")

    act = chat.desk.accepted[0]
    assert (act.kind, act.text, act.addressed) == (IncomingKind.MESSAGE, "what waits for me", True)
    assert (act.account.workspace, act.account.user) == ("web", "ana")
    assert (act.place.channel, act.place.thread, act.message) == ("approvals", "", "1")


async def test_talk_between_people_is_not_addressed_to_the_bot(chat: Chat, ana: Visitor) -> None:
    await ana.post("/api/messages", channel="approvals", text="mail@Dogwatch.example, anyone?")
    await ana.post("/api/messages", channel="dm:ana", text="feeds")

    assert [act.addressed for act in chat.desk.accepted] == [False, True]
    assert chat.desk.accepted[1].place.is_private


@pytest.mark.proves("D2")
async def test_an_act_sent_again_acts_once_and_is_answered_again(chat: Chat, ana: Visitor) -> None:
    body = {"nonce": "the-same-nonce", "channel": "approvals", "text": "once"}
    headers = {"X-CSRF-Token": ana.csrf}

    answers = [await ana.http.post("/api/messages", json=body, headers=headers) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(chat.desk.accepted) == 1
    assert len(chat.log.page("approvals", "", "ana", 0, 9)) == 1


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
    assert "reference" in answer.json()["error"]


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
