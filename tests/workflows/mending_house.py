"""The truth that stories of plans follow, and a runner behind its port that does what a test says."""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from activities.approving import Approving
from activities.ordering import Ordering
from activities.planning import Books, Planning
from activities.reporting_runs import ReportingRuns
from activities.running import Running
from bot.presenters.sentences import stored_sentence
from domain.acts.approval_ends import end_subject
from domain.acts.fix_moves import keep_fix, plan_id
from domain.approval.approvals import Say, Verdict, tally
from domain.approval.policy import Policy, parse_policy
from domain.identity.chat import Place, Platform
from domain.identity.people import Role
from domain.ids import PersonId, RequestId
from domain.ports.execution import Told
from domain.remediation.fixes import Fix, FixState, Override, PlanVersion
from domain.remediation.orders import SignedOrder
from domain.remediation.plans import Authorship, DryRun, Effect, Plan
from domain.remediation.run_reports import RunReport, RunState, StepReport, Word
from domain.remediation.runbooks import IncidentType, Trouble
from runtime.keys import KeyFolder
from runtime.wiring.serving import serving
from runtime.wiring.stores import transactions_of
from storage.engine import Database
from storage.migrate import migrate
from tests.domain.builders import a_decision, a_person
from tests.remediation.plans import a_plan
from tests.waiting import until_of
from tests.workflows.house import ShiftedClock
from workflows import names
from workflows.registry import FRONT_WORKFLOWS, RUNNER

PLACE = Place(platform=Platform.WEB, workspace="web", channel="incidents", thread="1")
RULE: dict[str, Any] = {
    "id": "plans",
    "when": {"act": ["run_plan"]},
    "needs": [{"role": "approver", "count": 2}],
}
CHANGES = Effect(step="line-1", target="landing", change="write", before="", after="x")


@dataclass
class SaidRunner:
    """Implements `Runner`: answers what the test put down, in order, and notes what it was asked."""

    reports: list[RunReport | Exception] = field(default_factory=list)
    effects: tuple[Effect, ...] = (CHANGES,)
    orders: list[SignedOrder] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    async def preview(self, plan: Plan) -> DryRun:
        """Return the effects."""
        return DryRun(effects=self.effects)

    async def execute(self, order: SignedOrder, plan: Plan, *, told: Told | None = None) -> RunReport:
        """Return the next report."""
        self.orders.append(order)
        answer = self.reports.pop(0) if self.reports else a_report(RunState.VERIFIED)
        if isinstance(answer, Exception):
            raise answer
        return answer.model_copy(update={"order_id": order.order.id})

    async def decide(
        self,
        order: SignedOrder,
        plan: Plan,
        *,
        step: int,
        try_number: int,
        word: Word,
        signature: str,
        told: Told | None = None,
    ) -> RunReport:
        """Note the word and go on."""
        self.words.append(word)
        return await self.execute(order, plan)

    async def stop(self, order_id: str) -> StepReport | None:
        """Return None: nothing takes long here."""
        return None

    def report(self, order_id: str) -> RunReport | None:
        """Return None."""
        return None

    def health(self) -> tuple[str, ...]:
        """Return nothing: it is fine."""
        return ()


def a_report(state: RunState, say: str = "Every check held.", **fields: Any) -> RunReport:
    """Return what a runner reports."""
    return RunReport(order_id="", state=state, say=say, **fields)


