"""How the processes beside a front are, as it can tell: by who takes their work, or by asking them.

In the served form a front starts none of them and does not know which there are: one that this house need not
have is spoken of once it was seen.
"""

import asyncio
from collections.abc import Callable

import httpx
from temporalio.service import RPCError

from domain.errors import OutsideTrouble
from runtime.processes.health import Health, Neighbour
from runtime.processes.queue_takers import is_taken
from runtime.settings.house import Settings
from runtime.wiring.knowledge import library_client
from runtime.wiring.stores import Stores
from runtime.wiring.temporal import Connection
from storage.engine import Database
from workflows import names

_PATIENCE_SECONDS = 2.0
_EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104  an address that is compared, none that is listened on


def health_of(settings: Settings, stores: Stores, connection: Connection, *, keeps_others: bool) -> Health:
    """Return what looks at a front's own parts and at the processes beside it."""
    health = Health(stores.database, connection, settings.data_dir)
    health.ask("database", lambda: asyncio.to_thread(_takes_acts, stores.database))
    ask_library = library_client(settings, stores).health
    health.ask_beside(neighbours_of(settings, connection, ask_library, keeps_others=keeps_others))
    return health


def _takes_acts(database: Database) -> None:
    """Raise while no act can be kept: the database is away, or answers and takes nothing."""
    database.ping()
    database.prove()


def neighbours_of(
    settings: Settings, connection: Connection, ask_library: Callable[[], object], *, keeps_others: bool
) -> list[Neighbour]:
    """Return the processes that this front can ask after.

    Args:
        ask_library: Raises while the library is away.
        keeps_others: Whether the program that this front is of starts them too, as `dogwatch up` does.
    """

    async def ask_heavy() -> None:
        await _ask_queues(connection, names.HEAVY_QUEUE, names.SWEEP_QUEUE)

    async def ask_runner() -> None:
        await _ask_queues(connection, names.run_queue(settings.environment))

    async def library() -> None:
        await asyncio.to_thread(ask_library)

    found = [
        Neighbour("heavy", ask_heavy, is_promised=True),
        Neighbour("library", library, is_promised=keeps_others or bool(settings.knowledge.url)),
        Neighbour("runner", ask_runner, is_promised=keeps_others and settings.remediation.enabled),
    ]
    if keeps_others and settings.telemetry.port:
        found.append(Neighbour("intake", lambda: _ask_intake(settings), is_promised=True))
    return found


async def _ask_queues(connection: Connection, *queues: str) -> None:
    try:
        client = await connection.client()
        missing = [queue for queue in queues if not await is_taken(client, queue)]
    except (RuntimeError, OSError, RPCError) as error:
        raise OutsideTrouble("the workflow server does not say who works", say="It is away.") from error
    if missing:
        raise OutsideTrouble(
            f"nobody takes the work of {' and '.join(missing)}", say="Nobody does that work."
        )


async def _ask_intake(settings: Settings) -> None:
    told = settings.telemetry
    host = "127.0.0.1" if told.host in _EVERYWHERE else told.host
    at = f"[{host}]" if ":" in host else host
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE_SECONDS, trust_env=False) as client:
            (await client.get(f"http://{at}:{told.port}/healthz")).raise_for_status()
    except httpx.HTTPError as error:
        raise OutsideTrouble(f"the intake: {type(error).__name__}", say="The intake is away.") from error
