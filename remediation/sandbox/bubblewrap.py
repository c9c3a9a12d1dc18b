"""Run one script behind the walls, with the targets it was granted and nothing else."""

import asyncio
import json
import secrets
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from domain.ports.sandbox import Ending, SandboxJob, SandboxMode, SandboxOutcome
from domain.remediation.plans import Language
from domain.text.redaction import mask_shapes
from remediation import processes
from remediation.account import RemediationOff, refuse_root
from remediation.broker.credentials import Credentials
from remediation.broker.grants import Overlay
from remediation.broker.session import BrokerSession
from remediation.broker.targets import Targets
from remediation.job_folder import JobFolder, sweep
from remediation.masking import LineMasker, SecretRedactor
from remediation.sandbox.arguments import Limits, View, launcher_arguments
from remediation.sandbox.launching import ArgumentsFor, Exit, Launch
from remediation.sandbox.self_test import tried
from remediation.sandbox.streams import Stream

KIT = Path(__file__).parent.parent / "kit"
_PLAYBOOK_PACKAGES = ("ansible", "jinja2", "markupsafe", "yaml", "packaging", "resolvelib")
_PYTHON = "/usr/bin/python3"
_GONE_WITHIN_SECONDS = 5.0


class BubblewrapSandbox:
    """The only way in which Dogwatch runs a script.

    Args:
        jobs: A folder of the runner's own, for the job folders.
        targets: What this runner can reach.
        credentials: Where secrets come from, one fetch a step.
        limits: What a step may use.
        launcher: Bubblewrap's path; found when left out.
    """

    def __init__(
        self,
        jobs: Path,
        *,
        targets: Targets,
        credentials: Credentials,
        limits: Limits | None = None,
        launcher: str = "",
    ) -> None:
        refuse_root()
        self._bwrap = launcher or found_bubblewrap()
        self._jobs = jobs
        self._targets = targets
        self._credentials = credentials
        self._limits = limits or Limits()
        sweep(jobs)
        self._previews: dict[str, dict[str, Overlay]] = {}

    def forget(self, preview: str) -> None:
        """Drop what a dry run noted."""
        self._previews.pop(preview, None)

    async def run(
        self,
        job: SandboxJob,
        *,
        told: Callable[[str], None] | None = None,
        started: Callable[[int, str], None] | None = None,
    ) -> SandboxOutcome:
        """Run the script to its end.

        Raises:
            NotFound: It names a target that this runner does not have.
            OutsideTrouble: A credential could not be fetched.
        """
        began = time.monotonic()
        overlays = self._previews.setdefault(job.preview, {}) if job.preview else {}
        with JobFolder(self._jobs, name=job.folder) as folder:
            session = BrokerSession(
                job, folder, targets=self._targets, credentials=self._credentials, overlays=overlays
            )
            async with session:
                mark = f"::{secrets.token_hex(8)}::"
                folder.lay_out(job, session.slots, mark)
                out, err = (self._stream(session, listener) for listener in (_without(mark, told), None))
                launch = Launch(self._arguments(folder, job), memory_bytes=self._limits.memory_bytes)
                try:
                    exit_ = await _followed(launch, out, err, job, lambda pid: _noted(started, pid, folder))
                except BaseException:
                    # Killed before it had asked to die with its launcher, what is inside would live on.
                    await asyncio.shield(asyncio.to_thread(_end_named, folder.path.name))
                    raise
            return _outcome(exit_, out, err, mark=mark, session=session, began=began)

    async def tried(self) -> Sequence[str]:
        """Return the attempts to break out that succeeded; empty means that the walls stand."""
        return await tried(self._bwrap, self._jobs, KIT, self._limits)

    def _arguments(self, folder: JobFolder, job: SandboxJob) -> ArgumentsFor:
        view, command = self._view(folder, job), command_of(job)
        return lambda filter_fd, status_fd: launcher_arguments(
            self._bwrap, view, self._limits, command, filter_fd=filter_fd, status_fd=status_fd
        )

    def _view(self, folder: JobFolder, job: SandboxJob) -> View:
        is_playbook = job.script.language is Language.ANSIBLE
        return View(
            passwd=folder.passwd,
            inputs=folder.inputs,
            tools=KIT,
            sockets=folder.sockets if job.script.targets else None,
            libraries=playbook_libraries() if is_playbook else (),
            environment=_PLAYBOOK_ENVIRONMENT if is_playbook else (),
        )

    def _stream(self, session: BrokerSession, told: Callable[[str], None] | None) -> Stream:
        return Stream(
            most_bytes=self._limits.output_bytes, redactor=SecretRedactor(session.secrets), told=told
        )


