"""The walls: what a script sees, reaches, leaves behind, and what happens when the launcher dies."""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from domain.ports.sandbox import Ending, SandboxJob, SandboxMode, SandboxOutcome
from domain.remediation.plans import Script
from remediation import processes
from remediation.account import RemediationOff, is_root, refuse_root
from remediation.job_folder import JobFolder
from remediation.masking import SecretRedactor
from remediation.sandbox import bubblewrap
from remediation.sandbox.arguments import WALLS, Limits, View, launcher_arguments
from remediation.sandbox.bubblewrap import KIT, BubblewrapSandbox, found_bubblewrap
from remediation.sandbox.launching import Launch, SandboxBrokenError
from remediation.sandbox.make_filters import ARCHITECTURES, FOLDER, filter_for
from remediation.sandbox.self_test import Parts, tried
from remediation.sandbox.streams import Stream
from tests.remediation.contained import contained
from tests.remediation.plans import bash, python
from tests.remediation.world import World

GOLDEN = Path(__file__).parent / "golden" / "launcher.txt"


async def ran(sandbox: BubblewrapSandbox, script: Script, **fields: Any) -> SandboxOutcome:
    return await sandbox.run(SandboxJob(script=script, mode=fields.pop("mode", SandboxMode.RUN), **fields))


def test_the_launcher_arguments_are_the_golden_ones() -> None:
    view = View(Path("/R/passwd"), Path("/R/inputs"), Path("/R/kit"), Path("/R/targets"))

    words = launcher_arguments("/usr/bin/bwrap", view, Limits(), ("/bin/true",), filter_fd=8, status_fd=9)

    assert "\n".join(words) + "\n" == GOLDEN.read_text()


@pytest.mark.proves("S8")
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_stored_filter_is_what_the_script_makes(architecture: str) -> None:
    assert (FOLDER / f"{architecture}.bpf").read_bytes() == filter_for(architecture)


@pytest.mark.proves("S2", "S4", "S5", "S8")
@contained
async def test_every_attempt_to_break_out_fails(room: Path) -> None:
    assert list(await tried(found_bubblewrap(), room, KIT, Limits())) == []


REMOVED = [
    *WALLS,
    ("--remount-ro", "/dev"),
    ("--remount-ro", "/"),
    ("--clearenv",),
    ("--seccomp",),
    ("size", "/dev/shm"),  # noqa: S108  a mount point inside
    ("size", "/tmp"),  # noqa: S108  a mount point inside
    ("size", "/job"),
]


@pytest.mark.proves("S2")
@contained
async def test_without_any_one_wall_some_attempt_succeeds(room: Path) -> None:
    for wall in REMOVED:
        if wall == ("--cap-drop", "ALL"):
            continue  # an ordinary account has none to drop; the next test is for it

        def edited(parts: Parts, wall: tuple[str, ...] = wall) -> Parts:
            if wall[0] == "size":
                return [p[2:] if p[0] == "--size" and p[-1] == wall[1] else p for p in parts]
            return [part for part in parts if part[: len(wall)] != wall]

        try:
            found = list(
                await tried(found_bubblewrap(), room, KIT, Limits(), edited=edited, orphan_seconds=2)
            )
        except SandboxBrokenError:
            found = ["nothing starts without it"]
        assert found, wall


@pytest.mark.proves("S2", "S3")
def test_root_without_dropped_capabilities_would_break_out(room: Path) -> None:
    if not is_root() or shutil.which("bwrap") is None:
        pytest.skip("shows what root could do, so it needs root")

    def edited(parts: Parts) -> Parts:
        kept = [part for part in parts if part[0] not in ("--cap-drop", "--uid", "--gid", "--disable-userns")]
        return [part for part in kept if part[0] != "--unshare-user"]

    assert list(asyncio.run(tried(found_bubblewrap(), room, KIT, Limits(), edited=edited)))


@pytest.mark.proves("S3")
def test_the_runner_refuses_to_be_root(room: Path) -> None:
    if not is_root():
        pytest.skip("needs root to be refused")

    with pytest.raises(RemediationOff, match="root"):
        refuse_root()
    with pytest.raises(RemediationOff, match="root"):
        World(room).build().sandbox()


@pytest.mark.proves("S1")
def test_without_bubblewrap_remediation_is_off_and_says_which_package(room: Path) -> None:
    with pytest.raises(RemediationOff) as off:
        found_bubblewrap(str(room))

    assert "package bubblewrap" in off.value.sentence()


@pytest.mark.proves("S1")
@contained
async def test_a_failed_self_test_takes_no_work(world: World) -> None:
    class Leaking:
        async def tried(self) -> list[str]:
            return ["mount"]

    runner = await world.build().runner(sandbox=Leaking())

    from tests.remediation.plans import a_plan

    with pytest.raises(RemediationOff, match="mount"):
        await runner.preview(a_plan())


