"""Why a feed's run failed or is late: the run's own scope first, infrastructure only where the run points
at it.

Order of belief: what the task itself reported, a schema that differs, an upstream that did not deliver, a
volume out of range, and then services the run uses. A sick service the run does not use is a red herring
and is said to be one.
"""

from collections.abc import Sequence

from domain.counting import counted
from domain.investigation.diagnosis import (
    ChainStep,
    Claim,
    Coverage,
    Diagnosis,
    Hypothesis,
    SuspectChange,
    Verdict,
)
from domain.investigation.evidence import EvidenceItem, EvidenceKind, IncidentCase, RunFacts
from rca.diagnostician import Diagnostician
from rca.findings import clean
from rca.runs.run_notes import (
    HINT,
    INFRASTRUCTURE,
    Note,
    ended_well,
    first_bad_run,
    own_notes,
    suspect_changes,
)
from rca.runs.run_times import as_usual, time_notes

_ENOUGH = 0.5
# Reasons within one run are not as independent as the formula takes them to be.
_SUREST = 0.95
_MOST_LOG = 5_000


def diagnose_run(
    run: RunFacts, infrastructure: IncidentCase | None = None, diagnostician: Diagnostician | None = None
) -> Diagnosis:
    """Return the diagnosis of a run; evidence of the run is referenced `run:<run_id>#<line>` and
    `schema:<feed>`."""
    notes: list[Note] = [*own_notes(run), *time_notes(run)]
    dropped: list[str] = []
    is_well = ended_well(run)
    if is_well and run.late_by is not None:  # what came late elsewhere did this run no harm
        notes = [note for note in notes if note.subject == run.feed]
    if infrastructure is not None:
        below = (diagnostician or Diagnostician()).diagnose(infrastructure)
        found, dropped = _infrastructure_notes(run, below, notes)
        if is_well and not notes:
            dropped += [f"{clean(note.subject, 60)} looks sick, but this run ended well" for note in found]
            found = []
        if found:  # what is sick and used says what was remote; the error itself only points there
            for note in notes:
                note.weight = min(note.weight, HINT) if note.is_remote else note.weight
        notes += found
    said = as_usual(run) if is_well and not notes else ""
    return _diagnosis(run, notes, dropped, infrastructure is not None, said)


def _infrastructure_notes(
    run: RunFacts, below: Diagnosis, own: Sequence[Note]
) -> tuple[list[Note], list[str]]:
    """Return services that are sick and used by the run; the others are named as red herrings."""
    own_answer = max((note.weight for note in own if note.weight > HINT and not note.is_remote), default=0.0)
    remote = any(note.is_remote or note.weight == HINT for note in own)
    notes, dropped = [], []
    for hypothesis in below.hypotheses[:5]:
        if not hypothesis.claims or hypothesis.share < 0.05 or below.verdict is Verdict.INCONCLUSIVE:
            continue
        if hypothesis.service == run.feed:  # who asks about it names it, and that is no telemetry of it
            continue
        if hypothesis.service not in run.services:
            known = "but this run does not use it" if run.services else "and what this run uses is not known"
            dropped.append(f"{clean(hypothesis.service, 60)} looks sick, {known}")
            continue
        weight = (
            below.confidence
            * (INFRASTRUCTURE if remote or not own else 0.4)
            * min(1.0, 2.0 * hypothesis.share)
        )
        item = below.find_evidence(hypothesis.claims[0].evidence_ids[0])
        if item is not None and weight > 0.1 * own_answer:
            notes.append(Note(hypothesis.service, weight, item.kind, item.text, item.reference, item.at))
    return notes, dropped


def _diagnosis(
    run: RunFacts, notes: Sequence[Note], dropped: Sequence[str], had_case: bool, usual: str
) -> Diagnosis:
    ordered = sorted(notes, key=lambda note: -note.weight)
    evidence = [
        EvidenceItem(
            f"e{row + 1}", note.kind, note.subject, note.text, note.reference, note.at, round(note.weight, 4)
        )
        for row, note in enumerate(ordered)
    ]
    hypotheses = _hypotheses(ordered, evidence)
    best = hypotheses[0].score if hypotheses else 0.0
    supported = best >= _ENOUGH
    missing = [] if run.log or usual else ["the task's log"]
    missing += [] if run.usual_columns else ["the usual schema"]
    missing += [] if had_case else ["infrastructure telemetry"]
    return Diagnosis(
        case_id=run.run_id,
        verdict=Verdict.SUPPORTED if supported else Verdict.INCONCLUSIVE,
        confidence=round(min(best, _SUREST), 4),
        hypotheses=hypotheses,
        evidence=tuple(evidence),
        chain=_chain(run, hypotheses, evidence),
        changes=_changes(run, evidence),
        would_decide=()
        if supported or usual
        else tuple(f"Look at {what}: I have not seen it." for what in missing[:3]),
        coverage=Coverage(
            looked_at=(
                ("log lines", min(len(run.log), _MOST_LOG)),
                ("earlier runs", len(run.earlier)),
                ("upstream feeds", len(run.upstream)),
                ("configuration changes", len(run.changes)),
            ),
            dropped=tuple(dropped),
            unavailable=tuple(missing),
        ),
        onset=0.0 if usual else first_bad_run(run)[1],
        as_usual=usual,
    )


def _hypotheses(notes: Sequence[Note], evidence: Sequence[EvidenceItem]) -> tuple[Hypothesis, ...]:
    scores: dict[str, float] = {}
    for note in notes:  # independent reasons: each leaves a part of the doubt
        scores[note.subject] = 1.0 - (1.0 - scores.get(note.subject, 0.0)) * (1.0 - note.weight)
    total = sum(scores.values()) or 1.0
    return tuple(
        Hypothesis(
            service=subject,
            score=round(score, 6),
            share=round(score / total, 4),
            claims=tuple(Claim(e.text, (e.evidence_id,)) for e in evidence if e.service == subject),
        )
        for subject, score in sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def _changes(run: RunFacts, evidence: Sequence[EvidenceItem]) -> tuple[SuspectChange, ...]:
    return tuple(
        SuspectChange(
            change_id=change.change_id,
            kind=change.kind,
            service=run.feed,
            score=weight,
            effective_at=change.at,
            why=(why,),
            evidence_ids=tuple(
                e.evidence_id for e in evidence if e.reference == f"change:{change.change_id}"
            ),
        )
        for change, weight, why in suspect_changes(run)
    )


def _chain(
    run: RunFacts, hypotheses: Sequence[Hypothesis], evidence: Sequence[EvidenceItem]
) -> tuple[ChainStep, ...]:
    """From the cause to the feed: the change or service first, then what the run reported, then how often."""
    if not hypotheses:
        return ()
    cause = hypotheses[0].service
    steps = [
        ChainStep(item.service, item.text, (item.evidence_id,), item.at)
        for item in evidence
        if item.service == cause and (item.kind is EvidenceKind.CHANGE or cause != run.feed)
    ][:2]
    own = next((e for e in evidence if e.service == run.feed and e.kind is not EvidenceKind.CHANGE), None)
    if own is not None:
        steps.append(ChainStep(run.feed, f"{run.feed}: {own.text}", (own.evidence_id,), own.at))
    _, began, _, length = first_bad_run(run)
    if run.status != "succeeded" and length > 1:
        steps.append(
            ChainStep(run.feed, f"{counted(length, 'run')} in a row did not succeed since", (), began)
        )
    return tuple(steps)
