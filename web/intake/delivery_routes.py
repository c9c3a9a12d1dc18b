"""Where pipelines hand in a delivery before they publish it, and ask whether they may."""

import asyncio
import re
import time
from collections.abc import Sequence

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from domain.errors import BadInput
from domain.ports.delivery_gate import DeliveryGate, GateAnswer
from web.intake.requests import Gate, Sent

MOST_DELIVERY_BYTES = 64 << 20
LONGEST_WAIT = 30.0
_POLL_SECONDS = 0.2
_FEED = re.compile(r"[a-z][a-z0-9_]{1,62}")
_FILE = re.compile(r"[\w.()+ -]{1,120}")


def delivery_routes(deliveries: DeliveryGate, gate: Gate) -> Sequence[BaseRoute]:
    """Return the routes; `gate` must let bodies of `MOST_DELIVERY_BYTES` in."""

    async def submit(sent: Sent) -> Response:
        feed, name = _checked(sent)
        wait = _seconds(sent.query.get("wait", "0"))
        delivery = await asyncio.to_thread(deliveries.submit, feed, name, sent.body, sent.source)
        end = time.monotonic() + wait
        while True:
            answer = await asyncio.to_thread(deliveries.answer, feed, delivery)
            if answer.state != "scoring" or time.monotonic() >= end:
                return _told(feed, answer)
            await asyncio.sleep(_POLL_SECONDS)

    async def ask(sent: Sent) -> Response:
        feed = sent.path["feed"]
        return _told(feed, await asyncio.to_thread(deliveries.answer, feed, sent.path["delivery"]))

    return [
        Route("/intake/deliveries/{feed}", gate.endpoint(submit), methods=["POST"]),
        Route("/intake/deliveries/{feed}/{delivery}", gate.endpoint(ask), methods=["GET"]),
    ]


def _told(feed: str, answer: GateAnswer) -> Response:
    """Return the answer; only `load` true means that the rows may be published."""
    told = {
        "delivery": answer.id,
        "state": answer.state,
        "load": answer.state == "released",
        "score": answer.score,
        "findings": list(answer.findings),
        "say": answer.say,
        "ask": f"/intake/deliveries/{feed}/{answer.id}",
    }
    return JSONResponse(told, 202 if answer.state in ("scoring", "held") else 200)


def _checked(sent: Sent) -> tuple[str, str]:
    feed, name = sent.path["feed"], sent.query.get("file", "")
    if not _FEED.fullmatch(feed):
        raise BadInput("feed name", say="That is no name of a feed.", next_step="Use a to z, 0 to 9 and _.")
    if not _FILE.fullmatch(name):
        raise BadInput(
            "file name",
            say="The delivery has no file name that I can read its form from.",
            next_step="Add ?file=NAME.csv (or .parquet, .jsonl) to the address.",
        )
    if not sent.body:
        raise BadInput("empty delivery", say="The delivery is empty.", next_step="Send the file as the body.")
    return feed, name


def _seconds(text: str) -> float:
    try:
        wait = float(text)
    except ValueError:
        wait = -1.0
    if not 0.0 <= wait <= LONGEST_WAIT:
        raise BadInput("wait", say=f"wait is 0 to {LONGEST_WAIT:.0f} seconds.")
    return wait
