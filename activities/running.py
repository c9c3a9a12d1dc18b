"""The runner's side of remediation: dry runs and signed orders, on the queue of one environment.

These activities hold nothing but the runner. They believe the order's signature, never the queue.
"""

import asyncio
from collections import deque

from temporalio import activity

from domain.errors import DogwatchError, NotNow, OutsideTrouble
from domain.ports.execution import Runner, Told
from domain.remediation.orders import SignedOrder, read_signed_order
from domain.remediation.parcels import OrderParcel, PlanParcel, Preview, Progress, RunAnswer
from domain.remediation.plans import Plan, read_plan
from domain.remediation.run_reports import RunReport, RunState, StepReport, StepState, Word

_BEAT_SECONDS = 0.5
_TAIL_LINES = 12
_TAIL_BYTES = 1_500
_KEPT_OUTPUT = 4_000


class Running:
    """Activities of the queue `run-<environment>`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    @activity.defn
    async def preview(self, parcel: PlanParcel) -> Preview:
        """Return what the plan would change, or the sentence why it can't be told."""
        work = asyncio.ensure_future(self._runner.preview(read_plan(parcel.plan)))
        try:
            while not (await asyncio.wait([work], timeout=_BEAT_SECONDS))[0]:
                activity.heartbeat()
            return Preview(dry_run=work.result())
        except DogwatchError as error:
            return Preview(refusal=error.sentence())
        finally:
            work.cancel()
            await asyncio.wait([work])

    @activity.defn
    async def execute(self, parcel: OrderParcel) -> RunAnswer:
        """Run or continue the order; when a person stops it, undo what the plan says, and report."""
        try:
            order, plan = read_signed_order(parcel.order), read_plan(parcel.plan)
        except DogwatchError as error:
            return _refused("", error)
        notes = _Notes()
        if parcel.is_stopping:
            await self._runner.stop(order.order.id)
        if parcel.word is None:
            run = self._runner.execute(order, plan, told=notes.take)
        else:
            run = self._with_word(order, plan, parcel, notes.take)
        work = asyncio.ensure_future(run)
        is_asked, is_stopped = False, False
        while not work.done():
            try:
                await asyncio.wait([work], timeout=_BEAT_SECONDS)
                activity.heartbeat(notes.progress().model_dump_json())
            except asyncio.CancelledError:
                if is_asked or not _was_asked_to_stop():
                    work.cancel()
                    await asyncio.wait([work])
                    raise
                is_asked = True
            if is_asked and not is_stopped:
                # Between two steps there is nothing to end yet, so the wish is kept until there is.
                is_stopped = await self._runner.stop(order.order.id) is not None
        try:
            return RunAnswer(report=_shortened(work.result()))
        except DogwatchError as error:
            # An answer may have been lost on its way: then the order is used, and its report is known here.
            known = self._runner.report(order.order.id)
            return RunAnswer(report=_shortened(known)) if known else _refused(order.order.id, error)

    async def _with_word(self, order: SignedOrder, plan: Plan, parcel: OrderParcel, told: Told) -> RunReport:
        """Go on after a person's word; when it was taken before its answer was lost, just go on.

        A runner that died in the try which the word allowed gets the same parcel: that try has no word yet.
        """
        word = parcel.word or Word.ROLL_BACK
        try:
            return await self._runner.decide(
                order,
                plan,
                step=parcel.step,
                try_number=parcel.try_number,
                word=word,
                signature=parcel.word_signature,
                told=told,
            )
        except NotNow:
            return await self._runner.execute(order, plan, told=told)


class _Notes:
    """What has been told of the steps so far, with the last lines of what runs now."""

    def __init__(self) -> None:
        self._steps: dict[tuple[bool, int], StepReport] = {}
        self._tail: deque[str] = deque(maxlen=_TAIL_LINES)
        self._at: tuple[bool, int] | None = None

    def take(self, report: StepReport) -> None:
        """Note a report: a line of output, or how a step ended."""
        key = (report.is_undo, report.step)
        if report.state is StepState.RUNNING:
            if key != self._at:
                self._tail.clear()
                self._at = key
            self._tail.append(report.output[:300])
            tail = "\n".join(self._tail)[-_TAIL_BYTES:]
            report = report.model_copy(update={"output": tail})
        self._steps[key] = _short(report)

    def progress(self) -> Progress:
        """Return everything that is known."""
        return Progress(steps=tuple(self._steps[key] for key in sorted(self._steps)))


def _was_asked_to_stop() -> bool:
    """Tell a person's stop from a worker that shuts down or an activity that was given up."""
    details = activity.cancellation_details()
    return details is not None and details.cancel_requested


def _shortened(report: RunReport) -> RunReport:
    return report.model_copy(update={"steps": tuple(_short(step) for step in report.steps)})


def _short(step: StepReport) -> StepReport:
    return step.model_copy(update={"output": step.output[-_KEPT_OUTPUT:]})


def _refused(order_id: str, error: DogwatchError) -> RunAnswer:
    # What may pass by itself (a full disk, a wall that is being mended) is asked again later.
    state = RunState.BUSY if isinstance(error, NotNow | OutsideTrouble) else RunState.REFUSED
    report = RunReport(order_id=order_id, state=state, say=error.sentence())
    return RunAnswer(report=report)
