"""Start a runner: give up root, test the walls, and hand over something that takes signed orders.

The roof calls this in a process of its own, attaches its queue, and passes orders in. Root is given up
here, before anything else of the room is built, and a machine that cannot contain a script gets no runner.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from domain.remediation.plans import Frozen
from remediation.account import become_ordinary, is_root, runner_ids
from remediation.broker.credentials import CredentialFiles
from remediation.broker.targets import read_targets
from remediation.order_keys import Ed25519Ring
from remediation.runner import Post, RemediationRunner
from remediation.sandbox.bubblewrap import BubblewrapSandbox


class RunnerSettings(Frozen):
    """What a runner needs: its place, its keys, its targets. No database, no chat token, no model key."""

    environment: str
    audience: str
    folder: Path
    """The runner's own folder: journal, locks, jobs. Nobody else needs to read it."""
    targets_file: Path
    credentials_folder: Path
    public_keys: dict[str, str]
    """Key id to the 32 public bytes in hexadecimal."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What `doctor` says about a runner's machine."""

    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def give_up_root(settings: RunnerSettings, *, needed: tuple[Path, ...] = ()) -> None:
    """Turn a process that root started into the runner's account; call it first, in a process of its own.

    Raises:
        RemediationOff: The account cannot be taken, or could not read the interpreter.
    """
    if not is_root():
        return
    settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _give(settings.folder)
    become_ordinary([Path(__file__).parents[1], settings.folder, *needed])


async def started_runner(settings: RunnerSettings) -> RemediationRunner:
    """Return a runner whose walls were tested; its `health()` says whether it takes work.

    Raises:
        RemediationOff: It runs as root, or bubblewrap is missing.
        BadInput: The list of targets cannot be read.
    """
    for name in ("jobs", "locks"):
        (settings.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    targets = read_targets(settings.targets_file.read_text(encoding="utf-8"))
    sandbox = BubblewrapSandbox(
        settings.folder / "jobs", targets=targets, credentials=CredentialFiles(settings.credentials_folder)
    )
    ring = Ed25519Ring({key_id: bytes.fromhex(key) for key_id, key in settings.public_keys.items()})
    post = Post(settings.environment, settings.audience, ring, settings.folder)
    runner = RemediationRunner(post, sandbox=sandbox, targets=targets)
    await runner.test_walls()
    return runner


def diagnosis(runner: RemediationRunner) -> Diagnosis:
    """Return what is wrong, and what is weaker here than it could be."""
    notes: tuple[str, ...] = ()
    if not _has_delegated_groups():
        notes = (
            "Control groups are not delegated to this account, so a watch on the process tree holds memory "
            "instead of the kernel; limits on processes, files and time are the kernel's.",
        )
    return Diagnosis(runner.health(), notes)


def _give(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            os.chown(path, *runner_ids(), follow_symlinks=False)


def _has_delegated_groups() -> bool:
    own = Path("/proc/self/cgroup").read_text(encoding="ascii").strip().rpartition("::")[2]
    return os.access(Path("/sys/fs/cgroup") / own.lstrip("/") / "cgroup.procs", os.W_OK)
