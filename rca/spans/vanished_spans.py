"""Services whose spans stopped although spans of others went on: they are gone, or nobody asks them."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from domain.investigation.evidence import EvidenceKind
from rca.findings import Finding
from rca.spans.span_index import Kind, SpanIndex


def vanished_findings(
    index: SpanIndex, reference: SpanIndex | None, onset_ms: float, waits: Mapping[Kind, str]
) -> list[Finding]:
    """Report services whose spans stopped although spans of others, and calls of them, went on."""
    late = index.start_ms >= onset_ms
    still = {waits[index.kinds[row]] for row in np.flatnonzero(late) if index.kinds[row] in waits}
    unasked = set(waits.values()) - still - _asked_directly(index, late, waits)
    after, before = _share(index, late), _share(index, ~late)
    usual = {} if reference is None else _share(reference, np.ones(reference.kept, dtype=bool))
    if late.sum() < 50:
        return []
    findings = []
    for service in before.keys() | usual.keys():
        shares = [share[service] for share in (before, usual) if service in share]
        expected = min(shares) * float(late.sum())
        if service in unasked:
            continue
        if len(shares) == bool(before) + bool(usual) and expected >= 15 and after.get(service, 0.0) == 0.0:
            findings.append(
                Finding(
                    service=service,
                    family="silence",
                    strength=float(min(6.0, np.log2(expected))),
                    kind=EvidenceKind.ABSENCE,
                    text=f"no span after the onset where about {expected:.0f} were to be expected",
                    reference=f"silence:{service}",
                )
            )
    return findings


def _asked_directly(index: SpanIndex, late: NDArray[np.bool_], waits: Mapping[Kind, str]) -> set[str]:
    """Return who was called without a span that only waits for it, by kinds of spans that went on."""
    on = {index.kinds[row] for row in np.flatnonzero(late)}
    found = set()
    for row in np.flatnonzero(~late & (index.parent_row >= 0)):
        caller, callee = index.kinds[int(index.parent_row[row])], index.kinds[row][0]
        if caller[0] != callee and caller not in waits and caller in on:
            found.add(callee)
    return found


def _share(index: SpanIndex, rows: NDArray[np.bool_]) -> dict[str, float]:
    counts: dict[str, float] = defaultdict(float)
    for row in np.flatnonzero(rows):
        counts[index.kinds[row][0]] += 1.0
    total = max(1.0, float(rows.sum()))
    return {service: count / total for service, count in counts.items()}