@pytest.mark.proves("S1")
@contained
async def test_an_ill_runner_looks_again_soon_and_takes_work_once_the_walls_stand(world: World) -> None:
    class Mending:
        looks = iter(([], TimeoutError("the launcher said nothing"), ["outlives_launcher"], []))

        async def tried(self) -> list[str]:
            look = next(self.looks)
            if isinstance(look, Exception):
                raise look
            return look

    runner = await world.build().runner(sandbox=Mending())  # whose first look it is
    heard: list[tuple[str, ...]] = []
    well = asyncio.Event()

    def changed(faults: tuple[str, ...]) -> None:
        heard.append(faults)
        if not faults:
            well.set()

    testing = asyncio.ensure_future(runner.keep_testing_walls(changed, well_seconds=0, ill_seconds=0))
    await asyncio.wait_for(well.wait(), 10)
    testing.cancel()

    assert heard == [
        ("the walls could not be tried: the launcher said nothing",),
        ("an attempt to break out succeeded: outlives_launcher",),
        (),
    ]
    assert runner.health() == ()


@pytest.mark.proves("S1")
def test_nothing_in_the_room_runs_a_step_without_the_sandbox() -> None:
    room = Path(bubblewrap.__file__).parents[1]
    texts = {path.name: path.read_text() for path in room.rglob("*.py") if "kit" not in path.parts}

    launchers = sorted(
        name for name, text in texts.items() if "Popen(" in text or "create_subprocess" in text
    )
    words = [name for name, text in texts.items() if "unsandboxed=" in text or "no_sandbox" in text]

    assert launchers == ["children.py", "launching.py"]  # the first runs Git and an operator's own verbs
    assert words == []


@pytest.mark.proves("S4", "S5", "S11")
@contained
async def test_a_script_sees_only_its_own_world(room: Path) -> None:
    sandbox = World(room).build().sandbox()
    script = python(
        "import os, json, socket\n"
        "seen = {'root': sorted(os.listdir('/')), 'env': sorted(os.environ), 'etc': os.listdir('/etc'),\n"
        "        'fds': sorted(int(n) for n in os.listdir('/proc/self/fd'))[:3], 'host': socket.gethostname(),\n"  # noqa: E501  a script reads better whole
        "        'pids': sum(n.isdigit() for n in os.listdir('/proc')), 'inputs': sorted(os.listdir('/inputs'))}\n"  # noqa: E501  a script reads better whole
        "print(json.dumps(seen))"
    )

    outcome = await ran(sandbox, script)

    seen = json.loads(outcome.output)
    assert seen["root"] == [
        "bin",
        "dev",
        "etc",
        "inputs",
        "job",
        "lib",
        "lib64",
        "proc",
        "tmp",
        "tools",
        "usr",
    ]
    assert (seen["etc"], seen["host"], seen["inputs"]) == (["passwd"], "step", ["script.py", "step.json"])
    assert len(seen["env"]) <= 8
    assert seen["pids"] <= 4


@pytest.mark.proves("S6")
@contained
async def test_a_fork_bomb_a_memory_hog_and_a_disk_filler_hurt_only_themselves(room: Path) -> None:
    sandbox = World(room).build().sandbox(limits=Limits(memory_bytes=200 * 2**20, job_bytes=2**20))
    bomb = bash(":(){ :|:& };:; sleep 30", timeout=2)
    hog = python("kept = [bytearray(10**7) for _ in range(500)]\nimport time\ntime.sleep(30)", timeout=20)
    filler = bash("head -c 50000000 /dev/zero > /job/a; exit 0")

    outcomes = [await ran(sandbox, script) for script in (bomb, hog, filler)]

    assert outcomes[0].ending in (Ending.TIMED_OUT, Ending.EXITED)
    assert outcomes[1].ending is Ending.OUT_OF_MEMORY or not outcomes[1].is_good
    assert "No space left" in outcomes[2].errors
    assert not processes.with_word(str(room))


@pytest.mark.proves("S6")
@contained
async def test_the_memory_of_all_processes_of_a_step_together_is_bounded(room: Path) -> None:
    sandbox = World(room).build().sandbox(limits=Limits(memory_bytes=120 * 2**20))
    several = python(
        "import os, time\n"
        "for _ in range(3):\n"
        "    if os.fork() == 0:\n"
        "        kept = bytearray(70 * 2**20); time.sleep(60)\n"
        "time.sleep(60)",
        timeout=60,
    )

    outcome = await ran(sandbox, several)

    assert outcome.ending is Ending.OUT_OF_MEMORY
    assert not processes.with_word(str(room))


@pytest.mark.proves("S11")
@contained
async def test_the_launcher_gets_no_environment_of_the_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = (Stream(most_bytes=65_536, redactor=SecretRedactor(()), told=None) for _ in range(2))
    monkeypatch.setenv("DOGWATCH_CANARY", "t0psecret")
    tells = ["/usr/bin/env", "TOLD=1", "/usr/bin/env"]

    await Launch(lambda *_: tells, memory_bytes=2**30).follow(out, err, timeout_seconds=20)

    assert out.finish().split() == ["TOLD=1"]


