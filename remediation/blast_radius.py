"""Who reads from what a plan changes, directly and through others, from dependencies given as data."""

from collections import deque
from collections.abc import Mapping

from domain.remediation.plans import Value
from domain.remediation.runbooks import BlastRadius, Inventory, TargetSummary

_MOST = 1_000


def blast_radius(
    inventory: Inventory, targets: tuple[TargetSummary, ...], parameters: Mapping[str, Value]
) -> BlastRadius:
    """Return who depends on what the plan names, or on its targets when it names nothing.

    A parameter that names a feed or service narrows the start: pausing one feed does not touch every feed of
    the same orchestrator.
    """
    known = inventory.feeds | inventory.services
    named = {value for value in parameters.values() if isinstance(value, str) and value in known}
    start = named or {name for target in targets for name in target.serves}
    direct = {reader for name in start for reader in inventory.consumers.get(name, ())} - start
    if not named:
        direct |= start
    seen = set(direct) | start
    queue = deque(sorted(direct))
    while queue and len(seen) < _MOST:
        for reader in inventory.consumers.get(queue.popleft(), ()):
            if reader not in seen:
                seen.add(reader)
                queue.append(reader)
    return BlastRadius(direct=tuple(sorted(direct)), through_others=tuple(sorted(seen - direct - start)))
