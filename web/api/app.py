"""The REST interface, version 1: what the dashboard shows, for programs. It only reads."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response

from domain.errors import DogwatchError, NotFound
from domain.identity.access import Act, require
from domain.identity.web_access import Scope
from domain.investigation.incidents import Incident, IncidentKind
from domain.watch.alerts import Alert
from domain.watch.feed_health import FeedHealth, FeedPage, IntakeHealth, ScorecardView, TimelineEntry
from domain.watch.predictions import HORIZONS_MINUTES
from web.answers import refusal, sentence_of, status_of
from web.api.metrics import CONTENT_TYPE, exposed
from web.services import WebServices
from web.visitors import Visitor

_NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
_ID = r"^[A-Za-z0-9_-]{1,64}$"
_TEXT = r"^[^\x00]*$"
"""What a database can be asked for; PostgreSQL holds no NUL, so nothing has one in its name."""


class Refusal(BaseModel):
    """Why a request was refused."""

    error: str


class PredictionView(BaseModel):
    """What is said ahead of time about one feed; probabilities are 0 to 1, `within` is in minutes."""

    model_config = ConfigDict(frozen=True)

    feed: str
    made_at: str
    within: dict[int, float]
    minutes_left: int | None
    finish_early: str | None
    finish_middle: str | None
    finish_late: str | None
    reasons: tuple[str, ...]
    model: str


_REFUSALS: dict[int | str, dict[str, Any]] = {
    401: {"model": Refusal, "description": "No key, or none that is good here"},
    403: {"model": Refusal, "description": "The key's person has no role that may see feeds"},
    404: {"model": Refusal, "description": "There is no such thing"},
    422: {"model": Refusal, "description": "A parameter is out of its bounds"},
    503: {"model": Refusal, "description": "A part of ours is away"},
}
Name = Annotated[str, Path(pattern=_NAME, description="Name of the feed")]
Identifier = Annotated[str, Path(pattern=_ID, description="Its id, as the list names it")]
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many")]


def api_app(services: WebServices) -> FastAPI:
    """Return the ASGI app of `/api/v1`."""
    guard = _guard(services)
    app = FastAPI(
        title="Dogwatch",
        version="1",
        summary="Feeds, predictions, alerts, incidents and the scorecard; read only.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        responses=_REFUSALS,
        dependencies=[Depends(guard)],
    )
    _describe(app)
    _feeds(app, services)
    _alerts(app, services)
    _incidents(app, services)
    _metrics(app, services)
    app.add_exception_handler(DogwatchError, _foreseen)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    return app


def _guard(services: WebServices) -> Callable[[Request], Awaitable[Visitor]]:
    async def guard(request: Request) -> Visitor:
        visitor = await services.visitors.by_key(request, Scope.READ)
        if visitor is None and "authorization" not in request.headers:
            visitor = await services.visitors.by_session(request)
        if visitor is None:
            raise HTTPException(401, "Send a key: Authorization: Bearer dwk_… with the scope read.")
        require(visitor.person, Act.SEE_FEEDS)
        return visitor

    return guard


def _describe(app: FastAPI) -> None:
    made = app.openapi

    def described() -> dict[str, Any]:
        """Return the description with the way in: a bearer key on every operation."""
        document: dict[str, Any] = _with_plain_arrays(made())
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"key": []}]
        document["servers"] = [{"url": "/api/v1"}]
        return document

    app.openapi = described  # type: ignore[method-assign]  # the way FastAPI documents

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi() -> dict[str, Any]:
        return app.openapi()


def _with_plain_arrays(part: Any) -> Any:
    """Return a description without `prefixItems`, which older readers do not know."""
    if isinstance(part, list):
        return [_with_plain_arrays(one) for one in part]
    if not isinstance(part, dict):
        return part
    plain = {name: _with_plain_arrays(one) for name, one in part.items()}
    if "prefixItems" in plain:
        kinds = plain.pop("prefixItems")
        plain["items"] = {"anyOf": [one for place, one in enumerate(kinds) if one not in kinds[:place]]}
    return plain


def _feeds(app: FastAPI, services: WebServices) -> None:
    health = services.health

    @app.get("/feeds", summary="All feeds under watch, the most urgent first")
    async def feeds() -> list[FeedHealth]:
        return list(await asyncio.to_thread(health.every))

    @app.get("/feeds/{name}", summary="One feed: runs, bands, estimates against outcomes, quality, lineage")
    async def feed(name: Name, runs: Limit = 90) -> FeedPage:
        return await _page_of(services, name, runs)

    @app.get("/predictions", summary="What is said ahead of time about every feed")
    async def predictions() -> list[PredictionView]:
        now = services.clock.now()
        return [_prediction(found, now) for found in await asyncio.to_thread(health.every)]

    @app.get("/predictions/{name}", summary="What is said ahead of time about one feed")
    async def prediction(name: Name) -> PredictionView:
        page = await _page_of(services, name, 1)
        return _prediction(page.health, services.clock.now())

    @app.get("/timeline", summary="What is likely to fail in the next hours, in order of time")
    async def timeline(
        hours: Annotated[int, Query(ge=1, le=24, description="How far to look ahead")] = 8,
    ) -> list[TimelineEntry]:
        now = services.clock.now()
        return list(await asyncio.to_thread(health.timeline, now, timedelta(hours=hours)))

    @app.get("/intake", summary="What came in, and what was refused and why")
    async def intake() -> IntakeHealth:
        return await asyncio.to_thread(health.intake)

    @app.get("/scorecard", summary="How good the predictions were")
    async def scorecard() -> ScorecardView:
        return await asyncio.to_thread(services.alerts.scorecard)


def _alerts(app: FastAPI, services: WebServices) -> None:
    @app.get("/alerts", summary="Alerts, the newest first")
    async def alerts(
        feed: Annotated[str, Query(max_length=100, pattern=_TEXT, description="Only of this feed")] = "",
        team: Annotated[str, Query(max_length=100, pattern=_TEXT, description="Only of this team")] = "",
        limit: Limit = 100,
        is_open: Annotated[bool, Query(description="Only those that are open")] = False,
    ) -> list[Alert]:
        if is_open:
            found = await asyncio.to_thread(services.alerts.open_alerts)
            kept = [one for one in found if feed in ("", one.root) and team in ("", one.team)]
            return kept[:limit]
        return list(
            await asyncio.to_thread(lambda: services.alerts.alerts(feed=feed, team=team, limit=limit))
        )

    @app.get("/alerts/{alert}", summary="One alert")
    async def alert(alert: Identifier) -> Alert:
        found = await asyncio.to_thread(services.alerts.alert, alert)
        if found is None:
            raise NotFound("alert", say="There is no such alert.")
        return found


def _incidents(app: FastAPI, services: WebServices) -> None:
    @app.get("/incidents", summary="Incidents, the newest first")
    async def incidents(limit: Limit = 100) -> list[Incident]:
        def read() -> list[Incident]:
            with services.reading() as uow:
                return uow.incidents.newest(limit)

        return [one for one in await asyncio.to_thread(read) if one.kind is IncidentKind.INCIDENT]


def _metrics(app: FastAPI, services: WebServices) -> None:
    @app.get(
        "/metrics",
        summary="Lights, probabilities and what waits for somebody, as Prometheus scrapes it",
        response_class=Response,
        responses={
            200: {
                "description": "Lines of metrics",
                "content": {"text/plain": {"schema": {"type": "string"}}},
            }
        },
    )
    async def metrics() -> Response:
        return PlainTextResponse(await asyncio.to_thread(exposed, services), media_type=CONTENT_TYPE)


async def _page_of(services: WebServices, name: str, runs: int) -> FeedPage:
    page = await asyncio.to_thread(lambda: services.health.one(name, runs=runs))
    if page is None:
        raise NotFound("feed", say="There is no feed of that name under watch.")
    return page


def _prediction(health: FeedHealth, now: datetime) -> PredictionView:
    known = dict(health.within)
    return PredictionView(
        feed=health.name,
        made_at=health.measured_at.isoformat(),
        within={minutes: known.get(minutes, health.probability) for minutes in HORIZONS_MINUTES},
        minutes_left=health.minutes_left(now),
        finish_early=health.finish_early.isoformat() if health.finish_early else None,
        finish_middle=health.finish_middle.isoformat() if health.finish_middle else None,
        finish_late=health.finish_late.isoformat() if health.finish_late else None,
        reasons=health.reasons,
        model=health.model,
    )


async def _foreseen(request: Request, error: Exception) -> Response:
    assert isinstance(error, DogwatchError)  # noqa: S101  the handler is registered for nothing else
    return refusal(status_of(error), error.sentence())


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return refusal(422, f"{place}: {first['msg']}.")


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    answer = refusal(error.status_code, sentence_of(error))
    if error.status_code == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer
