"""The sign-in page in Chromium, and the way through an identity provider on another site, cookies and all."""

import contextlib
import threading
import zlib
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn
from lxml import etree
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from domain.identity.people import Role
from integrations.ldap_connection import LdapPlace
from integrations.ldap_directory import LdapDirectory, LdapRules
from tests.bot.desk_house import FixedClock
from tests.bot.webchat.screens import browser
from tests.counterparts.debian import need_program
from tests.counterparts.processes import free_ports
from tests.counterparts.slapd import PASSWORD, PEOPLE, SERVICE, SERVICE_PASSWORD, Slapd, slapd_server
from tests.web.house import OUR_DOMAIN, WebHouse
from tests.web.identity_provider import (
    ISSUER,
    SIGN_ON,
    Pair,
    Words,
    metadata_of,
    new_pair,
    posted,
    signed,
)
from web.saml.provider import SamlProvider, SamlRules
from web.services import Ways


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@contextlib.contextmanager
def served(app: ASGIApp, port: int) -> Iterator[None]:
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@contextlib.contextmanager
def saml_house(folder: Path, pair: Pair) -> Iterator[str]:
    """Yield the address of a house; its identity provider is another site: this machine's other name."""
    need_program("usr/bin/xmlsec1")  # here, because a skip inside the server would be a server's fault
    port = free_ports(2)
    ours, theirs = f"http://127.0.0.1:{port}", f"http://localhost:{port + 1}/sso"
    (folder / "idp.xml").write_text(metadata_of(pair).replace(SIGN_ON, theirs))
    clock = FixedClock(datetime.now(UTC))
    provider = SamlProvider(SamlRules(ISSUER, str(folder / "idp.xml"), "", ("mail",)), ours, clock.now)
    house = WebHouse(folder, Ways(passwords=False, saml=provider, mail_domains={"saml": OUR_DOMAIN}), clock)
    house.knows("erin", Role.ENGINEER, email="erin@example.org")

    async def sign_on(request: Request) -> Response:
        raw = zlib.decompress(b64decode(request.query_params["SAMLRequest"]), -zlib.MAX_WBITS)
        words = Words(clock.now(), provider.entity, provider.recipient, etree.fromstring(raw).get("ID", ""))
        form = posted(signed(words.response(), pair, folder))
        return HTMLResponse(
            f'<form method="post" action="{provider.recipient}"><input type="hidden" name="SAMLResponse"'
            f' value="{form["SAMLResponse"]}"><button>I am Erin</button></form>'
        )

    with served(house.app, port), served(Starlette(routes=[Route("/sso", sign_on)]), port + 1):
        yield ours


@pytest.mark.proves("I2", "D8")
def test_a_browser_comes_back_from_an_identity_provider_on_another_site(
    chromium: Browser, tmp_path: Path
) -> None:
    with saml_house(tmp_path, new_pair(tmp_path, "idp")) as address:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(f"{address}/dashboard/")
        page.get_by_role("link", name="Sign in with your organisation").click()
        page.get_by_role("button", name="I am Erin").click()

        page.wait_for_url(f"{address}/dashboard/")
        expect(page.locator(".who")).to_contain_text("Erin")
        assert {one["sameSite"] for one in context.cookies() if one["name"] == "dogwatch_session"} == {
            "Strict"
        }
        context.close()


@pytest.fixture(scope="module")
def slapd() -> Iterator[Slapd]:
    with slapd_server() as running:
        yield running


@pytest.mark.proves("I3", "D8")
def test_the_page_shows_the_ways_that_are_set_up_on_a_phone_in_the_dark(
    chromium: Browser, tmp_path: Path, slapd: Slapd
) -> None:
    place = LdapPlace(slapd.host, slapd.tls_port, False, slapd.authority, 5)
    rules = LdapRules(PEOPLE, "(uid={name})", "entryUUID", "mail")
    directory = LdapDirectory(place, rules, lambda: (SERVICE, SERVICE_PASSWORD))
    clock = FixedClock(datetime.now(UTC))
    house = WebHouse(tmp_path, Ways(directory=directory, mail_domains={"ldap": OUR_DOMAIN}), clock)
    house.knows("erin", Role.ENGINEER, email="erin@example.org")
    port = free_ports()
    with served(house.app, port):
        context = chromium.new_context(viewport={"width": 360, "height": 700}, color_scheme="dark")
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/dashboard/")

        expect(page.get_by_label("Name in the directory")).to_be_visible()
        expect(page.get_by_label("Name or mail address")).to_be_hidden()
        expect(page.get_by_role("link", name="Sign in with your organisation")).to_have_count(0)
        expect(page.get_by_text("demo people")).to_be_hidden()
        width = page.locator("html").evaluate("element => element.scrollWidth")
        assert width <= 360

        page.get_by_label("Name in the directory").fill("erin")
        page.get_by_label("Password").first.fill("wrong")
        page.get_by_role("button", name="Sign in").first.click()
        expect(page.get_by_role("alert")).to_contain_text("do not fit")
        page.get_by_label("Password").first.fill(PASSWORD)
        page.get_by_role("button", name="Sign in").first.click()
        page.wait_for_url("**/dashboard/")
        context.close()


def test_the_sign_in_page_says_that_the_server_is_away_and_goes_on_when_it_is_back(
    chromium: Browser, tmp_path: Path
) -> None:
    house = WebHouse(tmp_path, Ways(), FixedClock(datetime.now(UTC)))
    house.knows("erin", Role.ENGINEER, email="erin@example.org")
    port = free_ports()
    with served(house.app, port):
        context = chromium.new_context()
        page = context.new_page()
        page.route("**/sign-in/ways", lambda route: route.abort())
        page.goto(f"http://127.0.0.1:{port}/dashboard/?team=rates&state=red")
        expect(page.get_by_role("alert")).to_contain_text("I can't reach the server")

        page.unroute("**/sign-in/ways")
        expect(page.get_by_label("Name or mail address")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_text("")
        context.close()