_PLAYBOOK_ENVIRONMENT = (
    ("PYTHONPATH", "/libraries"),
    ("ANSIBLE_HOME", "/tmp/ansible"),  # noqa: S108  inside the sandbox
    ("ANSIBLE_LOCAL_TEMP", "/tmp/ansible"),  # noqa: S108  inside the sandbox
    ("ANSIBLE_NOCOLOR", "1"),
)


def found_bubblewrap(folders: str = "/usr/bin:/usr/local/bin:/bin") -> str:
    """Return where bubblewrap is, looked for in these folders alone and not along `PATH`.

    Raises:
        RemediationOff: It is not installed; nothing runs unsandboxed instead.
    """
    path = shutil.which("bwrap", path=folders)
    if path is None:
        raise RemediationOff("bubblewrap is not installed", "Install the package bubblewrap, 0.8 or later.")
    return path


def command_of(job: SandboxJob) -> tuple[str, ...]:
    """Return the interpreter and script; arguments are in `/inputs/step.json`."""
    match job.script.language:
        case Language.PYTHON:
            return (_PYTHON, "-IB", "-c", _PYTHON_ENTRY)
        case Language.BASH:
            command: tuple[str, ...] = ("/usr/bin/bash", "-euo", "pipefail", "/inputs/script.sh")
        case Language.ANSIBLE:
            options = ("--check", "--diff") if job.mode is not SandboxMode.RUN else ("--diff",)
            inputs = ("-i", "/inputs/hosts.ini", "-e", "@/inputs/variables.json", "/inputs/script.yml")
            command = (_PYTHON, "-B", "-c", _PLAYBOOK_ENTRY, *options, *inputs)
    return (_PYTHON, "-IB", "/tools/stage.py", *command) if job.script.targets else command


# Isolated from the environment, with only the kit on the path beside the standard library.
_PYTHON_ENTRY = (
    "import sys, runpy; sys.path.insert(0, '/tools'); sys.argv = ['script.py'];"
    " runpy.run_path('/inputs/script.py', run_name='__main__')"
)

_PLAYBOOK_ENTRY = (
    "import sys; sys.argv[0] = 'ansible-playbook'; from ansible.cli.playbook import main; main()"
)


def playbook_libraries() -> tuple[tuple[Path, str], ...]:
    """Return the vendored packages that playbooks need, as they lie beside the runner's own."""
    site = next(
        (Path(place) for place in sys.path if (Path(place) / "ansible" / "release.py").is_file()), None
    )
    if site is None:
        raise RemediationOff("ansible-core is not installed", "Install Dogwatch with its dependencies.")
    found = [site / name for name in _PLAYBOOK_PACKAGES if (site / name).is_dir()]
    found += sorted(site.glob("jinja2-*.dist-info")) + sorted(site.glob("ansible_core-*.dist-info"))
    return tuple((path, path.name) for path in found)


async def _followed(
    launch: Launch, out: Stream, err: Stream, job: SandboxJob, note: Callable[[int], None]
) -> Exit:
    """Write down that it runs, then follow it to its end; what can't be written down is ended at once."""
    try:
        note(launch.pid)
    except BaseException:
        await launch.follow(out, err, timeout_seconds=0)
        raise
    return await launch.follow(out, err, timeout_seconds=job.script.timeout_seconds)


def _noted(started: Callable[[int, str], None] | None, pid: int, folder: JobFolder) -> None:
    if started is not None:
        started(pid, folder.path.name)


def _end_named(folder_name: str) -> None:
    processes.end_all(processes.with_word(folder_name), within_seconds=_GONE_WITHIN_SECONDS)


def _without(mark: str, told: Callable[[str], None] | None) -> Callable[[str], None] | None:
    if told is None:
        return None
    listener, masker = told, LineMasker()
    return lambda line: None if line.startswith(mark) else listener(masker.mask(line))


def _outcome(
    exit_: Exit, out: Stream, err: Stream, *, mark: str, session: BrokerSession, began: float
) -> SandboxOutcome:
    lines = out.finish().splitlines(keepends=True)
    reports = [line[len(mark) :].strip() for line in lines if line.startswith(mark)]
    held = SecretRedactor(session.secrets)
    effects = [json.dumps({"effect": effect}) for grant in session.grants for effect in grant.effects]
    reports += [held.mask(effect) for effect in effects]
    # What a script keeps for its undo stays as it is; what people read does not.
    said = mask_shapes("".join(line for line in lines if not line.startswith(mark)))
    errors = mask_shapes(err.finish())
    return SandboxOutcome(
        ending=exit_.ending,
        exit_code=exit_.code,
        output=said,
        errors=f"{exit_.fault}: {errors}" if exit_.ending is Ending.NEVER_RAN else errors,
        dropped_bytes=out.dropped_bytes + err.dropped_bytes,
        took_ms=int((time.monotonic() - began) * 1000),
        reports=tuple(reports),
        refusals=session.refusals,
        is_cut=out.dropped_bytes > 0 or any(grant.is_overfull for grant in session.grants),
    )
