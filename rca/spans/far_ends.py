"""Calls of who makes no spans: the span that a caller made for such a call is the far end's time.

A database or an untraced service is seen only in its callers' spans, `GET user-db` below `/profile`. What
that takes is no work of the caller. Which span is a call can't be read off every name: one that answers a
call of its own, such as a route `/search`, is none, and neither is one with spans below it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rca.findings import Finding
from rca.logs.named_services import services_named
from rca.spans.span_index import SpanIndex


@dataclass(frozen=True, slots=True)
class FarEnds:
    """An index whose calls of untraced services are these services' spans, and who made which of them."""

    index: SpanIndex
    made_by: dict[tuple[str, str], str]

    def as_made(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return the findings with references to spans as their callers made them."""
        return [self._as_made(finding) for finding in findings]

    def _as_made(self, finding: Finding) -> Finding:
        kind, _, name = finding.reference.partition(":")
        service, bar, operation = name.partition("|")
        author = self.made_by.get((service, operation)) if bar and kind == "span" else None
        if author is None:
            return finding
        text = f"{author} calls it: {finding.text.replace('own time of', 'time of', 1)}"
        return replace(finding, reference=f"span:{author}|{operation}", text=text)


def with_far_ends(index: SpanIndex, names: frozenset[str], traced: frozenset[str]) -> FarEnds:
    """Return the index with each call of a service that makes no spans as a span of that service.

    `traced` are those that make spans, now or in the reference.
    """
    untraced = names - traced
    if not untraced or index.kept == 0:
        return FarEnds(index, {})
    has_child = np.zeros(index.kept, dtype=bool)
    has_child[index.parent_row[index.parent_row >= 0]] = True
    far: dict[tuple[str, str], str] = {}
    for kind in set(index.kinds):
        named = services_named(kind[1], names, kind[0])
        if len(named) == 1 and named[0] in untraced:
            far[kind] = named[0]
    kinds = list(index.kinds)
    made_by: dict[tuple[str, str], str] = {}
    for row in np.flatnonzero((index.parent_row >= 0) & ~has_child) if far else ():
        author, operation = index.kinds[row]
        called = far.get((author, operation))
        if called is None or index.kinds[int(index.parent_row[row])][0] != author:
            continue
        kinds[row] = (called, operation)
        made_by.setdefault((called, operation), author)
    return FarEnds(replace(index, kinds=kinds), made_by) if made_by else FarEnds(index, {})
