"""Incidents put together: who follows them on the front queue, and who diagnoses on the heavy one."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from activities.diagnosing import Diagnosing
from activities.incident_clock import IncidentClock
from bot.presenters.sentences import stored_sentence
from domain.ports.diagnostician import EvidenceGatherer
from runtime.wiring.investigating.incident_map import LazyMap
from runtime.wiring.investigating.incidents import EngineDiagnostician
from runtime.wiring.investigating.incidents_evidence import FeedEvidence
from runtime.wiring.investigating.kept_evidence import KeptEvidence
from runtime.wiring.investigating.link_settings import source_links
from runtime.wiring.model import model_bounds, open_model
from runtime.wiring.watch import audiences_of, quiet_ends

if TYPE_CHECKING:
    from runtime.wiring.site import Site

Activity = Callable[..., Any]

_SECONDS = 6.0
"""For all sources together: the answer has to stand in the chat ten seconds after the question."""


def incident_crew(site: "Site") -> Sequence[Activity]:
    """Return the activities that follow incidents, for the front queue."""
    clock = IncidentClock(
        channels=site.channels,
        card=stored_sentence,
        reading=site.stores.transactions.reading,
        writing=site.stores.transactions.writing,
        clock=site.stores.clock,
        wake=site.wake,
        quiet_ends=quiet_ends(site.settings),
        audiences=audiences_of(site),
    )
    return [clock.look_at_incident, clock.pass_time, clock.give_up_diagnosis, clock.let_learn]


def diagnosing_crew(site: "Site") -> Sequence[Activity]:
    """Return the activities that diagnose, for the heavy queue."""
    stores = site.stores
    reading = stores.transactions.reading
    evidence = KeptEvidence(FeedEvidence(reading, stores.shelf, _telemetry(site)), stores.clock.now)
    diagnosing = Diagnosing(
        EngineDiagnostician(
            evidence,
            stores.blobs,
            reading,
            stores.clock,
            open_model(site.settings, stores),
            model_bounds(site.settings),
            links=source_links(site.settings),
        ),
        stores.blobs,
        reading=reading,
        writing=stores.transactions.writing,
        clock=stores.clock,
        wake=site.wake,
    )
    return [diagnosing.diagnose, diagnosing.reword, diagnosing.draw, diagnosing.keep_case]


def _telemetry(site: "Site") -> EvidenceGatherer | None:
    from runtime.wiring.investigating.evidence import EvidenceDesk
    from runtime.wiring.investigating.evidence_gatherer import TelemetryGatherer
    from runtime.wiring.investigating.evidence_sources import open_sources

    known = LazyMap(site.settings, site.stores.transactions.reading)
    desk = EvidenceDesk(
        open_sources(site.settings),
        now=site.stores.clock.now,
        known_calls=known.call_pairs,
        budget_seconds=_SECONDS,
    )
    return TelemetryGatherer(desk) if desk.source_names else None
