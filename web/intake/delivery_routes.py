"""Where pipelines hand in a delivery, or name a day, before they publish it, and ask whether they may."""

import asyncio
import re
import time
from collections.abc import Callable, Sequence

from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from domain.errors import BadInput
from domain.ports.delivery_gate import DeliveryGate, GateAnswer, PublicationGate
from web.intake.requests import Gate, Sent

MOST_DELIVERY_BYTES = 64 << 20
LONGEST_WAIT = 30.0
_POLL_SECONDS = 0.2
_UNDER_WAY = ("scoring", "comparing")
_FEED = re.compile(r"[a-z][a-z0-9_]{1,62}")
_FILE = re.compile(r"[\w.()+ -]{1,120}")


def delivery_routes(deliveries: DeliveryGate, gate: Gate) -> Sequence[BaseRoute]:
    """Return the routes; `gate` must let bodies of `MOST_DELIVERY_BYTES` in."""

    async def submit(sent: Sent) -> Response:
        feed, name = _checked(sent)
        wait = _seconds(sent.query.get("wait", "0"))
        delivery = await asyncio.to_thread(deliveries.submit, feed, name, sent.body, sent.source)
        answer = await _settled(lambda: deliveries.answer(feed, delivery), wait)
        return _told(answer, "delivery", f"/intake/deliveries/{feed}/{answer.id}")

    async def ask(sent: Sent) -> Response:
        feed = sent.path["feed"]
        answer = await asyncio.to_thread(deliveries.answer, feed, sent.path["delivery"])
        return _told(answer, "delivery", f"/intake/deliveries/{feed}/{answer.id}")

    return [
        Route("/intake/deliveries/{feed}", gate.question(submit), methods=["POST"]),
        Route("/intake/deliveries/{feed}/{delivery}", gate.question(ask), methods=["GET"]),
    ]


def publication_routes(days: PublicationGate, gate: Gate) -> Sequence[BaseRoute]:
    """Return the routes on which a pipeline asks whether the rows of a day may be published."""

    async def compare(sent: Sent) -> Response:
        feed, day = _feed(sent), sent.path["day"]
        wait = _seconds(sent.query.get("wait", "0"))
        comparison = await asyncio.to_thread(days.compare, feed, day, sent.source)
        answer = await _settled(lambda: days.answer_of_day(feed, day, comparison), wait)
        return _told(answer, "comparison", f"/intake/publications/{feed}/{day}/{answer.id}")

    async def ask(sent: Sent) -> Response:
        feed, day, comparison = (sent.path[name] for name in ("feed", "day", "comparison"))
        answer = await asyncio.to_thread(days.answer_of_day, feed, day, comparison)
        return _told(answer, "comparison", f"/intake/publications/{feed}/{day}/{answer.id}")

    return [
        Route("/intake/publications/{feed}/{day}", gate.question(compare), methods=["POST"]),
        Route("/intake/publications/{feed}/{day}/{comparison}", gate.question(ask), methods=["GET"]),
    ]


async def _settled(ask: Callable[[], GateAnswer], wait: float) -> GateAnswer:
    """Return the answer once there is one, or as it stands after so many seconds."""
    end = time.monotonic() + wait
    while True:
        answer = await asyncio.to_thread(ask)
        if answer.state not in _UNDER_WAY or time.monotonic() >= end:
            return answer
        await asyncio.sleep(_POLL_SECONDS)


def _told(answer: GateAnswer, what: str, address: str) -> Response:
    """Return the answer; only `load` true means that the rows may be published."""
    told = {
        what: answer.id,
        "state": answer.state,
        "load": answer.state == "released",
        "score": answer.score,
        "findings": list(answer.findings),
        "say": answer.say,
        "ask": address,
    }
    return JSONResponse(told, 202 if answer.state in (*_UNDER_WAY, "held") else 200)


def _feed(sent: Sent) -> str:
    feed = sent.path["feed"]
    if not _FEED.fullmatch(feed):
        raise BadInput("feed name", say="That is no name of a feed.", next_step="Use a to z, 0 to 9 and _.")
    return feed


def _checked(sent: Sent) -> tuple[str, str]:
    feed, name = _feed(sent), sent.query.get("file", "")
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
