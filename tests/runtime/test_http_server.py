"""A process that serves HTTP ends as it is told: the server in it takes no signal for itself."""

import asyncio
import contextlib
import os
import signal
import socket

import httpx
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from runtime.processes.http_server import HttpServer
from tests.waiting import until


async def test_a_process_that_is_told_to_end_is_served_until_it_says_so_to_its_server() -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    server = HttpServer(Starlette(routes=[Route("/", lambda _: Response("here"))]))
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as door:
        url = f"http://127.0.0.1:{door.getsockname()[1]}/"
        serving = asyncio.create_task(server.serve(sockets=[door]))
        try:
            await until(lambda: server.started)

            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.wait_for(told.wait(), 10)
            async with httpx.AsyncClient() as client:
                answers = [(await client.get(url)).text for _ in range(5)]
            is_ending = server.should_exit
        finally:
            server.should_exit = True
            await serving
            loop.remove_signal_handler(signal.SIGTERM)

    assert answers == ["here"] * 5
    assert not is_ending
