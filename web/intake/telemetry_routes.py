"""Where telemetry is pushed to: OTLP, Prometheus remote write, Alertmanager, Fluent Bit, Elasticsearch bulk.

Each answers as the sender's own server would, because senders read the answer: a collector wants an empty
protobuf message, an Elasticsearch client a list of results.
"""

import asyncio
import json
from collections.abc import Sequence

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from domain.errors import BadInput
from domain.ports.reading_intake import ReadingReports
from domain.ports.telemetry_intake import Delivery, Dialect, ItemResult, TelemetryIntake, TurnedAway
from web.intake.requests import Act, Gate, Sent

_OTLP = {
    "traces": (Dialect.OTLP_TRACES, Dialect.OTLP_TRACES_JSON),
    "logs": (Dialect.OTLP_LOGS, Dialect.OTLP_LOGS_JSON),
    "metrics": (Dialect.OTLP_METRICS, Dialect.OTLP_METRICS_JSON),
}
_ADDS = ("index", "create")


def telemetry_routes(
    intake: TelemetryIntake, gate: Gate, readings: ReadingReports | None = None
) -> Sequence[BaseRoute]:
    """Return the routes of pushed telemetry, below `/intake`, and OTLP's standard paths besides.

    `readings` also hears of the deployments and changes among events, so that the watch weighs them.
    """

    def post(path: str, act: Act) -> Route:
        return Route(path, gate.endpoint(act), methods=["POST"])

    def otlp(protobuf: Dialect, as_json: Dialect) -> Act:
        async def act(sent: Sent) -> Response:
            return await _otlp(intake, sent, protobuf, as_json)

        return act

    async def remote_write(sent: Sent) -> Response:
        if "io.prometheus.write.v2" in sent.headers.get("content-type", ""):
            # By its specification a receiver of 1.0 answers this, and the sender falls back.
            return Response("remote write 1.0 only", 415)
        # Version 1.0 is always snappy, whether or not the header says so.
        delivery = Delivery(Dialect.PROMETHEUS, sent.source, sent.body, "snappy")
        await intake.take(delivery)
        return Response(status_code=204)

    async def bulk(sent: Sent) -> Response:
        results = await intake.take_operations(_delivery(sent, Dialect.ELASTIC))
        answer = await asyncio.to_thread(_bulk_answer, results, sent.path.get("index") or "dogwatch")
        return Response(answer, media_type="application/json")

    async def elastic_says_hello(sent: Sent) -> Response:
        hello = {"name": "dogwatch", "version": {"number": "8.11.0", "build_flavor": "default"}}
        return JSONResponse(hello, headers={"X-Elastic-Product": "Elasticsearch"})

    async def events(sent: Sent) -> Response:
        taken = await intake.take(_delivery(sent, Dialect.EVENTS))
        if readings is not None:
            encoding = sent.headers.get("content-encoding", "")
            await asyncio.to_thread(readings.changes, sent.body, sent.source, encoding=encoding)
        return JSONResponse({"taken": taken})

    def simple(dialect: Dialect) -> Act:
        async def act(sent: Sent) -> Response:
            return JSONResponse({"taken": await intake.take(_delivery(sent, dialect))})

        return act

    return [
        *(
            post(f"{root}/{name}", otlp(*dialects))
            for root in ("/v1", "/intake/otlp/v1")
            for name, dialects in _OTLP.items()
        ),
        post("/intake/prometheus/api/v1/write", remote_write),
        post("/intake/fluent-bit", simple(Dialect.FLUENT_BIT)),
        post("/intake/events", events),
        post("/intake/elastic/_bulk", bulk),
        post("/intake/elastic/{index}/_bulk", bulk),
        Route("/intake/elastic/", gate.endpoint(elastic_says_hello), methods=["GET", "HEAD"]),
    ]


def _delivery(sent: Sent, dialect: Dialect) -> Delivery:
    return Delivery(dialect, sent.source, sent.body, sent.headers.get("content-encoding", ""))


def _bulk_answer(results: Sequence[ItemResult], index: str) -> bytes:
    """Return what Elasticsearch would answer: senders drop or keep each document by its own status."""
    items = []
    for one in results:
        told: dict[str, object] = {"_index": one.index or index}
        told |= {"_id": one.id} if one.id else {}
        if one.why:
            kind = "document_parsing_exception" if one.action in _ADDS else "illegal_argument_exception"
            told |= {"status": 400, "error": {"type": kind, "reason": one.why}}
        else:
            told |= {"_version": 1, "result": "created", "status": 201}
        items.append({one.action: told})
    return json.dumps({"took": 0, "errors": any(one.why for one in results), "items": items}).encode()


async def _otlp(intake: TelemetryIntake, sent: Sent, protobuf: Dialect, as_json: Dialect) -> Response:
    kind = sent.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind == "application/json":
        await intake.take(_delivery(sent, as_json))
        return JSONResponse({})
    if kind != "application/x-protobuf":
        intake.note(TurnedAway(sent.source, protobuf.value, f"The content type was {kind[:60]!r}."))
        raise BadInput(
            f"otlp content type {kind[:60]!r}",
            say="OTLP comes as application/x-protobuf or application/json.",
            next_step="Set the header Content-Type accordingly.",
        )
    await intake.take(_delivery(sent, protobuf))
    return Response(b"", media_type="application/x-protobuf")
