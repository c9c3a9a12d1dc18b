"""The front process: doors, desk, delivery, courier and the light worker."""

import asyncio
import contextlib
import gc
import logging
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bot.delivery import Delivery
from bot.desk import ChatDesk
from bot.outward import Outward
from bot.presenters.drawing import Drawing
from bot.refused_cards import OtherChannels
from domain.errors import OutsideTrouble
from domain.identity.chat import Platform
from runtime.people.known_people import followed_people
from runtime.people.people_file import PeopleFile
from runtime.processes.beside import health_of
from runtime.processes.front_app import front_app
from runtime.processes.front_inbox import InboxRounds
from runtime.processes.health import AWAY, STARTING, UP, Health
from runtime.processes.http_server import HttpServer
from runtime.processes.policy_news import PolicyNews
from runtime.processes.recovery import keep_stories, recover
from runtime.settings.house import Settings
from runtime.steady import steadily
from runtime.story_key import StoryKey
from runtime.wiring.desk import build_desk, build_mint
from runtime.wiring.doors import Behind, Doors, channel_map, fetcher, open_doors
from runtime.wiring.notifiers import outward_of
from runtime.wiring.pictures import ChildPictures, pictures_of
from runtime.wiring.policy_file import PolicyFile
from runtime.wiring.serving import serving
from runtime.wiring.stores import Stores
from runtime.wiring.temporal import Connection
from runtime.wiring.workers import front_worker
from storage.inbox_writer import InboxWriter
from web.bounded_http import BoundedHttp, raise_handles
from workflows.courier import Courier
from workflows.gateway import WorkflowGateway

log = logging.getLogger("dogwatch.front")

_ANCHOR_SECONDS = 60.0
_WORKER_AFTER_SECONDS = 0.7
_THREAD_TURN_SECONDS = 0.001
"""After each statement a thread that works for the desk waits so long for its next turn, while the doors are
busy. Python's own 5 ms made an act of a dozen statements take longer than the acts before it."""
_THREADS = 32
"""For what would hold up the loop. Python's own count follows the cores: on two of them six writes that wait
for the database would hold up everybody who only reads."""


@dataclass
class Front:
    """Everything that the front process runs."""

    stores: Stores
    doors: Doors
    desk: ChatDesk
    pictures: ChildPictures
    delivery: Delivery
    outward: Outward
    courier: Courier
    inbox: InboxWriter
    connection: Connection
    wake: Callable[[], None]
    settings: Settings
    health: Health
    policy: PolicyFile
    people: PeopleFile | None
    """None where no file says who is who."""


def build_front(
    settings: Settings, stores: Stores, temporal_address: str, port: int, *, keeps_others: bool = False
) -> Front:
    """Build the front process; `keeps_others` when this program starts those beside it too."""
    policy, doors = PolicyFile(settings), Doors()
    transactions = stores.transactions
    inbox = InboxWriter(stores.database)
    connection = Connection(temporal_address, settings, stores.keys)
    courier = Courier(
        WorkflowGateway(connection.client),
        reading=transactions.reading,
        writing=transactions.writing,
        clock=stores.clock,
    )
    delivery = Delivery(
        doors.adapters,
        Drawing(stores.blobs),
        reading=transactions.reading,
        writing=transactions.writing,
        clock=stores.clock,
        others=OtherChannels(channel_map(settings), settings.watch.channel),
    )
    outward = outward_of(settings, stores, port, delivery.wake)
    followed = followed_people(settings, stores)

    def wake() -> None:
        courier.wake()
        delivery.wake()
        outward.wake()

    mint, pictures = build_mint(stores), pictures_of(settings, stores)
    desk = build_desk(
        settings,
        stores,
        inbox,
        mint,
        pictures=pictures,
        policy=policy,
        fetch=fetcher(stores, doors, settings.limits.upload_mib),
        wake=wake,
        are_rights_read=_rights_of(doors, followed),
    )
    with transactions.reading() as uow:
        people = uow.people.everybody()
    open_doors(doors, Behind(settings, stores, desk, mint, settings.public_url(port)), people)
    health = health_of(settings, stores, connection, keeps_others=keeps_others)
    return Front(
        stores,
        doors,
        desk,
        pictures,
        delivery,
        outward,
        courier,
        inbox,
        connection,
        wake,
        settings,
        health,
        policy,
        followed,
    )


def _rights_of(doors: Doors, followed: PeopleFile | None) -> Callable[[Platform], bool]:
    """Return what tells whether the people file and a platform's own directory were read lately."""

    def are_read(platform: Platform) -> bool:
        directory = doors.are_rights_read.get(platform)
        return (followed is None or followed.is_read()) and (directory is None or directory())

    return are_read


