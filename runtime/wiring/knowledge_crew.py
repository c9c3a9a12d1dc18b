"""Who makes articles of what incidents taught."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from activities.remembering import Remembering
from bot.presenters.sentences import stored_sentence
from runtime.wiring.knowledge import library_client

if TYPE_CHECKING:
    from runtime.wiring.site import Site


def remembering_crew(site: "Site") -> Sequence[Callable[..., Any]]:  # Any: activities of many shapes
    """Return the activities of the learning story."""
    stores = site.stores
    remembering = Remembering(
        library_client(site.settings, stores),
        stores.blobs,
        card=stored_sentence,
        reading=stores.transactions.reading,
        writing=stores.transactions.writing,
        clock=stores.clock,
        wake=site.wake,
    )
    return [remembering.draft_article, remembering.look_at_article, remembering.remind_of_article]
