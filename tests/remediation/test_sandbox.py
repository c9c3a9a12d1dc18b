"""The walls: what a script sees, reaches, leaves behind, and what happens when the launcher dies."""

import asyncio
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from domain.plans import Language, Script
from domain.ports.sandbox import Ending, SandboxJob, SandboxMode, SandboxOutcome
from remediation.account import RemediationOff, is_root, refuse_root
from remediation.masking import SecretRedactor
from remediation.sandbox import bubblewrap, processes
from remediation.sandbox.arguments import WALLS, Limits, View, launcher_arguments
from remediation.sandbox.bubblewrap import KIT, BubblewrapSandbox, found_bubblewrap
from remediation.sandbox.job_folder import JobFolder
from remediation.sandbox.launching import Launch, SandboxBrokenError
from remediation.sandbox.make_filters import ARCHITECTURES, FOLDER, filter_for
from remediation.sandbox.self_test import Parts, tried
from remediation.sandbox.streams import Stream
from tests.remediation.contained import contained
from tests.remediation.world import Service, World, bash, python

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
    ("size", "/dev/shm"),
    ("size", "/tmp"),
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

        assert list(await tried(found_bubblewrap(), room, KIT, Limits(), edited=edited)), wall


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
@contained
async def test_without_bubblewrap_remediation_is_off_and_says_which_package(room: Path) -> None:
    bubblewrap.shutil.which = lambda *words, **options: None  # type: ignore[assignment]  # this process is ours

    with pytest.raises(RemediationOff) as off:
        World(room).build().sandbox()

    assert "package bubblewrap" in off.value.sentence()


@pytest.mark.proves("S1")
@contained
async def test_a_failed_self_test_takes_no_work(world: World) -> None:
    class Leaking:
        async def tried(self) -> list[str]:
            return ["mount"]

    runner = await world.build().runner(sandbox=Leaking())
    await runner.test_walls()

    from tests.remediation.world import a_plan

    with pytest.raises(RemediationOff, match="mount"):
        await runner.preview(a_plan())


@pytest.mark.proves("S1")
def test_nothing_in_the_room_runs_a_step_without_the_sandbox() -> None:
    room = Path(bubblewrap.__file__).parents[1]
    texts = {path.name: path.read_text() for path in room.rglob("*.py") if "kit" not in path.parts}

    launchers = sorted(
        name for name, text in texts.items() if "Popen(" in text or "create_subprocess" in text
    )
    words = [name for name, text in texts.items() if "unsandboxed=" in text or "no_sandbox" in text]

    assert launchers == ["commands.py", "launching.py"]  # the first runs only an operator's own verbs
    assert words == []