async def run_front(
    front: Front, doors: socket.socket, stop: asyncio.Event, on_ready: Callable[[], None]
) -> None:
    """Serve what comes to a socket until `stop` is set; then refuse, finish what is under way, and return."""
    raise_handles()
    sys.setswitchinterval(_THREAD_TURN_SECONDS)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="doors"))
    server = HttpServer(
        front_app(front.health, front.settings, front.stores, front.wake, front.doors.mounts),
        timeout_graceful_shutdown=3,
        forwarded_allow_ips=list(front.settings.web.proxies),
        http=BoundedHttp,
    )
    async with _running(front, server):
        serving = asyncio.create_task(_serve(server, doors))
        ready = asyncio.create_task(_say_ready(server, on_ready))
        await asyncio.wait([asyncio.create_task(stop.wait()), serving], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        # First nothing new comes in, then what came in is finished.
        for close in front.doors.closes:
            await close()
        server.should_exit = True
        await serving
        for finish in front.doors.stops:
            await finish()


async def _serve(server: HttpServer, doors: socket.socket) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        await server.serve(sockets=[doors])


async def _say_ready(server: HttpServer, on_ready: Callable[[], None]) -> None:
    while not server.started:  # noqa: ASYNC110  uvicorn tells by a flag, not by an event
        await asyncio.sleep(0.01)
    on_ready()
    # Everything loaded so far stays for good: looking through it again at each collection stops the doors.
    gc.collect()
    gc.freeze()


@contextlib.asynccontextmanager
async def _running(front: Front, server: HttpServer) -> AsyncIterator[None]:
    recover(front.stores)
    works: dict[str, Callable[[], Awaitable[None]]] = {
        "delivery": front.delivery.run,
        "courier": front.courier.run,
        "outward": front.outward.run,
        "inbox": InboxRounds(
            front.stores.transactions.reading, front.stores.clock, front.desk, front.doors
        ).run,
        "anchors": lambda: _anchor(front),
        "worker": lambda: _run_worker(front, server),
        "policy": _policy_news(front).run,
        **front.doors.watches,
    }
    if front.people is not None:
        works["people"] = front.people.follow
    tasks = [asyncio.create_task(_steadily(front, name, work), name=name) for name, work in works.items()]
    for task in tasks:
        front.health.watch(task.get_name(), task)
    for platform, start in front.doors.starts.items():
        front.health.tell(platform.value, STARTING)
        tasks.append(asyncio.create_task(_start_door(front, platform, start), name="door"))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        front.pictures.close()
        front.inbox.close()
        front.stores.anchors.anchor(front.stores.database, force=True)
        front.stores.database.close()


def _policy_news(front: Front) -> PolicyNews:
    def told(is_taken: bool) -> None:
        front.health.tell("policy", UP if is_taken else AWAY)

    places = channel_map(front.settings).get("approvals", ())
    return PolicyNews(front.policy, front.stores, places, told)


async def _steadily(front: Front, name: str, work: Callable[[], Awaitable[None]]) -> None:
    await steadily(name, work, lambda is_up: front.health.tell(name, UP if is_up else AWAY))


async def _start_door(front: Front, platform: Platform, start: Callable[[], Awaitable[None]]) -> None:
    pause = 1.0
    while True:
        try:
            await start()
            front.health.tell(platform.value, UP)
            if (check := front.doors.checks.get(platform)) is not None:
                front.health.ask(platform.value, check)
            return
        except OutsideTrouble as error:
            log.warning("%s is away, trying again in %.0f s: %s", platform.value, pause, error)
        except Exception:  # a border: one platform that can't be opened must not stop the others
            log.exception("%s can't be opened, trying again in %.0f s", platform.value, pause)
        front.health.tell(platform.value, AWAY)
        await asyncio.sleep(pause)
        pause = min(pause * 2, 60.0)


async def _run_worker(front: Front, server: HttpServer) -> None:
    front.health.tell("worker", STARTING)
    while not server.started:  # noqa: ASYNC110  uvicorn tells by a flag, not by an event
        await asyncio.sleep(0.05)
    # Building the worker holds up the doors for a moment, and the first person is just coming in.
    await asyncio.sleep(_WORKER_AFTER_SECONDS)
    client = await front.connection.wait()
    worker = front_worker(client, front.settings, front.stores, front.policy, front.wake)
    async with serving(worker):
        front.health.tell("worker", UP)
        await keep_stories(front.connection, front.settings, front.stores, front.wake, _story_key(front))


def _story_key(front: Front) -> StoryKey:
    def told(is_ours: bool) -> None:
        front.health.tell("story_key", UP if is_ours else AWAY)

    return StoryKey(front.stores, channel_map(front.settings).get("approvals", ()), told)


async def _anchor(front: Front) -> None:
    last = time.monotonic()
    while True:
        await asyncio.sleep(_ANCHOR_SECONDS)
        is_time = time.monotonic() - last > 600
        if await asyncio.to_thread(front.stores.anchors.anchor, front.stores.database, force=is_time):
            last = time.monotonic()
