"""Open exactly the granted targets of one script, and close them with it. Nothing else can be reached."""

import asyncio
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from domain.errors import NotAllowed
from domain.ports.sandbox import SandboxJob, SandboxMode
from domain.remediation.plans import Access, TargetUse, Value
from remediation.broker.commands import CommandGate, ssh_prefix
from remediation.broker.credentials import Credential, Credentials
from remediation.broker.databases import passing_on
from remediation.broker.egress import connecting
from remediation.broker.files import FilesGate
from remediation.broker.grants import Grant, Overlay
from remediation.broker.repositories import GitGate
from remediation.broker.services import HttpGate
from remediation.broker.targets import (
    EgressTarget,
    FilesTarget,
    GitTarget,
    HttpTarget,
    PostgresTarget,
    ProcessTarget,
    SshTarget,
    Target,
    Targets,
)
from remediation.broker.wire import Doors, Handler, Visit, answering
from remediation.job_folder import JobFolder

_DATABASE_SOCKET = ".s.PGSQL.5432"


class BrokerSession:
    """The broker's side of one try; use it as an async context manager."""

    def __init__(
        self,
        job: SandboxJob,
        folder: JobFolder,
        *,
        targets: Targets,
        credentials: Credentials,
        overlays: dict[str, Overlay],
    ) -> None:
        self.grants: list[Grant] = []
        self.secrets: list[str] = []
        self.slots: dict[str, Mapping[str, Value]] = {}
        self._job = job
        self._folder = folder
        self._targets = targets
        self._credentials = credentials
        self._overlays = overlays
        self._doors = Doors()

    async def __aenter__(self) -> "BrokerSession":
        if self._job.script.targets:
            self._folder.sockets.mkdir(mode=0o700)
        try:
            for use in self._job.script.targets:
                await self._open(use)
        except BaseException:  # sockets must not outlive a refusal
            await self._doors.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.shield(self._doors.close())

    @property
    def refusals(self) -> tuple[str, ...]:
        """Return what was refused, for the record."""
        return tuple(line for grant in self.grants for line in grant.refusals)

    async def _open(self, use: TargetUse) -> None:
        target = self._targets.get(use.name)
        grant = Grant(
            slot=use.slot,
            target=use.name,
            access=use.access,
            mode=self._job.mode,
            key=self._job.key,
            overlay=self._overlays.setdefault(use.name, Overlay()),
            step=self._folder.path.name,
        )
        self.grants.append(grant)
        place = self._folder.sockets / use.slot
        place.mkdir(mode=0o700)
        name = _DATABASE_SOCKET if isinstance(target, PostgresTarget) else "socket"
        facts: dict[str, Value] = {"name": use.name, "kind": target.kind.value, "access": use.access.value}
        await self._doors.open(place / name, self._visit(grant, target, facts))
        self.slots[use.slot] = facts

    def _visit(self, grant: Grant, target: Target, facts: dict[str, Value]) -> Visit:
        match target:
            case PostgresTarget():
                credential = self._needed(target, grant)
                facts |= {"user": credential.user, "database": target.database}
                self._folder.put(f"{grant.slot}.pgpass", f"*:*:*:*:{_escaped(credential.secret)}\n")
                return passing_on(target)
            case HttpTarget():
                return self._answering(HttpGate(grant, target, self._found(target, grant)).handle)
            case FilesTarget():
                return self._answering(FilesGate(grant, target.root).handle)
            case GitTarget():
                return self._answering(GitGate(grant, target).handle)
            case ProcessTarget():
                return self._answering(CommandGate(grant, target).handle)
            case SshTarget():
                key = self._key_file(grant.slot, self._needed(target, grant))
                before = ssh_prefix(target, str(key))
                # What ssh is given is joined to one line, which a shell over there reads.
                return self._answering(CommandGate(grant, target, before=before, spell=shlex.quote).handle)
            case EgressTarget():
                return connecting(grant, target)

    def _answering(self, handler: Handler) -> Visit:
        return answering(handler, self._doors.turns)

    def _found(self, target: Target, grant: Grant) -> Credential | None:
        is_writing = grant.access is Access.WRITE and self._job.mode is SandboxMode.RUN
        name = target.write_credential if is_writing else target.read_credential
        if not name:
            return None
        credential = self._credentials.fetch(name)
        self.secrets.append(credential.secret)
        return credential

    def _needed(self, target: Target, grant: Grant) -> Credential:
        credential = self._found(target, grant)
        if credential is None:
            raise NotAllowed(
                f"{target.name} has no credential for {grant.access.value} in {grant.mode.value}",
                say=f"{target.name} has no credential for this, so the step did not start.",
                next_step="An operator adds one; reading and writing have one each.",
            )
        return credential

    def _key_file(self, slot: str, credential: Credential) -> Path:
        # Beside the inputs, not among them: the key is the broker's and never enters the sandbox.
        path = self._folder.path / f"{slot}.key"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o400)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(credential.secret)
        return path


def _escaped(secret: str) -> str:
    return secret.replace("\\", "\\\\").replace(":", "\\:")
