"""What a sandboxed step costs, how soon one starts and ends, how many plans a minute fit on this machine.

Everything runs for real and in one run: the bare command, bubblewrap alone, the whole sandbox, whole plans.
Click to step is measured in a whole house (`remediation_click`), order to step at the runner alone.
"""

import asyncio
import contextlib
import os
import pickle
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.remediation_click import clicks
from benchmarks.report import arguments, table, write
from domain.ids import PersonId, PlanId
from domain.ports.sandbox import SandboxJob, SandboxMode
from domain.remediation.orders import order_for, signed
from domain.remediation.plans import Access, Authorship, Language, Plan, Risk, Script, Step, TargetUse
from domain.remediation.run_reports import StepReport, StepState
from remediation.account import become_ordinary, is_root, runner_ids
from remediation.broker.credentials import CredentialFiles
from remediation.broker.targets import FilesTarget, Targets
from remediation.order_keys import Ed25519Ring, Ed25519Signer
from remediation.runner import Post, RemediationRunner
from remediation.sandbox.bubblewrap import BubblewrapSandbox

_ROUNDS = 40
_PLANS = 12
_STOPS = 8
_ROOT = Path(__file__).parents[1]
_SIGNER = Ed25519Signer("bench", bytes(range(32)))
_BARE = (
    "--unshare-all",
    "--ro-bind",
    "/usr",
    "/usr",
    "--symlink",
    "usr/lib",
    "/lib",
    "--symlink",
    "usr/lib64",
    "/lib64",
)
_WRITE = (
    "from kit import arguments as a, path, send\n"
    "send('files', 'PUT', path('file', path=a['name']), {'text': 'x'})"
)


def main() -> None:
    """Measure, print and write the figures."""
    options = arguments(__doc__ or "", with_data=False).parse_args()
    if shutil.which("bwrap") is None:
        print("bubblewrap is not installed: install the package bubblewrap, 0.8 or later")
        raise SystemExit(2)
    with _folder() as folder:
        figures = _as_ordinary(folder)
    figures |= clicks()
    print(table("remediation", {"dogwatch": figures}))
    write(options.json, data={"rounds": _ROUNDS, "plans": _PLANS}, figures=figures, peers={})


async def measured(folder: Path) -> dict[str, float]:
    """Return every figure; all times are medians unless they say p95."""
    targets = Targets([FilesTarget(name="landing", environment="bench", root=_made(folder / "files"))])
    sandbox = BubblewrapSandbox(
        _made(folder / "jobs"), targets=targets, credentials=CredentialFiles(_made(folder / "secrets"))
    )
    post = Post("bench", "bench", Ed25519Ring({"bench": _SIGNER.public_bytes}), _made(folder / "runner"))
    runner = RemediationRunner(post, sandbox=sandbox, targets=targets)
    await runner.test_walls()
    figures = await _overheads(sandbox)
    figures |= await _plans(runner)
    figures |= await _stops(runner)
    runner.close()
    return figures


async def _overheads(sandbox: BubblewrapSandbox) -> dict[str, float]:
    """Time one command bare, in bubblewrap alone, and as a step, in turns, so that load hits all alike."""
    bwrap = shutil.which("bwrap") or "bwrap"
    job = SandboxJob(script=Script(language=Language.BASH, text="true"), mode=SandboxMode.RUN)
    command = ("/usr/bin/bash", "-euo", "pipefail", "-c", "true")
    bare, alone, whole = [], [], []
    for _ in range(_ROUNDS):
        bare.append(_timed([*command]))
        alone.append(_timed([bwrap, *_BARE, *command]))
        began = time.perf_counter()
        outcome = await sandbox.run(job)
        whole.append((time.perf_counter() - began) * 1000)
        if not outcome.is_good:
            raise SystemExit(f"a step failed: {outcome.errors}")
    base = statistics.median(bare)
    return {
        "bare_command_ms": base,
        "bare_bwrap_ms": statistics.median(alone) - base,
        "sandbox_overhead_ms": statistics.median(whole) - base,
        "sandbox_overhead_p95_ms": _p95(whole) - base,
    }