@pytest.mark.proves("S6")
@contained
async def test_every_limit_holds_inside(room: Path) -> None:
    limits = Limits(processes=20, open_files=40, file_bytes=2**16, address_space_bytes=2**28, cpu_seconds=2)
    sandbox = World(room).build().sandbox(limits=limits)
    script = python(
        "import os, resource\n"
        "print(*(resource.getrlimit(getattr(resource, 'RLIMIT_' + name))[1]\n"
        "        for name in ('NPROC', 'NOFILE', 'FSIZE', 'AS', 'CPU', 'CORE')))\n"
        "for place in ('/job', '/tmp', '/dev/shm'):\n"
        "    found = os.statvfs(place); print(found.f_blocks * found.f_frsize)\n"
    )

    seen = await ran(sandbox, script)
    busy = await ran(sandbox, python("while True: pass", timeout=60))

    assert seen.output.split() == [
        *("20", "40", "65536", str(2**28), "2", "0"),
        *(str(limits.job_bytes), str(limits.tmp_bytes), str(limits.shm_bytes)),
    ]
    assert (busy.ending, busy.is_good) == (Ending.EXITED, False)


@pytest.mark.proves("S7")
@contained
async def test_when_the_launcher_is_killed_everything_inside_dies(room: Path) -> None:
    sandbox = World(room).build().sandbox()
    pids: list[int] = []
    job = SandboxJob(script=bash("echo up; setsid sleep 993 & sleep 993"), mode=SandboxMode.RUN)

    def told(line: str) -> None:
        os.kill(pids[0], 9)

    outcome = await sandbox.run(job, told=told, started=lambda pid, word: pids.append(pid))

    assert outcome.ending is Ending.NEVER_RAN
    assert not processes.with_word(str(room))


@pytest.mark.proves("S7")
@contained
async def test_a_launch_from_another_thread_is_refused(room: Path) -> None:
    with pytest.raises(SandboxBrokenError, match="thread"):
        await asyncio.to_thread(lambda: Launch(lambda a, b: ["/bin/true"], memory_bytes=1))


@pytest.mark.proves("S9")
@contained
async def test_planted_links_lead_nowhere(room: Path) -> None:
    world = World(room).build()
    outside = room / "outside"
    outside.write_text("untouched")
    sandbox = world.sandbox()
    planted = world.jobs / "job-planted"
    planted.symlink_to(room)

    with pytest.raises(FileExistsError):
        JobFolder(world.jobs, name="job-planted").__enter__()
    with JobFolder(world.jobs) as folder:
        (folder.inputs / "script.sh").symlink_to(outside)
        with pytest.raises(FileExistsError):
            folder.put("script.sh", "overwritten")
    first = await ran(sandbox, bash("ln -s /etc/passwd /job/link; ln -s / /job/root; ls /job"))
    second = await ran(sandbox, bash("ls -A /job /tmp"))

    assert first.output.split() == ["link", "root"]
    assert second.output.split() == ["/job:", "/tmp:"]  # noqa: S108  a mount point inside
    assert outside.read_text() == "untouched"


@pytest.mark.proves("S10")
@contained
async def test_a_broken_sandbox_is_not_a_failed_step(room: Path) -> None:
    world = World(room).build()

    exits_with_one = await ran(world.sandbox(), bash("exit 1"))
    broken = await ran(world.sandbox(launcher="/usr/bin/false"), bash("exit 0"))

    assert (exits_with_one.ending, exits_with_one.exit_code) == (Ending.EXITED, 1)
    assert (broken.ending, broken.exit_code) == (Ending.NEVER_RAN, None)


@pytest.mark.proves("S10")
@contained
async def test_a_missing_source_path_says_that_nothing_ran(room: Path) -> None:
    def arguments(filter_fd: int, status_fd: int) -> list[str]:
        view = View(room / "missing", room, KIT)
        return launcher_arguments(
            found_bubblewrap(), view, Limits(), ("/usr/bin/true",), filter_fd=filter_fd, status_fd=status_fd
        )

    out, err = (Stream(most_bytes=9_999, redactor=SecretRedactor(()), told=None) for _ in range(2))
    exit_ = await Launch(arguments, memory_bytes=2**30).follow(out, err, timeout_seconds=9)

    assert exit_.ending is Ending.NEVER_RAN
    assert "missing" in err.finish()


@pytest.mark.proves("E10")
@pytest.mark.parametrize(
    "endless", ["yes | head -c 4000000", "tr '\\0' x < /dev/zero", "head -c 3000000 /dev/urandom"]
)
@contained
async def test_output_without_end_is_cut_and_counted(room: Path, endless: str) -> None:
    sandbox = World(room).build().sandbox()
    heard = []

    outcome = await sandbox.run(
        SandboxJob(script=bash(endless, timeout=20 if "head" in endless else 3), mode=SandboxMode.RUN),
        told=lambda line: heard.append(len(line)),
    )

    assert len(outcome.output) <= 2**20 * 12
    assert outcome.dropped_bytes > 0
    assert max(heard) <= 4_096
    assert len(heard) < 100_000, "half a million lines that nobody can watch are not told one by one"
