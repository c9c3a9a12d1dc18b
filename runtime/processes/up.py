"""`dogwatch up`: one command, all processes, none left behind."""

import asyncio
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

from domain.errors import NotNow
from runtime.ports import WEB_PORT, listening, only_one, tell_port
from runtime.private_files import make_private
from runtime.processes.children import Child, children_of
from runtime.settings.house import Settings
from runtime.steady import steadily
from runtime.temporal_child import TemporalChild

_BETWEEN_SECONDS = 0.7


def run_up(settings: Settings, *, quiet: bool = False) -> None:
    """Run everything until Ctrl-C or SIGTERM."""
    uvloop.run(_up(settings, quiet))


async def _up(settings: Settings, quiet: bool) -> None:
    began = time.monotonic()
    data = settings.data_dir.resolve()
    _make(data)
    lock = only_one(data)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)

    doors = listening(settings.web.host, settings.web.port, WEB_PORT)
    port = doors.getsockname()[1]
    temporal = None if settings.temporal.address else TemporalChild(data, settings.temporal.namespace)
    if temporal is not None:
        temporal.start()
    address = settings.temporal.address or (temporal.address if temporal else "")
    tell_port(lock, port)
    children = children_of(settings, address)
    # Imported here, after the workflow server was launched: it gets ready while this process imports.
    from runtime.people.known_people import prepare
    from runtime.people.people_file import tell_held_out
    from runtime.processes.front import build_front, run_front
    from runtime.wiring.stores import open_stores

    stores = open_stores(settings)
    watchers: list[asyncio.Task[None]] = []
    if temporal is not None:
        watchers.append(asyncio.create_task(steadily("the workflow server", temporal.watch)))
    try:
        tell_held_out(prepare(settings, stores))
        front = build_front(settings, stores, address, port, keeps_others=True)

        def ready() -> None:
            seconds = time.monotonic() - began
            if not quiet:
                print(
                    f"Dogwatch is ready at {settings.public_url(port)} ({seconds:.1f} s). Ctrl-C stops it.",
                    flush=True,
                )
            watchers.append(asyncio.create_task(_start_beside(children)))

        await run_front(front, doors, stop, ready)
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*(asyncio.to_thread(child.stop) for child in children))
        if temporal is not None:
            await asyncio.to_thread(temporal.stop)
        lock.close()


async def _start_beside(children: Sequence[Child]) -> None:
    """Start the processes beside the doors, one after another: together they would take the doors' time."""
    async with asyncio.TaskGroup() as watching:
        for child in children:
            watching.create_task(steadily(child.name, child.keep))
            await asyncio.sleep(_BETWEEN_SECONDS)


def _make(data: Path) -> None:
    try:
        make_private(data)
        (data / ".writable").touch()
        (data / ".writable").unlink()
    except OSError as error:
        raise NotNow(
            f"data folder: {type(error).__name__}",
            say=f"I can't keep anything in {data}: {str(error.strerror).lower()}.",
            next_step="Set DOGWATCH_DATA_DIR to a folder that I may write into.",
        ) from error
