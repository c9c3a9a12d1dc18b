"""The workflow server killed with -9 and kept away in the middle of a plan, in a real house (E11).

People press meanwhile. They must be told while it is away that it is recorded and will start; afterwards each
plan starts once, in the order of the presses, and every step has its effect once. How long the telling took
is noted: people should not wait longer than three seconds, on a machine that is not busy otherwise.
"""

import threading
import time
from collections import Counter
from typing import Any

from tests.faults.scenarios import Tally
from tests.journeys.house import House, wait_until
from tests.journeys.mender import (
    begin,
    house_of_one_yes,
    keep_server_away,
    landing,
    newest,
    until_state,
)
from tests.journeys.visitor import Visitor, words

_TOLD_WITHIN_SECONDS = 3.0
_BACK_WITHIN_SECONDS = 120.0
_STEPS = 3
# The second is said when the gate was reached before the server died: its target is busy.
_PROMISES = ("It starts as soon as the runner takes it", "Waits")


def server_away(seconds: float) -> Tally:
    """Keep the server away for that long while one plan runs and two are approved."""
    with house_of_one_yes() as running:
        return kept_away(running, seconds)


def kept_away(running: House, seconds: float) -> Tally:
    """Do the same to a house that runs already, whose policy asks for one approver."""
    erin, ada = Visitor(running.url, "erin"), Visitor(running.url, "ada")
    tally = Tally(faults=1, plans=3)
    names = [_begun(running, erin, mark, seconds=2 if mark == "a" else 0) for mark in ("a", "b", "c")]
    _approve(ada, "a")
    wait_until(lambda: any(landing(running).glob("mark-a-1-*")))

    is_told = threading.Event()
    away = threading.Thread(target=keep_server_away, args=(running, seconds, is_told.is_set))
    away.start()
    try:
        told = [
            _told_after(ada, erin, mark, thread) for mark, (_, thread) in zip("bc", names[1:], strict=True)
        ]
    finally:
        is_told.set()
        away.join()
    ended = [until_state(running, fix, "verified", seconds=_BACK_WITHIN_SECONDS) for fix, _ in names]

    late = [took for took in told if took > _TOLD_WITHIN_SECONDS]
    tally.notes += [f"server away {seconds:.0f} s: told after {took:.1f} s" for took in late]
    started = [str(one["started_at"]) for one in ended]
    if started != sorted(started):
        tally.starts_wrong += 1
        tally.notes.append(f"server away {seconds:.0f} s: started out of order: {started}")
    _count(running, [fix for fix, _ in names], tally)
    tally.is_audit_sound = running.run("audit", "verify").returncode == 0
    return tally


def _told_after(ada: Visitor, erin: Visitor, mark: str, thread: str) -> float:
    """Say yes to a plan, and return after how many seconds its card said that this is recorded."""
    pressed = time.monotonic()
    _approve(ada, mark)
    wait_until(lambda: _is_told(erin, thread))
    return time.monotonic() - pressed


def _count(running: House, fixes: list[str], tally: Tally) -> None:
    orders = Counter(str(fix) for (fix,) in running.rows("SELECT fix FROM orders"))
    tally.starts_wrong += sum(orders[fix] != 1 for fix in fixes)
    for mark in ("a", "b", "c"):
        for step in range(1, _STEPS + 1):
            found = len(list(landing(running).glob(f"*mark-{mark}-{step}-*")))
            tally.effects_doubled += max(found - 1, 0)
            tally.effects_lost += found == 0


def _is_told(erin: Visitor, thread: str) -> bool:
    """Tell whether the plan's card says that the yes is recorded and that it will start."""
    said = [words(one) for one in erin.messages("incidents", thread)]
    return any("Approved: Leave" in one and any(p in one for p in _PROMISES) for one in said)


def _approve(ada: Visitor, mark: str) -> None:
    def request() -> dict[str, Any] | None:
        wanted = ("Approve? Leave three marks", f"mark = {mark},")
        said = [one for one in ada.messages("approvals") if all(word in words(one) for word in wanted)]
        return said[-1] if said else None

    card = wait_until(request)
    assert card is not None
    ada.press(card, "Approve")


def _begun(running: House, erin: Visitor, mark: str, *, seconds: int) -> tuple[str, str]:
    """Begin a plan and wait until it asks for its yes; return its name and its thread."""
    thread = begin(erin, "leave-marks", mark=mark, seconds=str(seconds))
    fix = str(newest(running)["id"])
    until_state(running, fix, "in_approval")
    return fix, thread
