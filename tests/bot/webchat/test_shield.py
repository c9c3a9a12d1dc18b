"""Who may post to the pages, told by what the browser and a proxy between say of it."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from bot.adapters.webchat.shield import Shield

HERE, ELSEWHERE = "https://dogwatch.example.org", "https://evil.test"


async def _done(request: Request) -> Response:
    return PlainTextResponse("done")


def _posted(**headers: str) -> httpx.Response:
    pages = Shield(Starlette(routes=[Route("/x", _done, methods=["POST"])]))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return TestClient(pages).post("/x", headers=named)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "dogwatch.example.org", "origin": HERE, "sec_fetch_site": "same-origin"},
        {"host": "dogwatch.example.org", "origin": HERE},
        {"host": "dogwatch.example.org"},
        {"host": "[::1]:8420", "origin": "http://[::1]:8420", "sec_fetch_site": "same-origin"},
    ],
)
def test_a_post_of_our_own_pages_is_done(headers: dict[str, str]) -> None:
    assert _posted(**headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "dogwatch.example.org", "origin": ELSEWHERE, "sec_fetch_site": "cross-site"},
        {"host": "dogwatch.example.org", "origin": HERE, "sec_fetch_site": "same-site"},
        {"host": "dogwatch.example.org", "origin": ELSEWHERE},
        {"host": "dogwatch.example.org", "origin": "null", "sec_fetch_site": "cross-site"},
    ],
)
def test_a_post_of_another_site_is_refused(headers: dict[str, str]) -> None:
    answer = _posted(**headers)

    assert answer.status_code == 403
    assert "came from another site" in answer.text


def test_a_proxy_that_hides_our_name_is_named_as_the_cause_and_still_refused() -> None:
    answer = _posted(host="127.0.0.1:8420", origin=HERE, sec_fetch_site="same-origin")

    assert answer.status_code == 403
    assert "pass the Host header on" in answer.text
