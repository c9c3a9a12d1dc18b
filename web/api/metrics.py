"""What a monitoring system scrapes: how feeds stand and what waits for somebody, as Prometheus reads it.

The format is text format 0.0.4 of <https://prometheus.io/docs/instrumenting/exposition_formats/>. Counts are
of this moment, so all are gauges; probabilities are 0 to 1, ages seconds.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.investigation.incidents import IncidentKind
from domain.lights import Light
from domain.ports.transactions import UnitOfWork
from domain.watch.alerts import Alert
from domain.watch.feed_health import FeedHealth, IntakeHealth
from web.services import WebServices

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_MOST_WAITING = 10_000
_ANY_TIME = timedelta(days=365)
"""Calls that could not be delivered are due again a moment later; they wait all the same."""
_ESCAPED = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True)
class Metric:
    """One metric: its samples by labels."""

    name: str
    help: str
    samples: Sequence[tuple[Mapping[str, str], float]]

    def lines(self) -> Iterable[str]:
        """Yield its lines."""
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} gauge"
        for labels, value in self.samples:
            told = ",".join(f'{name}="{text.translate(_ESCAPED)}"' for name, text in labels.items())
            number = f"{value:.15g}"  # whole numbers whole: six digits would hide that runs still come
            yield f"{self.name}{{{told}}} {number}" if told else f"{self.name} {number}"


def exposed(services: WebServices) -> str:
    """Return all metrics of this moment."""
    now = services.clock.now()
    feeds = services.health.every()
    with services.reading() as uow:
        waiting = _waiting(uow, now)
    metrics = [
        *_of_feeds(feeds),
        _of_alerts(services.alerts.open_alerts()),
        *waiting,
        *_of_intake(services.health.intake(), now),
    ]
    return "".join(f"{line}\n" for metric in metrics for line in metric.lines())


def _of_feeds(feeds: Sequence[FeedHealth]) -> list[Metric]:
    lights = Counter(feed.state for feed in feeds)
    return [
        Metric(
            "dogwatch_feeds",
            "Feeds under watch by their light.",
            [({"light": light.value}, lights[light]) for light in Light],
        ),
        Metric(
            "dogwatch_feed_trouble_probability",
            "Probability that a feed fails or is late within an hour.",
            [({"feed": feed.name, "team": feed.team}, feed.probability) for feed in feeds],
        ),
        Metric(
            "dogwatch_feed_light",
            "1 for the light that a feed shows.",
            [({"feed": feed.name, "team": feed.team, "light": feed.state.value}, 1) for feed in feeds],
        ),
    ]


def _of_alerts(alerts: Sequence[Alert]) -> Metric:
    teams = Counter(alert.team for alert in alerts)
    return Metric(
        "dogwatch_alerts_open",
        "Alerts that people were told of and that are not over, by team.",
        [({"team": team}, count) for team, count in sorted(teams.items())],
    )


def _waiting(uow: UnitOfWork, now: datetime) -> list[Metric]:
    incidents = [one for one in uow.incidents.every_open() if one.kind is IncidentKind.INCIDENT]
    approvals = uow.approval_list.pending()
    calls = uow.stories.due(now + _ANY_TIME, _MOST_WAITING)
    oldest = max(((now - one.opened_at).total_seconds() for one in approvals), default=0.0)
    return [
        Metric("dogwatch_incidents_open", "Incidents that are not closed.", [({}, len(incidents))]),
        Metric("dogwatch_approvals_open", "Requests that wait for a decision.", [({}, len(approvals))]),
        Metric("dogwatch_oldest_approval_seconds", "How long the oldest of them waits.", [({}, oldest)]),
        Metric(
            "dogwatch_story_calls_waiting",
            "What was said to workflows and is not delivered; grows while the workflow server is away.",
            [({}, len(calls))],
        ),
    ]


def _of_intake(intake: IntakeHealth, now: datetime) -> list[Metric]:
    metrics = [
        Metric("dogwatch_runs_known", "Runs that are known.", [({}, intake.runs)]),
        Metric(
            "dogwatch_records_refused",
            "Refused records that are kept, by where they came from and why.",
            [({"source": source, "reason": reason}, count) for source, reason, count in intake.refused],
        ),
    ]
    if intake.last_report_at is not None:
        age = max((now - intake.last_report_at).total_seconds(), 0.0)
        metrics.append(
            Metric("dogwatch_last_report_seconds", "How long ago the newest report came.", [({}, age)])
        )
    return metrics
