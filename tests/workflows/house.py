"""Stories with everything real but the chat: server, database, repository, engine."""

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.approving import Approving
from activities.configuring import Configuring
from activities.reviewing import Reviewing
from config_gen.gate import inspect
from config_gen.local_reviews import LocalReviews
from domain.approval.approvals import Verdict
from domain.approval.policy import Policy, parse_policy
from domain.configuration.changes import ChangeKind, ChangeState, ConfigChange
from domain.identity.chat import FileRef, Place, Platform
from domain.identity.people import Role
from domain.ids import PersonId, RequestId
from runtime.keys import KeyFolder
from runtime.temporal_child import find_server
from runtime.wiring.configurator import EngineConfigurator
from runtime.wiring.sample_reader import ChildSampleReader
from runtime.wiring.serving import serving
from runtime.wiring.stores import transactions_of
from storage.blobs import DirectoryBlobs
from storage.engine import Database
from storage.migrate import migrate
from tests.audiences import an_audience_book
from tests.domain.builders import a_person
from tests.waiting import until_of
from workflows import names
from workflows.registry import FRONT_WORKFLOWS, RUNNER

SAMPLE = b"trade_id,amount,currency\nT1,10.50,EUR\nT2,11.25,USD\nT3,9.75,EUR\n"
PLACE = Place(platform=Platform.WEB, workspace="web", channel="data-feeds", thread="1")
POLICY = {
    "rules": [
        {
            "id": "all",
            "needs": [{"role": "approver", "count": 1}],
            "steps": [{"after_minutes": 60}, {"after_minutes": 120, "tell": "lead", "by": ["mail"]}],
            "expire_after_minutes": 1440,
        }
    ]
}


@dataclass
class ShiftedClock:
    """The machine's clock, moved as far as a test skipped ahead."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the moment."""
        return datetime.now(UTC) + self.ahead


@dataclass
class Desk:
    """The truth that stories follow, and what people at a desk do to it."""

    folder: Path
    clock: ShiftedClock = field(default_factory=ShiftedClock)

    def __post_init__(self) -> None:
        """Open everything in the folder."""
        self.policy: Policy = parse_policy(POLICY)
        self.database = Database(f"sqlite:///{self.folder}/truth.db")
        migrate(self.database)
        self.blobs = DirectoryBlobs(self.folder / "blobs")
        self.reviews = LocalReviews(self.folder / "config.git", gate=inspect)
        self.transactions = transactions_of(self.database, KeyFolder(self.folder / "keys"))
        with self.transactions.writing() as uow:
            uow.people.save(a_person("sam", Role.STREAM_TEAM))
            uow.people.save(a_person("ada", Role.APPROVER, Role.LEAD))

    def open_change(self, name: str = "c1", sample: bytes = SAMPLE) -> str:
        """Open a change for a dropped sample."""
        blob = self.blobs.put(sample)
        file = FileRef(name="fx_trades.csv", size_bytes=len(sample), blob=blob)
        with self.transactions.writing() as uow:
            uow.changes.save(
                ConfigChange(
                    id=RequestId(name),
                    kind=ChangeKind.ONBOARD,
                    state=ChangeState.READING,
                    requested_by=PersonId("sam"),
                    authors=frozenset({PersonId("sam")}),
                    place=PLACE,
                    files=(file,),
                    sample_hash=blob,
                    opened_at=self.clock.now(),
                    updated_at=self.clock.now(),
                )
            )
        return name

    def change(self, name: str = "c1") -> ConfigChange:
        """Return the change as it stands."""
        with self.transactions.reading() as uow:
            return uow.changes.get(RequestId(name))

    def move(self, name: str, **moved: object) -> None:
        """Do to a change what a command would."""
        with self.transactions.writing() as uow:
            uow.changes.save(uow.changes.get(RequestId(name)).model_copy(update=moved))

    def end_approval(self, name: str, verdict: Verdict) -> None:
        """Give the change's request a verdict."""
        with self.transactions.writing() as uow:
            change = uow.changes.get(RequestId(name))
            assert change.approval is not None
            request = uow.approvals.get(change.approval)
            uow.approvals.save(request.model_copy(update={"verdict": verdict, "ended_at": self.clock.now()}))

    def acts(self) -> dict[str, int]:
        """Return how often each act is in the audit trail."""
        from sqlalchemy import text

        with self.database.reading() as connection:
            rows = connection.execute(text("SELECT act, count(*) FROM audit_entries GROUP BY act"))
            return {str(act): int(count) for act, count in rows}

    async def until(self, is_so: Callable[[ConfigChange], bool], name: str = "c1") -> ConfigChange:
        """Wait until the change is as described."""
        return await until_of(lambda: self.change(name), is_so, 90)

    async def until_state(self, state: ChangeState, name: str = "c1") -> ConfigChange:
        """Wait until the change is in a state."""
        return await self.until(lambda change: change.state is state, name)


@asynccontextmanager
async def server(*settings: str) -> AsyncIterator[WorkflowEnvironment]:
    """Run the real server, which skips time while stories only wait; `settings` are further dynamic ones."""
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=find_server() or shutil.which("temporal"),
        data_converter=pydantic_data_converter,
        dev_server_startup_timeout=timedelta(seconds=40),
        dev_server_extra_args=[
            "--dynamic-config-value",
            "frontend.WorkflowTimeSkippingEnabled=true",
            "--dynamic-config-value",
            'history.timerProcessorMaxTimeShift="10ms"',
            *(word for setting in settings for word in ("--dynamic-config-value", setting)),
        ],
    )
    async with environment:
        yield environment


@asynccontextmanager
async def workers(client: Client, desk: Desk) -> AsyncIterator[None]:
    """Run the workers of both queues on the desk's truth."""
    channels = {"approvals": (PLACE.model_copy(update={"channel": "approvals", "thread": ""}),)}
    opening = {"reading": desk.transactions.reading, "writing": desk.transactions.writing}
    shared = {**opening, "clock": desk.clock, "wake": lambda: None}
    reviewing = Reviewing(
        desk.reviews,
        desk.reviews,
        desk.blobs,
        policy=lambda: desk.policy,
        channels=channels,
        audiences=an_audience_book(channels),
        **shared,
    )
    approving = Approving(
        policy=lambda: desk.policy,
        channels=channels,
        card=lambda title, text, called=(): f"{title}: {text}",
        **shared,
    )
    configuring = Configuring(
        ChildSampleReader(), EngineConfigurator(desk.reviews, "production"), desk.blobs, **shared
    )
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as front, ThreadPoolExecutor(2) as heavy:
        light = Worker(
            client,
            task_queue=names.FRONT_QUEUE,
            workflows=list(FRONT_WORKFLOWS),
            activities=[
                reviewing.look,
                reviewing.open_review,
                reviewing.merge,
                reviewing.look_at_review,
                reviewing.close,
                approving.look_at_request,
                approving.remind,
                approving.expire,
            ],
            workflow_runner=RUNNER,
            activity_executor=front,
            max_concurrent_activities=8,
        )
        computing = Worker(
            client,
            task_queue=names.HEAVY_QUEUE,
            activities=[configuring.read_sample, configuring.build],
            activity_executor=heavy,
            max_concurrent_activities=2,
        )
        async with serving(light, computing):
            yield
