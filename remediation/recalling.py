"""What an earlier run recorded, for the steps of a plan that takes it back.

It stays in the runner's journal. A plan names it by its fingerprint, so that nothing else than what people
approved is put back, and what was recorded can't be guessed from the plan.
"""

import json
from collections.abc import Callable, Mapping

from domain.errors import NotNow
from domain.proof.canonical import digest
from domain.remediation.plans import Step, Value
from remediation.fingerprints import Fingerprints
from remediation.journal import Act, Journal, Mark, Phase

_KEPT_PURPOSE = "dogwatch/kept/1"

Recall = Callable[[Step], dict[str, Value]]
"""Returns what a step gets of an earlier run; nothing for a step that takes back none."""


def key_of(order_id: str, number: int) -> str:
    """Return the key under which targets know a step of an order; the same for every try."""
    return f"{order_id[:32]}-{number}"


def known_as(step: Step) -> str:
    """Return the key of the earlier step that this one takes back; empty when it takes back none."""
    return "" if step.recorded is None else key_of(step.recorded.order, step.recorded.step)


def recorded_by(journal: Journal, order_id: str, steps: int, fingerprints: Fingerprints) -> tuple[str, ...]:
    """Return for each step of an order the fingerprint of what it recorded before its change."""
    tries = [journal.tries(order_id, number, Act.DO) for number in range(1, steps + 1)]
    return tuple(fingerprints.of_kept(done[-1].kept if done else {}) for done in tries)


def recalled(journal: Journal, step: Step, fingerprints: Fingerprints) -> dict[str, Value]:
    """Return what the step that is taken back recorded; nothing for any other step.

    Raises:
        NotNow: This runner has no such record, or another one.
    """
    if step.recorded is None:
        return {}
    order, number = step.recorded.order, step.recorded.step
    done = [one for one in journal.tries(order, number, Act.DO) if one.mark is Mark.DONE]
    is_over = journal.phase_of(order) is Phase.OVER
    if not is_over or not done or step.recorded.digest not in _names_of(done[-1].kept, fingerprints):
        raise NotNow(
            f"no record of step {number} of {order[:16]}",
            say=f"This runner has no record of what was before “{step.summary.removeprefix('Undo: ')}”,"
            " so it can't be put back from here.",
            next_step="Say `fix` to plan what is right now.",
        )
    return done[-1].kept


def _names_of(kept: Mapping[str, Value], fingerprints: Fingerprints) -> tuple[str, str]:
    """Return by what a plan may name the record: its fingerprint; of older runs, a hash that has no key."""
    plain = digest(_KEPT_PURPOSE, json.dumps(dict(kept), sort_keys=True))
    return fingerprints.of_kept(kept), plain
