"""The page behind the links of plans' cards, before the same sign-in as the dashboard."""

from starlette.requests import Request
from starlette.types import ASGIApp

from bot.adapters.plan_pages import PlanPages
from domain.people import Person
from runtime.wiring.stores import Stores
from web.visitors import Visitors


def plan_mount(stores: Stores, visitors: Visitors) -> tuple[str, ASGIApp]:
    """Return the page with its path."""

    async def who_is(request: Request) -> Person | None:
        visitor = await visitors.by_session(request)
        return visitor.person if visitor is not None else None

    return "/plans", PlanPages(stores.transactions.writing, who_is, stores.clock).app()