@dataclass
class MendingDesk:
    """Everything but chat and sandbox, in a folder."""

    folder: Path
    clock: ShiftedClock = field(default_factory=ShiftedClock)
    rules: list[dict[str, Any]] = field(default_factory=lambda: [RULE])

    def __post_init__(self) -> None:
        """Open everything."""
        self.policy: Policy = parse_policy({"rules": self.rules})
        self.keys = KeyFolder(self.folder / "keys")
        self.database = Database(f"sqlite:///{self.folder}/truth.db")
        migrate(self.database)
        self.transactions = transactions_of(self.database, self.keys)
        channels = {"approvals": (PLACE.model_copy(update={"channel": "approvals", "thread": ""}),)}
        self.books = Books(
            self.transactions.reading,
            self.transactions.writing,
            self.clock,
            lambda: None,
            lambda: self.policy,
            channels,
        )
        self.planning = Planning(self.books)
        self.ordering = Ordering(self.books, self.keys.signer("orders"))
        self.reporting = ReportingRuns(self.books, stored_sentence)
        with self.transactions.writing() as uow:
            uow.people.save(a_person("erin", Role.ENGINEER, Role.ON_CALL))
            for name in ("ada", "ben"):
                uow.people.save(a_person(name, Role.APPROVER, Role.LEAD))

    def open_fix(self, name: str = "p1", **plan: Any) -> str:
        """Keep an attempt whose plan waits for its dry run."""
        made = a_plan(**{"environment": "test", "authorship": Authorship.CATALOGUE, **plan})
        made = made.model_copy(update={"id": plan_id(RequestId(name), 1), "requested_by": PersonId("erin")})
        fix = Fix(
            id=RequestId(name),
            state=FixState.DRY_RUNNING,
            subject_name="feed/fx_trades",
            trouble=Trouble(types=(IncidentType.BAD_FILE,), feed="fx_trades", environment="test"),
            place=PLACE,
            requested_by=PersonId("erin"),
            authors=frozenset({PersonId("erin")}),
            runbook="pause-feed",
            title=made.title,
            targets=made.changed_targets,
            revision=1,
            opened_at=self.clock.now(),
            updated_at=self.clock.now(),
        )
        version = PlanVersion(
            fix=fix.id, revision=1, plan=made, made_by=PersonId("erin"), made_at=self.clock.now()
        )
        with self.transactions.writing() as uow:
            uow.plans.save(version)
            keep_fix(uow, fix, self.clock.now())
        return name

    def fix(self, name: str = "p1") -> Fix:
        """Return the attempt as it stands."""
        with self.transactions.reading() as uow:
            return uow.fixes.get(RequestId(name))

    def change(self, name: str = "p1", **moved: Any) -> None:
        """Do to an attempt what a command would."""
        with self.transactions.writing() as uow:
            keep_fix(uow, uow.fixes.get(RequestId(name)).model_copy(update=moved), self.clock.now())

    def decide(self, *people: str, name: str = "p1", say: Say = Say.YES) -> None:
        """Let people decide, as the door would: record, tally, end."""
        with self.transactions.writing() as uow:
            fix = uow.fixes.get(RequestId(name))
            assert fix.approval is not None
            request = uow.approvals.get(fix.approval)
            for one in people:
                person = uow.people.get(PersonId(one))
                made = a_decision(person, say, subject_hash=request.subject_hash)
                made = made.model_copy(update={"at": self.clock.now(), "press": f"{name}-{one}-{request.id}"})
                uow.approvals.record(request.id, made)
            verdict = tally(request.needs, uow.approvals.decisions(request.id))
            if verdict is not Verdict.PENDING:
                ended = {"verdict": verdict, "ended_at": self.clock.now()}
                uow.approvals.save(request.model_copy(update=ended))
                end_subject(uow, request, verdict, "", self.clock.now())

    def break_glass(self, name: str = "p1", subject_hash: str = "") -> None:
        """Let erin start a plan without its approvers, as the command does."""
        with self.transactions.writing() as uow:
            fix = uow.fixes.get(RequestId(name))
            version = uow.plans.get(fix.id, fix.revision)
            override = Override(
                id=f"o-{name}-{fix.revision}",
                fix=fix.id,
                revision=fix.revision,
                person=PersonId("erin"),
                reason="nobody answers and it burns",
                press="press-override",
                subject_hash=subject_hash or version.subject_hash,
                at=self.clock.now(),
            )
            uow.guards.save_override(override)
        self.change(name, state=FixState.APPROVED, override=override.id, approved_at=self.clock.now())

    def acts(self) -> dict[str, int]:
        """Return how often each act is in the audit trail."""
        from sqlalchemy import text

        with self.database.reading() as connection:
            rows = connection.execute(text("SELECT act, count(*) FROM audit_entries GROUP BY act"))
            return {str(act): int(count) for act, count in rows}

    def said(self) -> str:
        """Return every message that was to be posted."""
        from sqlalchemy import text

        with self.database.reading() as connection:
            rows = connection.execute(text("SELECT card_json FROM postings"))
            return "\n".join(str(card) for (card,) in rows)

    async def until(self, is_so: Callable[[Fix], bool], name: str = "p1") -> Fix:
        """Wait until the attempt is as described."""
        return await until_of(lambda: self.fix(name), is_so)


@asynccontextmanager
async def mending_workers(client: Client, desk: MendingDesk, runner: SaidRunner) -> AsyncIterator[None]:
    """Run the worker of the front queue and that of the runner's queue."""
    approving = Approving(
        policy=lambda: desk.policy,
        channels=desk.books.channels,
        reading=desk.books.reading,
        writing=desk.books.writing,
        clock=desk.clock,
        wake=lambda: None,
        card=lambda title, text, called=(): f"{title}: {text}",
    )
    running = Running(runner)
    with ThreadPoolExecutor(8) as pool:
        front = Worker(
            client,
            task_queue=names.FRONT_QUEUE,
            workflows=list(FRONT_WORKFLOWS),
            activities=[
                desk.planning.look_at_fix,
                desk.planning.plan_to_preview,
                desk.planning.take_preview,
                desk.ordering.pass_gate,
                desk.reporting.follow,
                desk.reporting.take_report,
                desk.reporting.note_silence,
                desk.reporting.escalate_review,
                approving.look_at_request,
                approving.remind,
                approving.expire,
            ],
            workflow_runner=RUNNER,
            activity_executor=pool,
            max_concurrent_activities=8,
        )
        runs = Worker(
            client,
            task_queue=names.run_queue("test"),
            activities=[running.preview, running.execute],
            max_concurrent_activities=2,
        )
        async with serving(front, runs):
            yield
