"""One real runner process for the fault harness: `python -m tests.faults.runner_process FOLDER`.

Reads one line of JSON: what to do, at which point to fail, and which part is broken on purpose. Prints one
line of JSON for every report, and `{"point": ...}` when it stops itself. Broken builds exist only here.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from domain.errors import DogwatchError
from domain.ports.sandbox import SandboxJob, SandboxOutcome
from domain.remediation.orders import read_signed_order
from domain.remediation.plans import read_plan
from remediation.account import become_ordinary, is_root
from remediation.journal import Journal, Place, Try
from remediation.locks import StepLock
from remediation.runner import Post, RemediationRunner
from remediation.step_work import StepWork
from tests.remediation.plans import NOW, RING
from tests.remediation.world import TrustedWalls, World
from tests.waiting import until

ROOT = Path(__file__).parents[2]


class NoJournal(Journal):
    """Forgets every try."""

    def intend(self, place: Place, kept: Any) -> bool:
        return True

    def tries(self, order_id: str, step: int, act: Any) -> list[Try]:
        return []


class NoLock(StepLock):
    """Is always free."""

    def take(self) -> bool:
        return True


class WorkWithoutLock(StepWork):
    def lock(self, place: Place) -> StepLock:
        return NoLock(self._locks, place)


class WorkWithoutVoid(StepWork):
    def void(self, place: Place) -> None:
        return None


class LooseSandbox:
    """Answers a cancellation at once, while the script still runs: so the lock falls too early."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self._left: list[Any] = []

    async def run(self, job: SandboxJob, **listeners: Any) -> SandboxOutcome:
        task = asyncio.ensure_future(self._inner.run(job, **listeners))
        self._left.append(task)
        return await asyncio.shield(task)

    def forget(self, preview: str) -> None:
        self._inner.forget(preview)

    async def tried(self) -> list[str]:
        return []


def say(**fields: object) -> None:
    print(json.dumps(fields), flush=True)


def pointed(point: str, step: int, what: str) -> Any:
    """Return the hook that kills or stops this very process at its point, once."""
    spent: list[bool] = []

    def at(here: str, number: int) -> None:
        if (here, number) != (point, step) or spent:
            return
        spent.append(True)
        say(point=here, step=number)
        if what == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif what == "stop":
            os.kill(os.getpid(), signal.SIGSTOP)

    return at


async def work(folder: Path, wish: dict[str, Any]) -> None:
    world = World(folder)
    broken = wish.get("broken", "")
    sandbox: Any = (LooseSandbox if broken == "lock_on_cancel" else TrustedWalls)(world.sandbox())
    path = world.runner_folder / "journal.sqlite"
    journal = (NoJournal if broken == "journal" else Journal)(path)
    locks = world.runner_folder / "locks"
    locks.mkdir(mode=0o700, exist_ok=True)
    kind = {"lock": WorkWithoutLock, "void": WorkWithoutVoid}.get(broken, StepWork)
    at = pointed(wish.get("point", ""), int(wish.get("step", 0)), wish.get("fault", ""))
    steps = kind(journal, locks, sandbox, at=at)
    runner = RemediationRunner(
        Post("test", "runner-1", RING, world.runner_folder),
        sandbox=sandbox,
        targets=world.targets(),
        journal=journal,
        work=steps,
        now=lambda: NOW,
    )
    await runner.test_walls()
    order, plan = read_signed_order(json.dumps(wish["order"])), read_plan(json.dumps(wish["plan"]))
    running = asyncio.ensure_future(runner.execute(order, plan))
    if wish.get("cancel"):
        await until(Path(wish["cancel"]).exists)
        running.cancel()
        await asyncio.wait([running])
        say(state="cancelled")
        await until(Path(wish["leave"]).exists)
        os._exit(0)
    try:
        report = await running
    except DogwatchError as error:
        say(state="refused", say=error.say)
        return
    say(
        state=report.state.value,
        say=report.say,
        waiting=report.waiting_step,
        report=report.model_dump(mode="json"),
    )
    runner.close()


def main() -> None:
    folder = Path(sys.argv[1])
    if is_root():
        become_ordinary([ROOT])
    asyncio.run(work(folder, json.loads(sys.stdin.readline())))


if __name__ == "__main__":
    main()
