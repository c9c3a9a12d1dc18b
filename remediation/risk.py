"""How risky a plan is, and why. Risk only rises: nothing makes a runbook less risky than it says."""

from collections.abc import Sequence

from domain.counting import counted
from domain.remediation.plans import Access, Risk, Step
from domain.remediation.runbooks import BlastRadius, Runbook

_WIDE = 10
_VERY_WIDE = 50


def risk_of(
    runbook: Runbook, *, target_risk: Risk, blast: BlastRadius, blind: Sequence[str], steps: Sequence[Step]
) -> tuple[Risk, tuple[str, ...]]:
    """Return the risk of a plan made from the runbook, with its reasons, the runbook's own first."""
    risks = [runbook.risk]
    reasons = list(runbook.risk_reasons)
    if target_risk is Risk.HIGH:
        risks.append(Risk.HIGH)
        reasons.append("a target is marked as high risk by its owner")
    if blast.size >= _WIDE:
        risks.append(Risk.HIGH if blast.size >= _VERY_WIDE else Risk.MEDIUM)
        reasons.append(f"{counted(blast.size, 'feed or service depends', 'feeds and services depend')} on it")
    if blind:
        risks.append(Risk.HIGH)
        reasons.append(f"can't be previewed: {', '.join(blind)}")
    without_undo = [step.summary for step in steps if step.undo is None and _is_change(step)]
    if without_undo:
        risks.append(Risk.MEDIUM)
        reasons.append(f"can't be undone: {', '.join(without_undo)}")
    return worst(risks), tuple(reason[:500] for reason in reasons)


def _is_change(step: Step) -> bool:
    return any(use.access is Access.WRITE for use in step.run.targets)


def worst(risks: Sequence[Risk]) -> Risk:
    """Return the highest of the risks, low when there are none."""
    return max(risks, key=lambda risk: risk.weight, default=Risk.LOW)
