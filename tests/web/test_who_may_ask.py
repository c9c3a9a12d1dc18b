"""Every address of the room for every kind of visitor: a table that is complete, and refuses by default."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from bot.adapters.incident_pages import IncidentPages
from bot.adapters.plan_pages import PlanPages
from domain.identity.people import Person, Role
from domain.identity.web_access import ApiKey, Scope, new_key
from runtime.library_access.pages import library_pages
from tests.web.feeds import add_feeds
from tests.web.house import ADDRESS, WebHouse
from web.app import web_apps

FEED = "market_data_000"
# What each address asks for. `open` shows nothing of the house; what is no key opens no page.
ADDRESSES = {
    "/about/": "open",
    "/api/v1/alerts": "key or session",
    "/api/v1/alerts/{alert}": "key or session",
    "/api/v1/docs": "session",
    "/api/v1/feeds": "key or session",
    "/api/v1/feeds/{name}": "key or session",
    "/api/v1/incidents": "key or session",
    "/api/v1/intake": "key or session",
    "/api/v1/metrics": "key or session",
    "/api/v1/openapi.json": "key or session",
    "/api/v1/predictions": "key or session",
    "/api/v1/predictions/{name}": "key or session",
    "/api/v1/scorecard": "key or session",
    "/api/v1/timeline": "key or session",
    "/dashboard/": "session",
    "/dashboard/alerts": "session",
    "/dashboard/changes/{id}": "session",
    "/dashboard/feeds/{name}": "session",
    "/dashboard/incidents": "session",
    "/dashboard/intake": "session",
    "/dashboard/live": "session",
    "/dashboard/scorecard": "session",
    "/dashboard/{rest:path}": "session",
    "/sign-in/": "open",
    "/sign-in/directory": "open",
    "/sign-in/oidc": "open",
    "/sign-in/oidc/back": "open",
    "/sign-in/out": "open",
    "/sign-in/password": "open",
    "/sign-in/saml": "open",
    "/sign-in/saml/back": "open",
    "/sign-in/saml/finish": "open",
    "/sign-in/saml/metadata": "open",
    "/sign-in/ways": "open",
}
GUARDED = sorted(path for path, asks in ADDRESSES.items() if asks != "open")
_REFUSED = {401, 403}
_LIVE = "/dashboard/live"
"""It is answered as long as somebody looks on, so who may is asked of its first page alone."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> WebHouse:
    found = WebHouse(tmp_path_factory.mktemp("who"))
    add_feeds(found, 3)
    return found


@pytest.fixture(scope="module")
def visitors(house: WebHouse) -> dict[str, httpx.AsyncClient]:
    """Return one of each kind, by name."""
    return {**dict(_people(house)), **dict(_programs(house)), "nobody": house.browser()}


def test_every_address_has_a_row(house: WebHouse) -> None:
    found = [Mount(path, app=app) for path, app in web_apps(house.services)]

    assert {path for path in _addresses(found) if "/static" not in path} == set(ADDRESSES)


@pytest.mark.proves("I7", "D8")
@pytest.mark.parametrize("address", [path for path in GUARDED if path != _LIVE])
async def test_who_may_read_what(visitors: dict[str, httpx.AsyncClient], address: str) -> None:
    takes_key = ADDRESSES[address] == "key or session"

    answers = {name: await client.get(_asked(address)) for name, client in visitors.items()}

    let_in = {name for name, answer in answers.items() if answer.status_code not in {*_REFUSED, 303}}
    roles = {f"role {role.value}" for role in Role}
    assert let_in == (roles | {"key that reads"} if takes_key else roles)
    assert answers["without a role"].status_code == 403
    kept_out = [answer for name, answer in answers.items() if name not in let_in]
    assert [answer.text for answer in kept_out if FEED in answer.text.replace(_asked(address), "")] == []


@pytest.mark.proves("I7", "D8", "M7")
@pytest.mark.parametrize(
    "address",
    [
        "/plans/p1",
        "/incidents/i1",
        "/incidents/i1/review",
        "/incidents/i1/evidence/e1",
        "/incidents/i1/evidence/r1/e1",
        "/topology/checkout",
        "/kb/a1",
    ],
)
async def test_pages_behind_the_links_of_cards_open_for_who_is_signed_in_and_has_a_role(
    house: WebHouse, visitors: dict[str, httpx.AsyncClient], address: str
) -> None:
    transport = httpx.ASGITransport(app=_linked(house), client=("127.0.0.1", 4000))
    answers = {}
    for name, visitor in visitors.items():
        async with httpx.AsyncClient(
            transport=transport, base_url=ADDRESS, headers=visitor.headers
        ) as client:
            answers[name] = (await client.get(address)).status_code

    let_in = {name for name, status in answers.items() if status not in {*_REFUSED, 303}}
    # An article says for itself who may read it; to others there is none.
    bare = {"without a role"} if address.startswith("/kb/") else set()
    assert let_in == {f"role {role.value}" for role in Role} | bare
    assert {answers[name] for name in let_in} == {404}


