"""What of the feeds and alerts somebody asks to see: one team's, of one state, by a part of the name.

The wish stands in the address, so that it can be kept and sent to somebody, and pages need no script for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request

from domain.watch.alerts import Alert
from domain.watch.feed_health import FeedHealth

_LONGEST = 200
_AT_ONCE = 500
"""So many feeds a browser draws at once without delay; of ten thousand it took five seconds."""


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
    page: int = 1

    def query(self, page: int) -> str:
        """Return the address of another page of the same list, from its question mark on."""
        told = {"team": self.team, "state": self.state, "find": self.find, "page": str(page)}
        return "?" + urlencode({name: value for name, value in told.items() if value})

    def shows(self, feed: FeedHealth) -> bool:
        """Return whether the list of feeds shows one."""
        return self.state in ("", feed.state.value) and self.find.strip().lower() in feed.name.lower()


def asked_for(request: Request) -> Asked:
    """Return what a request's address asks for."""
    told = request.query_params
    team, state, find = (told.get(name, "")[:_LONGEST] for name in ("team", "state", "find"))
    page = told.get("page", "")
    is_number = page.isascii() and page.isdigit() and len(page) < 7
    return Asked(team, state, find, int(page) if is_number else 1)


@dataclass(frozen=True)
class Listed:
    """What of the feeds stands in the list: all, those that don't fit unseen, or a page of those that fit."""

    feeds: Sequence[FeedHealth]
    fitting: int
    is_whole: bool
    first: int = 1
    page: int = 1
    pages: int = 1


def listed(asked: Asked, feeds: Sequence[FeedHealth]) -> Listed:
    """Return what of the feeds is listed; few are all sent, so that the page itself can choose among them."""
    fitting = [feed for feed in feeds if asked.shows(feed)]
    if len(feeds) <= _AT_ONCE:
        return Listed(feeds, len(fitting), is_whole=True)
    pages = max(1, -(-len(fitting) // _AT_ONCE))
    page = min(max(asked.page, 1), pages)
    before = (page - 1) * _AT_ONCE
    return Listed(
        fitting[before : before + _AT_ONCE],
        len(fitting),
        is_whole=False,
        first=before + 1,
        page=page,
        pages=pages,
    )


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
