"""The face of the engine: a case in, a diagnosis out; no model, no clock, no chance.

The same case always gives the same diagnosis. What a claim rests on is in the diagnosis; what was not
looked at is said; and when the evidence does not carry the first candidate, the verdict is *inconclusive*
with what would decide.
"""

from collections import defaultdict
from collections.abc import Sequence

from domain.investigation.diagnosis import Claim, Coverage, Diagnosis, Hypothesis, SuspectChange, Verdict
from domain.investigation.evidence import ENTRY, ChangeKind, EvidenceItem, EvidenceKind, IncidentCase
from rca.change_suspects import ENOUGH, Suspect, rank_changes
from rca.collect import Collected, Sources, collect
from rca.culprits.proxies import proxies
from rca.findings import LONGEST_SAID, Finding, clean
from rca.series.nearest_rows import MOST_LINES, MOST_SPANS
from rca.verdict.at_most_perhaps import held_back
from rca.verdict.built_up import led_by_what_built_up
from rca.verdict.causal_chain import causal_chain
from rca.verdict.confidence import confidence, features, load_calibration
from rca.verdict.doubt import as_usual, would_decide
from rca.verdict.evidence_check import check
from rca.verdict.metric_ranking import rank_metrics
from rca.verdict.ranking import Ranked, load_weights, rank

_MOST_HYPOTHESES = 10
_MOST_CLAIMS = 5
_LEAST_POINTS = 0.03
_MOST_CHANGES = 3
_MOST_CLOCKS = 3


class Diagnostician:
    """Ranks causes of incidents from telemetry, topology and changes.

    Args:
        sources: Which kinds of evidence may be used; all of them unless an ablation is measured.
    """

    def __init__(self, sources: Sources | None = None) -> None:
        self._sources = sources or Sources()
        self._weights = load_weights()
        self._calibration = load_calibration()

    def diagnose(self, case: IncidentCase) -> Diagnosis:
        """Return the diagnosis of a case; a case without telemetry is inconclusive, not an error."""
        seen = collect(case, self._sources)
        patience = 1.5 * (case.sample_seconds or 60.0)
        ranked = rank(
            seen.findings,
            seen.services,
            seen.calls,
            self._weights,
            patience_seconds=patience,
            proxies=proxies(case.telemetry.metrics.series),
        )
        sure = confidence(features(ranked, seen.findings, self._weights), self._calibration)
        held = held_back(case, seen, ranked, self._weights, self._calibration.abstain_below)
        shared, harmless, sure = held.shared, held.harmless, min(sure, held.most_sure)
        more = (*shared.sentences, *(said for said in (harmless, held.besides) if said))
        supported = sure >= self._calibration.abstain_below and bool(ranked) and ranked[0].score > 0
        usual = "" if supported else as_usual(case, seen, ranked, self._weights)
        nobodys = shared.sentences[0] if shared.is_nobodys and not (supported or usual) else ""
        told = led_by_what_built_up(ranked[:_MOST_HYPOTHESES], case, seen.metrics)
        evidence, by_service = _evidence(told, seen, shared.rests_on if nobodys else ())
        suspects = [] if usual else self._changes(case, ranked, seen)
        evidence += [_change_evidence(suspect, number + 1) for number, suspect in enumerate(suspects)]
        changes = [_as_suspect(suspect, evidence) for suspect in suspects]
        hurt = {candidate.service: candidate.score for candidate in ranked}
        for finding in seen.findings:
            if finding.bad:
                points = self._weights.points(finding)
                hurt[finding.service] = max(hurt.get(finding.service, 0.0), points)
        cause = ranked[0].service if ranked and not usual else ""
        diagnosis = Diagnosis(
            case_id=case.case_id,
            verdict=Verdict.SUPPORTED if supported else Verdict.INCONCLUSIVE,
            confidence=round(sure, 4),
            hypotheses=_hypotheses([*told, *ranked[_MOST_HYPOTHESES:]], by_service),
            evidence=tuple(evidence),
            metrics=rank_metrics(ranked, seen.metrics, self._weights),
            chain=causal_chain(cause, seen.calls, hurt, by_service, changes[0] if changes else None),
            changes=tuple(changes),
            would_decide=would_decide(case, seen, ranked, supported, usual, more),
            coverage=_coverage(case, seen),
            onset=0.0 if usual else seen.onset,
            as_usual=usual,
            nobodys=nobodys,
        )
        return check(diagnosis, case)[0]

    def _changes(self, case: IncidentCase, ranked: Sequence[Ranked], seen: Collected) -> list[Suspect]:
        if not self._sources.changes or not ranked or ranked[0].score <= 0:
            return []
        top = ranked[0]
        blame = [(candidate.service, candidate.score / top.score) for candidate in ranked[:3]]
        suspects = rank_changes(case, blame, seen.onset, _symptoms(case, top))
        return [suspect for suspect in suspects if suspect.score >= ENOUGH][:_MOST_CHANGES]


