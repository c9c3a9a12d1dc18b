"""Random faults over random plans, all from one seed: kills and stops at any point of any step."""

import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from domain.remediation.orders import SignedOrder
from domain.remediation.plans import Plan
from tests.faults.scenarios import (
    POINTS,
    Process,
    Tally,
    a_world,
    append_step,
    judged,
    preview_of,
    put_away,
    start,
    wait_until_stopped,
)
from tests.remediation.plans import a_plan, an_order, python
from tests.remediation.world import World

_MOST_FAULTS = 3
_MOST_TRIES = 8
KEPT_SEEDS: tuple[int, ...] = ()
"""Seeds that once showed a violation; each is tried in every run of the tests."""


def random_plan(seed: int) -> Tally:
    """Carry out one random plan under random faults, and check what is left of it."""
    chance = random.Random(seed)  # noqa: S311  a seeded order, not a secret
    plan, failing = _plan(chance)
    order = an_order(plan, preview_of(plan))
    steps = len(plan.steps)
    faults = [
        (chance.choice(("kill", "stop")), chance.choice(POINTS), chance.randint(1, steps))
        for _ in range(chance.randint(1, _MOST_FAULTS))
    ]
    name = f"seed {seed}: {steps} steps, fails at {failing or 'none'}, {faults}"
    with a_world() as world, _put_away():
        last = _driven(world, order, plan, faults)
        tally = judged(world, plan, last, name)
        tally.faults = len(faults)
        if failing and last.get("state") == "verified":
            tally.effects_lost += 1
            tally.notes.append(f"{name}: verified although step {failing} failed")
        return tally


def _driven(
    world: World, order: SignedOrder, plan: Plan, faults: list[tuple[str, str, int]]
) -> dict[str, Any]:
    """Start runners one after another, each with its fault, then one without; wake the stopped ones last."""
    asleep: list[Process] = []
    last: dict[str, Any] = {}
    for kind, point, step in faults:
        process = start(world, order, plan, fault=kind, point=point, step=step)
        said = process.line()
        if kind == "stop" and "point" in said:
            wait_until_stopped(process)
            asleep.append(process)
            continue
        last = process.end() or said
        if _is_over(last):
            break  # a fault at a point that this order does not come to again
    if not _is_over(last):
        last = start(world, order, plan).end()
    for process in asleep:
        os.kill(process.child.pid, signal.SIGCONT)
        woken = process.end()
        last = last if _is_over(last) else woken
    for _ in range(_MOST_TRIES):
        if _is_over(last):
            break
        last = start(world, order, plan).end()
    return last


def _is_over(said: dict[str, Any]) -> bool:
    """Tell whether a report says how it ended, or that a person has to decide."""
    return said.get("state", "busy") != "busy"


def _plan(chance: random.Random) -> tuple[Plan, int]:
    """Return a plan of three to five steps, and the step whose check fails; 0 for none."""
    count = chance.randint(3, 5)
    failing = chance.choice((0, 0, chance.randint(1, count)))
    steps = [append_step(number, has_probe=chance.random() < 0.7) for number in range(1, count + 1)]
    if failing:
        bad = python("raise SystemExit('no')", "landing:read")
        steps[failing - 1] = steps[failing - 1].model_copy(update={"check": bad})
    return a_plan(*steps), failing


@contextmanager
def _put_away() -> Iterator[None]:
    try:
        yield
    finally:
        put_away()
