"""The pages behind the links of incident cards, before the same sign-in as the dashboard."""

from starlette.requests import Request
from starlette.types import ASGIApp

from bot.adapters.incident_pages import IncidentPages
from runtime.wiring.stores import Stores
from web.visitors import Visitors


def incident_mounts(stores: Stores, visitors: Visitors) -> list[tuple[str, ASGIApp]]:
    """Return the pages by path."""

    async def signed_in(request: Request) -> bool:
        return await visitors.by_session(request) is not None

    return IncidentPages(stores.transactions.reading, stores.blobs, signed_in).apps()
