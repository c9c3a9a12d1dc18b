"""The two doors for assistants: standard input for one person, HTTP for people with API keys."""

from typing import Any

import uvicorn

from domain.ids import PersonId
from integrations.mcp_server import http_app, serve_stdio
from runtime.clear_text import refuse_keys_in_clear_text
from runtime.ports import listening
from runtime.private_hosts import in_an_address
from runtime.settings.house import Settings
from runtime.verbs.assistants import assistant_desk, owner_of_key
from runtime.wiring.stores import open_stores
from web.visitors import Visitors


async def serve_person(settings: Settings, person: str) -> None:
    """Serve one assistant for a person until it hangs up; raises `NotFound` for somebody unknown."""
    stores = open_stores(settings)
    with stores.transactions.reading() as uow:
        caller = uow.people.get(PersonId(person)).id
    try:
        await serve_stdio(assistant_desk(settings, stores).tools(), caller)
    finally:
        stores.database.close()


async def serve_http(settings: Settings) -> None:
    """Serve over HTTP until SIGTERM or SIGINT; a call without a good key is answered 401.

    Raises:
        BadInput: The keys would come in clear text from other machines.
    """
    refuse_keys_in_clear_text(settings)
    stores = open_stores(settings)
    visitors = Visitors(
        lambda _request: None,
        "web",
        reading=stores.transactions.reading,
        writing=stores.transactions.writing,
        clock=stores.clock,
    )

    async def whose(token: str) -> PersonId | None:
        return await owner_of_key(visitors, token)

    told = settings.assistants
    url = f"http://{in_an_address(told.host)}:{told.port}/mcp"
    app = http_app(assistant_desk(settings, stores).tools(), whose, url, allowed_hosts=told.hosts)
    doors = listening(told.host, told.port, "DOGWATCH_ASSISTANTS__PORT")
    print(f"Assistants are served at {url}", flush=True)
    try:
        await uvicorn.Server(uvicorn_config(app)).serve(sockets=[doors])
    finally:
        stores.database.close()


def uvicorn_config(app: Any) -> uvicorn.Config:  # Any: an ASGI application
    """Return how the server runs: its log is ours, which masks what must not leave."""
    return uvicorn.Config(app, log_level="warning", log_config=None, server_header=False)