@pytest.mark.proves("S4", "S5", "S11")
@contained
async def test_a_script_sees_only_its_own_world(room: Path) -> None:
    sandbox = World(room).build().sandbox()
    script = python(
        "import os, json, socket\n"
        "seen = {'root': sorted(os.listdir('/')), 'env': sorted(os.environ), 'etc': os.listdir('/etc'),\n"
        "        'fds': sorted(int(n) for n in os.listdir('/proc/self/fd'))[:3], 'host': socket.gethostname(),\n"
        "        'pids': sum(n.isdigit() for n in os.listdir('/proc')), 'inputs': sorted(os.listdir('/inputs'))}\n"
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

    began = time.monotonic()
    outcomes = [await ran(sandbox, script) for script in (bomb, hog, filler)]

    assert outcomes[0].ending in (Ending.TIMED_OUT, Ending.EXITED)
    assert outcomes[1].ending is Ending.OUT_OF_MEMORY or not outcomes[1].is_good
    assert "No space left" in outcomes[2].errors
    assert time.monotonic() - began < 30
    assert not processes.with_word(str(room))


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
    assert second.output.split() == ["/job:", "/tmp:"]
    assert outside.read_text() == "untouched"


@pytest.mark.proves("S10")
@contained
async def test_a_broken_sandbox_is_not_a_failed_step(room: Path) -> None:
    sandbox = World(room).build().sandbox()
    exits_with_one = await ran(sandbox, bash("exit 1"))
    sandbox._bwrap = "/usr/bin/false"

    broken = await ran(sandbox, bash("exit 0"))

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
@pytest.mark.parametrize("endless", ["yes", "tr '\\0' x < /dev/zero", "head -c 3000000 /dev/urandom; yes"])
@contained
async def test_output_without_end_is_cut_and_counted(room: Path, endless: str) -> None:
    sandbox = World(room).build().sandbox()
    heard = []

    outcome = await sandbox.run(
        SandboxJob(script=bash(endless, timeout=3), mode=SandboxMode.RUN),
        told=lambda line: heard.append(len(line)),
    )

    assert outcome.ending is Ending.TIMED_OUT
    assert len(outcome.output) <= 2**20 * 12
    assert outcome.dropped_bytes > 0
    assert max(heard) <= 4_096


@pytest.mark.proves("S13")
@contained
async def test_a_secret_is_a_file_of_mode_0400_masked_in_six_encodings_and_gone(world: World) -> None:
    from tests.remediation.world import DATABASE_WRITER

    sandbox = world.build().sandbox()
    script = python(
        "import base64, json, os, urllib.parse\n"
        "place = '/inputs/orders-db.pgpass'\n"
        "secret = open(place).read().strip().split(':')[-1]\n"
        "odd = secret + '/ä \"'\n"
        "print(oct(os.stat(place).st_mode & 0o777), len(secret))\n"
        "print(secret, base64.b64encode(secret.encode()).decode(), base64.b64encode(b'user:' + secret.encode()).decode())\n"
        "print(urllib.parse.quote(secret, safe=''), json.dumps(secret), secret.encode().hex())\n"
        "print(any(secret in open(f'/proc/{n}/{f}', errors='replace').read() for n in os.listdir('/proc')\n"
        "          if n.isdigit() for f in ('environ', 'cmdline')))\n",
        "orders-db:write",
    )

    outcome = await ran(sandbox, script)

    raw = DATABASE_WRITER.encode()
    import base64

    assert outcome.is_good, outcome
    assert outcome.output.startswith(f"0o400 {len(DATABASE_WRITER)}")
    assert outcome.output.rstrip().endswith("False")
    for form in (
        DATABASE_WRITER,
        base64.b64encode(raw).decode(),
        base64.b64encode(b"user:" + raw).decode(),
        raw.hex(),
    ):
        assert form not in outcome.output
    assert list(world.jobs.iterdir()) == []


@pytest.mark.proves("S12")
@contained
async def test_only_named_targets_are_reached_and_refusals_are_recorded(
    world: World, service: Service
) -> None:
    from remediation.broker.targets import EgressTarget

    world.extra = [
        EgressTarget(
            name="out", environment="test", allowed=(f"127.0.0.1:{service.port}", "example.test:443")
        )
    ]
    sandbox = world.build().sandbox()
    script = python(
        "import os, socket\n"
        "def connect(line):\n"
        "    door = socket.socket(socket.AF_UNIX); door.connect('/targets/out/socket')\n"
        "    door.sendall(f'CONNECT {line} HTTP/1.1\\r\\n\\r\\n'.encode())\n"
        "    return door.recv(99).split()[1].decode()\n"
        f"places = ['169.254.169.254:80', '127.0.0.1:1', 'example.test:8443', '127.0.0.1:{service.port}', '0x7f000001:80']\n"
        "print([connect(place) for place in places], sorted(os.listdir('/targets')))\n"
        "def direct(place):\n"
        "    try: socket.create_connection(place, 2)\n"
        "    except OSError: return 'closed'\n"
        f"print([direct(p) for p in (('169.254.169.254', 80), ('127.0.0.1', {service.port}), ('1.1.1.1', 443))])\n",
        "out:write",
    )

    outcome = await ran(sandbox, script)

    assert outcome.output.splitlines() == [
        "['403', '403', '403', '403', '403'] ['out']",
        "['closed', 'closed', 'closed']",
    ]
    assert len(outcome.refusals) == 5
    assert "169.254.169.254" in outcome.refusals[0]


@pytest.mark.proves("S12")
@contained
async def test_reading_a_target_does_not_mean_changing_it(world: World, service: Service) -> None:
    service.reset({"/a": 1})
    script = python(
        "from kit import ask\n"
        "print(ask('control', 'GET', '/a'), ask('control', 'PUT', '/a', {'value': 2})[0],\n"
        "      ask('landing', 'PUT', '/file?path=x', {'text': 'x'})[0], ask('landing', 'GET', '/file?path=../secrets/a')[0])",
        "control:read",
        "landing:read",
    )

    outcome = await ran(world.build().sandbox(), script)

    assert outcome.output == "(200, {'value': 1}) 403 403 404\n"
    assert len(outcome.refusals) == 2
    assert service.log() == []


@pytest.mark.proves("S14")
@pytest.mark.parametrize("language", list(Language))
@contained
async def test_a_dry_run_cannot_write_whatever_it_tries(
    world: World, service: Service, language: Language
) -> None:
    service.reset({"/a": 1})
    texts = {
        Language.BASH: "dw send control PUT /a '{\"value\": 2}'; dw put-file landing x < /etc/passwd; touch /usr/x || true",
        Language.PYTHON: "from kit import send\nsend('control', 'PUT', '/a', {'value': 2})\n"
        "send('landing', 'PUT', '/file?path=x', {'text': 'x'})",
        Language.ANSIBLE: "- hosts: localhost\n  gather_facts: false\n  vars:\n    told: >-\n"
        "      {{ lookup('pipe', 'dw send control PUT /a \"$(dw arg body)\" ; touch /usr/x ; echo y') }}\n"
        "  tasks:\n    - ansible.builtin.debug:\n        var: told\n",
    }
    script = bash(texts[language], "control:write", "landing:write", timeout=60).model_copy(
        update={"language": language}
    )

    body = {"body": '{"value": 2}'}
    outcome = await ran(world.build().sandbox(), script, mode=SandboxMode.PREVIEW, arguments=body)

    assert outcome.is_good, outcome
    assert any("PUT /a" in report for report in outcome.reports)
    assert (service.log(), list(world.files.iterdir())) == ([], [])


@pytest.mark.proves("S15")
@contained
async def test_parameters_are_data_in_every_language(room: Path) -> None:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    sandbox = World(room).build().sandbox()
    hostile = (
        "$(touch /job/pwned)",
        "`id`",
        "'; id; '",
        '"',
        "a\nb",
        "{{ 7 * 7 }}",
        "{% raw %}",
        "-rf",
        "--",
        "\\",
        "%s",
        "💥",
    )
    strategy = st.one_of(
        st.sampled_from(hostile), st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    )

    async def echoed(language: Language, value: str) -> str:
        texts = {
            Language.PYTHON: "from kit import arguments as a, keep\nkeep(seen=a['v'])",
            Language.BASH: 'dw keep seen "$(dw arg v; echo .)"',
        }
        script = Script(language=language, text=texts[language], timeout_seconds=20)
        outcome = await ran(sandbox, script, arguments={"v": value})
        assert outcome.is_good, outcome
        return str(json.loads(outcome.reports[0])["keep"]["seen"])

    @settings(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def python_sees_exactly_what_was_given(value: str) -> None:
        loop = asyncio.new_event_loop()
        try:
            assert loop.run_until_complete(echoed(Language.PYTHON, value)) == value
        finally:
            loop.close()

    import threading

    assert threading.current_thread() is threading.main_thread()
    asyncio.events._set_running_loop(None)
    python_sees_exactly_what_was_given()
    loop = asyncio.new_event_loop()
    for value in hostile:
        assert loop.run_until_complete(echoed(Language.BASH, value)) == f"{value}\n."
    loop.close()


@pytest.mark.proves("S15")
@contained
async def test_ansible_takes_parameters_for_data_and_never_for_a_template(room: Path) -> None:
    sandbox = World(room).build().sandbox()
    text = (
        "- hosts: localhost\n  gather_facts: false\n  tasks:\n"
        '    - ansible.builtin.copy:\n        content: "{{ step.v }}"\n        dest: /job/out\n'
        "      check_mode: false\n"
        "    - ansible.builtin.command: cat /job/out\n      check_mode: false\n      register: out\n"
        '    - ansible.builtin.command:\n        argv: [dw, keep, seen, "{{ out.stdout }}"]\n      check_mode: false\n'
        "      register: kept\n"
        "    - ansible.builtin.debug:\n        var: kept.stdout\n"
    )
    script = Script(language=Language.ANSIBLE, text=text, timeout_seconds=60)

    outcome = await ran(sandbox, script, arguments={"v": "{{ lookup('pipe', 'id') }} $(id) 7*7"})

    assert outcome.is_good, outcome
    assert "lookup('pipe', 'id') }} $(id) 7*7" in outcome.output
    assert "uid=" not in outcome.output


def test_a_redactor_masks_a_secret_that_comes_in_pieces() -> None:
    redactor = SecretRedactor(["s3cret-value"])

    text = "".join(redactor.feed(piece) for piece in ("before s3c", "ret-va", "lue after")) + redactor.flush()

    assert text == "before ••• after"
