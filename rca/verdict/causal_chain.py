"""How the trouble travelled: from the change, if any, through the cause to its callers and to what users saw.

Walks from the suspected service up to its callers, always to the worst-hit one that the chain has not seen,
until nobody above shows trouble. Every step carries the evidence that it happened.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from domain.investigation.diagnosis import ChainStep, SuspectChange
from domain.investigation.evidence import ChangeKind, EvidenceItem

_LONGEST = 6
_NOTICEABLE = 0.1


def causal_chain(
    cause: str,
    calls: Sequence[tuple[str, str]],
    hurt: Mapping[str, float],
    evidence: Mapping[str, Sequence[EvidenceItem]],
    change: SuspectChange | None,
) -> tuple[ChainStep, ...]:
    """Return the steps, cause first.

    Args:
        cause: The suspected service.
        calls: Known (caller, callee) pairs.
        hurt: How badly each service does, before anything was explained away.
        evidence: Items by service, strongest first.
        change: The suspected change, None when there is none.
    """
    callers: dict[str, set[str]] = defaultdict(set)
    for caller, callee in calls:
        callers[callee].add(caller)
    steps: list[ChainStep] = []
    if change is not None:
        named = f" {change.change_id[:12]}" if change.kind is ChangeKind.COMMIT else ""
        text = f"{change.kind}{named} took effect on {change.service or cause}"
        steps.append(ChainStep(change.service or cause, text, change.evidence_ids, change.effective_at))
    seen: set[str] = set()
    here, before = cause, ""
    while here and here not in seen and len(steps) < _LONGEST:
        seen.add(here)
        items = list(evidence.get(here, ()))[:2]
        if items:
            steps.append(_step(here, before, items))
        above = [name for name in sorted(callers[here] - seen) if hurt.get(name, 0.0) > _NOTICEABLE]
        before, here = here, max(above, key=lambda name: hurt[name], default="")
    return tuple(steps)


def _step(service: str, before: str, items: Sequence[EvidenceItem]) -> ChainStep:
    lead = f"{service}, which calls {before}, suffers: " if before else f"{service} fails first: "
    moments = [item.at for item in items if item.at is not None]
    return ChainStep(
        service=service,
        text=lead + items[0].text,
        evidence_ids=tuple(item.evidence_id for item in items),
        at=min(moments, default=None),
    )
