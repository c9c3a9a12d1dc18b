"""Incidents put together: who follows them on the front queue, and who diagnoses on the heavy one."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from activities.diagnosing import Diagnosing
from activities.incident_clock import IncidentClock
from bot.cards.text import quote
from bot.presenters.sentences import sentence
from runtime.wiring.incidents import EngineDiagnostician
from runtime.wiring.incidents_evidence import FeedEvidence

if TYPE_CHECKING:
    from runtime.wiring.crews import Site

Activity = Callable[..., Any]


def incident_crew(site: "Site") -> Sequence[Activity]:
    """Return the activities that follow incidents, for the front queue."""
    clock = IncidentClock(
        channels=site.channels,
        card=lambda title, text: sentence(title, quote(text)).model_dump_json(),
        reading=site.stores.transactions.reading,
        writing=site.stores.transactions.writing,
        clock=site.stores.clock,
        wake=site.wake,
    )
    return [clock.look_at_incident, clock.pass_time, clock.give_up_diagnosis, clock.let_learn]


def diagnosing_crew(site: "Site") -> Sequence[Activity]:
    """Return the activities that diagnose, for the heavy queue."""
    stores = site.stores
    reading = stores.transactions.reading
    diagnosing = Diagnosing(
        EngineDiagnostician(FeedEvidence(reading, stores.shelf), stores.blobs, reading, stores.clock),
        stores.blobs,
        reading=reading,
        writing=stores.transactions.writing,
        clock=stores.clock,
        wake=site.wake,
    )
    return [diagnosing.diagnose, diagnosing.reword, diagnosing.draw]
