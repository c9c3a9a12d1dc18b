"""The runner of one environment: believes signed orders, uses each once, and touches one target at a time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from domain.errors import DogwatchError, NotAllowed, NotFound, NotNow
from domain.ports.execution import Told
from domain.ports.sandbox import Sandbox
from domain.ports.signer import KeyRing
from domain.remediation.orders import (
    OrderRefused,
    Refusal,
    SignedOrder,
    VerifiedOrder,
    is_signed_word,
    verify_order,
    verify_started_order,
)
from domain.remediation.plans import DryRun, Plan, Step, Value
from domain.remediation.run_reports import RunReport, RunState, StepReport, Word
from remediation import last_look
from remediation.account import RemediationOff, refuse_root
from remediation.broker.targets import Targets
from remediation.checks import broken_claim
from remediation.dry_run import cannot_start, dry_run
from remediation.executor import Executor, broken_precondition
from remediation.fingerprints import fingerprints_of
from remediation.giving_up import give_up
from remediation.journal import Act, Journal, Phase
from remediation.plan_building import tool_versions
from remediation.recalling import recalled
from remediation.standing import refuse_nothing
from remediation.step_work import Points, StepWork

_SELF_TEST_EVERY_SECONDS = 3_600.0
_SELF_TEST_WHEN_ILL_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Post:
    """Where a runner stands: its environment, its name in orders, the keys it trusts, its own folder."""

    environment: str
    audience: str
    ring: KeyRing
    folder: Path


class RemediationRunner:
    """Implements the port `Runner`."""

    def __init__(
        self,
        post: Post,
        *,
        sandbox: Sandbox,
        targets: Targets,
        journal: Journal | None = None,
        work: StepWork | None = None,
        at: Points = lambda point, step: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        refuse_root()
        locks = post.folder / "locks"
        locks.mkdir(mode=0o700, exist_ok=True)
        self._post = post
        self._sandbox = sandbox
        self._targets = targets
        self._fingerprints = fingerprints_of(post.folder)
        self._journal = journal or Journal(post.folder / "journal.sqlite")
        self._work = work or StepWork(self._journal, locks, sandbox, at=at)
        self._executor = Executor(self._journal, self._work, sandbox, self._fingerprints)
        self._now = now
        self._busy: set[str] = set()
        self._faults: tuple[str, ...] = ("the walls have not been tried yet",)

    def close(self) -> None:
        """Close the journal."""
        self._journal.close()

    async def test_walls(self) -> tuple[str, ...]:
        """Try to break out, and return what got through; the runner takes no work while anything did."""
        try:
            got_through = await self._sandbox.tried()
        except (DogwatchError, OSError) as error:  # a test that does not finish vouches for nothing
            self._faults = (f"the walls could not be tried: {str(error) or type(error).__name__}",)
        else:
            self._faults = tuple(f"an attempt to break out succeeded: {name}" for name in got_through)
        return self._faults

    async def keep_testing_walls(
        self,
        changed: Callable[[tuple[str, ...]], None],
        *,
        well_seconds: float = _SELF_TEST_EVERY_SECONDS,
        ill_seconds: float = _SELF_TEST_WHEN_ILL_SECONDS,
    ) -> None:
        """Test the walls every hour, every minute while one does not stand; tell each change of health."""
        while True:
            before = self._faults
            await asyncio.sleep(ill_seconds if before else well_seconds)
            if await self.test_walls() != before:
                changed(self._faults)

    def health(self) -> tuple[str, ...]:
        """Return why this runner takes no work, in sentences; empty when it does."""
        return self._faults

    def report(self, order_id: str) -> RunReport | None:
        """Return how the order ended; None while it is open or unknown."""
        text = self._journal.report_of(order_id)
        return RunReport.model_validate_json(text) if text else None

    def refusals(self, order_id: str = "") -> list[str]:
        """Return what was refused, for the audit."""
        return self._journal.refusals(order_id)

    async def preview(self, plan: Plan) -> DryRun:
        """Return what the plan would change.

        Raises:
            RemediationOff: The walls do not stand.
            NotFound: The plan names a target that this runner does not have.
            PreviewFailed: A step could not be previewed, or the plan could not start as things are.
            NotNow: The journal cannot be written.
        """
        self._refuse_when_ill()
        last_look.refuse_foreign(plan, self._targets, self._post.environment)
        found = await self._dry_run(plan)
        refuse_nothing(plan, found)
        if broken := await broken_claim(plan.preconditions, self._sandbox):
            raise cannot_start(broken)
        self._journal.looks.note(plan.id, found)
        return found

    async def execute(self, order: SignedOrder, plan: Plan, *, told: Told | None = None) -> RunReport:
        """Run or continue the order to an end state, or to a question for a person.

        Raises:
            OrderRefused: The order does not allow this plan here and now, or was used.
            RemediationOff: The walls do not stand.
            NotNow: The journal cannot be written.
        """
        order_id = order.order.id
        verified = await self._accepted(order, plan)
        if order_id in self._busy:
            return _busy(order_id, "This order is running already.")
        self._busy.add(order_id)
        try:
            return await self._execute(verified, order_id, told)
        finally:
            self._busy.discard(order_id)

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
        """Continue after a person said what happened to a try; the order's key signed what they said.

        Raises:
            OrderRefused: The order does not allow this plan.
            NotNow: Nobody needs to decide about this try any more.
        """
        verified = await self._accepted(order, plan)
        if not is_signed_word(
            order, step=step, try_number=try_number, word=word, signature=signature, ring=self._post.ring
        ):
            raise self._refused(order.order.id, OrderRefused(Refusal.UNKNOWN_KEY_OR_SIGNATURE))
        if not self._executor.word(verified, step=step, try_number=try_number, word=word):
            raise NotNow(
                f"try {try_number} of step {step} is not unknown",
                say=f"Step {step} isn't waiting for anybody's word.",
                next_step="Look at the newest card.",
            )
        return await self.execute(order, plan, told=told)

    async def stop(self, order_id: str) -> StepReport | None:
        """End the running step of the order, and let none begin; None when it is over."""
        return await self._executor.stop(order_id)

    async def _execute(self, verified: VerifiedOrder, order_id: str, told: Told | None) -> RunReport:
        order, plan = verified.order, verified.plan
        is_first = self._journal.accept(order_id, nonce=order.nonce, plan_id=plan.id, title=plan.title)
        if not is_first and self._journal.phase_of(order_id) is None:
            raise self._refused(order_id, OrderRefused(Refusal.USED))  # another order has used this nonce
        holder = self._journal.claim(order_id, plan.changed_targets)
        if holder:
            return _busy(order_id, f"Waiting: {holder}. This one starts when that one is over.")
        if not self._has_begun(order_id):
            report = await self._objection(verified, order_id)
            if report is not None:
                self._journal.refuse(order_id, report.say)
                self._journal.move(order_id, Phase.OVER, report=report.model_dump_json())
                return report
            self._journal.looks.begin(order_id, self._places(plan))
        return await self._executor.carry_out(verified, is_first=is_first, told=told)

    async def _objection(self, verified: VerifiedOrder, order_id: str) -> RunReport | None:
        """Look at the world once more, right before the first step: is it still what people said yes to?"""
        if last_look.has_other_tools(verified.plan):
            return last_look.needs_new_yes(verified.order, last_look.OTHER_TOOLS, self._journal.looks)
        try:
            now = await self._dry_run(verified.plan)
            broken = await broken_precondition(verified, self._sandbox)
        except DogwatchError as error:
            return RunReport(order_id=order_id, state=RunState.REFUSED, say=error.sentence())
        if changed := last_look.difference(verified.order, now, self._journal.looks):
            return last_look.needs_new_yes(verified.order, changed, self._journal.looks)
        if broken:
            return RunReport(order_id=order_id, state=RunState.REFUSED, say=f"Not started: {broken}")
        return None

    async def _accepted(self, order: SignedOrder, plan: Plan) -> VerifiedOrder:
        try:
            return self._verified(order, plan)
        except (NotAllowed, NotFound) as error:
            await self._let_go(order, plan, error)
            raise

    def _verified(self, order: SignedOrder, plan: Plan) -> VerifiedOrder:
        order_id = order.order.id
        self._refuse_when_ill()
        try:
            if self._journal.phase_of(order_id) is Phase.OVER:
                raise OrderRefused(Refusal.USED)
            post = self._post
            if self._has_begun(order_id):
                verified = verify_started_order(
                    order, plan, ring=post.ring, environment=post.environment, audience=post.audience
                )
            else:
                verified = verify_order(
                    order,
                    plan,
                    ring=post.ring,
                    environment=post.environment,
                    audience=post.audience,
                    now=self._now(),
                )
            last_look.refuse_foreign(plan, self._targets, self._post.environment)
            if self._has_begun(order_id):
                last_look.refuse_other_tools(plan)
                last_look.refuse_other_places(self._journal.looks.begun_in(order_id), self._places(plan))
        except DogwatchError as error:
            raise self._refused(order_id, error) from error
        return verified

    async def _dry_run(self, plan: Plan) -> DryRun:
        found = await dry_run(plan, self._sandbox, self._recall, fingerprints=self._fingerprints)
        return found.model_copy(update={"places": self._places(plan), "tools": tool_versions()})

    def _places(self, plan: Plan) -> dict[str, str]:
        return self._fingerprints.of_places(self._targets.definitions(last_look.target_names(plan)))

    async def _let_go(self, order: SignedOrder, plan: Plan, error: DogwatchError) -> None:
        """Close an order that was taken and can't go on any more: it would hold its targets for ever."""
        order_id, post = order.order.id, self._post
        if self._journal.phase_of(order_id) in (None, Phase.OVER) or order_id in self._busy:
            return
        try:  # only with an order that is genuine: anybody can name another's
            verify_started_order(
                order, plan, ring=post.ring, environment=post.environment, audience=post.audience
            )
        except OrderRefused:
            return
        begun = self._has_begun(order_id)
        await give_up(order_id, plan, error, has_begun=begun, journal=self._journal, work=self._work)

    def _refused(self, order_id: str, error: DogwatchError) -> DogwatchError:
        self._journal.refuse(order_id, error.say)
        return error

    def _recall(self, step: Step) -> dict[str, Value]:
        return recalled(self._journal, step, self._fingerprints)

    def _has_begun(self, order_id: str) -> bool:
        return (
            bool(self._journal.tries(order_id, 1, Act.DO)) or self._journal.phase_of(order_id) is Phase.BACK
        )

    def _refuse_when_ill(self) -> None:
        if self._faults:
            raise RemediationOff("; ".join(self._faults), "Run dogwatch doctor on the runner.")


def _busy(order_id: str, say: str) -> RunReport:
    return RunReport(order_id=order_id, state=RunState.BUSY, say=say)