async def _plans(runner: RemediationRunner) -> dict[str, float]:
    firsts: list[float] = []
    began = time.perf_counter()
    for number in range(_PLANS):
        plan = _plan(number)
        preview = await runner.preview(plan)
        accepted = time.perf_counter()
        seen: list[float] = []

        def told(report: StepReport, seen: list[float] = seen) -> None:
            if report.state is StepState.RUNNING and not seen:
                seen.append(time.perf_counter())

        order = _order(plan, preview.effect_digest, number)
        report = await runner.execute(order, plan, told=told)
        if report.state.value != "verified":
            raise SystemExit(f"a plan ended as {report.state}: {report.say}")
        firsts.append((seen[0] - accepted) * 1000)
    minutes = (time.perf_counter() - began) / 60
    return {
        "order_to_step_p50_ms": statistics.median(firsts),
        "order_to_step_p95_ms": _p95(firsts),
        "plans_per_minute": _PLANS / minutes,
    }


async def _stops(runner: RemediationRunner) -> dict[str, float]:
    """Stop steps that left a daemon, and time until the last process has gone."""
    took = []
    script = Script(
        language=Language.BASH, text="setsid nohup sleep 600 & echo up; sleep 600", timeout_seconds=900
    )
    for number in range(1_000, 1_000 + _STOPS):
        plan = _plan(number, Step(name="wait", summary="Wait", run=script, is_previewable=False))
        order = _order(plan, (await runner.preview(plan)).effect_digest, number)
        up = asyncio.Event()
        running = asyncio.ensure_future(
            runner.execute(order, plan, told=lambda report, up=up: up.set())  # type: ignore[misc]
        )
        await up.wait()
        began = time.perf_counter()
        await runner.stop(order.order.id)
        took.append(time.perf_counter() - began)
        await running
    return {"stop_p50_s": statistics.median(took), "stop_p95_s": _p95(took)}


def _plan(number: int, *steps: Step) -> Plan:
    use = TargetUse(slot="files", name="landing", access=Access.WRITE)
    run = Script(language=Language.PYTHON, text=f"print('up', flush=True)\n{_WRITE}", targets=(use,))
    own = tuple(
        Step(name=f"s{n}", summary=f"Write {n}", run=run, arguments={"name": f"p{number}-{n}"})
        for n in (1, 2, 3)
    )
    return Plan(
        id=PlanId(f"plan-{number}"),
        title=f"Plan {number}",
        environment="bench",
        requested_by=PersonId("bench"),
        authorship=Authorship.PERSON,
        steps=steps or own,
        risk=Risk.LOW,
    )


def _order(plan: Plan, effect_digest: str, number: int):  # type: ignore[no-untyped-def]
    now = datetime.now(UTC)
    order = order_for(
        plan,
        effect_digest=effect_digest,
        policy_version="bench",
        audience="bench",
        nonce=f"{number:032x}",
        not_before=now - timedelta(minutes=1),
        expires=now + timedelta(minutes=10),
        approval="bench",
        decisions=("bench",),
    )
    return signed(order, _SIGNER)


def _timed(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return (time.perf_counter() - began) * 1000


def _p95(values: list[float]) -> float:
    return sorted(values)[max(round(len(values) * 0.95) - 1, 0)]


def _made(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dogwatch-bench-") as name:
        if is_root():
            os.chown(name, *runner_ids())
        yield Path(name)


def _as_ordinary(folder: Path) -> dict[str, float]:
    """Measure in this process, or in a child that gave root up, as a runner does."""
    if not is_root():
        return asyncio.run(measured(folder))
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        become_ordinary([_ROOT])
        os.write(writer, pickle.dumps(asyncio.run(measured(folder))))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        content = pipe.read()
    os.waitpid(child, 0)
    if not content:
        raise SystemExit("the measuring process ended early")
    figures: dict[str, float] = pickle.loads(content)  # noqa: S301  from our own child, over our own pipe
    return figures


if __name__ == "__main__":
    main()
