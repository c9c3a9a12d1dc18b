"""The page behind the links of plans' cards, before the same sign-in as the dashboard."""

from starlette.types import ASGIApp

from bot.adapters.plan_pages import PlanPages
from runtime.wiring.stores import Stores
from web.visitors import Visitors


def plan_mount(stores: Stores, visitors: Visitors) -> tuple[str, ASGIApp]:
    """Return the page with its path."""
    return "/plans", PlanPages(stores.transactions.writing, visitors.person, stores.clock).app()
