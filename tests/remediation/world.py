"""Real targets on this machine, and a runner that can reach them."""

import json
import os
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from domain.ids import PersonId
from domain.ports.sandbox import Sandbox
from domain.remediation.plans import (
    Plan,
    Value,
)
from domain.remediation.runbooks import Inventory
from remediation.account import is_root, runner_ids
from remediation.broker.credentials import CredentialFiles
from remediation.broker.targets import (
    FilesTarget,
    GitTarget,
    HttpTarget,
    PostgresTarget,
    ProcessTarget,
    Target,
    Targets,
    Verb,
)
from remediation.catalogue_reading import Catalogue, read_catalogue
from remediation.plan_building import build_plan
from remediation.runner import Post, RemediationRunner
from remediation.sandbox.bubblewrap import BubblewrapSandbox
from tests.remediation.control_service import READ, WRITE
from tests.remediation.plans import NO_WATCH, NOW, RING

HERE = Path(__file__).parent
DATABASE_READER, DATABASE_WRITER = "reader-pass-9231", "writer-pass-5577"


@dataclass
class Service:
    """The running control service."""

    port: int

    def reset(self, values: dict[str, Any]) -> None:
        self.post("/_test/reset", values)

    def fail(self, method: str, path: str, times: int = 1) -> None:
        self.post("/_test/fail", {"method": method, "path": path, "times": times})

    def log(self) -> list[list[Any]]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_test/log", timeout=5) as answer:
            return list(json.load(answer))

    def value(self, path: str) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {READ}"}
        )
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310  our own loopback service
            return json.load(answer)["value"]

    def post(self, path: str, body: Any) -> None:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body).encode(), method="POST"
        )
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310  our own loopback service


class TrustedWalls:
    """A sandbox whose walls count as tried: trying them has its own tests, and takes longer than a step."""

    def __init__(self, inner: Sandbox) -> None:
        self.run, self.forget = inner.run, inner.forget

    async def tried(self) -> list[str]:
        """Return that nothing got through."""
        return []


@dataclass
class World:
    """Targets, credentials and a runner in one folder."""

    folder: Path
    service: Service | None = None
    database_port: int = 0
    extra: list[Target] = field(default_factory=list)

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @property
    def archive(self) -> Path:
        return self.folder / "archive"

    @property
    def repository(self) -> Path:
        return self.folder / "repository.git"

    @property
    def program(self) -> Path:
        return self.folder / "program"

    def build(self) -> "World":
        for path in (self.files, self.archive, self.program, self.runner_folder, self.jobs, self.secrets):
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.credential("service-read", "", READ)
        self.credential("service-write", "", WRITE)
        self.credential("database-read", "reader", DATABASE_READER)
        self.credential("database-write", "writer", DATABASE_WRITER)
        return self

    @property
    def runner_folder(self) -> Path:
        return self.folder / "runner"

    @property
    def jobs(self) -> Path:
        return self.folder / "jobs"

    @property
    def secrets(self) -> Path:
        return self.folder / "secrets"

    def credential(self, name: str, user: str, secret: str) -> None:
        path = self.secrets / name
        path.touch(mode=0o600)
        path.write_text(json.dumps({"user": user, "secret": secret}))

    def targets(self) -> Targets:
        port = 1 if self.service is None else self.service.port
        verbs = {
            verb: Verb(argv=(str(HERE / "program.sh"), str(self.program), verb), is_change=verb != "status")
            for verb in ("start", "stop", "restart", "status", "reopen")
        }
        verbs["scale"] = Verb(
            argv=(str(HERE / "program.sh"), str(self.program), "scale", "{to}"),
            arguments={"to": r"[0-9]{1,4}"},
        )
        return Targets(
            [
                HttpTarget(
                    name="control",
                    environment="test",
                    base_url=f"http://127.0.0.1:{port}",
                    read_credential="service-read",
                    write_credential="service-write",
                    serves=("fx_trades",),
                ),
                FilesTarget(name="landing", environment="test", root=self.files),
                FilesTarget(name="vault", environment="test", root=self.archive),
                GitTarget(name="config", environment="test", repository=str(self.repository)),
                ProcessTarget(name="loader", environment="test", verbs=verbs),
                PostgresTarget(
                    name="orders-db",
                    environment="test",
                    host="127.0.0.1",
                    port=self.database_port or 1,
                    database="orders",
                    is_encrypted=False,
                    read_credential="database-read",
                    write_credential="database-write",
                ),
                *self.extra,
            ]
        )

    def sandbox(self, **changes: Any) -> BubblewrapSandbox:
        return BubblewrapSandbox(
            self.jobs, targets=self.targets(), credentials=CredentialFiles(self.secrets), **changes
        )

    async def runner(self, **changes: Any) -> RemediationRunner:
        post = Post("test", "runner-1", RING, self.runner_folder)
        built = {"sandbox": TrustedWalls(self.sandbox()), "targets": self.targets(), "now": lambda: NOW}
        runner = RemediationRunner(post, **{**built, **changes})
        await runner.test_walls()
        return runner

    def program_verb(self, verb: str) -> str:
        words = [str(HERE / "program.sh"), str(self.program), verb]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()

    def git(self, *words: str, at: Path | None = None) -> str:
        environment = {
            **{k: os.environ[k] for k in ("PATH",)},
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": str(self.folder),
        }
        for who in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{who}_NAME": "t", f"GIT_{who}_EMAIL": "t@localhost"}
        done = subprocess.run(
            ["git", "-c", "init.defaultBranch=main", *words],
            cwd=at or self.folder,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def build_repository(self) -> str:
        """Make a repository with two commits and return the newest's hash."""
        work = self.folder / "work"
        self.git("init", "--quiet", str(work))
        for content in ("retries = 3\n", "retries = 0\n"):
            (work / "fx_trades.conf").write_text(content)
            self.git("add", "--all", at=work)
            self.git("commit", "--quiet", "--message", content.strip(), at=work)
        self.git("clone", "--quiet", "--bare", str(work), str(self.repository))
        return self.git("rev-parse", "HEAD", at=work)

    def committed(self, path: str = "fx_trades.conf") -> str:
        return self.git("show", f"main:{path}", at=self.repository)


CATALOGUE: Catalogue = read_catalogue()


def inventory_of(world: World) -> Inventory:
    return Inventory(
        targets=world.targets().summaries(),
        feeds=frozenset({"fx_trades", "positions", "reports"}),
        services=frozenset({"pricing"}),
        consumers={"fx_trades": ("positions",), "positions": ("reports",)},
    )


TARGETS = {
    "service": "control",
    "files": "landing",
    "archive": "vault",
    "database": "orders-db",
    "program": "loader",
    "repository": "config",
}


def plan_of(world: World, runbook_id: str, **parameters: Value) -> Plan:
    runbook = CATALOGUE.get(runbook_id)
    plan = build_plan(
        CATALOGUE,
        runbook,
        parameters=parameters,
        targets={slot: TARGETS[slot] for slot in runbook.slots},
        inventory=inventory_of(world),
        environment="test",
        requested_by=PersonId("ana"),
    )
    return plan.model_copy(update={"watch": NO_WATCH})


def start_service() -> tuple[Service, "subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, str(HERE / "control_service.py")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return Service(int(process.stdout.readline())), process


def own(path: Path) -> None:
    """Give the folder to the account in which contained tests run."""
    if is_root():
        user, group = runner_ids()
        for one in (path, *path.rglob("*")):
            os.chown(one, user, group, follow_symlinks=False)
