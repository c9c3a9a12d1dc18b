"""What of the feeds and alerts somebody asks to see: one team's, of one state, by a part of the name.

The wish stands in the address, so that it can be kept and sent to somebody, and pages need no script for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from starlette.requests import Request

from domain.watch.alerts import Alert
from domain.watch.feed_health import FeedHealth

_LONGEST = 200


class OfTeam(Protocol):
    """What belongs to a team."""

    @property
    def team(self) -> str:
        """Whose it is."""
        ...


T = TypeVar("T", bound=OfTeam)


@dataclass(frozen=True)
class Asked:
    """What an address asks for; empty: everything."""

    team: str = ""
    state: str = ""
    find: str = ""

    def shows(self, feed: FeedHealth) -> bool:
        """Return whether the list of feeds shows one."""
        return self.state in ("", feed.state.value) and self.find.strip().lower() in feed.name.lower()


def asked_for(request: Request) -> Asked:
    """Return what a request's address asks for."""
    told = request.query_params
    return Asked(*(told.get(name, "")[:_LONGEST] for name in ("team", "state", "find")))


def teams_of(feeds: Sequence[FeedHealth]) -> list[str]:
    """Return every team that has a feed."""
    return sorted({feed.team for feed in feeds} - {""})


def feeds_of(team: str, feeds: Sequence[T]) -> list[T]:
    """Return what belongs to a team, everything without one."""
    return [feed for feed in feeds if team in ("", feed.team)]


def alerts_of(team: str, alerts: Sequence[Alert], feeds: Sequence[FeedHealth]) -> list[Alert]:
    """Return the alerts that speak of a team's feed, its own or one that waits for another's."""
    mine = {feed.name for feed in feeds_of(team, feeds)}
    return [
        alert
        for alert in alerts
        if team in ("", alert.team) or not mine.isdisjoint((alert.root, *alert.dependants))
    ]
