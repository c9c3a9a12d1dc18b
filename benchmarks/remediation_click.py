"""From an approver's click in the web chat to the moment at which the first step's process starts.

A real house on this machine: door, desk, database, workflow server, gate, signed order, runner with a second
dry run, sandbox. The runner's journal names the process; the kernel says when it began, in hundredths.
"""

import contextlib
import os
import sqlite3
import statistics
import time

from tests.journeys.house import House, wait_until
from tests.journeys.mender import begin, house_of_one_yes, newest, request_of, until_state
from tests.journeys.visitor import Visitor

_CLICKS = 20
_TICKS = os.sysconf("SC_CLK_TCK")


def clicks(count: int = _CLICKS) -> dict[str, float]:
    """Return `click_to_step_p50_ms` and `click_to_step_p95_ms` over so many plans, one after another."""
    with house_of_one_yes() as running:
        erin, ada = Visitor(running.url, "erin"), Visitor(running.url, "ada")
        took = [_one(running, erin, ada, number) for number in range(count + 1)][1:]
    return {
        "click_to_step_p50_ms": statistics.median(took),
        "click_to_step_p95_ms": sorted(took)[max(round(len(took) * 0.95) - 1, 0)],
    }


def _one(running: House, erin: Visitor, ada: Visitor, number: int) -> float:
    begin(erin, "write-one-note", text=f"note {number}")
    fix = newest(running)
    until_state(running, str(fix["id"]), "in_approval")
    card = wait_until(lambda: request_of(ada, str(newest(running)["title"])))
    if card is None:
        raise SystemExit("no card asked for the approval")
    clicked = time.clock_gettime(time.CLOCK_BOOTTIME)
    ada.press(card, "Approve")
    ended = until_state(running, str(fix["id"]), "verified")
    return 1000 * (_first_step(running, str(ended["order"])) - clicked)


def _first_step(running: House, order: str) -> float:
    """Return when the process of an order's first step began, in seconds since the machine's start."""
    journals = list((running.data / "runner").rglob("journal.sqlite"))
    with contextlib.closing(sqlite3.connect(f"file:{journals[0]}?mode=ro", uri=True)) as db:
        question = "SELECT started FROM tries WHERE order_id = ? AND step = 1 ORDER BY try LIMIT 1"
        (ticks,) = db.execute(question, (order,)).fetchone()
    return int(ticks) / _TICKS
