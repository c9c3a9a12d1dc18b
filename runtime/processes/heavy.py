"""The heavy process: what computes, away from the doors."""

import asyncio
import logging
import signal
from collections.abc import Callable

from runtime.settings.house import Settings
from runtime.wiring.serving import serving
from runtime.wiring.stores import open_stores
from runtime.wiring.temporal import Connection

log = logging.getLogger("dogwatch.heavy")


async def run_heavy(settings: Settings, temporal_address: str) -> None:
    """Serve the heavy queue and the sweeps until SIGTERM or SIGINT."""
    from config_gen.samples.child import shut_down, warm_up
    from runtime.wiring.facts_backfill import fill_in_facts
    from runtime.wiring.investigating.incidents import warm_up as warm_engine
    from runtime.wiring.workers import heavy_workers

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    stores = open_stores(settings)
    warming = asyncio.create_task(asyncio.to_thread(warm_up))
    try:
        client = await Connection(temporal_address, settings, stores.keys).wait_unless(stop)
        async with serving(*(heavy_workers(client, settings, stores) if client is not None else ())):
            log.info("heavy worker %s", "serves" if client is not None else "was ended before it served")
            once = {"warming up": warm_engine, "facts of feeds": lambda: fill_in_facts(stores)}
            beside = [asyncio.create_task(_until_done(name, work)) for name, work in once.items()]
            await stop.wait()
            for task in beside:
                task.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
        await warming
    finally:
        shut_down()
        stores.database.close()


async def _until_done(name: str, work: Callable[[], object]) -> None:
    """Do what is done once, and try it again while it fails."""
    pause = 1.0
    while True:
        try:
            await asyncio.to_thread(work)
        except Exception:  # a border: nobody waits for it, and the next start may be months away
            log.exception("%s failed; trying again in %.0f s", name, pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, 600.0)
        else:
            return
