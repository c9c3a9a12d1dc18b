"""Fetch a file that somebody sent us in a personal chat: from Microsoft's file hosts only, within a limit."""

import asyncio
import re
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from domain.errors import BadInput, OutsideTrouble, is_final_answer
from domain.identity.chat import FileRef

# Where Teams keeps files of personal chats: OneDrive and SharePoint of the worldwide and government clouds.
_FILE_HOSTS = re.compile(r"([a-z0-9-]+\.)+(sharepoint\.com|sharepoint\.us|svc\.ms|onedrive\.com|1drv\.com)")
_LOOPBACK = frozenset({"127.0.0.1", "localhost"})
_SECONDS = 60.0
_UNPACKED = {"accept-encoding": "identity"}


async def fetch_download(
    file: FileRef,
    into: Path,
    limit_bytes: int,
    *,
    allow_loopback: bool,
    transport: httpx.AsyncBaseTransport | None = None,
) -> None:
    """Stream a file to disk without following redirects; the address carries its own permission.

    The transport decides which machine a host's name may lead to; without one any.

    Raises:
        BadInput: It is over the limit, or its address is not of Microsoft's file hosts.
        OutsideTrouble: The host did not give it.
    """
    _check_host(file.platform_ref, allow_loopback=allow_loopback)
    try:
        async with (
            asyncio.timeout(_SECONDS),
            httpx.AsyncClient(follow_redirects=False, timeout=15, transport=transport) as client,
            client.stream("GET", file.platform_ref, headers=_UNPACKED) as answer,
        ):
            if answer.status_code != 200:
                trouble = _trouble(f"answered {answer.status_code}")
                trouble.is_final = is_final_answer(answer.status_code)
                raise trouble
            await _copy(answer, file.name, into, limit_bytes)
    except (httpx.HTTPError, TimeoutError) as error:
        raise _trouble(type(error).__name__) from error


async def _copy(answer: httpx.Response, name: str, into: Path, limit_bytes: int) -> None:
    if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise _trouble("packed what nobody asked to be packed")  # it may grow past all memory in one piece
    size_bytes = 0
    with await asyncio.to_thread(into.open, "wb") as target:
        async for chunk in answer.aiter_bytes(1024 * 1024):
            size_bytes += len(chunk)
            if size_bytes > limit_bytes:
                raise BadInput(
                    "teams file over the limit",
                    say=f"{name} is larger than {limit_bytes / 1024**2:,.0f} MiB, the most I take.",
                    next_step="Send a smaller sample: the first 100,000 rows are plenty.",
                )
            await asyncio.to_thread(target.write, chunk)


def _check_host(address: str, *, allow_loopback: bool) -> None:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        host = ""
    if allow_loopback and host in _LOOPBACK:
        return
    if (
        not host
        or parts.scheme != "https"
        or parts.port not in {None, 443}
        or not _FILE_HOSTS.fullmatch(host)
    ):
        raise BadInput(
            "file address of a foreign host",
            say="That file does not lie where Teams keeps files, so I did not fetch it.",
            next_step="Upload it from your computer into our personal chat.",
        )


def _trouble(detail: str) -> OutsideTrouble:
    return OutsideTrouble(
        f"teams file host {detail}",
        say="Teams did not give me that file.",
        next_step="Send it again; its address works for a few minutes only.",
    )
