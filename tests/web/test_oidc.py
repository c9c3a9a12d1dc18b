"""Sign-in through a provider that tells the truth, and through one that lies in every way we know."""

import asyncio
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import uvicorn

from domain.identity.chat import Platform
from domain.identity.people import Role
from domain.identity.web_access import is_fresh
from domain.proof.audit import AuditAct
from storage.audit.audit_verify import rows_of
from tests.web.house import ADDRESS, OUR_DOMAIN, WebHouse
from tests.web.provider import CLIENT, SECRET, LyingProvider
from web.oidc import Attempt, OidcProvider
from web.services import Ways


@pytest.fixture(scope="module")
def provider() -> Iterator[LyingProvider]:
    lying = LyingProvider("")
    server = uvicorn.Server(uvicorn.Config(lying.app(), port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    lying.address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    yield lying
    server.should_exit = True
    thread.join()


@pytest.fixture
def house(tmp_path: Path, provider: LyingProvider) -> WebHouse:
    provider.lies = set()
    provider.email, provider.is_email_verified = "erin@example.org", True
    client = OidcProvider(provider.address, CLIENT, SECRET, f"{ADDRESS}/sign-in/oidc/back")
    made = WebHouse(tmp_path, Ways(oidc=client, mail_domains={"oidc": OUR_DOMAIN}))
    made.knows("erin", Role.ENGINEER, email="erin@example.org")
    return made


async def come_back(
    house: WebHouse, provider: LyingProvider, browser: httpx.AsyncClient, **changed: str
) -> httpx.Response:
    sent = await browser.get("/sign-in/oidc")
    assert sent.status_code == 303
    query = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
    return await browser.get("/sign-in/oidc/back", params=provider.agree(query) | changed)


@pytest.mark.proves("D8", "N2")
@pytest.mark.parametrize(("asked", "to"), [("/incidents/i1", "/incidents/i1"), ('//x"><script>', "/")])
async def test_the_provider_leads_back_to_the_page_that_was_asked_for(
    house: WebHouse, provider: LyingProvider, asked: str, to: str
) -> None:
    async with house.browser() as browser:
        sent = await browser.get("/sign-in/oidc", params={"next": asked})
        query = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
        back = await browser.get("/sign-in/oidc/back", params=provider.agree(query))

    assert f'content="0; url={to}"><a href="{to}"' in back.text


async def test_who_the_provider_vouches_for_is_signed_in(house: WebHouse, provider: LyingProvider) -> None:
    async with house.browser() as browser:
        back = await come_back(house, provider, browser)
        assert back.status_code == 200, back.text
        assert "Erin" in (await browser.get("/dashboard/")).text


@pytest.mark.proves("I1")
@pytest.mark.parametrize(
    "lie",
    [
        "wrong_issuer",
        "wrong_audience",
        "wrong_nonce",
        "expired",
        "no_nonce",
        "alg_none",
        "hmac_with_public_key",
        "own_key_in_header",
        "other_party",
        "did_not_ask_anew",
    ],
)
async def test_a_token_that_lies_signs_nobody_in(house: WebHouse, provider: LyingProvider, lie: str) -> None:
    async with house.browser() as browser:
        provider.lies = {lie}
        back = await come_back(house, provider, browser)
        assert back.status_code == 403
        assert (await browser.get("/dashboard/")).status_code == 303
    refusals = [row for row in rows_of(house.database) if row["act"] == AuditAct.REFUSED.value]
    assert ['"method":"oidc"' in row["canonical"] for row in refusals] == [True]


@pytest.mark.proves("I4")
@pytest.mark.parametrize(("silent", "proven"), [(set(), True), ({"no_auth_time"}, False)])
async def test_a_provider_that_does_not_say_when_it_asked_vouches_for_no_high_risk(
    house: WebHouse, provider: LyingProvider, silent: set[str], proven: bool
) -> None:
    provider.lies = silent
    async with house.browser() as browser:
        await come_back(house, provider, browser)
        session = house.sessions.read(browser.cookies["dogwatch_session"], house.clock.now())
    assert session is not None
    assert is_fresh(Platform.WEB, session.signed_in_at, datetime.now(UTC)) is proven


@pytest.mark.proves("I1")
async def test_a_discovery_that_names_another_issuer_is_refused(
    house: WebHouse, provider: LyingProvider
) -> None:
    provider.lies = {"wrong_discovery"}
    async with house.browser() as browser:
        assert (await browser.get("/sign-in/oidc")).status_code == 403


@pytest.mark.proves("I1")
@pytest.mark.parametrize("changed", [{"state": "another"}, {"code": ""}, {"iss": "https://somebody.else"}])
async def test_an_answer_that_was_tampered_with_signs_nobody_in(
    house: WebHouse, provider: LyingProvider, changed: dict[str, str]
) -> None:
    async with house.browser() as browser:
        assert (await come_back(house, provider, browser, **changed)).status_code == 403


@pytest.mark.proves("I1")
async def test_an_answer_in_another_browser_signs_nobody_in(house: WebHouse, provider: LyingProvider) -> None:
    async with house.browser() as browser, house.browser() as other:
        sent = await browser.get("/sign-in/oidc")
        query = dict(parse_qsl(urlsplit(sent.headers["location"]).query))
        back = await other.get("/sign-in/oidc/back", params=provider.agree(query))
        assert back.status_code == 403


@pytest.mark.proves("I1")
@pytest.mark.parametrize(
    ("email", "is_verified"),
    [("erin@example.org", False), ("erin@elsewhere.org", True), ("nobody@example.org", True)],
)
async def test_an_address_that_is_not_vouched_for_joins_nobody(
    house: WebHouse, provider: LyingProvider, email: str, is_verified: bool
) -> None:
    provider.email, provider.is_email_verified = email, is_verified
    async with house.browser() as browser:
        assert (await come_back(house, provider, browser)).status_code == 403


@pytest.mark.proves("I1")
async def test_a_letter_that_only_folds_to_anothers_joins_nobody(
    house: WebHouse, provider: LyingProvider
) -> None:
    house.knows("kim", Role.ENGINEER, email="kim@example.org")
    provider.email, provider.subject = "\N{KELVIN SIGN}im@example.org", "another-at-provider"
    async with house.browser() as browser:
        assert (await come_back(house, provider, browser)).status_code == 403
    provider.email = "Kim@Example.org"
    async with house.browser() as browser:
        assert (await come_back(house, provider, browser)).status_code == 200


@pytest.mark.proves("I1")
async def test_small_and_large_letters_are_one_beside_a_letter_that_is_not_ascii(
    house: WebHouse, provider: LyingProvider
) -> None:
    house.knows("jörg", Role.ENGINEER, email="jörg@example.org")
    provider.email, provider.subject = "Jörg@Example.org", "another-at-provider"
    async with house.browser() as browser:
        assert (await come_back(house, provider, browser)).status_code == 200


@pytest.mark.proves("I1")
async def test_a_packed_answer_of_a_provider_is_given_up_unread(
    house: WebHouse, provider: LyingProvider
) -> None:
    provider.lies.add("packed")
    async with house.browser() as browser:
        asked = await browser.get("/sign-in/oidc")

    assert asked.status_code == 503


async def test_a_provider_that_takes_the_secret_in_a_header_alone_signs_people_in(
    house: WebHouse, provider: LyingProvider
) -> None:
    provider.lies = {"basic_alone"}
    async with house.browser() as browser:
        back = await come_back(house, provider, browser)
        shown = (await browser.get("/dashboard/")).text

    assert back.status_code == 200, back.text
    assert "Erin" in shown


@pytest.mark.parametrize(
    ("lies", "secret", "says"),
    [
        (set(), SECRET, ""),
        ({"basic_alone"}, SECRET, ""),
        (set(), "another", "does not take signin.oidc_client_id"),
        ({"basic_alone"}, "another", "does not take signin.oidc_client_id"),
        ({"wrong_discovery"}, SECRET, "discovery names another issuer, "),
        ({"no_keys"}, SECRET, "names no jwks_uri"),
        ({"packed"}, SECRET, "packed"),
    ],
)
async def test_what_keeps_people_from_a_provider_is_found_before_anybody_tries(
    provider: LyingProvider, lies: set[str], secret: str, says: str
) -> None:
    provider.lies = lies
    client = OidcProvider(provider.address, CLIENT, secret, f"{ADDRESS}/sign-in/oidc/back")

    found = await client.lacks()

    assert says in found
    assert bool(found) is bool(says)
    assert secret not in found


async def test_a_provider_that_is_not_there_is_said_to_be_away() -> None:
    client = OidcProvider("http://127.0.0.1:9", CLIENT, SECRET, f"{ADDRESS}/sign-in/oidc/back")

    assert "ConnectError" in await client.lacks()


@pytest.mark.proves("D10", "I1")
async def test_a_provider_is_asked_once_at_a_time_however_many_begin_a_sign_in() -> None:
    asked, may_answer, came = [0], asyncio.Event(), asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked[0] += 1
        came.set()
        await may_answer.wait()
        about = json.dumps({"issuer": address, "authorization_endpoint": f"{address}/begin"}).encode()
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(about)}\r\n\r\n"
        writer.write(head.encode() + about)
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = OidcProvider(address, CLIENT, SECRET, f"{ADDRESS}/sign-in/oidc/back")
        first, *others = (asyncio.create_task(client.address(Attempt.new())) for _ in range(20))
        await came.wait()
        first.cancel()
        may_answer.set()
        begun = await asyncio.gather(*others)
        at_once = asked[0]
        await client.address(Attempt.new())

    assert (at_once, asked[0]) == (1, 2)
    assert all(one.startswith(f"{address}/begin?") for one in begun)
    assert len({parse_qsl(urlsplit(one).query)[4] for one in begun}) == len(others), "each has its own state"
