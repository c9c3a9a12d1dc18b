"""What a front serves, asked by a stranger: nothing is read or done, and every answer has its walls."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp

from runtime.people.known_people import prepare
from runtime.processes.front import build_front
from runtime.processes.front_app import front_app
from runtime.settings.house import Settings
from runtime.wiring.stores import open_stores

ADDRESS = "https://dogwatch.example.org"
OPEN = {
    "/": 200, "/healthz": 200, "/static/app.js": 200, "/sign-in/": 200, "/sign-in/ways": 200, "/api/me": 401,
    "/dashboard/static/dashboard.css": 200, "/static/page.css": 200, "/pictures/x.png": 404,
    "/incidents/pictures/x.png": 404, "/sign-in/oidc": 404, "/sign-in/saml/metadata": 404, "/nowhere": 404,
}  # fmt: skip
SHUT = (
    "/dashboard/", "/dashboard/feeds/x", "/dashboard/alerts", "/dashboard/incidents", "/dashboard/scorecard",
    "/dashboard/intake", "/dashboard/changes/c1", "/dashboard/live", "/api/v1/docs", "/api/v1/openapi.json",
    "/api/v1/feeds", "/api/v1/feeds/x", "/api/v1/predictions", "/api/v1/timeline", "/api/v1/alerts",
    "/api/v1/alerts/a", "/api/v1/incidents", "/api/v1/scorecard", "/api/v1/intake", "/incidents/i1",
    "/incidents/i1/review", "/incidents/i1/evidence/e1", "/topology/x", "/plans/p1", "/kb/seed-drain-node",
    "/api/messages?channel=approvals", "/api/events", "/api/files/1/0",
)  # fmt: skip
POSTS = (
    "/api/enter", "/api/leave", "/api/messages", "/api/press", "/api/submit", "/api/menu", "/api/uploads",
    "/api/read", "/sign-in/password", "/sign-in/directory", "/sign-in/out", "/slack/events",
    "/teams/messages", "/intake/runs", "/intake/readings", "/intake/alertmanager", "/intake/deliveries/x",
    "/intake/airflow", "/intake/dbt", "/intake/openlineage/api/v1/lineage",
    "/intake/publications/x/2026-11-01",
)  # fmt: skip


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> ASGIApp:
    folder: Path = tmp_path_factory.mktemp("front")
    settings = Settings(
        data_dir=folder,
        web={"public_url": ADDRESS, "demo": True},
        slack={"bot_token": "xoxb-1", "signing_secret": "s" * 32, "team_ids": ["T1"]},
        teams={"app_id": "app", "app_password": "p", "tenant": "t"},
    )
    stores = open_stores(settings)
    prepare(settings, stores)
    front = build_front(settings, stores, "127.0.0.1:1", 8420)
    return front_app(front.health, front.settings, front.stores, front.wake, front.doors.mounts)


@pytest.fixture
async def stranger(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, client=("203.0.113.9", 4000))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as opened:
        yield opened


def unwalled(answer: httpx.Response) -> list[str]:
    """Return which walls an answer lacks: of what a browser may do with it, and who may keep it."""
    policy = answer.headers.get("content-security-policy", "")
    found = [] if "default-src 'none'" in policy and "frame-ancestors 'none'" in policy else ["policy"]
    found += [] if answer.headers.get("x-content-type-options") == "nosniff" else ["nosniff"]
    found += [] if answer.headers.get("cache-control") else ["cache"]
    return found


@pytest.mark.proves("D8")
async def test_a_stranger_reads_nothing(stranger: httpx.AsyncClient) -> None:
    codes = {path: (await stranger.get(path)).status_code for path in SHUT}

    assert {path: code for path, code in codes.items() if code not in (303, 401)} == {}


@pytest.mark.proves("D8")
async def test_every_answer_is_walled(stranger: httpx.AsyncClient) -> None:
    answers = {path: await stranger.get(path) for path in (*OPEN, *SHUT)}

    assert {path: answers[path].status_code for path in OPEN} == OPEN
    assert {path: lacks for path, answer in answers.items() if (lacks := unwalled(answer))} == {}


@pytest.mark.proves("D8")
@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_another_site_and_a_stranger_do_nothing(stranger: httpx.AsyncClient, origin: str) -> None:
    headers = {"origin": origin, "sec-fetch-site": "cross-site", "content-type": "text/plain"}
    codes = {path: (await stranger.post(path, content=b"{}", headers=headers)).status_code for path in POSTS}

    assert {path: code for path, code in codes.items() if code not in (401, 403)} == {}


@pytest.mark.proves("D8")
async def test_nothing_is_done_by_asking(stranger: httpx.AsyncClient) -> None:
    codes = {path: (await stranger.get(path)).status_code for path in POSTS if "/deliveries/" not in path}

    assert {path: code for path, code in codes.items() if code not in (401, 403, 404, 405)} == {}


@pytest.mark.proves("D8")
async def test_whoever_looks_at_a_page_reads_a_refusal_as_one(stranger: httpx.AsyncClient) -> None:
    looks = {"accept": "text/html,application/xhtml+xml"}
    said = {
        "/sign-in/nowhere": "There is nothing at this address.",
        "/sign-in/oidc": "No sign-in provider is set up here.",
    }

    for path, sentence in said.items():
        page, told = await stranger.get(path, headers=looks), await stranger.get(path)
        assert page.headers["content-type"].startswith("text/html"), path
        assert sentence in page.text
        assert (page.status_code, told.json()["error"], unwalled(page)) == (404, sentence, [])
