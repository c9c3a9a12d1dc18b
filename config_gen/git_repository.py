"""Call git without letting anything but our own words steer it.

One function builds every command. The environment is made from nothing (`env -i`), so that neither a
variable of the caller nor a file of the system or the user says what git does, and the repository's own
configuration is overruled where it could start a program. Only plumbing verbs are allowed: they run no
merge driver, no textconv, no pager and no editor.
"""

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from git.cmd import Git
from git.exc import GitCommandNotFound

from domain.errors import BadInput, OutsideTrouble

TIMEOUT_SECONDS = 20.0
_VERBS = frozenset(
    {
        "cat-file",
        "check-ref-format",
        "for-each-ref",
        "hash-object",
        "init",
        "ls-tree",
        "merge-base",
        "mktree",
        "rev-list",
        "rev-parse",
        "symbolic-ref",
        "update-ref",
    }
)
_ENVIRONMENT = (
    "GIT_CONFIG_NOSYSTEM=1",
    "GIT_CONFIG_GLOBAL=/dev/null",
    "GIT_ATTR_NOSYSTEM=1",
    "GIT_TERMINAL_PROMPT=0",
    # None of our verbs speaks to another machine, but a repository that lacks a part would fetch it.
    "GIT_ALLOW_PROTOCOL=none",
    "GIT_NO_LAZY_FETCH=1",
    "GIT_ASKPASS=/bin/false",
    "GIT_NO_REPLACE_OBJECTS=1",
    "HOME=/nonexistent",
    "LC_ALL=C",
)
_OVERRULED = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=false",
    "core.attributesFile=/dev/null",
    "core.alternateRefsCommand=/bin/false",
    "core.sshCommand=/bin/false",
    "diff.external=",
    "submodule.recurse=false",
    "gc.auto=0",
    "log.showSignature=false",
    "protocol.ext.allow=never",
)
_SHA = re.compile(r"[0-9a-f]{40}")
_BRANCH = re.compile(r"[a-z0-9][a-z0-9._/-]{0,99}")


class GitRefused(OutsideTrouble):
    """Git answered with an error; its own words are for the log only."""


class GitRepository:
    """A bare repository on this machine.

    Args:
        path: Folder of the repository; `create` makes it when it is missing.
        timeout_seconds: After this, git is killed and the call fails.
    """

    def __init__(self, path: Path, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.path = path
        self._timeout_seconds = timeout_seconds
        self._runner = Git(str(path.parent))
        self._held = threading.local()

    def create(self) -> None:
        """Make an empty bare repository, unless it is there already."""
        if self._is_made():
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{self.path.name}.", dir=self.path.parent) as folder:
            fresh = Path(folder) / "made"
            self._init(fresh)
            # Whole or not at all: another process must not take one that is half made for a repository.
            with contextlib.suppress(OSError):
                fresh.rename(self.path)
        if not self._is_made():
            self._init(self.path)  # something stands there that is none, or no longer whole

    def _is_made(self) -> bool:
        return all((self.path / part).exists() for part in ("HEAD", "objects", "refs"))

    def _init(self, path: Path) -> None:
        self.git("init", "--quiet", "--bare", "--template=", "--initial-branch=main", operands=(str(path),))

    def git(self, verb: str, *fixed: str, operands: Sequence[str] = (), stdin: bytes | None = None) -> bytes:
        """Run one git command and return what it wrote.

        Args:
            verb: One of the plumbing verbs that we allow.
            fixed: Arguments written in our own code, never made from outside text.
            operands: Names, shas and paths; git cannot take them for options.
            stdin: Bytes to feed it.

        Raises:
            GitRefused: Git failed or did not end in time.
        """
        status, output, errors = self._run(verb, fixed, operands, stdin)
        if status != 0:
            raise GitRefused(
                f"git {verb} ended with {status}: {errors[:300]}",
                say="The configuration repository refused that.",
                next_step="Nothing was changed. An operator finds the reason in the log.",
            )
        return output

    def holds(self, verb: str, *fixed: str, operands: Sequence[str] = ()) -> bool:
        """Return whether a command that answers by its exit status says yes."""
        status, _, errors = self._run(verb, fixed, operands, None)
        if status not in {0, 1}:
            raise GitRefused(
                f"git {verb}: {errors[:300]}", say="The configuration repository did not answer."
            )
        return status == 0

    @contextlib.contextmanager
    def exclusively(self) -> Iterator[None]:
        """Hold the repository against other writers, of this and of other processes.

        The lock is the kernel's: it falls when its holder dies. Git children inherit it, so that it is
        not free while one of them still writes; a `*.lock` found once we hold it belongs to nobody alive.
        """
        with (self.path / "dogwatch.lock").open("ab") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            for left_over in (self.path / "refs").rglob("*.lock"):
                left_over.unlink(missing_ok=True)
            (self.path / "packed-refs.lock").unlink(missing_ok=True)
            self._held.descriptor = handle.fileno()
            try:
                yield
            finally:
                self._held.descriptor = None

    def _run(
        self, verb: str, fixed: Sequence[str], operands: Sequence[str], stdin: bytes | None
    ) -> tuple[int, bytes, str]:
        if verb not in _VERBS:
            raise ValueError(f"git verb {verb!r} is not allowed")
        if any("\0" in operand for operand in operands):
            raise BadInput("NUL in a git operand", say="That name holds a NUL character.")
        command = ["env", "-i", f"PATH={os.defpath}", *_ENVIRONMENT, shutil.which("git") or "git"]
        for setting in _OVERRULED:
            command += ["-c", setting]
        if verb != "init":
            command.append(f"--git-dir={self.path}")
        command += [verb, *fixed]
        if operands:
            command += ["--end-of-options", *operands]
        with _as_file(stdin) as handle:
            return self._execute(command, handle)

    def _execute(self, command: list[str], stdin: BinaryIO | None) -> tuple[int, bytes, str]:
        held: int | None = getattr(self._held, "descriptor", None)
        try:
            status, output, errors = self._runner.execute(
                command,
                istream=stdin,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                kill_after_timeout=self._timeout_seconds,
                pass_fds=() if held is None else (held,),
            )
        except GitCommandNotFound as error:
            raise OutsideTrouble(
                "git is missing", say="Git is not installed here.", next_step="Install git and start again."
            ) from error
        return status, output if isinstance(output, bytes) else b"", str(errors)


def checked_sha(text: str) -> str:
    """Return the text when it is a full object id.

    Raises:
        BadInput: It is anything else.
    """
    if not _SHA.fullmatch(text):
        raise BadInput("no object id", say="That is no commit of the configuration repository.")
    return text


def checked_branch(repository: GitRepository, name: str) -> str:
    """Return the name when it is a branch name of ours; git's own check comes second, it accepts too much.

    Raises:
        BadInput: It is anything else.
    """
    plain = _BRANCH.fullmatch(name) and ".." not in name and "//" not in name and not name.startswith("refs/")
    if not plain or not repository.holds("check-ref-format", f"refs/heads/{name}"):
        raise BadInput("no branch name", say="That can't be the name of a branch.")
    return name


@contextlib.contextmanager
def _as_file(content: bytes | None) -> Iterator[BinaryIO | None]:
    if content is None:
        yield None
        return
    with tempfile.TemporaryFile() as handle:
        handle.write(content)
        handle.seek(0)
        yield handle
