"""Findings that rest on what an unreliable sender sent weigh less, and the diagnosis says so."""

from collections.abc import Sequence
from dataclasses import replace

from domain.investigation.evidence import Doubt, EvidenceKind
from rca.findings import LONGEST_SAID, Finding, clean

_TOLD_BY = {
    EvidenceKind.METRIC: ("metric",),
    EvidenceKind.LOG: ("log",),
    EvidenceKind.SPAN: ("span",),
    EvidenceKind.EDGE: ("span", "metric"),
    # Whose sender is silent looks silent itself.
    EvidenceKind.ABSENCE: ("metric", "span", "log"),
}
_MOST_NAMED = 5


def weighed(doubts: Sequence[Doubt], findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings, those of unreliable senders with less strength."""
    if not doubts:
        return list(findings)
    weights = {(doubt.service, doubt.kind): doubt.weight for doubt in doubts}
    found = []
    for finding in findings:
        keys = [(finding.service, kind) for kind in _TOLD_BY.get(finding.kind, ())]
        weight = min((weights[key] for key in keys if key in weights), default=1.0)
        found.append(finding if weight == 1.0 else replace(finding, strength=finding.strength * weight))
    return found


def said(doubts: Sequence[Doubt]) -> tuple[str, ...]:
    """Return a sentence for each sender whose evidence weighs less."""
    by_sender: dict[tuple[str, str], list[Doubt]] = {}
    for doubt in doubts:
        by_sender.setdefault((doubt.sender, doubt.why), []).append(doubt)
    sentences = []
    for (sender, why), some in by_sender.items():
        names = list(dict.fromkeys(doubt.service for doubt in some))
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        about = ", ".join(clean(name, 40) for name in names[:_MOST_NAMED]) + more
        weight = min(doubt.weight for doubt in some)
        text = f"what {clean(sender, 40)} sends of {about} counts at {weight:.0%}: {clean(why, 120)}"
        sentences.append(clean(text, LONGEST_SAID + 100))
    return tuple(sentences)
