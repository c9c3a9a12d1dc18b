"""The launcher's argument list: fixed, built from data, and golden-tested.

Order matters. `--size` covers only the next tmpfs, so every tmpfs has its own; whatever is not sized is
remounted read-only. `/job` is a sized tmpfs and not a bind: a bind has no size, and the launcher would
follow links that an earlier step planted below it.
"""

from dataclasses import dataclass
from pathlib import Path

PATH = "/usr/bin:/bin:/tools"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one step may use. Bytes unless the name says otherwise."""

    memory_bytes: int = 512 * 2**20
    address_space_bytes: int = 2 * 2**30
    processes: int = 64
    open_files: int = 256
    file_bytes: int = 64 * 2**20
    cpu_seconds: int = 300
    job_bytes: int = 64 * 2**20
    tmp_bytes: int = 64 * 2**20
    shm_bytes: int = 8 * 2**20
    output_bytes: int = 2**20


@dataclass(frozen=True, slots=True)
class View:
    """What the host lends to one step, all of it read-only."""

    passwd: Path
    inputs: Path
    tools: Path
    sockets: Path | None = None
    libraries: tuple[tuple[Path, str], ...] = ()
    """Vendored Python packages for playbooks: host folder and its name below `/libraries`."""
    environment: tuple[tuple[str, str], ...] = ()


WALLS: tuple[tuple[str, ...], ...] = (
    ("--unshare-user",),
    ("--unshare-ipc",),
    ("--unshare-pid",),
    ("--unshare-net",),
    ("--unshare-uts",),
    ("--unshare-cgroup",),
    ("--disable-userns",),
    ("--die-with-parent",),
    ("--new-session",),
    ("--cap-drop", "ALL"),
    ("--uid", "65534"),
    ("--gid", "65534"),
    ("--hostname", "step"),
)


def launcher_arguments(
    bwrap: str, view: View, limits: Limits, command: tuple[str, ...], *, filter_fd: int, status_fd: int
) -> list[str]:
    """Return the whole command line of one step."""
    parts = launcher_parts(view, limits, filter_fd=filter_fd, status_fd=status_fd)
    return [bwrap, *(word for part in parts for word in part), *limited(limits), *command]


def launcher_parts(view: View, limits: Limits, *, filter_fd: int, status_fd: int) -> list[tuple[str, ...]]:
    """Return the launcher's arguments, one tuple for what belongs together."""
    parts: list[tuple[str, ...]] = [*WALLS]
    parts += [
        ("--ro-bind", "/usr", "/usr"),
        ("--symlink", "usr/bin", "/bin"),
        ("--symlink", "usr/lib", "/lib"),
        ("--symlink", "usr/lib64", "/lib64"),
        ("--proc", "/proc"),
        ("--dev", "/dev"),
        ("--size", str(limits.shm_bytes), "--tmpfs", "/dev/shm"),  # noqa: S108  a mount point inside
        ("--remount-ro", "/dev"),
        ("--ro-bind", str(view.passwd), "/etc/passwd"),
        ("--ro-bind", str(view.inputs), "/inputs"),
        ("--ro-bind", str(view.tools), "/tools"),
    ]
    if view.sockets is not None:
        parts.append(("--ro-bind", str(view.sockets), "/targets"))
    parts += [("--ro-bind", str(host), f"/libraries/{name}") for host, name in view.libraries]
    parts += [
        ("--size", str(limits.tmp_bytes), "--tmpfs", "/tmp"),  # noqa: S108  a mount point inside
        ("--size", str(limits.job_bytes), "--tmpfs", "/job"),
        ("--chdir", "/job"),
        ("--remount-ro", "/"),
        ("--clearenv",),
        ("--setenv", "PATH", PATH),
        ("--setenv", "HOME", "/tmp"),  # noqa: S108  a mount point inside
        ("--setenv", "LANG", "C.UTF-8"),
    ]
    parts += [("--setenv", name, value) for name, value in view.environment]
    return [*parts, ("--seccomp", str(filter_fd)), ("--json-status-fd", str(status_fd))]


def limited(limits: Limits) -> list[str]:
    """Return the words before the command that set its kernel limits."""
    # Set inside the new user namespace: outside it, the process limit would count the whole runner.
    return [
        "/usr/bin/prlimit",
        f"--nproc={limits.processes}",
        f"--nofile={limits.open_files}",
        f"--fsize={limits.file_bytes}",
        f"--as={limits.address_space_bytes}",
        f"--cpu={limits.cpu_seconds}",
        "--core=0",
        "--memlock=65536",
        "--",
    ]
