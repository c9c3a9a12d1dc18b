"""Incident stories with the real engine and stores: a feed whose runs fail since its columns changed."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.client import Client
from temporalio.worker import Worker

from activities.diagnosing import Diagnosing
from activities.incident_clock import IncidentClock
from domain.ids import FeedName, IncidentId, RunId
from domain.investigation.incidents import Incident, IncidentKind, Severity
from domain.ports.run_intake import RunEvent
from domain.running.runs import Outcome, Run
from runtime.wiring.investigating.incidents import EngineDiagnostician
from runtime.wiring.investigating.incidents_evidence import FeedEvidence
from runtime.wiring.investigating.kept_evidence import KeptEvidence
from runtime.wiring.serving import serving
from tests.workflows.house import PLACE, Desk
from workflows import names
from workflows.registry import FRONT_WORKFLOWS, RUNNER

FEED = FeedName("fx_trades")


def report_runs(desk: Desk, *, failed: int = 2, error: str = "KeyError: column amount") -> None:
    """Report eight daily runs of the feed, the last ones failed."""
    now = desk.clock.now()
    events = []
    for day in range(8, 0, -1):
        began = now - timedelta(days=day - 1, hours=1)
        is_bad = day <= failed
        run = Run(
            feed=FEED,
            run=RunId(f"r{8 - day}"),
            seen_at=now,
            outcome=Outcome.FAILED if is_bad else Outcome.OK,
            scheduled_at=began,
            started_at=began,
            finished_at=began + timedelta(seconds=20 if is_bad else 60 + day),
            rows_written=0 if is_bad else 1_000 + day,
            error_class=error if is_bad else "",
        )
        events.append(RunEvent(run=run, source="test", dialect="json"))
    with desk.transactions.writing() as uow:
        uow.runs.merge(events, now)


def open_incident(
    desk: Desk,
    name: str = "i00000001",
    *,
    about: str = f"feed/{FEED}",
    kind: IncidentKind = IncidentKind.INCIDENT,
    severity: Severity = Severity.SEV3,
) -> Incident:
    """Keep an open incident."""
    now = desk.clock.now()
    incident = Incident(
        id=IncidentId(name),
        kind=kind,
        title="fx_trades fails",
        about=about,
        severity=severity,
        opened_by="sam",
        place=PLACE,
        opened_at=now,
        updated_at=now,
        began_at=now,
    )
    with desk.transactions.writing() as uow:
        uow.incidents.save(incident)
    return incident


def incident(desk: Desk, name: str = "i00000001") -> Incident:
    """Return the incident as it stands."""
    with desk.transactions.reading() as uow:
        return uow.incidents.get(IncidentId(name))


def move(desk: Desk, moved: dict[str, object], name: str = "i00000001") -> None:
    """Do to an incident what a command would."""
    with desk.transactions.writing() as uow:
        uow.incidents.save(uow.incidents.get(IncidentId(name)).model_copy(update=moved))


def incident_clock(desk: Desk) -> IncidentClock:
    """Return what time does to the desk's incidents."""
    channels = {"incidents": (PLACE.model_copy(update={"channel": "incidents", "thread": ""}),)}
    return IncidentClock(
        channels=channels,
        card=lambda title, text, called=(): f"{title}: {text}",
        reading=desk.transactions.reading,
        writing=desk.transactions.writing,
        clock=desk.clock,
        wake=lambda: None,
    )


@asynccontextmanager
async def incident_workers(client: Client, desk: Desk, *, is_heavy: bool = True) -> AsyncIterator[None]:
    """Run the workers of both queues on the desk's truth; without the heavy one nobody diagnoses."""
    opening = {"reading": desk.transactions.reading, "writing": desk.transactions.writing}
    clock = incident_clock(desk)
    engine = EngineDiagnostician(
        KeptEvidence(FeedEvidence(desk.transactions.reading, desk.reviews), desk.clock.now),
        desk.blobs,
        desk.transactions.reading,
        desk.clock,
    )
    diagnosing = Diagnosing(engine, desk.blobs, clock=desk.clock, wake=lambda: None, **opening)
    with ThreadPoolExecutor(4) as front, ThreadPoolExecutor(2) as heavy:
        workers = [
            Worker(
                client,
                task_queue=names.FRONT_QUEUE,
                workflows=list(FRONT_WORKFLOWS),
                activities=[
                    clock.look_at_incident,
                    clock.pass_time,
                    clock.give_up_diagnosis,
                    clock.let_learn,
                ],
                workflow_runner=RUNNER,
                activity_executor=front,
                max_concurrent_activities=4,
            )
        ]
        if is_heavy:
            computing = [diagnosing.diagnose, diagnosing.reword, diagnosing.draw, diagnosing.keep_case]
            workers.append(
                Worker(
                    client,
                    task_queue=names.HEAVY_QUEUE,
                    activities=computing,
                    activity_executor=heavy,
                    max_concurrent_activities=2,
                )
            )
        async with serving(*workers):
            yield
