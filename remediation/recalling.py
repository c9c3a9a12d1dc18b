"""What an earlier run recorded, for the steps of a plan that takes it back.

It stays in the runner's journal. A plan names it by its digest, so that nothing else than what people
approved is put back.
"""

from collections.abc import Callable

from domain.errors import NotNow
from domain.remediation.plans import Step, Value, kept_digest
from remediation.journal import Act, Journal, Mark, Phase

Recall = Callable[[Step], dict[str, Value]]
"""Returns what a step gets of an earlier run; nothing for a step that takes back none."""


def key_of(order_id: str, number: int) -> str:
    """Return the key under which targets know a step of an order; the same for every try."""
    return f"{order_id[:32]}-{number}"


def known_as(step: Step) -> str:
    """Return the key of the earlier step that this one takes back; empty when it takes back none."""
    return "" if step.recorded is None else key_of(step.recorded.order, step.recorded.step)


def recorded_by(journal: Journal, order_id: str, steps: int) -> tuple[str, ...]:
    """Return for each step of an order the digest of what it recorded before its change."""
    tries = [journal.tries(order_id, number, Act.DO) for number in range(1, steps + 1)]
    return tuple(kept_digest(done[-1].kept if done else {}) for done in tries)


def recalled(journal: Journal, step: Step) -> dict[str, Value]:
    """Return what the step that is taken back recorded; nothing for any other step.

    Raises:
        NotNow: This runner has no such record, or another one.
    """
    if step.recorded is None:
        return {}
    order, number = step.recorded.order, step.recorded.step
    done = [one for one in journal.tries(order, number, Act.DO) if one.mark is Mark.DONE]
    is_over = journal.phase_of(order) is Phase.OVER
    if not is_over or not done or kept_digest(done[-1].kept) != step.recorded.digest:
        raise NotNow(
            f"no record of step {number} of {order[:16]}",
            say=f"This runner has no record of what was before “{step.summary.removeprefix('Undo: ')}”,"
            " so it can't be put back from here.",
            next_step="Say `fix` to plan what is right now.",
        )
    return done[-1].kept
