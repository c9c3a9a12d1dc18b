"""What is known of an incident at its end, in the order in which an article tells it."""

from collections.abc import Sequence

from domain.acts.incident_fixes import fixes_of
from domain.ids import IncidentId, PersonId
from domain.investigation.diagnosis_report import DiagnosisReport
from domain.investigation.incidents import EntryKind, Incident, IncidentRole, TimelineEntry
from domain.knowledge.articles import ResolvedIncident
from domain.ports.transactions import UnitOfWork
from domain.remediation.fixes import Fix, FixState, PlanVersion

_MOST_LINES = 8
_MOST_CLAIMS = 2
Run = tuple[Fix, PlanVersion]


def runs_for(uow: UnitOfWork, incident: Incident) -> list[Run]:
    """Return what was planned and ended for an incident, oldest first, each with its last version."""
    ended = [fix for fix in fixes_of(uow, incident) if not fix.is_open and fix.revision]
    return [(fix, uow.plans.get(fix.id, fix.revision)) for fix in ended]


def resolved_incident(
    incident: Incident,
    lines: Sequence[TimelineEntry],
    report: DiagnosisReport | None,
    runs: Sequence[Run] = (),
) -> ResolvedIncident:
    """Return what the library makes an article of: what helped is told apart from what was only tried."""
    kind, _, name = incident.about.partition("/")
    helped = [run for run in runs if run[0].has_helped]
    failed = [run for run in runs if run[0].undoes is None and _did_not_help(run[0])]
    said = _closing_words(incident, helped)
    steps = (*(_done(run) for run in helped), *(() if runs else _of_kind(lines, EntryKind.FIX)), *said)
    checks = tuple(check.claim for _, version in helped for check in version.plan.checks)
    return ResolvedIncident(
        id=IncidentId(incident.id),
        title=incident.title,
        symptoms=_symptoms(incident, report),
        cause=_cause(incident, report),
        tried=(*_of_kind(lines, EntryKind.NOTE), *(_tried(run) for run in failed))[:_MOST_LINES],
        fix=tuple(dict.fromkeys(steps))[:_MOST_LINES],
        checks=tuple(dict.fromkeys(checks or _last_words(lines)))[:_MOST_LINES],
        links=tuple(dict.fromkeys(one.link for one in incident.alerts if one.link))[:5],
        services=(name,) if kind == "service" and name else (),
        feeds=(name,) if kind == "feed" and name else (),
        alerts=tuple(dict.fromkeys(one.name for one in incident.alerts))[:10],
        owner=_owner(incident),
        resolved_at=incident.resolved_at,
    )


def _closing_words(incident: Incident, helped: Sequence[Run]) -> tuple[str, ...]:
    """Return what people said was done, unless it only names the cause or a run that is told anyway."""
    is_told = any(fix.id in incident.cause for fix, _ in helped) or incident.cause == incident.true_cause()
    return () if is_told or not incident.cause else (incident.cause,)


def _last_words(lines: Sequence[TimelineEntry]) -> tuple[str, ...]:
    """Return how people said, last, that things stood: the only check there is when nothing was run."""
    return tuple(line.text for line in lines if line.kind is EntryKind.STATUS)[-2:]


def _owner(incident: Incident) -> PersonId | None:
    owner = incident.roles.get(IncidentRole.LEAD)
    if owner is None and incident.opened_by not in ("dogwatch", ""):
        owner = PersonId(incident.opened_by)
    return owner


def _cause(incident: Incident, report: DiagnosisReport | None) -> str:
    """Return the cause that people named, with what the evidence says about it; else their closing words."""
    true = incident.true_cause()
    if not true and not incident.finding:
        return incident.cause
    if not true:
        likely = "most likely" if report is None else report.diagnosis.how_likely
        return f"{likely.capitalize()}, and nobody said otherwise: {incident.finding}"
    found = (
        None if report is None else next((h for h in report.diagnosis.hypotheses if h.service == true), None)
    )
    claims = "; ".join(claim.text for claim in found.claims[:_MOST_CLAIMS]) if found is not None else ""
    return f"{true}: {claims}" if claims else true


def _done(run: Run) -> str:
    fix, version = run
    given = ", ".join(f"{name} {_words(value)}" for name, value in version.plan.parameters.items())
    steps = "; ".join(step.summary for step in version.plan.steps)
    blanks = f" with {given}" if given else ""
    return f"{fix.title} (runbook {fix.runbook}{blanks}): {steps}."[:500]


def _did_not_help(fix: Fix) -> bool:
    return fix.state in (FixState.ROLLED_BACK, FixState.UNDO_FAILED) or fix.undone_at is not None


def _tried(run: Run) -> str:
    fix, _ = run
    word = "its undo failed" if fix.state is FixState.UNDO_FAILED else "it was undone"
    return f"{fix.title} (runbook {fix.runbook}) did not help, {word}."[:500]


def _words(value: object) -> str:
    text = ", ".join(str(one) for one in value) if isinstance(value, tuple) else str(value)
    return text[:80]


def _symptoms(incident: Incident, report: DiagnosisReport | None) -> tuple[str, ...]:
    found = [f"{one.name}: {one.summary}" if one.summary else one.name for one in incident.alerts]
    if report is not None and report.wording:
        found.append(report.wording.split("\n")[0])
    if report is not None:
        found += [claim.text for h in report.diagnosis.hypotheses[:1] for claim in h.claims[:_MOST_CLAIMS]]
    return tuple(dict.fromkeys([*found, incident.title]))[:_MOST_LINES]


def _of_kind(lines: Sequence[TimelineEntry], kind: EntryKind) -> tuple[str, ...]:
    return tuple(line.text for line in lines if line.kind is kind)[:_MOST_LINES]
