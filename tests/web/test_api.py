"""The REST interface: what it answers, and that a tool that tries to break it cannot."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import uvicorn

from domain.identity.people import Role
from domain.identity.web_access import Scope, new_key
from tests.web.feeds import add_feeds
from tests.web.house import WebHouse


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    house = WebHouse(tmp_path_factory.mktemp("api"))
    erin = house.knows("erin", Role.ENGINEER)
    add_feeds(house, 12)
    key, text = new_key("test", erin.id, frozenset({Scope.READ}), house.clock.now(), timedelta(days=1))
    with house.transactions.writing() as uow:
        uow.api_keys.save(key)
    server = uvicorn.Server(uvicorn.Config(house.app, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}/api/v1", text
    server.should_exit = True
    thread.join()


def test_programs_read_feeds_predictions_and_the_scorecard(served: tuple[str, str]) -> None:
    address, key = served
    with httpx.Client(base_url=address, headers={"authorization": f"Bearer {key}"}) as client:
        feeds = client.get("/feeds").json()
        assert len(feeds) == 12
        assert feeds[0]["state"] == "red"
        one = client.get(f"/predictions/{feeds[0]['name']}").json()
        assert one["within"] == {"30": 0.41, "45": 0.656, "60": 0.82}
        assert client.get("/alerts", params={"is_open": True}).json()[0]["root"] == "market_data_000"
        assert client.get("/feeds/nothing").status_code == 404
        assert client.get("/timeline", params={"hours": 99}).status_code == 422
        assert client.get("/scorecard").json()["overall"] is None


def test_without_a_key_nothing_is_read(served: tuple[str, str]) -> None:
    address, key = served
    for headers in ({}, {"authorization": "Bearer nothing"}, {"authorization": f"Basic {key}"}):
        assert httpx.get(f"{address}/feeds", headers=headers).status_code == 401


def test_an_address_that_leads_nowhere_is_refused_in_the_one_shape(served: tuple[str, str]) -> None:
    address, key = served

    for path in ("/alerts/a%0Ab", "/nothing"):
        answer = httpx.get(address + path, headers={"authorization": f"Bearer {key}"})

        assert answer.status_code == 404
        assert answer.json() == {"error": "There is nothing at this address."}


def test_a_name_that_no_database_holds_is_refused_before_one_is_asked(served: tuple[str, str]) -> None:
    address, key = served

    answer = httpx.get(
        f"{address}/alerts", params={"feed": "a\x00b"}, headers={"authorization": f"Bearer {key}"}
    )

    assert answer.status_code == 422
    assert answer.json()["error"].startswith("query.feed: ")


def test_schemathesis_finds_no_failure(served: tuple[str, str], tmp_path: Path) -> None:
    address, key = served
    program = Path(sys.executable).parent / "schemathesis"
    asked = [str(program), "run", f"{address}/openapi.json", "-H", f"Authorization: Bearer {key}"]
    done = subprocess.run(
        [*asked, "--max-examples", "15", "--suppress-health-check", "all", "--no-color"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=250,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
