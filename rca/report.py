"""From a case to what people see: the diagnosis, what stands behind it, its series and its map."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.ids import IncidentId
from domain.investigation.diagnosis import Diagnosis, Verdict
from domain.investigation.diagnosis_report import Chart, DiagnosisReport, MapSlice
from domain.investigation.evidence import ENTRY, IncidentCase, PastRun, RunFacts
from domain.ports.diagnostician import SourceLinks
from rca.curation import curate
from rca.diagnostician import Diagnostician
from rca.findings import LONGEST_SAID, clean
from rca.pictures.series_charts import series_charts
from rca.pipeline import diagnose_run
from rca.runs.run_notes import first_bad_run
from rca.sender_doubt import said
from rca.words.briefing import briefing
from rca.words.evidence_details import details

_MOST_NODES = 24
_LEAST_SURE = 0.5
_LONGEST_LOOKED = 400


def make_report(
    incident: IncidentId,
    number: int,
    case: IncidentCase,
    run: RunFacts | None,
    *,
    made_at: datetime,
    engine: Diagnostician | None = None,
    where_from: Mapping[str, str] | None = None,
    links: SourceLinks | None = None,
    dropped: Sequence[str] = (),
    looked: str = "",
    ruled_out: Sequence[str] = (),
    model_tokens: int = 0,
) -> DiagnosisReport:
    """Return the report of a case, or of a feed's run with the case below it.

    Causes that people ruled out keep their evidence and go behind all others. With `model_tokens` the report
    holds the curated case as text of at most so many tokens, for a language model to word. `looked` says
    which hours were looked at, where some were asked about.
    """
    diagnosis = _without(find_causes(case, run, engine), frozenset(ruled_out))
    seen = diagnosis.coverage
    left_out = [clean(text, LONGEST_SAID) for text in dropped]
    missing = dict.fromkeys([*seen.unavailable, *(clean(text, LONGEST_SAID) for text in case.unavailable)])
    coverage = replace(
        seen,
        dropped=(*seen.dropped, *left_out),
        # What was left out on purpose was there, and is said once.
        unavailable=tuple(text for text in missing if text not in left_out),
        weighed_down=said(case.doubts),
    )
    diagnosis = replace(diagnosis, coverage=coverage)
    material, left_out_lines = _material(diagnosis, case, model_tokens)
    return DiagnosisReport(
        incident=incident,
        number=number,
        diagnosis=diagnosis,
        details=details(diagnosis, case, run, dict(where_from or {}), links),
        charts=(*series_charts(diagnosis, case), *(_run_charts(run) if run else ())),
        map=_map(diagnosis, case, run),
        material=material,
        material_left_out=left_out_lines,
        made_at=made_at,
        looked=clean(looked, _LONGEST_LOOKED),
    )


def find_causes(
    case: IncidentCase, run: RunFacts | None = None, engine: Diagnostician | None = None
) -> Diagnosis:
    """Return the diagnosis of a case, or of a run with the case below it: in production and in replays."""
    engine = engine or Diagnostician()
    if run is None:
        return engine.diagnose(case)
    return diagnose_run(run, case if _has_telemetry(case) else None, engine)


def _material(diagnosis: Diagnosis, case: IncidentCase, tokens: int) -> tuple[str, int]:
    """Return the text for a model and how many lines did not fit; nothing when none will read it."""
    if not tokens:
        return "", 0
    return briefing(diagnosis, curate(case), tokens)


def _has_telemetry(case: IncidentCase) -> bool:
    seen = case.telemetry
    return bool(seen.metrics.series) or len(seen.spans) > 0 or len(seen.logs) > 0


def _without(diagnosis: Diagnosis, ruled_out: frozenset[str]) -> Diagnosis:
    """Put ruled-out causes last; the next one is as sure as its evidence is beside the former first's."""
    left = [h for h in diagnosis.hypotheses if h.service not in ruled_out]
    if not diagnosis.hypotheses or len(left) == len(diagnosis.hypotheses):
        return diagnosis
    gone = tuple(h for h in diagnosis.hypotheses if h.service in ruled_out)
    first = diagnosis.hypotheses[0]
    sure = diagnosis.confidence
    if first.service in ruled_out:
        sure = sure * left[0].score / first.score if left and first.score > 0 else 0.0
    decide = diagnosis.would_decide
    supported = sure >= _LEAST_SURE and bool(left) and diagnosis.verdict is Verdict.SUPPORTED
    if not supported and not decide:
        decide = ("People ruled the strongest cause out; what is left is weak. Say what it was: it was X.",)
    return replace(
        diagnosis,
        hypotheses=(*left, *gone),
        confidence=round(sure, 4),
        verdict=Verdict.SUPPORTED if supported else Verdict.INCONCLUSIVE,
        chain=() if first.service in ruled_out else diagnosis.chain,
        would_decide=decide,
    )


def _ran(past: PastRun) -> float:
    return past.started_at


def _run_charts(run: RunFacts) -> tuple[Chart, ...]:
    """Return rows and duration run by run, with the first bad run marked."""
    now = None if run.finished_at is None else run.finished_at - run.started_at
    rows = [(past.started_at, past.rows, past.seconds) for past in sorted(run.earlier, key=_ran)]
    rows.append((run.started_at, run.rows, now))
    began = first_bad_run(run)[1] if run.status != "succeeded" else None
    charts = []
    for title, place in ((f"{run.feed}: rows of each run", 1), (f"{run.feed}: seconds of each run", 2)):
        known = [row for row in rows if row[place] is not None]
        if len(known) >= 3:
            charts.append(
                Chart(
                    title=clean(title, 80),
                    times=tuple(row[0] for row in known),
                    values=tuple(float(row[place] or 0.0) for row in known),
                    moment=began,
                )
            )
    return tuple(charts)


def _map(diagnosis: Diagnosis, case: IncidentCase, run: RunFacts | None) -> MapSlice:
    """Return what stands around the suspects, and the path from the symptom to the cause."""
    edges = set(case.calls)
    if run is not None:
        edges |= {(run.feed, other.feed) for other in run.upstream}
        edges |= {(run.feed, service) for service in run.services}
    if not edges or not diagnosis.hypotheses or (diagnosis.as_usual and run is None):
        return MapSlice()
    steps = list(dict.fromkeys(step.service for step in reversed(diagnosis.chain) if step.service))
    path = [name for name in steps if any(name in edge for edge in edges)]
    core = dict.fromkeys([*path, *(h.service for h in diagnosis.hypotheses[:4] if h.claims)])
    near = dict.fromkeys(core)
    for needs, needed in sorted(edges):
        if needs in core or needed in core:
            near.setdefault(needs)
            near.setdefault(needed)
    names = [name for name in near if name][:_MOST_NODES]
    feeds = {run.feed, *(other.feed for other in run.upstream)} if run else set()
    kept = frozenset(names)
    return MapSlice(
        nodes=tuple(
            (name, "feed" if name in feeds else "users" if name == ENTRY else "service") for name in names
        ),
        edges=tuple(edge for edge in sorted(edges) if edge[0] in kept and edge[1] in kept),
        path=tuple(name for name in path if name in kept),
        left_out=len([name for name in near if name]) - len(names),
    )