@pytest.mark.proves("I7", "D8")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_nothing_here_is_changed_by_anybody(
    visitors: dict[str, httpx.AsyncClient], method: str
) -> None:
    for name in (f"role {Role.ADMINISTRATOR.value}", "key that reads", "nobody"):
        for address in GUARDED:
            answer = await visitors[name].request(method, _asked(address))

            assert answer.status_code in {405, 404}, (name, address)


@pytest.mark.proves("I4", "I7")
@pytest.mark.parametrize("name", ["signed out", "deactivated", "forged", "nobody"])
async def test_who_is_not_signed_in_follows_nothing_live(
    visitors: dict[str, httpx.AsyncClient], name: str
) -> None:
    assert (await visitors[name].get(_LIVE)).status_code == 303


def _linked(house: WebHouse) -> ASGIApp:
    """Return the pages that cards link to, over the same truth and the same cookies."""
    who_is, opened = house.visitors.person, house.transactions
    pages = [
        ("/plans", PlanPages(opened.writing, who_is, house.clock).app()),
        *IncidentPages(opened.reading, house.blobs, who_is).apps(),
        ("/kb", library_pages(opened, house.visitors, house.clock)),
    ]
    return Starlette(routes=[Mount(path, app=app) for path, app in pages])


def _people(house: WebHouse) -> Iterator[tuple[str, httpx.AsyncClient]]:
    for role in Role:
        yield f"role {role.value}", house.browser_of(house.knows(role.value.replace("_", "-"), role))
    bare = house.knows("bare", Role.ENGINEER)
    yield "without a role", house.browser_of(_saved(house, bare, roles=frozenset()))
    gone = house.knows("gone", Role.ENGINEER)
    left = house.browser_of(gone)
    _saved(house, gone, is_active=False)
    yield "deactivated", left
    out = house.knows("out", Role.ENGINEER)
    signed_out = house.browser_of(out)
    with house.transactions.writing() as uow:
        uow.sign_ins.end_sign_ins_of(out.id, house.clock.now())
    yield "signed out", signed_out
    forged = house.browser_of(house.knows("real", Role.ENGINEER))
    name, _, value = forged.headers["cookie"].partition("=")
    middle = len(value) // 2
    other = "A" if value[middle] != "A" else "B"
    forged.headers["cookie"] = f"{name}={value[:middle]}{other}{value[middle + 1 :]}"
    yield "forged", forged


def _programs(house: WebHouse) -> Iterator[tuple[str, httpx.AsyncClient]]:
    owner, left = house.knows("owner", Role.ENGINEER), house.knows("left", Role.ENGINEER)
    _, reads = _key(house, owner, Scope.READ)
    yield "key that reads", _with(house, f"Bearer {reads}")
    yield "key in another scheme", _with(house, f"Basic {reads}")
    yield "key with another end", _with(house, f"Bearer {reads[:-1]}{'A' if reads[-1] != 'A' else 'B'}")
    yield "key of reports", _with(house, f"Bearer {_key(house, owner, Scope.INTAKE)[1]}")
    key, old = _key(house, owner, Scope.READ)
    with house.transactions.writing() as uow:
        uow.api_keys.save(key.model_copy(update={"expires_at": house.clock.now()}))
    yield "key that ran out", _with(house, f"Bearer {old}")
    yield "key of somebody who left", _with(house, f"Bearer {_key(house, left, Scope.READ)[1]}")
    _saved(house, left, is_active=False)


def _key(house: WebHouse, owner: Person, scope: Scope) -> tuple[ApiKey, str]:
    key, text = new_key("test", owner.id, frozenset({scope}), house.clock.now(), timedelta(days=1))
    with house.transactions.writing() as uow:
        uow.api_keys.save(key)
    return key, text


def _with(house: WebHouse, authorization: str) -> httpx.AsyncClient:
    client = house.browser()
    client.headers["authorization"] = authorization
    return client


def _saved(house: WebHouse, person: Person, **changes: object) -> Person:
    changed = person.model_copy(update=changes)
    with house.transactions.writing() as uow:
        uow.people.save(changed)
    return changed


def _asked(address: str) -> str:
    named = address.replace("{name}", FEED).replace("{alert}", "a1").replace("{id}", "c1")
    return named.replace("{rest:path}", "nowhere")


def _addresses(routes: Sequence[BaseRoute], before: str = "") -> Iterator[str]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _addresses(route.routes, before + route.path)
            if not route.routes:
                yield before + route.path
        elif isinstance(route, Route):
            yield before + route.path
