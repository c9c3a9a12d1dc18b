"""Where reports of feed runs, readings and alerts go: OpenLineage, Airflow, dbt, plain JSON, files."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from domain.ports.reading_intake import ReadingReports
from domain.ports.run_intake import Receipt, RunReports
from web.intake.requests import Act, Gate, Sent

_MOST_SHOWN = 20
TakeAlerts = Callable[[Sent], Awaitable[int]]
"""Takes a webhook's body and returns how many alerts it held, or how many were news."""


def run_routes(reports: RunReports, gate: Gate) -> Sequence[BaseRoute]:
    """Return the routes for reports of runs."""

    def takes(dialect: str) -> Act:
        async def act(sent: Sent) -> Response:
            encoding, kind = sent.headers.get("content-encoding", ""), sent.headers.get("content-type", "")
            receipt = await asyncio.to_thread(
                reports.receive, dialect, sent.body, sent.source, content_type=kind, encoding=encoding
            )
            return _told(receipt)

        return act

    paths = {
        "/intake/openlineage/api/v1/lineage": "openlineage",
        "/intake/airflow": "airflow",
        "/intake/dbt": "dbt",
        "/intake/runs": "json",
    }
    return [Route(path, gate.endpoint(takes(told)), methods=["POST"]) for path, told in paths.items()]


def reading_routes(readings: ReadingReports, gate: Gate) -> Sequence[BaseRoute]:
    """Return the route for what sources, databases and pools say between runs."""

    async def act(sent: Sent) -> Response:
        encoding = sent.headers.get("content-encoding", "")
        return _told(await asyncio.to_thread(readings.receive, sent.body, sent.source, encoding=encoding))

    return [Route("/intake/readings", gate.endpoint(act), methods=["POST"])]


def alert_routes(takers: Sequence[TakeAlerts], gate: Gate) -> Sequence[BaseRoute]:
    """Return the route for Alertmanager's webhook: each taker gets the body, all before the answer."""

    async def act(sent: Sent) -> Response:
        counts = [await take(sent) for take in takers]
        return JSONResponse({"taken": max(counts, default=0)})

    return [Route("/intake/alertmanager", gate.endpoint(act), methods=["POST"])]


def _told(receipt: Receipt) -> Response:
    """Return what was taken; refused records do not make the rest of a delivery fail."""
    refused = [{"reason": one.reason.value, "detail": one.detail} for one in receipt.rejected[:_MOST_SHOWN]]
    count = len(receipt.rejected)
    status = 400 if count and not receipt.taken and not receipt.known else 200
    return JSONResponse(
        {"taken": receipt.taken, "known": receipt.known, "refused": count, "refusals": refused}, status
    )