def _symptoms(case: IncidentCase, top: Ranked) -> list[str]:
    """Return the texts that describe what was seen on the suspected service."""
    texts = [case.alert.metric, case.alert.summary]
    texts += [p.signature for p in case.patterns if p.negative and p.service == top.service]
    for _, finding in top.findings:
        kind, _, name = finding.reference.partition(":")
        if kind == "log":
            texts.append(case.telemetry.logs.message[int(name)])
        elif kind == "metric":
            texts.append(name.rpartition("|")[2])
    return texts


def _evidence(
    ranked: Sequence[Ranked], seen: Collected, shared: Sequence[Finding]
) -> tuple[list[EvidenceItem], dict[str, list[EvidenceItem]]]:
    items: list[EvidenceItem] = []
    by_service: dict[str, list[EvidenceItem]] = defaultdict(list)

    def add(
        service: str, finding_text: str, kind: EvidenceKind, reference: str, at: float | None, weight: float
    ) -> None:
        item = EvidenceItem(
            f"e{len(items) + 1}", kind, service, clean(finding_text), reference, at, round(weight, 4)
        )
        items.append(item)
        by_service[service].append(item)

    for finding in shared:  # of nobody alone: it stands first, and is no claim about anybody
        number, text = len(items) + 1, clean(finding.text)
        items.append(
            EvidenceItem(
                f"e{number}", finding.kind, finding.service, text, finding.reference, finding.at, 0.0
            )
        )
    for candidate in ranked[:_MOST_HYPOTHESES]:
        for points, finding in candidate.findings[:_MOST_CLAIMS]:
            if points >= _LEAST_POINTS:
                add(candidate.service, finding.text, finding.kind, finding.reference, finding.at, points)
    seen_by_users = sorted(
        (f for f in seen.findings if f.service == ENTRY and f.bad), key=lambda f: (-f.strength, f.reference)
    )
    for finding in seen_by_users[:2]:
        add(ENTRY, finding.text, finding.kind, finding.reference, finding.at, 0.0)
    return items, by_service


def _change_evidence(suspect: Suspect, number: int) -> EvidenceItem:
    change = suspect.change
    what = f"{clean(change.change_id, 12)} “{clean(change.summary, 80)}”"
    if change.kind is not ChangeKind.COMMIT:  # the ids of others are made of what stands there anyway
        what = f"on {clean(change.service, 60)}"
    return EvidenceItem(
        f"c{number}",
        EvidenceKind.CHANGE,
        change.service,
        clean(f"{change.kind} {what}: {', '.join(suspect.why)}"),
        f"change:{change.change_id}",
        suspect.effective_at,
        round(suspect.score, 4),
    )


def _as_suspect(suspect: Suspect, evidence: Sequence[EvidenceItem]) -> SuspectChange:
    reference = f"change:{suspect.change.change_id}"
    return SuspectChange(
        change_id=suspect.change.change_id,
        kind=suspect.change.kind,
        service=suspect.change.service,
        score=round(suspect.score, 4),
        effective_at=suspect.effective_at,
        why=suspect.why,
        evidence_ids=tuple(item.evidence_id for item in evidence if item.reference == reference),
    )


def _hypotheses(
    ranked: Sequence[Ranked], by_service: dict[str, list[EvidenceItem]]
) -> tuple[Hypothesis, ...]:
    total = sum(candidate.score for candidate in ranked) or 1.0
    hypotheses = []
    for candidate in ranked:
        items = by_service.get(candidate.service, [])
        metric = next(
            (f.reference[7:] for _, f in candidate.findings if f.reference.startswith("metric:")), ""
        )
        hypotheses.append(
            Hypothesis(
                service=candidate.service,
                score=round(candidate.score, 6),
                share=round(candidate.score / total, 4),
                metric=metric.rpartition("|")[2],
                claims=tuple(Claim(item.text, (item.evidence_id,)) for item in items),
            )
        )
    return tuple(hypotheses)


def _coverage(case: IncidentCase, seen: Collected) -> Coverage:
    dropped = []
    if len(case.telemetry.spans) > MOST_SPANS:
        dropped.append(
            f"{len(case.telemetry.spans) - MOST_SPANS} spans beyond the {MOST_SPANS} nearest to the onset"
        )
    if len(case.telemetry.logs) > MOST_LINES:
        dropped.append(
            f"{len(case.telemetry.logs) - MOST_LINES} log lines beyond the {MOST_LINES} nearest to it"
        )
    looked = (("series", seen.metrics.looked_at), ("spans", seen.spans.spans), ("log lines", seen.logs.lines))
    unavailable = [clean(text, LONGEST_SAID) for text in case.unavailable]
    said = " ".join(case.unavailable)
    also = {"series": "metrics", "spans": "traces", "log lines": "logs"}
    unavailable += [
        f"no {also[name]}"
        for name, count in looked
        if count == 0 and also[name] not in said and f"no {name}" not in said
    ]
    unavailable += [
        f"the clock of {clean(name, 60)} is {abs(ms) / 1000:.0f} s {'ahead' if ms > 0 else 'behind'}, "
        "which was put right"
        for name, ms in seen.clocks_ahead[:_MOST_CLOCKS]
    ]
    if case.reference is None:
        unavailable.append("no fault-free reference period")
    return Coverage(
        looked_at=(*looked, ("changes", len(case.changes))),
        dropped=tuple(dropped),
        unavailable=tuple(unavailable),
    )
