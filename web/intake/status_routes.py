"""How the intake does: each source's score with its reasons, and what was refused lately."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from domain.ports.telemetry_store import TelemetryReader
from web.intake.requests import Gate, Sent

_WINDOW = timedelta(hours=1)
_MOST_REFUSED = 50


def status_routes(reader: TelemetryReader, gate: Gate, now: Callable[[], datetime]) -> Sequence[BaseRoute]:
    """Return `GET /intake/sources`: the last hour's health, worst first, and the newest refused records.

    A source sees its own records only: refused ones hold its text.
    """

    async def sources(sent: Sent) -> Response:
        end = now()
        health = await asyncio.to_thread(reader.health, end - _WINDOW, end)
        refused = await asyncio.to_thread(reader.refused, end - _WINDOW, end, 20 * _MOST_REFUSED)
        own = [asdict(one) for one in refused if one.source == sent.source][:_MOST_REFUSED]
        return JSONResponse(
            {"sources": [asdict(one) for one in health if one.source == sent.source], "refused": own}
        )

    return [Route("/intake/sources", gate.endpoint(sources), methods=["GET"])]
