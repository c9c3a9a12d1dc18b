"""Who does what in the stories: the activities of each part of the house, for each queue."""

from collections.abc import Callable, Sequence
from typing import Any

from activities.approving import Approving
from activities.configuring import Configuring
from activities.ordering import Ordering
from activities.planning import Books, Planning
from activities.reporting_runs import ReportingRuns
from activities.reviewing import Reviewing
from bot.presenters.sentences import stored_sentence
from runtime.wiring.configurator import EngineConfigurator
from runtime.wiring.errand_crew import errand_crew
from runtime.wiring.investigating.incident_crews import diagnosing_crew, incident_crew
from runtime.wiring.knowledge_crew import remembering_crew
from runtime.wiring.model import open_model
from runtime.wiring.sample_reader import ChildSampleReader
from runtime.wiring.site import Site
from runtime.wiring.watch import (
    alert_policy,
    alerting_crew,
    audiences_of,
    daily_crew,
    quiet_ends,
    training_crew,
)

Activity = Callable[..., Any]

ORDER_KEY = "orders"
"""The purpose of the key that runners trust; only processes that serve the front queue hold it."""


def front_activities(site: Site) -> list[Activity]:
    """Return every activity of the front queue."""
    return [activity for crew in FRONT_CREWS for activity in crew(site)]


def heavy_activities(site: Site) -> list[Activity]:
    """Return every activity of the heavy queue."""
    return [activity for crew in HEAVY_CREWS for activity in crew(site)]


def _reviewing(site: Site) -> Sequence[Activity]:
    reviewing = Reviewing(
        site.stores.host,
        site.stores.shelf,
        site.stores.blobs,
        policy=site.policy,
        channels=site.channels,
        audiences=audiences_of(site),
        reading=site.stores.transactions.reading,
        writing=site.stores.transactions.writing,
        clock=site.stores.clock,
        wake=site.wake,
    )
    return [reviewing.look, reviewing.open_review, reviewing.merge, reviewing.look_at_review, reviewing.close]


def _approving(site: Site) -> Sequence[Activity]:
    approving = Approving(
        policy=site.policy,
        channels=site.channels,
        reading=site.stores.transactions.reading,
        writing=site.stores.transactions.writing,
        clock=site.stores.clock,
        wake=site.wake,
        card=stored_sentence,
        quiet_ends=quiet_ends(site.settings),
    )
    return [approving.look_at_request, approving.remind, approving.expire]


def _configuring(site: Site) -> Sequence[Activity]:
    configuring = Configuring(
        ChildSampleReader(),
        EngineConfigurator(
            site.stores.shelf,
            site.settings.environment,
            open_model(site.settings, site.stores),
            alert_policy(site.settings).channel_of,
        ),
        site.stores.blobs,
        reading=site.stores.transactions.reading,
        writing=site.stores.transactions.writing,
        clock=site.stores.clock,
        wake=site.wake,
    )
    return [configuring.read_sample, configuring.build]


def _remediating(site: Site) -> Sequence[Activity]:
    transactions = site.stores.transactions
    books = Books(
        transactions.reading, transactions.writing, site.stores.clock, site.wake, site.policy, site.channels
    )
    planning = Planning(books)
    ordering = Ordering(books, site.stores.keys.signer(ORDER_KEY))
    reporting = ReportingRuns(books, stored_sentence)
    return [
        planning.look_at_fix,
        planning.plan_to_preview,
        planning.take_preview,
        ordering.pass_gate,
        reporting.follow,
        reporting.take_report,
        reporting.note_silence,
        reporting.escalate_review,
    ]


Crew = Callable[[Site], Sequence[Activity]]

# A new part of the house adds one function here, and its stories to `workflows.registry`. Its heavy imports
# belong inside that function.
FRONT_CREWS: tuple[Crew, ...] = (
    _reviewing,
    _approving,
    incident_crew,
    _remediating,
    alerting_crew,
    remembering_crew,
)
HEAVY_CREWS: tuple[Crew, ...] = (
    diagnosing_crew,
    _configuring,
    training_crew,
    errand_crew,
    daily_crew,
)
