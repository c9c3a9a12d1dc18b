from pathlib import Path

import pytest
from starlette.requests import Request

from bot.adapters.webchat import WebChannel, WebSessions
from bot.adapters.webchat.shield import is_from_this_machine
from tests.bot.webchat.parts import Chat, settings_of
from tests.bot.webchat.visitor import Visitor


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


async def test_what_holds_a_token_is_never_packed_and_scripts_are(ana: Visitor) -> None:
    about = await ana.http.get("/api/me", headers={"Accept-Encoding": "gzip"})
    script = await ana.http.get("/static/app.js", headers={"Accept-Encoding": "gzip"})

    assert about.json()["csrf"]
    assert "content-encoding" not in about.headers
    assert script.headers["content-encoding"] == "gzip"


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
    session = sessions.begin("ana", "Ana", now, proven_at=now)

    cookie = sessions.cookie(session)

    assert sessions.read(cookie, now) == session
    assert sessions.read(cookie, now + chat.settings.session_lifetime) is None


@pytest.mark.proves("D8")
@pytest.mark.parametrize(
    ("caller", "host"),
    [
        ("203.0.113.7", "127.0.0.1"),
        ("127.0.0.1", "rebound.example"),
        ("127.0.0.1", "testserver"),
        ("127.0.0.1", ""),
    ],
)
async def test_demo_people_exist_only_for_this_machine(chat: Chat, caller: str, host: str) -> None:
    visitor = Visitor(chat, caller=caller)
    headers = {"Host": f"{host}:8080"}

    shown = await visitor.http.get("/api/me", headers=headers)
    entered = await visitor.http.post("/api/enter", json={"subject": "kim"}, headers=headers)

    assert (shown.status_code, entered.status_code) == (401, 401)


@pytest.mark.parametrize(
    "passed_on", ["Via", "Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-IP"]
)
async def test_what_a_proxy_on_this_machine_passes_on_is_from_elsewhere(
    chat: Chat, ana: Visitor, passed_on: str
) -> None:
    assert (await ana.http.get("/api/me")).status_code == 200
    assert (await ana.http.get("/api/me", headers={passed_on: "127.0.0.1"})).status_code == 401


def test_a_proxy_that_says_nothing_of_itself_speaks_an_old_protocol() -> None:
    def asked(version: str) -> bool:
        scope = {"type": "http", "http_version": version, "client": ("127.0.0.1", 1)}
        return is_from_this_machine(Request(scope | {"headers": [(b"host", b"127.0.0.1:8420")]}))

    assert (asked("1.1"), asked("1.0")) == (True, False)


@pytest.mark.proves("D8")
async def test_who_came_over_https_is_told_to_stay_there(chat: Chat) -> None:
    visitor = Visitor(chat)

    over = {
        scheme: (await visitor.http.get(f"{scheme}://localhost/")).headers.get("strict-transport-security")
        for scheme in ("https", "http")
    }

    assert over == {"https": "max-age=31536000", "http": None}


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


@pytest.mark.proves("M7")
async def test_a_channel_of_a_team_is_on_nobody_elses_page(tmp_path: Path) -> None:
    channels = (WebChannel(id="all"), WebChannel(id="risk", teams=frozenset({"risk"})))
    teams = {"ana": frozenset({"risk"})}
    chat = Chat(tmp_path, settings_of(channels=channels), teams_of=lambda who: teams.get(who, frozenset()))
    insider, outsider = Visitor(chat), Visitor(chat)
    seen = [(await one.enter(who)).json()["channels"] for one, who in ((insider, "ana"), (outsider, "jo"))]
    said = await insider.post("/api/messages", channel="risk", text="secret")

    refused = [
        await outsider.http.get("/api/messages?channel=risk"),
        await outsider.post("/api/messages", channel="risk", text="hello"),
        await outsider.http.get(f"/api/files/{said.json()['message']['id']}/0"),
    ]

    assert [[one["id"] for one in page] for page in seen] == [["all", "risk", "dm:ana"], ["all", "dm:jo"]]
    assert said.status_code == 200
    assert {answer.status_code for answer in refused} == {404}
