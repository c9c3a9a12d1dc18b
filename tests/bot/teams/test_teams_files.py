import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.adapters.teams_files import fetch_download
from domain.errors import BadInput, OutsideTrouble
from domain.identity.chat import FileRef
from tests.bot.webchat.served import Server


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    async def sample(request: Request) -> Response:
        return Response(b"a,b\n1,2\n" * 1000)

    async def away(request: Request) -> Response:
        return RedirectResponse("http://127.0.0.1:1/secret")

    async def gone(request: Request) -> Response:
        return Response(status_code=404)

    async def packed(request: Request) -> Response:
        return Response(gzip.compress(b"a,b\n1,2\n" * 10), headers={"content-encoding": "gzip"})

    routes = [Route("/sample", sample), Route("/away", away), Route("/gone", gone), Route("/packed", packed)]
    with Server(Starlette(routes=routes)).running() as url:
        yield url


def a_file(address: str) -> FileRef:
    return FileRef(name="trades.csv", size_bytes=0, platform_ref=address)


async def test_a_file_is_streamed_to_disk(host: str, tmp_path: Path) -> None:
    await fetch_download(a_file(f"{host}/sample"), tmp_path / "f", 10_000, allow_loopback=True)

    assert (tmp_path / "f").read_bytes() == b"a,b\n1,2\n" * 1000


@pytest.mark.proves("F1")
async def test_a_file_over_the_limit_is_refused_naming_the_limit(host: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        await fetch_download(a_file(f"{host}/sample"), tmp_path / "f", 4_000, allow_loopback=True)

    assert "MiB" in refused.value.say


@pytest.mark.parametrize("path", ["/away", "/gone", "/packed"])
async def test_a_redirect_a_missing_file_or_one_that_came_packed_is_outside_trouble(
    host: str, path: str, tmp_path: Path
) -> None:
    with pytest.raises(OutsideTrouble):
        await fetch_download(a_file(host + path), tmp_path / "f", 10_000, allow_loopback=True)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x",
        "http://acme.sharepoint.com/x",
        "https://sharepoint.com.evil.example/x",
        "https://acme.sharepoint.com:8443/x",
        "https://127.0.0.1/x",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "https://[::1",
        "",
    ],
)
async def test_only_microsofts_file_hosts_are_asked(address: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        await fetch_download(a_file(address), tmp_path / "f", 10_000, allow_loopback=False)
