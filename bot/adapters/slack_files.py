"""Fetch a file that somebody dropped in Slack.

Our token goes to Slack's file hosts only, over https, to a public address, and no redirect is followed: a
message can name any address, and Slack answers a missing right with a redirect to a sign-in page.
"""

import socket
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack_calls import SlackTrouble, asked
from bot.adapters.slack_payload import part, text_of
from bot.adapters.slack_settings import SLACK_API, SlackSettings
from bot.cards.text import quote
from domain.errors import BadInput, OutsideTrouble, is_final_answer
from domain.identity.chat import FileRef
from domain.reach import is_public

_CHUNK = 256 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=300, sock_connect=10, sock_read=30)


class _PublicOnly(AbstractResolver):
    """Resolves once and hands on public addresses only, so that no name leads into our own network."""

    def __init__(self) -> None:
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the public addresses of a host; raises OSError when there is none."""
        found = await self._inner.resolve(host, port, family)
        public = [one for one in found if is_public(one["host"])]
        if not public:
            raise OSError(f"{host} has no public address")
        return public

    async def close(self) -> None:
        """Close the resolver."""
        await self._inner.close()


class SlackFiles:
    """Streams files to disk within a limit."""

    def __init__(self, client: AsyncWebClient, settings: SlackSettings) -> None:
        self._client = client
        self._settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def fetch(self, file: FileRef, into: Path, limit_bytes: int) -> None:
        """Write the file to `into`.

        Raises:
            BadInput: It is larger than the limit, empty of an address, or not stored with Slack.
            OutsideTrouble: Slack does not give it now.
        """
        if file.size_bytes > limit_bytes:
            raise _too_large(file, limit_bytes)
        answer = await asked(self._client, "files.info", file=file.platform_ref)
        described = part(answer, "file")
        address = text_of(described, "url_private_download")
        if described.get("is_external") or not self._is_slacks(address):
            raise BadInput(
                f"file {file.platform_ref} is not stored with Slack",
                say=f"**{quote(file.name)}** is stored outside Slack, so I can't read it.",
                next_step="Upload the file itself to this thread.",
            )
        try:
            await self._stream(address, file, into, limit_bytes)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise SlackTrouble(
                f"download: {type(error).__name__}",
                say="Slack didn't hand me the file.",
                next_step="I'll fetch it again as soon as Slack answers.",
            ) from error

    async def close(self) -> None:
        """Close the connections to the file hosts."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _is_slacks(self, address: str) -> bool:
        try:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if parts.username or parts.password:
            return False
        ours = urlsplit(self._settings.base_url)
        if self._settings.base_url != SLACK_API and host in self._settings.file_hosts:
            # A gateway or test workspace of the operator's own serves its files from where its API is.
            return parts.scheme == ours.scheme and port == ours.port
        return parts.scheme == "https" and port in (None, 443) and host in self._settings.file_hosts

    async def _stream(self, address: str, file: FileRef, into: Path, limit_bytes: int) -> None:
        headers = {"Authorization": f"Bearer {self._settings.bot_token}"}
        async with self._open().get(address, headers=headers, allow_redirects=False) as response:
            if response.status != 200:
                trouble = OutsideTrouble(
                    f"download: HTTP {response.status}",
                    say="Slack didn't hand me the file; I may lack the right to read files.",
                    next_step="Ask the operator to check that the app may read files, then drop it again.",
                )
                trouble.is_final = is_final_answer(response.status)
                raise trouble
            if (response.content_length or 0) > limit_bytes:
                raise _too_large(file, limit_bytes)
            written = 0
            with into.open("wb") as out:
                async for chunk in response.content.iter_chunked(_CHUNK):
                    written += len(chunk)
                    if written > limit_bytes:
                        raise _too_large(file, limit_bytes)
                    out.write(chunk)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            is_slack = self._settings.base_url == SLACK_API
            connector = aiohttp.TCPConnector(resolver=_PublicOnly()) if is_slack else aiohttp.TCPConnector()
            self._session = aiohttp.ClientSession(connector=connector, timeout=_TIMEOUT)
        return self._session


def _too_large(file: FileRef, limit_bytes: int) -> BadInput:
    mib = limit_bytes / 1024**2
    limit = f"{mib:,.0f} MiB" if mib >= 1 else f"{limit_bytes:,} bytes"
    return BadInput(
        f"file over {limit_bytes} bytes",
        say=f"**{quote(file.name)}** is larger than {limit}, the most that I read from a sample.",
        next_step="Drop a smaller sample: the first thousand rows tell me as much.",
    )
