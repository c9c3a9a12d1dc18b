"""What somebody else names is fetched from public machines only, from the one that was checked."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from domain.errors import OutsideTrouble
from domain.reach import all_public, is_public
from runtime.pinned_transport import PinnedTransport, pinned_to
from runtime.settings.house import Settings
from runtime.wiring.signin import ways_of
from runtime.wiring.stores import SystemClock
from tests.bot.webchat.served import Server
from web.oidc import Attempt

_PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "192.88.99.1",
    "64:ff9b::a83f:8110",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104  an address that must not be dialled
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::127.0.0.1",
    "::ffff:169.254.169.254",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "fec0::1",
    "::ffff:0:127.0.0.1",
    "localhost",
    "",
]


@dataclass
class Canary:
    """A server of this machine that must not be reached, and what reached it."""

    url: str = ""
    seen: list[str] = field(default_factory=list)

    @property
    def port(self) -> int:
        return httpx.URL(self.url).port or 0


@pytest.fixture(scope="module")
def canary() -> Iterator[Canary]:
    made = Canary()

    async def take(request: Request) -> Response:
        made.seen.append(f"{request.method} {request.url.path} {request.headers['host']}")
        if request.url.path == "/away":
            return RedirectResponse(f"http://localhost:{made.port}/secret")
        if request.url.path == "/.well-known/openid-configuration":
            ours = made.url
            told = {"issuer": ours, "authorization_endpoint": f"{ours}/a", "token_endpoint": f"{ours}/token"}
            return JSONResponse(told | {"jwks_uri": f"http://localhost:{made.port}/keys"})
        return JSONResponse({"id_token": "x"})

    routes = [Route("/{path:path}", take, methods=["GET", "POST"])]
    with Server(Starlette(routes=routes)).running() as url:
        made.url = url
        yield made


@pytest.mark.proves("D7")
@pytest.mark.parametrize("address", _PRIVATE)
def test_no_spelling_of_a_private_address_is_public(address: str) -> None:
    assert not is_public(address)
    assert not all_public(["93.184.215.14", address])


@pytest.mark.proves("D7")
@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e"])
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.proves("D7")
@pytest.mark.parametrize("told", [*_PRIVATE[:4], "::ffff:127.0.0.1", "64:ff9b::7f00:1"])
async def test_a_name_that_leads_into_our_own_network_is_not_dialled(canary: Canary, told: str) -> None:
    canary.seen.clear()

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["93.184.215.14", told]

    async with httpx.AsyncClient(transport=PinnedTransport(resolve=resolve)) as client:
        with pytest.raises(httpx.ConnectError, match="private"):
            await client.get(f"https://acme.sharepoint.com:{canary.port}/x")

    assert canary.seen == []


@pytest.mark.proves("D7")
@pytest.mark.parametrize(
    "address",
    ["https://2130706433", "https://0x7f000001", "https://127.1", "https://[::ffff:7f00:1]", "http://h"],
)
async def test_other_spellings_of_this_machine_are_not_dialled(canary: Canary, address: str) -> None:
    canary.seen.clear()

    async with httpx.AsyncClient(transport=PinnedTransport()) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{address}:{canary.port}/x")

    assert canary.seen == []


@pytest.mark.proves("D7")
async def test_a_name_is_resolved_once_and_that_address_is_dialled(canary: Canary) -> None:
    canary.seen.clear()
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def rebinding(host: str, port: int) -> Sequence[str]:
        return answers.pop(0)

    transport = PinnedTransport(frozenset({"idp.internal"}), rebinding)
    async with httpx.AsyncClient(transport=transport) as client:
        answer = await client.get(f"http://idp.internal:{canary.port}/x")

    assert answer.status_code == 200
    assert canary.seen == [f"GET /x idp.internal:{canary.port}"]
    assert answers == [["10.0.0.1"]]


@pytest.mark.proves("D7")
async def test_each_redirect_is_checked_again(canary: Canary) -> None:
    canary.seen.clear()
    async with httpx.AsyncClient(transport=pinned_to((canary.url,))(), follow_redirects=True) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{canary.url}/away")

    assert [one.split()[1] for one in canary.seen] == ["/away"]


@pytest.mark.proves("D7", "I1")
async def test_a_sign_in_provider_cannot_send_us_elsewhere_in_our_network(canary: Canary) -> None:
    canary.seen.clear()
    settings = Settings(signin={"oidc_issuer": canary.url, "oidc_client_id": "us"})
    provider = ways_of(settings, "https://dogwatch.example", SystemClock()).oidc
    assert provider is not None
    attempt = Attempt.new()

    with pytest.raises(OutsideTrouble):
        await provider.claims(attempt, {"state": attempt.state, "code": "c"})

    paths = [one.split()[1] for one in canary.seen]
    assert "/token" in paths
    assert "/keys" not in paths, json.dumps(canary.seen)


@pytest.mark.parametrize("host", ["a..b", "x" * 70 + ".example"])
async def test_a_name_of_an_impossible_form_leads_nowhere(host: str) -> None:
    async with httpx.AsyncClient(transport=PinnedTransport()) as client:
        with pytest.raises(httpx.ConnectError, match="nowhere"):
            await client.get(f"https://{host}/x")


async def test_a_name_is_listed_however_it_is_spelled(canary: Canary) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    transport = PinnedTransport(frozenset({"IdP.Straße.example"}), resolve)
    async with httpx.AsyncClient(transport=transport) as client:
        answer = await client.get(f"http://idp.xn--strae-oqa.example:{canary.port}/x")

    assert answer.status_code == 200
    assert asked == ["idp.xn--strae-oqa.example"]  # and not the other name that older rules make of it


async def test_who_may_goes_out_by_the_proxy_of_the_machine(
    canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    canary.seen.clear()
    monkeypatch.setenv("http_proxy", canary.url)
    monkeypatch.setenv("https_proxy", canary.url)
    monkeypatch.setenv("no_proxy", "near.example")

    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"] if host == "near.example" else []

    listed = frozenset({"far.example", "near.example"})
    transport = PinnedTransport(listed, resolve, by_proxy=True)
    async with httpx.AsyncClient(transport=transport) as client:
        assert (await client.get("http://far.example/x")).status_code == 200
        assert (await client.get(f"http://near.example:{canary.port}/y")).status_code == 200
        with pytest.raises(httpx.ConnectError, match="private"):
            await client.get("https://10.0.0.1/z")
        with pytest.raises(httpx.ConnectError, match="not https"):
            await client.get("http://other.example/z")
    async with httpx.AsyncClient(transport=PinnedTransport(listed, resolve)) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://far.example/x")

    assert canary.seen == ["GET /x far.example", f"GET /y near.example:{canary.port}"]
