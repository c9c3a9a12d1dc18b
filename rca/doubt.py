"""What would decide, when the evidence does not: the next thing to look at, named by what is missing or
tied."""

from collections.abc import Sequence

from domain.evidence import IncidentCase
from rca.ranking import Ranked

_TIED = 0.85


def would_decide(case: IncidentCase, ranked: Sequence[Ranked], supported: bool) -> tuple[str, ...]:
    """Return up to four sentences; empty when the diagnosis is supported and untied."""
    sentences = []
    tied = len(ranked) > 1 and ranked[0].score > 0 and ranked[1].score >= _TIED * ranked[0].score
    if tied:
        first, second = ranked[0].service, ranked[1].service
        sentences.append(
            f"{first} and {second} look alike: compare which of them turned first, or restart one of them."
        )
    if supported:
        return tuple(sentences)
    if not case.telemetry.metrics.series:
        sentences.append("Metrics of the services around the alert: none could be read.")
    if len(case.telemetry.spans) == 0:
        sentences.append("Traces of requests that failed or were slow: none could be read.")
    if len(case.telemetry.logs) == 0:
        sentences.append("Log lines of the suspected services: none could be read.")
    if case.reference is None and not sentences:
        sentences.append("A fault-free hour of the same system, to tell the usual from the unusual.")
    if not sentences:
        sentences.append(
            "Nothing inside the system left its usual range: look at its users, its entrance and outside."
        )
    return tuple(sentences[:4])
