"""The pages behind the links of incident cards, before the same sign-in as the dashboard."""

from starlette.types import ASGIApp

from bot.adapters.incident_pages import IncidentPages
from runtime.settings.house import Settings
from runtime.wiring.investigating.incident_map import LazyMap
from runtime.wiring.stores import Stores
from web.visitors import Visitors


def incident_mounts(settings: Settings, stores: Stores, visitors: Visitors) -> list[tuple[str, ASGIApp]]:
    """Return the pages by path."""

    reading = stores.transactions.reading
    known = LazyMap(settings, reading)
    return IncidentPages(reading, stores.blobs, visitors.person, cartographer=known).apps()
