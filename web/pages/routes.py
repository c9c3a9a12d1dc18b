"""The pages of the dashboard."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from domain.errors import DogwatchError, NotFound
from domain.identity.access import Act, require
from domain.identity.web_access import sign_in_for
from domain.investigation.incidents import Incident, IncidentKind
from domain.telling.postings import View, chat_page
from domain.watch.feed_health import Light
from web.answers import answered, status_of
from web.pages import charts, hands
from web.pages.changes import change_page
from web.pages.choosing import Asked, alerts_of, asked_for, feeds_of, listed, teams_of
from web.pages.headline import headline_of
from web.pages.incidents import incidents_of, incidents_of_each
from web.pages.live import live
from web.pages.lookups import incidents_now, mutes_by_feed, names_of_people, unknown_feed
from web.pages.senders import Sender, reporters_of, senders_of
from web.pages.words import FILTERS
from web.services import WebServices
from web.visitors import Visitor

_ROOM = Path(__file__).parent.parent
_HOURS = 8
_SENDERS_BACK = timedelta(hours=24)
_LISTED = 200
_TROUBLED = frozenset({Light.RED, Light.YELLOW})

Page = Callable[[Request, Visitor], Awaitable[Response]]


def routes(services: WebServices) -> list[Route | Mount]:
    """Return the routes below `/dashboard`."""
    pages = Pages(services)

    def page(path: str, handler: Page) -> Route:
        return Route(path, answered(_signed_in(services, _told(pages, handler))))

    return [
        page("/", pages.board),
        page("/feeds/{name}", pages.feed),
        page("/alerts", pages.alerts),
        page("/incidents", pages.incidents),
        page("/scorecard", pages.scorecard),
        page("/intake", pages.intake),
        page("/changes/{id}", change_page(services, pages.page)),
        Route("/live", answered(_signed_in(services, live(services), is_used=False))),
        # With the chat's own: both listen to the server by the same script.
        Mount(
            "/static", StaticFiles(directory=_ROOM / "static", packages=[("bot.adapters.webchat", "static")])
        ),
        page("/{rest:path}", _nowhere),
    ]


def _signed_in(
    services: WebServices, handler: Page, *, is_used: bool = True
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        visitor = await services.visitors.by_session(request, is_used=is_used)
        if visitor is None:
            return RedirectResponse(sign_in_for(request.url.path, request.url.query), status_code=303)
        require(visitor.person, Act.SEE_FEEDS)
        return await handler(request, visitor)

    return endpoint


def _told(pages: "Pages", handler: Page) -> Page:
    """Return the handler with a refusal as a page, for who looks at one."""

    async def endpoint(request: Request, visitor: Visitor) -> Response:
        try:
            return await handler(request, visitor)
        except DogwatchError as error:
            if "text/html" not in request.headers.get("accept", ""):
                raise
            return pages.refusal(visitor, error)

    return endpoint


async def _nowhere(request: Request, visitor: Visitor) -> Response:
    raise NotFound("no such page", say="There is no such page.")


class Pages:
    """Reads the models in a thread and fills the templates."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self._templates = Environment(
            loader=FileSystemLoader(_ROOM / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(FILTERS)

    async def board(self, request: Request, visitor: Visitor) -> Response:
        """Show every feed by colour, what needs somebody, and what is likely to fail next."""
        return await asyncio.to_thread(self._board, visitor, asked_for(request))

    async def feed(self, request: Request, visitor: Visitor) -> Response:
        """Show everything about one feed."""
        return await asyncio.to_thread(self._feed, str(request.path_params["name"]), visitor)

    async def alerts(self, request: Request, visitor: Visitor) -> Response:
        """Show alerts, open ones first."""

        team = asked_for(request).team

        def draw() -> Response:
            version = self._services.health.version()
            reader, feeds = self._services.alerts, self._services.health.every()
            opened = hands.worst_first(alerts_of(team, reader.open_alerts(with_shadow=True), feeds))
            mine = {feed.name for feed in feeds_of(team, feeds)}
            muted = mutes_by_feed(self._services.reading, self._services.clock.now())
            return self._page(
                "alerts.html",
                visitor,
                opened=opened,
                past=hands.past_of(reader.alerts(team=team, limit=_LISTED + len(opened)))[:_LISTED],
                mutes=[
                    (feed, one) for feed, some in muted.items() if not team or feed in mine for one in some
                ],
                most=_LISTED,
                names=names_of_people(self._services.reading),
                team=team,
                teams=teams_of(feeds),
                version=version,
            )

        return await asyncio.to_thread(draw)

    async def incidents(self, request: Request, visitor: Visitor) -> Response:
        """Show incidents, the newest first."""

        def draw() -> Response:
            version = self._services.health.version()
            with self._services.reading() as uow:
                found = _only_incidents(uow.incidents.newest(_LISTED))
            return self._page(
                "incidents.html",
                visitor,
                incidents=found,
                names=names_of_people(self._services.reading),
                version=version,
            )

        return await asyncio.to_thread(draw)

    async def scorecard(self, request: Request, visitor: Visitor) -> Response:
        """Show how good the predictions were."""

        def draw() -> Response:
            version = self._services.health.version()
            card = self._services.alerts.scorecard()
            best = card.overall if card.overall and card.overall.questions else card.backtest
            picture = charts.reliability_chart(best.reliability if best else ())
            headline = headline_of(card)
            return self._page(
                "scorecard.html",
                visitor,
                card=card,
                best=best,
                headline=headline,
                picture=picture,
                version=version,
            )

        return await asyncio.to_thread(draw)

    async def intake(self, request: Request, visitor: Visitor) -> Response:
        """Show what came in and what was refused."""

        def draw() -> Response:
            version = self._services.health.version()
            told, trouble = self._senders()
            intake = self._services.health.intake()
            with self._services.reading() as uow:
                reporters = reporters_of(uow.senders.every(), uow.alerts.every_open())[:_LISTED]
            return self._page(
                "intake.html",
                visitor,
                intake=intake,
                reporters=reporters,
                senders=told,
                trouble=trouble,
                version=version,
            )

        return await asyncio.to_thread(draw)

    def _senders(self) -> tuple[list[Sender], str]:
        """Return who sent telemetry in the last day, worst first, or why that can't be told."""
        if self._services.senders is None:
            return [], ""
        now = self._services.clock.now()
        try:
            return senders_of(self._services.senders.health(now - _SENDERS_BACK, now)), ""
        except DogwatchError as error:
            return [], error.sentence()

    def _board(self, visitor: Visitor, asked: Asked) -> Response:
        # Read before the rest: what changes meanwhile is told once more, and never missed.
        now, version = self._services.clock.now(), self._services.health.version()
        every = self._services.health.every()
        feeds = feeds_of(asked.team, every)
        alerts = alerts_of(asked.team, self._services.alerts.open_alerts(), every)
        about = hands.alert_of_each(alerts)
        timeline = feeds_of(asked.team, self._services.health.timeline(now))
        mutes, names = mutes_by_feed(self._services.reading, now), names_of_people(self._services.reading)
        incidents = incidents_of(asked.team, incidents_now(self._services.reading, names), every)
        troubled = [feed for feed in feeds if feed.state in _TROUBLED]
        intake = None if every else self._services.health.intake()
        counts = {light: sum(feed.state is light for feed in feeds) for light in Light}
        if not counts[Light.GREY]:
            del counts[Light.GREY]
        return self._page(
            "board.html",
            visitor,
            feeds=feeds,
            counts=counts,
            unheard=sum(feed.state is Light.GREY and not feed.has_not_run for feed in feeds),
            fresh=sum(feed.state is Light.GREY and feed.has_not_run for feed in feeds),
            needs=hands.needs_of(hands.unowned_first(troubled, about, mutes), about),
            about=about,
            mutes=mutes,
            incidents=incidents,
            incidents_about=incidents_of_each(incidents),
            names=names,
            asked=asked,
            shown=listed(asked, feeds),
            team=asked.team,
            teams=teams_of(every),
            heard_of=0 if intake is None else intake.feeds,
            arriving=0 if intake is None else intake.runs,
            timeline=timeline,
            alerts=alerts,
            hours=_HOURS,
            version=version,
        )

    def _feed(self, name: str, visitor: Visitor) -> Response:
        version = self._services.health.version()
        found = self._services.health.one(name)
        if found is None:
            raise unknown_feed(self._services.reading, name)
        zone = found.health.zone
        current = next((alert for alert in found.alerts if alert.is_open), None)
        names = names_of_people(self._services.reading)
        with self._services.reading() as uow:
            posted = uow.posting_lookup.about(f"alert/{current.id}") if current is not None else []
        return self._page(
            "feed.html",
            visitor,
            page=found,
            health=found.health,
            current=current,
            card=chat_page(posted, View.ALERT),
            bad=charts.BAD,
            mutes=mutes_by_feed(self._services.reading, self._services.clock.now()).get(name, []),
            incidents=incidents_of_each(incidents_now(self._services.reading, names)).get(name, []),
            names=names,
            durations=charts.duration_chart(found.runs, found.duration_band, zone, found.odd),
            rows=charts.rows_chart(found.runs, found.rows_band, zone, found.odd),
            told=charts.told_chart(found.told, zone),
            quality=charts.quality_chart(found.quality, zone, found.quality_forecast),
            version=version,
        )

    def refusal(self, visitor: Visitor, error: DogwatchError) -> HTMLResponse:
        """Return a refusal as a page."""
        answer = self._page("refused.html", visitor, error=error)
        answer.status_code = status_of(error)
        return answer

    def page(self, template: str, visitor: Visitor, **values: object) -> HTMLResponse:
        """Return a filled template."""
        return self._page(template, visitor, **values)

    def _page(self, template: str, visitor: Visitor, **values: object) -> HTMLResponse:
        told = {"visitor": visitor, "now": self._services.clock.now(), "version": "", "team": ""} | values
        return HTMLResponse(self._templates.get_template(template).render(told))


def _only_incidents(found: list[Incident]) -> list[Incident]:
    return [one for one in found if one.kind is IncidentKind.INCIDENT]
