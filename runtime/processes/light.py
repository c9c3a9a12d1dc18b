"""A light worker by itself, for set-ups in which doors and workers are scaled apart."""

import asyncio
import logging
import signal

from runtime.settings.house import Settings
from runtime.wiring.policy_file import PolicyFile
from runtime.wiring.serving import serving
from runtime.wiring.stores import open_stores
from runtime.wiring.temporal import Connection
from runtime.wiring.workers import front_worker

log = logging.getLogger("dogwatch.light")


async def run_light(settings: Settings, temporal_address: str) -> None:
    """Serve the front queue until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stores = open_stores(settings)
    policy = PolicyFile(settings)
    client = await Connection(temporal_address, settings, stores.keys).wait_unless(stop)
    if client is not None:
        # Delivery runs with the doors and looks every moment by itself, so there is nobody to wake here.
        async with serving(front_worker(client, settings, stores, policy, lambda: None)):
            log.info("light worker serves")
            await stop.wait()
    stores.database.close()
