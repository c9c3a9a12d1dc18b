"""A program reports with an API key of the scope `intake`, as the reference page says it may."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from domain.identity.people import Role
from domain.identity.web_access import ApiKey, Scope, new_key
from runtime.settings.house import Settings
from runtime.wiring.intake import front_routes
from runtime.wiring.stores import Stores, open_stores
from tests.domain.builders import a_person

_RUN = b'{"feed": "fx_trades", "run": "r1", "state": "success", "finished_at": "2026-11-22T06:10:00Z"}'


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    opened = open_stores(Settings(data_dir=tmp_path))
    with opened.transactions.writing() as uow:
        uow.people.save(a_person("erin", Role.ENGINEER))
    yield opened
    opened.database.close()


def made(stores: Stores, *scopes: Scope) -> tuple[ApiKey, str]:
    erin = a_person("erin").id
    key, text = new_key("nightly", erin, frozenset(scopes), stores.clock.now(), timedelta(days=1))
    with stores.transactions.writing() as uow:
        uow.api_keys.save(key)
    return key, text


async def sent(stores: Stores, tmp_path: Path, text: str) -> int:
    app = Starlette(routes=front_routes(Settings(data_dir=tmp_path), stores, lambda: None))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
        headers = {"authorization": f"Bearer {text}", "content-type": "application/json"}
        return (await client.post("/intake/runs", content=_RUN, headers=headers)).status_code


async def test_a_key_of_the_scope_reports_runs_under_its_name(stores: Stores, tmp_path: Path) -> None:
    _, text = made(stores, Scope.INTAKE)

    assert await sent(stores, tmp_path, text) == 200
    with stores.transactions.reading() as uow:
        assert ["nightly" in heard.sender for heard in uow.senders.every()] == [True]


@pytest.mark.proves("I5")
async def test_a_key_for_reading_reports_nothing(stores: Stores, tmp_path: Path) -> None:
    _, text = made(stores, Scope.READ)

    assert await sent(stores, tmp_path, text) == 401


@pytest.mark.proves("I5")
@pytest.mark.parametrize("lost", ["revoked", "over", "its person left", "another secret"])
async def test_a_key_that_ended_reports_nothing(stores: Stores, tmp_path: Path, lost: str) -> None:
    key, text = made(stores, Scope.INTAKE)
    now = stores.clock.now()

    with stores.transactions.writing() as uow:
        if lost == "revoked":
            uow.api_keys.save(key.model_copy(update={"revoked_at": now}))
        if lost == "over":
            uow.api_keys.save(key.model_copy(update={"expires_at": now}))
        if lost == "its person left":
            uow.people.save(a_person("erin", Role.ENGINEER, is_active=False))
    shown = text[:-4] + "AAAA" if lost == "another secret" else text

    assert await sent(stores, tmp_path, shown) == 401
