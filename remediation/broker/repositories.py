"""One branch of one repository, over the socket: read a file, revert a commit, write a file.

`GET /file?path=`, `GET /log`, `POST /revert {"commit"}`, `POST /put {"path", "text"}`. Git is called with
fixed verbs and nothing of the machine's or the repository's own configuration; a push never forces.
"""

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from domain.configuration.reviews import quiet_line
from domain.errors import OutsideTrouble
from remediation.broker import folder_files
from remediation.broker.children import beside, ran_at_once
from remediation.broker.grants import Grant
from remediation.broker.targets import GitTarget
from remediation.broker.wire import Request, Response, said

_TIMEOUT_SECONDS = 60
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_CONFIG = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=false",
    "core.autocrlf=false",
    "diff.external=",
    "submodule.recurse=false",
    "commit.gpgSign=false",
    "user.name=Dogwatch",
    "user.email=dogwatch@localhost",
)

_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "https:ssh:file",
}


class GitGate:
    """Answers one script."""

    def __init__(self, grant: Grant, target: GitTarget) -> None:
        self._grant = grant
        self._target = target

    async def handle(self, request: Request) -> Response:
        """Answer one request in a scratch clone that is gone afterwards."""
        return await beside(self._grant.step, lambda: self._answer(request))

    def _git(self, verb: str, *fixed: str, operands: Sequence[str] = (), at: Path | None = None) -> str:
        return git(verb, *fixed, operands=operands, at=at, step=self._grant.step)

    def _answer(self, request: Request) -> Response:
        with tempfile.TemporaryDirectory(prefix="dogwatch-git-") as scratch:
            clone = Path(scratch) / "clone"
            try:
                self._clone(clone)
                return self._answer_in(clone, request)
            except OutsideTrouble as error:
                return said(502, error=str(error)[:500])

    def _answer_in(self, clone: Path, request: Request) -> Response:
        match (request.method, request.words):
            case ("GET", ("file",)):
                parts = folder_files.parts_of(request.text("path"))
                content = None if parts is None else folder_files.read(clone, parts)
                if content is None:
                    return said(404, error="there is no such file")
                if len(content) > folder_files.MOST_BYTES:
                    return said(413, error="the file is larger than 8 MiB, the most that is read")
                return said(200, text=content.decode("utf-8", "replace"))
            case ("GET", ("log",)):
                lines = self._git(
                    "log",
                    "--max-count=50",
                    "--format=%H%x09%s%x09%(trailers:key=Dogwatch-Key,valueonly)",
                    at=clone,
                )
                return said(200, lines=[line for line in lines.splitlines() if line])
            case ("POST", ("revert" | "put",)) if not self._grant.may_write:
                return self._grant.refuse(f"{request.words[0]}, and the plan may only read it")
            case ("POST", ("revert",)):
                return self._revert(clone, request.text("commit"))
            case ("POST", ("put",)):
                return self._put(clone, request.text("path"), request.text("text"))
        return self._grant.refuse(f"{request.method} {request.path[:100]} is not offered", status=404)

    def _revert(self, clone: Path, commit: str) -> Response:
        if not _COMMIT.fullmatch(commit):
            return self._grant.refuse("a commit that is no hash", status=400)
        self._git("revert", "--no-edit", "--no-commit", operands=(commit,), at=clone)
        return self._publish(clone, f"Revert {commit[:12]}")

    def _put(self, clone: Path, path: str, text: str) -> Response:
        parts = folder_files.parts_of(path)
        if parts is None or ".git" in {part.lower() for part in parts}:
            return self._grant.refuse("a path that can't be written", status=400)
        folder_files.write(clone, parts, text.encode())
        return self._publish(clone, quiet_line(f"Change {path}"))

    def _publish(self, clone: Path, subject: str) -> Response:
        self._git("add", "--all", at=clone)
        difference = self._git("diff", "--cached", "--no-color", "--no-ext-diff", "--no-textconv", at=clone)
        if not difference.strip():
            return said(200, commit=self._head(clone), is_changed=False)
        if self._grant.is_preview:
            self._grant.note(f"{subject} on {self._target.branch}", after=_without_hashes(difference))
            return said(200, commit=self._head(clone), is_preview=True)
        self._git(
            "commit", "--no-verify", f"--message={subject}\n\nDogwatch-Key: {self._grant.key}", at=clone
        )
        goal = f"HEAD:refs/heads/{self._target.branch}"
        self._git("push", "--no-verify", operands=("origin", goal), at=clone)
        return said(200, commit=self._head(clone), is_changed=True)

    def _clone(self, clone: Path) -> None:
        branch = self._target.branch
        self._git(
            "clone",
            "--quiet",
            "--no-local",
            f"--branch={branch}",
            operands=(self._target.repository, str(clone)),
        )

    def _head(self, clone: Path) -> str:
        return self._git("rev-parse", "HEAD", at=clone).strip()


def git(verb: str, *fixed: str, operands: Sequence[str] = (), at: Path | None = None, step: str = "") -> str:
    """Run one fixed Git verb and return its output; operands can never become options.

    Raises:
        OutsideTrouble: Git ended with an error or took too long.
    """
    program = shutil.which("git") or "/usr/bin/git"
    words = [program]
    for setting in _CONFIG:
        words += ["-c", setting]
    # A repository path below our own scratch or an operator's; the owner check would refuse a shared folder.
    words += ["-c", "safe.directory=*", verb, *fixed]
    if operands:
        words += ["--end-of-options", *operands]
    try:
        code, output, errors = ran_at_once(
            step, words, seconds=_TIMEOUT_SECONDS, environment=_ENVIRONMENT, at=at
        )
    except TimeoutError as error:
        raise _trouble(verb, "took too long") from error
    if code != 0:
        raise _trouble(verb, errors.decode("utf-8", "replace").strip()[:300])
    return output.decode("utf-8", "replace")


def _without_hashes(difference: str) -> str:
    """Drop the object ids, which are noise in a dry run that must compare equal."""
    return "\n".join(line for line in difference.splitlines() if not line.startswith("index "))


def _trouble(verb: str, why: str) -> OutsideTrouble:
    return OutsideTrouble(
        f"git {verb}: {why}", say=f"Git could not {verb}.", next_step="See the step's output."
    )
