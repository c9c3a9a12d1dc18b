"""Sign-in with a password, what a session is worth, and programs' keys."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from bot.adapters.webchat.sessions import sessions_of
from domain.identity.people import Role
from domain.identity.web_access import Guesses, MarkKind, Scope, new_key
from domain.ids import PersonId
from domain.proof.audit import AuditAct
from runtime.library_access.pages import library_pages
from storage.audit.audit_verify import rows_of
from tests.web.house import ADDRESS, WebHouse
from web.signin.guesses import MOST_FROM_EVERYWHERE, Tries
from web.signin.limit import address_of
from web.signin.passwords import set_password

PASSWORD = "four unrelated words here"


@pytest.fixture
def house(tmp_path: Path) -> WebHouse:
    made = WebHouse(tmp_path)
    erin = made.knows("erin", Role.ENGINEER)
    with made.transactions.writing() as uow:
        set_password(uow, erin.id, PASSWORD, made.clock.now(), "test")
    return made


@pytest.fixture
async def browser(house: WebHouse) -> AsyncIterator[httpx.AsyncClient]:
    async with house.browser() as opened:
        yield opened


async def sign_in(browser: httpx.AsyncClient, password: str = PASSWORD, name: str = "erin") -> httpx.Response:
    return await browser.post("/sign-in/password", json={"name": name, "password": password})


async def test_the_right_password_opens_the_dashboard(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/dashboard/")).status_code == 303
    assert (await sign_in(browser)).json() == {"to": "/"}
    page = await browser.get("/dashboard/")
    assert page.status_code == 200
    assert "Erin" in page.text


@pytest.mark.proves("D8", "N2")
@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/incidents/i1", "/incidents/i1"),
        ("/dashboard/feeds/fx_trades", "/dashboard/feeds/fx_trades"),
        (
            "/dashboard/?team=fx+rates&state=red&find=%C3%BC",
            "/dashboard/?team=fx+rates&state=red&find=%C3%BC",
        ),
        ("/dashboard/?find=<script>", "/"),
        ("/dashboard/?team=a\r\nSet-Cookie:x", "/"),
        ("?team=a", "/"),
        ("//bank.com/x?team=a", "/"),
        ("//bank.com/x", "/"),
        ("/\\bank.com", "/"),
        ("https://bank.com", "/"),
        ("/x?next=//bank.com", "/"),
        ("/../sign-in/out", "/"),
        ("/%0d%0aSet-Cookie:x", "/"),
        ('/"><script>', "/"),
        ("javascript:x", "/"),
        ("/" + "a" * 400, "/"),
        ("/" + "a" * 290 + "!", "/"),
        ("/" + "a/" * 140 + "!", "/"),
        (["/"], "/"),
        (None, "/"),
    ],
)
async def test_after_the_sign_in_only_a_page_of_ours_follows(
    browser: httpx.AsyncClient, asked: object, leads_to: str
) -> None:
    told = {"name": "erin", "password": PASSWORD, "next": asked}

    assert (await browser.post("/sign-in/password", json=told)).json() == {"to": leads_to}


@pytest.mark.proves("N2")
async def test_a_link_waits_behind_the_sign_in(browser: httpx.AsyncClient) -> None:
    sent = await browser.get("/dashboard/feeds/fx_trades")

    assert (sent.status_code, sent.headers["location"]) == (
        303, "/sign-in/?next=/dashboard/feeds/fx_trades",
    )  # fmt: skip
    chosen = (await browser.get("/dashboard/?team=rates&state=red")).headers["location"]
    assert chosen == "/sign-in/?next=/dashboard/%3Fteam%3Drates%26state%3Dred"
    odd = (await browser.get("/dashboard/?find='")).headers["location"]
    assert odd == "/sign-in/?next=/dashboard/"


@pytest.mark.proves("I5")
async def test_a_wrong_name_and_a_wrong_password_read_the_same(browser: httpx.AsyncClient) -> None:
    wrong = await sign_in(browser, "not the password")
    nobody = await sign_in(browser, PASSWORD, "nobody-of-that-name")
    assert (wrong.status_code, wrong.text) == (nobody.status_code, nobody.text)
    assert wrong.status_code == 403


@pytest.mark.proves("I5")
async def test_five_wrong_guesses_lock_even_the_right_password(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    for _ in range(5):
        await sign_in(browser, "guess after guess")
    assert (await sign_in(browser)).status_code == 403
    house.clock.at += timedelta(minutes=16)
    assert (await sign_in(browser)).status_code == 200


@pytest.mark.proves("I5")
def test_a_person_without_a_password_cannot_be_guessed_into(house: WebHouse) -> None:
    house.knows("sam")
    with house.transactions.reading() as uow:
        kept = uow.sign_ins.password_of(house.knows("erin").id)
        assert uow.sign_ins.password_of(house.knows("sam").id) is None
    assert kept is not None
    assert kept.hash.startswith("$argon2id$")
    assert PASSWORD not in kept.model_dump_json()


@pytest.mark.proves("I4")
async def test_every_sign_in_is_a_new_session(browser: httpx.AsyncClient) -> None:
    first = (await sign_in(browser)).cookies["dogwatch_session"]
    second = (await sign_in(browser)).cookies["dogwatch_session"]
    assert first != second


@pytest.mark.proves("I4")
async def test_signing_out_ends_the_session_wherever_its_cookie_is(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    cookie = (await sign_in(browser)).cookies["dogwatch_session"]
    token = (await browser.get("/sign-in/ways")).json()["csrf"]
    out = await browser.post("/sign-in/out", headers={"x-csrf-token": token})
    assert out.status_code == 200
    async with house.browser() as copied:
        copied.cookies.set("dogwatch_session", cookie)
        assert (await copied.get("/dashboard/")).status_code == 303


@pytest.mark.proves("I4", "D8")
async def test_another_site_cannot_sign_somebody_out(browser: httpx.AsyncClient) -> None:
    await sign_in(browser)
    assert (await browser.post("/sign-in/out")).status_code == 403
    assert (await browser.get("/dashboard/")).status_code == 200


@pytest.mark.proves("I4")
async def test_an_idle_session_ends(house: WebHouse, browser: httpx.AsyncClient) -> None:
    await sign_in(browser)
    house.clock.at += timedelta(hours=2, minutes=1)
    assert (await browser.get("/dashboard/")).status_code == 303


@pytest.mark.proves("I4")
async def test_a_page_that_is_only_open_is_idle(house: WebHouse, browser: httpx.AsyncClient) -> None:
    cookie = (await sign_in(browser)).cookies["dogwatch_session"]
    session = sessions_id(house, cookie)
    by_itself = [{"x-looks-on": "1"}, {"sec-fetch-dest": "image"}]
    for _ in range(3):
        house.clock.at += timedelta(minutes=39)
        house.visitors.forget(session)
        for headers in by_itself:
            assert (await browser.get("/dashboard/", headers=headers)).status_code == 200
    house.clock.at += timedelta(minutes=5)
    house.visitors.forget(session)
    assert (await browser.get("/dashboard/", headers={"x-looks-on": "1"})).status_code == 303


@pytest.mark.proves("I4")
async def test_a_busy_session_ends_after_half_a_day(house: WebHouse, browser: httpx.AsyncClient) -> None:
    cookie = (await sign_in(browser)).cookies["dogwatch_session"]
    session = sessions_id(house, cookie)
    for _ in range(11):
        house.clock.at += timedelta(hours=1)
        house.visitors.forget(session)
        assert (await browser.get("/dashboard/")).status_code == 200
    house.clock.at += timedelta(hours=1, minutes=1)
    house.visitors.forget(session)
    assert (await browser.get("/dashboard/")).status_code == 303


@pytest.mark.proves("I4", "A5")
async def test_a_deactivated_person_is_out_at_once(house: WebHouse, browser: httpx.AsyncClient) -> None:
    await sign_in(browser)
    house.knows("erin", Role.ENGINEER, is_active=False)
    assert (await browser.get("/dashboard/")).status_code == 303
    assert (await sign_in(browser)).status_code == 403


@pytest.mark.proves("L1")
async def test_sign_ins_and_refusals_are_recorded(house: WebHouse, browser: httpx.AsyncClient) -> None:
    await sign_in(browser, "not the password")
    await sign_in(browser)
    acts = [row["act"] for row in rows_of(house.database)]
    assert AuditAct.REFUSED.value in acts
    assert AuditAct.SIGNED_IN.value in acts


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"name": 1, "password": "x"}', b"{" * 5000, b"x" * 9000]
)
async def test_a_malformed_sign_in_gets_a_sentence(browser: httpx.AsyncClient, body: bytes) -> None:
    answer = await browser.post("/sign-in/password", content=body)
    assert answer.status_code == 422
    assert answer.json()["error"]


@pytest.mark.proves("I5")
async def test_a_key_reads_until_it_is_revoked_or_ends(house: WebHouse, browser: httpx.AsyncClient) -> None:
    erin = house.knows("erin", Role.ENGINEER)
    key, text = new_key("test", erin.id, frozenset({Scope.READ}), house.clock.now(), timedelta(days=1))
    with house.transactions.writing() as uow:
        uow.api_keys.save(key)
    headers = {"authorization": f"Bearer {text}"}
    assert (await browser.get("/api/v1/feeds", headers=headers)).json() == []
    assert text.rpartition("_")[2] not in key.model_dump_json()
    house.clock.at += timedelta(days=1, seconds=1)
    assert (await browser.get("/api/v1/feeds", headers=headers)).status_code == 401
    house.clock.at -= timedelta(hours=2)
    with house.transactions.writing() as uow:
        uow.api_keys.save(key.model_copy(update={"revoked_at": house.clock.now()}))
    assert (await browser.get("/api/v1/feeds", headers=headers)).status_code == 401


@pytest.mark.proves("I5")
async def test_a_key_opens_only_its_scope(house: WebHouse, browser: httpx.AsyncClient) -> None:
    erin = house.knows("erin", Role.ENGINEER)
    key, text = new_key("in", erin.id, frozenset({Scope.INTAKE}), house.clock.now(), timedelta(days=1))
    with house.transactions.writing() as uow:
        uow.api_keys.save(key)
    answer = await browser.get("/api/v1/feeds", headers={"authorization": f"Bearer {text}"})
    assert answer.status_code == 401


@pytest.mark.proves("I5")
async def test_many_guesses_at_once_are_five(house: WebHouse, browser: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(sign_in(browser, f"guess number {n}") for n in range(12)))

    assert {answer.status_code for answer in answers} == {403}
    with house.transactions.reading() as uow:
        marks = uow.sign_in_marks.live(MarkKind.GUESSES, house.clock.now())
    counted = [Guesses.model_validate_json(mark.text).wrong for mark in marks]
    assert counted == [5, 5], "of the address, and of all addresses"
    assert (await sign_in(browser)).status_code == 403


@pytest.mark.proves("I5")
async def test_a_stranger_locks_what_they_guess_from_and_no_colleague(house: WebHouse) -> None:
    async with house.browser(caller="192.0.2.7") as stranger, house.browser(caller="192.0.2.8") as erin:
        await asyncio.gather(*(sign_in(stranger, f"guess number {number}") for number in range(6)))

        assert (await sign_in(stranger)).status_code == 403
        assert (await sign_in(erin)).status_code == 200


@pytest.mark.proves("I5")
def test_guesses_from_everywhere_leave_a_browser_that_its_person_used(house: WebHouse) -> None:
    def tries(address: str, cookie: str = "") -> Tries:
        headers = [(b"cookie", cookie.encode())] if cookie else []
        scope = {"type": "http", "client": (address, 1), "headers": headers, "scheme": "http", "path": "/"}
        return Tries(house.services, Request(scope), by_address=True)

    own, answer = tries("192.0.2.1"), Response()
    assert own.may_try("erin")
    own.forget()
    own.remember_browser(answer)
    known = answer.headers["set-cookie"].partition(";")[0]

    strange = [tries(f"198.51.100.{number // 5}").may_try("erin") for number in range(MOST_FROM_EVERYWHERE)]

    assert all(strange)
    assert not tries("198.51.100.99").may_try("erin"), "nobody tries from a new place now"
    assert [tries("192.0.2.1", known).may_try("erin") for _ in range(6)] == [True] * 5 + [False]
    assert tries("198.51.100.99", known).may_try("sam"), "known for erin alone"


@pytest.mark.proves("I5")
async def test_a_browser_is_known_for_its_person_only_and_until_the_password_changes(house: WebHouse) -> None:
    sam = house.knows("sam", Role.ENGINEER)
    with house.transactions.writing() as uow:
        set_password(uow, sam.id, "sam has other words", house.clock.now(), "test")
    async with house.browser(caller="192.0.2.1") as browser:
        await sign_in(browser, "sam has other words", "sam")
        await asyncio.gather(*(sign_in(browser, f"guess number {number}") for number in range(5)))

        assert (await sign_in(browser)).status_code == 403
        assert (await sign_in(browser, "sam has other words", "sam")).status_code == 200
        with house.transactions.writing() as uow:
            set_password(uow, PersonId("erin"), "another four words", house.clock.now(), "test")
        assert (await sign_in(browser, "another four words")).status_code == 200, "a new one lifts the lock"


@pytest.mark.proves("I4")
async def test_a_new_password_ends_every_session(house: WebHouse, browser: httpx.AsyncClient) -> None:
    cookie = (await sign_in(browser)).cookies["dogwatch_session"]
    erin = house.knows("erin", Role.ENGINEER)
    with house.transactions.writing() as uow:
        set_password(uow, erin.id, "another four words", house.clock.now(), "test")
    house.visitors.forget(sessions_id(house, cookie))

    assert (await browser.get("/dashboard/")).status_code == 303
    assert (await sign_in(browser)).status_code == 403
    assert (await sign_in(browser, "another four words")).status_code == 200


@pytest.mark.proves("D10", "I5", "L1")
async def test_an_address_that_tries_too_often_is_told_so_and_others_pass(house: WebHouse) -> None:
    async with house.browser(caller="192.0.2.7") as crowd, house.browser(caller="192.0.2.8") as other:
        codes = [(await crowd.post("/sign-in/password", content=b"{")).status_code for _ in range(70)]
        told = await sign_in(crowd)
        fine = await sign_in(other)

    assert set(codes) == {422, 429}
    assert (told.status_code, "from your address" in told.json()["error"]) == (429, True)
    assert fine.status_code == 200
    noted = [row for row in rows_of(house.database) if "192.0.2.7" in str(row)]
    assert len(noted) == 1, "once a minute, so that nobody fills the trail"


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("192.0.2.7", "192.0.2.8", False),
        ("::ffff:192.0.2.7", "192.0.2.7", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::1", True),
    ],
)
def test_an_owner_of_many_addresses_has_one_bucket(one: str, other: str, is_same: bool) -> None:
    addresses = [
        address_of(Request({"type": "http", "client": (text, 1), "headers": []})) for text in (one, other)
    ]

    assert (addresses[0] == addresses[1]) is is_same


@pytest.mark.proves("I7")
async def test_who_has_no_role_sees_no_more_here_than_in_the_chat(
    house: WebHouse, browser: httpx.AsyncClient
) -> None:
    await sign_in(browser)
    erin = house.knows("erin", roles=frozenset())
    key, text = new_key("test", erin.id, frozenset({Scope.READ}), house.clock.now(), timedelta(days=1))
    with house.transactions.writing() as uow:
        uow.api_keys.save(key)

    pages = [
        "/dashboard/",
        "/dashboard/feeds/x",
        "/dashboard/alerts",
        "/dashboard/changes/c1",
        "/api/v1/feeds",
    ]
    answers = [await browser.get(page) for page in pages]
    answers.append(await browser.get("/api/v1/feeds", headers={"authorization": f"Bearer {text}"}))

    assert {answer.status_code for answer in answers} == {403}
    assert all("takes the role" in answer.text for answer in answers)


def sessions_id(house: WebHouse, cookie: str) -> str:
    session = sessions_of(house.chat).read(cookie, house.clock.now())
    assert session is not None
    return session.sid


@pytest.mark.proves("N2", "M7")
async def test_an_article_waits_behind_the_sign_in(house: WebHouse) -> None:
    app = library_pages(house.transactions, house.visitors, house.clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ADDRESS) as stranger:
        answer = await stranger.get("/seed-drain-node")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/?next=/seed-drain-node")
