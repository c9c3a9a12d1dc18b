"""Close an order that can't go on: its targets are gone or redefined, its tools are others, its time is over.

Left open, it would hold its targets for ever. Nothing of it begins any more afterwards, and what has begun is
neither finished nor undone from here: people are told so.
"""

from domain.errors import DogwatchError
from domain.remediation.plans import Plan
from domain.remediation.run_reports import RunReport, RunState, StepState
from remediation.journal import Act, Journal, Mark, Phase, Place
from remediation.step_work import StepWork


async def give_up(
    order_id: str, plan: Plan, error: DogwatchError, *, has_begun: bool, journal: Journal, work: StepWork
) -> None:
    """Write down that the order is over and why; nothing while another process may still act on it."""
    if not has_begun:
        # A runner that sleeps before the first step must find it forbidden when it wakes up.
        settled = await work.settle(Place(order_id, 1, Act.DO, 1))
        if settled.state is StepState.NEVER_BEGAN:
            _close(journal, order_id, RunState.REFUSED, error.sentence())
        return
    for number in range(1, len(plan.steps) + 1):
        for act in Act:
            tries = journal.tries(order_id, number, act)
            if not tries or tries[-1].mark is not Mark.INTENT:
                continue
            settled = await work.settle(Place(order_id, number, act, tries[-1].number))
            if settled.state is StepState.BUSY:
                return
    say = f"{error.sentence()} What had been done by then stands as it was left."
    _close(journal, order_id, RunState.UNDO_FAILED, say)


def _close(journal: Journal, order_id: str, state: RunState, say: str) -> None:
    report = RunReport(order_id=order_id, state=state, say=say)
    journal.move(order_id, Phase.OVER, report=report.model_dump_json())
