"""Port: where alerts of other systems arrive (Alertmanager, webhooks), to become incidents of ours.

What an implementation promises: when `take` returns, each alert is durable, and the same alert sent again
(same source and fingerprint, same status) changes nothing. It answers quickly: what follows from an alert
happens in a story, not in this call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ReportedAlert:
    """One alert as another system reports it; every text is from outside.

    Args:
        source: Name of the intake key that sent it.
        fingerprint: The sender's own identity of the alert, stable while it fires.
        name: What fired, e.g. `HighLatency`.
        service: Whom it is about, empty when its labels do not say.
        severity: The sender's word, e.g. `critical`; empty when unsaid.
        is_firing: False when the sender says that it is over.
        started_at: When it began, aware.
        ended_at: When it ended, None while it fires.
        summary: One bounded sentence.
        labels: Bounded in number and length.
        link: Where the sender shows it; http or https, else empty.
    """

    source: str
    fingerprint: str
    name: str
    service: str
    severity: str
    is_firing: bool
    started_at: datetime
    ended_at: datetime | None = None
    summary: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    link: str = ""


class AlertIntake(Protocol):
    """Takes alerts."""

    def take(self, alerts: Sequence[ReportedAlert]) -> int:
        """Keep the alerts and return how many were new or changed.

        Raises:
            NotNow: Too much is waiting; the sender tries again later.
            OutsideTrouble: The store is away; nothing was taken.
        """
        ...
