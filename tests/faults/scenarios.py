"""What goes wrong, and what must be true afterwards: every effect at most once, none lost, unknowns shown."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.remediation.orders import SignedOrder
from domain.remediation.plans import DryRun, Effect, Plan, Step
from tests.remediation.contained import ROOT, a_room
from tests.remediation.plans import a_plan, an_order, python
from tests.remediation.world import World, own
from tests.waiting import wait_until

POINTS = ("before_lock", "before_intent", "after_intent", "during", "after_effect", "after_outcome")
PATIENCE_SECONDS = 60.0


@dataclass
class Tally:
    """What the harness counts."""

    faults: int = 0
    effects_doubled: int = 0
    effects_lost: int = 0
    unknown_shown: int = 0
    orders_unentitled: int = 0
    """Orders that were signed although too few entitled people had said yes to that version."""
    starts_wrong: int = 0
    """Plans that started twice or out of order."""
    plans: int = 1
    is_audit_sound: bool = True
    notes: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.faults += other.faults
        self.effects_doubled += other.effects_doubled
        self.effects_lost += other.effects_lost
        self.unknown_shown += other.unknown_shown
        self.orders_unentitled += other.orders_unentitled
        self.starts_wrong += other.starts_wrong
        self.plans += other.plans
        self.is_audit_sound = self.is_audit_sound and other.is_audit_sound
        self.notes += other.notes

    @property
    def is_violated(self) -> bool:
        """Tell whether something happened that must not."""
        wrong = self.effects_doubled + self.effects_lost + self.orders_unentitled + self.starts_wrong
        return bool(wrong) or not self.is_audit_sound


_STARTED: list["subprocess.Popen[str]"] = []


@dataclass
class Process:
    """One runner process."""

    child: "subprocess.Popen[str]"

    def line(self) -> dict[str, Any]:
        """Return its next report; empty when it has ended."""
        assert self.child.stdout is not None
        text = self.child.stdout.readline()
        return json.loads(text) if text.strip() else {}

    def end(self) -> dict[str, Any]:
        """Return its last report."""
        last: dict[str, Any] = {}
        while report := self.line():
            last = report
        self.child.wait(PATIENCE_SECONDS)
        return last


def append_step(number: int, *, has_probe: bool = True, seconds: float = 0.0) -> Step:
    """Return a step whose effect can be counted: every run of it leaves a file of its own name."""
    seen = (
        "from kit import ask, path, kept, answer\nimport time\n"
        f"found = [n for n in ask('landing', 'GET', path('list', prefix='effect-{number}-'))[1]['paths']]\n"
    )
    return Step(
        name=f"effect-{number}",
        summary=f"Leave effect {number}",
        run=python(
            "import time, secrets\nfrom kit import path, send, is_preview\n"
            f"time.sleep(0 if is_preview else {seconds})\n"
            f"name = 'preview' if is_preview else secrets.token_hex(6)\n"
            f"send('landing', 'PUT', path('file', path=f'effect-{number}-{{name}}'), {{'text': 'x'}})",
            "landing:write",
        ),
        probe=python(f"{seen}answer('done' if found else 'absent')", "landing:read") if has_probe else None,
        check=python(f"{seen}raise SystemExit(not found)", "landing:read"),
        undo=python(
            # Moved, not removed: an effect that was doubled and then undone must stay visible.
            f"{seen}from kit import send\n"
            "for name in found:\n"
            "    send('landing', 'POST', '/move', {'from': name, 'to': f'undone-{name}'})",
            "landing:write",
        ),
        undo_check=python(f"{seen}raise SystemExit(bool(found))", "landing:read"),
    )


def preview_of(plan: Plan) -> DryRun:
    """Return what a dry run of such a plan reports, so that the driver needs no sandbox of its own."""
    return DryRun(
        effects=tuple(
            Effect(
                step=s.name, target="landing", change=f"write {s.name}-preview", before="nothing", after="x"
            )
            for s in plan.steps
        )
    )


@contextmanager
def a_world() -> Iterator[World]:
    with a_room() as folder:
        world = World(folder).build()
        own(folder)
        yield world


def effects(world: World, prefix: str = "effect") -> dict[int, int]:
    """Return how often each step had its effect, and has it still."""
    counts: dict[int, int] = {}
    for path in world.files.glob(f"{prefix}-*"):
        number = int(path.name.removeprefix(prefix).split("-")[1])
        counts[number] = counts.get(number, 0) + 1
    return counts


def start(world: World, order: SignedOrder, plan: Plan, **wish: Any) -> Process:
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.faults.runner_process", str(world.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    wish |= {"order": order.model_dump(mode="json"), "plan": plan.model_dump(mode="json")}
    assert child.stdin is not None
    child.stdin.write(json.dumps(wish) + "\n")
    child.stdin.close()
    _STARTED.append(child)
    return Process(child)


def put_away() -> None:
    """End every runner process that a scenario left, and close what it said."""
    while _STARTED:
        child = _STARTED.pop()
        child.kill()
        child.wait(PATIENCE_SECONDS)
        if child.stdout is not None:
            child.stdout.close()


def judged(world: World, plan: Plan, last: dict[str, Any], name: str) -> Tally:
    """Compare the world with what the last report says."""
    tally = Tally(faults=1)
    found, undone = effects(world), effects(world, "undone-effect")
    ever = {number: found.get(number, 0) + undone.get(number, 0) for number in found | undone}
    tally.effects_doubled = sum(count - 1 for count in ever.values() if count > 1)
    state = last.get("state", "nothing")
    steps = set(range(1, len(plan.steps) + 1))
    if state == "verified":
        tally.effects_lost = len(steps - set(found))
    elif state == "rolled_back":
        tally.effects_lost = len(found)
    elif state == "unknown":
        tally.unknown_shown = 1
    else:
        tally.effects_lost = 1
        tally.notes.append(f"{name}: ended as {state}: {last.get('say', '')}")
    if tally.effects_doubled or tally.effects_lost:
        tally.notes.append(f"{name}: {state} with effects {found}, undone {undone}")
    if not _is_sound(world):
        tally.notes.append(f"{name}: the journal is not sound")
        tally.is_audit_sound = False
    if not _is_clean(world):
        tally.notes.append(f"{name}: something was left running")
        tally.effects_lost += 1
    return tally


def killed(point: str, step: int, *, broken: str = "", has_probe: bool = True) -> Tally:
    """Kill the runner at a point of a step, start it again, and look."""
    plan = a_plan(*(append_step(n, has_probe=has_probe) for n in (1, 2, 3)))
    order = an_order(plan, preview_of(plan))
    with a_world() as world:
        first = start(world, order, plan, point=point, step=step, fault="kill", broken=broken)
        first.end()
        last = start(world, order, plan, broken=broken).end()
        return judged(world, plan, last, f"kill at {point} of step {step}")


def stopped(point: str, step: int, *, broken: str = "") -> Tally:
    """Stop a runner at a point, let another take over, then let the first wake up."""
    plan = a_plan(*(append_step(n) for n in (1, 2, 3)))
    order = an_order(plan, preview_of(plan))
    with a_world() as world:
        first = start(world, order, plan, point=point, step=step, fault="stop", broken=broken)
        first.line()
        wait_until_stopped(first)
        second = start(world, order, plan, broken=broken).end()
        os.kill(first.child.pid, signal.SIGCONT)
        woken = first.end()
        last = second if second.get("state") != "busy" else woken
        if last.get("state") == "busy":
            last = start(world, order, plan, broken=broken).end()
        return judged(world, plan, last, f"stop at {point} of step {step}")


def rolled_back_while_stopped(*, broken: str = "") -> Tally:
    """Stop a runner before step 2, roll back elsewhere, let it wake up: it must not act any more."""
    failing = append_step(2).model_copy(update={"check": python("raise SystemExit('no')", "landing:read")})
    plan = a_plan(append_step(1), failing, append_step(3))
    order = an_order(plan, preview_of(plan))
    with a_world() as world:
        first = start(world, order, plan, point="before_lock", step=2, fault="stop", broken=broken)
        first.line()
        wait_until_stopped(first)
        second = start(world, order, plan, broken=broken).end()
        os.kill(first.child.pid, signal.SIGCONT)
        first.end()
        return judged(world, plan, second, "stopped, rolled back elsewhere, woken")


def cancelled(*, broken: str = "") -> Tally:
    """Cancel a step under way, and let the story roll it back at once, as it does after a cancellation."""
    plan = a_plan(append_step(1, seconds=10.0))
    order = an_order(plan, preview_of(plan))
    with a_world() as world:
        go, leave = world.folder / "go", world.folder / "leave"
        first = start(world, order, plan, cancel=str(go), leave=str(leave), broken=broken)
        wait_until(lambda: _intent(world), PATIENCE_SECONDS)
        go.touch()
        first.line()
        # The lock may fall only when the script is dead: while it runs it can act beside its own rollback.
        is_still_running = _names(world.jobs)
        last = start(world, order, plan).end()
        leave.touch()
        first.end()
        tally = judged(world, plan, last, "cancelled, then rolled back")
        tally.effects_doubled += is_still_running
        return tally


def used_again() -> Tally:
    """Give a used order to a new process: nothing may happen."""
    plan = a_plan(append_step(1))
    order = an_order(plan, preview_of(plan))
    with a_world() as world:
        last = start(world, order, plan).end()
        start(world, order, plan).child.wait(PATIENCE_SECONDS)
        return judged(world, plan, last, "used again after a restart")


def _intent(world: World) -> bool:
    try:
        path = world.runner_folder / "journal.sqlite"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            return bool(db.execute("SELECT 1 FROM tries WHERE pid > 0").fetchone())
    except sqlite3.OperationalError:
        return False


def _is_sound(world: World) -> bool:
    """Tell whether the journal is whole, and every effect lies inside an order it knows as used."""
    with closing(sqlite3.connect(world.runner_folder / "journal.sqlite")) as db:
        is_whole = db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return bool(is_whole and db.execute("SELECT count(*) FROM orders").fetchone() == (1,))


def _is_clean(world: World) -> bool:
    """Tell whether no process of the world is left, giving the kernel a moment."""
    with contextlib.suppress(AssertionError):
        return wait_until(lambda: not _names(world.folder), 5)
    return False


def _names(path: Path) -> bool:
    """Tell whether some process names the path in its command line."""
    word = str(path).encode()
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and word in (entry / "cmdline").read_bytes():
                return True
        except OSError:
            continue
    return False


def wait_until_stopped(process: Process) -> None:
    stat = Path(f"/proc/{process.child.pid}/stat")
    wait_until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T", PATIENCE_SECONDS)
