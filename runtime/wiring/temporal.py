"""The connection to Temporal, made when it is needed and made again when it was lost."""

import asyncio
import logging
import time
from pathlib import Path

from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.service import RPCError

from domain.errors import OutsideTrouble
from runtime.keys import KeyFolder
from runtime.payload_codec import sealed_converter
from runtime.settings.house import Settings
from runtime.temporal_child import prepare_namespace
from runtime.wiring.story_seal import REMEDY, sealed_elsewhere

log = logging.getLogger("dogwatch.temporal")

STORIES = "temporal-payloads"
"""What the keys that seal stories are for."""
_LOOK_AGAIN_SECONDS = 30.0
_OLDER_RELEASE_SECONDS = 14 * 86_400
"""How long activities take what an older release has sealed, counted from the first start of one that binds
each payload to its story: what was asked for before an upgrade is done by then."""


class Connection:
    """Connects once, lazily; everybody shares the client, which reconnects by itself."""

    def __init__(self, address: str, settings: Settings, keys: KeyFolder) -> None:
        self._address = address
        self._settings = settings
        self._converter = converter_of(keys)
        self._client: Client | None = None
        self._lock = asyncio.Lock()

    async def client(self) -> Client:
        """Return the client.

        Raises:
            RuntimeError: The server is away.
            OutsideTrouble: It is there and does not become ready.
        """
        async with self._lock:
            if self._client is None:
                temporal = self._settings.temporal
                client = await Client.connect(
                    self._address,
                    namespace=temporal.namespace,
                    data_converter=self._converter,
                    api_key=temporal.api_key.get_secret_value() or None,
                    tls=temporal.tls,
                )
                await prepare_namespace(client)
                self._client = client
            return self._client

    def forget(self) -> None:
        """Prepare the namespace anew at the next call: the server began again with nothing."""
        self._client = None

    async def wait(self) -> Client:
        """Return the client as soon as the server answers, however long that takes."""
        pause = 0.05
        while True:
            try:
                return await self.client()
            except (RuntimeError, OSError, RPCError, OutsideTrouble) as error:
                if pause > 1:
                    log.warning("waiting for temporal at %s: %s", self._address, type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, 3.0)

    async def wait_unless(self, stop: asyncio.Event) -> Client | None:
        """Return the client as soon as a worker may serve by it, None when `stop` is set before."""
        waiting, stopping = asyncio.ensure_future(self._opening()), asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait([waiting, stopping], return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else None
        finally:
            waiting.cancel()
            stopping.cancel()

    async def _opening(self) -> Client:
        """Return the client as soon as the server answers and what it holds opens with our keys.

        A worker with other keys would take work from those who can do it, and open none.
        """
        while True:
            client = await self.wait()
            if not await sealed_elsewhere(client):
                return client
            log.error(
                "no work is taken: what the workflow server holds was sealed with another key: %s", REMEDY
            )
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def converter_of(keys: KeyFolder) -> DataConverter:
    """Return what seals and opens stories with the keys of a folder."""
    until = unbound_until(keys)
    current, ring = keys.secret_ring(STORIES)
    return sealed_converter(ring, current, unbound_until=until)


def has_lost_key(keys: Path) -> bool:
    """Tell whether a folder of keys was that of a house and lacks what sealed its stories.

    The next start makes another one, which opens nothing.
    """
    return (keys / f"{STORIES}.bound-since").exists() and not (keys / f"{STORIES}.secret").exists()


def unbound_until(keys: KeyFolder) -> float:
    """Return until when there may be payloads of an older release; a new house has none."""
    is_new = not keys.has_secret(STORIES)
    began = keys.text(f"{STORIES}.bound-since", lambda: "0" if is_new else f"{time.time():.0f}")
    return float(began) + _OLDER_RELEASE_SECONDS if began.isdecimal() else 0.0
