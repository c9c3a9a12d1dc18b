"""Send at a steady rate, and see how soon marked lines among the rest can be asked for."""

import itertools
import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from benchmarks.intake_fresh import templates
from benchmarks.intake_house import House, Sender
from benchmarks.intake_load import MIX, Body
from domain.ports.evidence_source import EvidenceQuery

SENDERS = 4
_MARK_SECONDS = 0.5
_PATIENCE_SECONDS = 20.0
_WINDOW = timedelta(minutes=2)


@dataclass
class Held:
    """What a stretch at a steady rate showed; a wait is from just before sending until a query finds it.

    Args:
        waits: When each mark was sent, in seconds of the stretch, and how long it waited.
        size: Bytes acknowledged, unpacked.
        records: Records acknowledged.
        refusals: Deliveries that had to be sent again because the intake was busy.
        seconds: How long it was sent.
    """

    waits: list[tuple[float, float]] = field(default_factory=list)
    size: int = 0
    records: int = 0
    refusals: int = 0
    seconds: float = 0.0

    def quantile(self, share: float, begin: float = 0.0, end: float = float("inf")) -> float:
        """Return a quantile of the waits of marks sent within a part of the stretch."""
        ordered = sorted(wait for sent, wait in self.waits if begin <= sent < end)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("inf")


def mix(seed: int) -> Iterator[Body]:
    """Yield deliveries for ever, formats by their share of bytes, each with present times and new ids."""
    chance = random.Random(seed)  # noqa: S311  a seeded load, nothing secret
    pools = {name: templates(name, 8, seed + number) for number, name in enumerate(MIX)}
    names = list(MIX)
    weights = [MIX[name] / pools[name][0].fresh().size for name in names]
    for number in itertools.count():
        name = chance.choices(names, weights)[0]
        yield pools[name][number % len(pools[name])].fresh()


def marked(name: str, lines: int = 1) -> Body:
    """Return a delivery whose lines can be told from all others by their service."""
    told = [
        {"date": time.time(), "service": name, "message": f"line {number} of {name}"}
        for number in range(lines)
    ]
    raw = json.dumps(told).encode()
    return Body("/intake/fluent-bit", {"content-type": "application/json"}, raw, len(raw), lines)


def hold_rate(house: House, load: Iterator[Body], rate: float, seconds: float) -> Held:
    """Send so many megabytes a second, with a marked line every half second."""
    held, pending, over = Held(), dict[str, float](), threading.Event()
    began, lock = time.monotonic(), threading.Lock()

    def send() -> None:
        sender = Sender(house.port)
        while (passed := time.monotonic() - began) < seconds:
            with lock:
                is_due = held.size / 1e6 <= rate * passed
                body = next(load) if is_due else None
                held.size += body.size if body else 0
            if body is None:
                time.sleep(0.005)
                continue
            is_taken = sender.send(body)
            with lock:
                held.records += body.records if is_taken else 0
                held.size -= 0 if is_taken else body.size
        with lock:
            held.refusals += sender.waits

    def mark() -> None:
        sender, next_at = Sender(house.port), 0.0
        while (passed := time.monotonic() - began) < seconds:
            if passed < next_at:
                time.sleep(0.01)
                continue
            name, next_at = f"mark-{time.time_ns()}", next_at + _MARK_SECONDS
            pending[name] = time.monotonic()
            is_taken = sender.send(marked(name))
            with lock:
                held.records += is_taken

    watcher = threading.Thread(target=_watch, args=(house, pending, began, held, over))
    senders = [threading.Thread(target=work) for work in (*[send] * SENDERS, mark)]
    for thread in (watcher, *senders):
        thread.start()
    for thread in senders:
        thread.join()
    held.seconds = time.monotonic() - began
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while pending and time.monotonic() < deadline:
        time.sleep(0.1)
    over.set()
    watcher.join()
    held.waits += [(sent - began, float("inf")) for sent in pending.values()]
    return held


def _watch(house: House, pending: dict[str, float], began: float, held: Held, over: threading.Event) -> None:
    """Ask for all pending marks at once, as a diagnosis asks: metrics, lines, spans, calls, changes."""
    pause = 0.1
    while not over.wait(pause):
        names, now, asked = tuple(pending), datetime.now(UTC), time.monotonic()
        if names:
            query = EvidenceQuery(now - _WINDOW, now, now, services=names)
            found = set(house.store.fetch(query).telemetry.logs.service)
            for name in found & set(names):
                sent = pending.pop(name)
                held.waits.append((sent - began, time.monotonic() - sent))
        pause = max(0.1, time.monotonic() - asked)  # at most half of a core asks
