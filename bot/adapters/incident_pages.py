"""Pages behind the links of cards: an incident, one piece of its evidence, its review, the map, pictures.

They only show; whoever is signed in and may see feeds may read them. Pictures have unguessable names and no
session, because chat platforms fetch them from their own servers; only files that are PNG are ever given out
there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote as quoted
from urllib.parse import urlsplit

from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.adapters.webchat.page_frame import CARD_HEADING, back_to, followed, framed, nowhere, refused
from bot.adapters.webchat.shield import Shield
from bot.cards.html import code_block, render_message
from bot.cards.ink import Ink
from bot.cards.model import Card
from bot.commands.incident.topology import map_card
from bot.presenters.incident_review import review_document
from bot.presenters.incident_views import detail_text, timeline_card
from bot.presenters.incidents import evidence_path, incident_card, page_of
from bot.presenters.library_hints import carrying
from domain.acts.incident_fixes import fixes_of
from domain.errors import DogwatchError, NotFound
from domain.identity.access import Act, require
from domain.identity.chat import Place, Platform
from domain.identity.people import Person
from domain.identity.web_access import sign_in_for
from domain.ids import BlobId, IncidentId
from domain.investigation.diagnosis_report import DiagnosisReport, EvidenceDetail
from domain.investigation.incidents import Incident, TimelineEntry
from domain.ports.blobs import BlobStore
from domain.ports.diagnostician import Cartographer
from domain.ports.transactions import Opening
from domain.telling.postings import View, chat_page

WhoIs = Callable[[Request], Awaitable[Person | None]]

_PNG = b"\x89PNG\r\n\x1a\n"
_ROWS, _QUOTED = 60, 8_000
_PLACE = Place(platform=Platform.WEB, workspace="web", channel="page")


class IncidentPages:
    """Builds the apps by path.

    Args:
        reading: Opens a transaction that reads.
        who_is: Who sits in front of the browser; None for nobody.
        cartographer: The map; None where there is none.
    """

    def __init__(
        self,
        reading: Opening,
        blobs: BlobStore,
        who_is: WhoIs,
        cartographer: Cartographer | None = None,
    ) -> None:
        self._reading = reading
        self._blobs = blobs
        self._who_is = who_is
        self._cartographer = cartographer

    def apps(self) -> list[tuple[str, ASGIApp]]:
        """Return every app with the path it is mounted at."""
        incidents = [
            Route("/pictures/{blob}.png", self._picture),
            Route("/{id}", self._guarded(self._incident)),
            Route("/{id}/review", self._guarded(self._review)),
            Route("/{id}/evidence/{evidence}", self._guarded(self._evidence)),
            Route("/{id}/evidence/{report}/{evidence}", self._guarded(self._evidence)),
        ]
        return [
            ("/incidents", _shielded(incidents)),
            ("/topology", _shielded([Route("/{name}", self._guarded(self._map))])),
        ]

    def _guarded(self, page: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            person = await self._who_is(request)
            if person is None:
                return RedirectResponse(sign_in_for(request.url.path, request.url.query), status_code=303)
            try:
                require(person, Act.SEE_FEEDS)
                return await asyncio.to_thread(page, request)
            except DogwatchError as error:
                return refused(error)

        return endpoint

    def _incident(self, request: Request) -> Response:
        incident, report, entries, people = self._read(request)
        with self._reading() as uow:
            card = incident_card(incident, report, entries, people, fixes_of(uow, incident))
            related = uow.hints.find(incident.subject)
            chat = chat_page(uow.posting_lookup.about(incident.subject), View.INCIDENT)
        card = card if related is None else carrying(card, related)
        elsewhere = tuple(link for link in card.links if link.target != page_of(incident))
        card = card.model_copy(update={"actions": (), "links": elsewhere, "full_view": ""})
        parts = [back_to(chat, "Work on it on its card in the chat"), _drawn(card)]
        parts += [
            f'<img class="card-picture" src="/incidents/pictures/{escape(blob)}.png" alt="Path on the map">'
            for blob in incident.pictures[1:]
        ]
        if report is not None and report.details:
            parts.append(f"<h2>Evidence</h2><ul>{''.join(_evidence_links(incident, report))}</ul>")
        whole = timeline_card(incident, entries, people, shown=400, longest=1_000).model_copy(
            update={"links": ()}
        )
        parts.append(_drawn(whole))
        review = f'<p><a href="/incidents/{escape(incident.id)}/review">Draft of the review document</a></p>'
        return HTMLResponse(followed(incident.title, "".join(parts) + review))

    def _evidence(self, request: Request) -> Response:
        incident, newest, _, _ = self._read(request)
        report = self._named_report(request, incident) or newest
        wanted = request.path_params["evidence"]
        detail = report.detail(wanted) if report is not None else None
        if report is None or detail is None:
            raise NotFound(
                f"evidence {wanted[:40]}",
                say="That piece of evidence belongs to an older diagnosis.",
                next_step="Open the incident's page for the newest one.",
            )
        item = report.diagnosis.find_evidence(wanted)
        facts = [("Speaks about", item.service if item else ""), ("From", detail.where_from)]
        facts.append(("Reference", item.reference if item else ""))
        rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts if value)
        back = f'<p><a href="/incidents/{escape(incident.id)}">{escape(incident.title)}</a></p>'
        source = _at_the_source(detail)
        body = f'<dl class="card-facts">{rows}</dl>{code_block(detail_text(detail, _ROWS, _QUOTED))}{source}'
        return HTMLResponse(framed(detail.title, back + f'<article class="card">{body}</article>'))

    def _review(self, request: Request) -> Response:
        incident, report, entries, people = self._read(request)
        return PlainTextResponse(review_document(incident, report, entries, people))

    def _map(self, request: Request) -> Response:
        name = request.path_params["name"]
        around = self._cartographer.around(name) if self._cartographer is not None else None
        if around is None or not around.nodes:
            raise NotFound(f"{name[:60]} is not on the map", say=f"{name[:60]} is not on the map.")
        card = map_card(name, around, "").model_copy(update={"links": (), "full_view": ""})
        kinds = dict(around.nodes)
        rows = "".join(
            f"<tr><td>{_node(needs)}</td><td>needs</td><td>{_node(needed)}</td>"
            f"<td>{escape(kinds.get(needed, ''))}</td></tr>"
            for needs, needed in around.edges
        )
        table = f'<div class="card-table"><table><tbody>{rows}</tbody></table></div>'
        return HTMLResponse(framed(f"The map around {name}", _drawn(card) + table))

    async def _picture(self, request: Request) -> Response:
        try:
            content = await asyncio.to_thread(self._blobs.get, BlobId(request.path_params["blob"]))
        except NotFound:
            return PlainTextResponse("There is no such picture.", 404)
        if not content.startswith(_PNG):
            return PlainTextResponse("There is no such picture.", 404)
        headers = {
            "Cache-Control": "private, max-age=86400, immutable",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return Response(content, media_type="image/png", headers=headers)

    def _read(
        self, request: Request
    ) -> tuple[Incident, DiagnosisReport | None, list[TimelineEntry], dict[str, Person]]:
        with self._reading() as uow:
            incident = uow.incidents.get(IncidentId(request.path_params["id"]))
            entries = list(uow.timeline.of(incident.id))
            people: dict[str, Person] = {person.id: person for person in uow.people.everybody()}
        report = None
        if incident.report is not None:
            report = DiagnosisReport.model_validate_json(self._blobs.get(incident.report))
        return incident, report, entries, people

    def _named_report(self, request: Request, incident: Incident) -> DiagnosisReport | None:
        """Return the diagnosis that a link was made from: later ones number their evidence anew."""
        named = request.path_params.get("report", "")
        if not named:
            return None
        try:
            report = DiagnosisReport.model_validate_json(self._blobs.get(BlobId(named)))
        except ValidationError:
            report = None
        if report is None or report.incident != incident.id:
            raise NotFound(f"report {named[:16]}", say="There is no such diagnosis of this incident.")
        return report


def _shielded(routes: Sequence[Route]) -> ASGIApp:
    return Shield(Starlette(routes=routes, exception_handlers={HTTPException: nowhere}))


def _at_the_source(detail: EvidenceDetail) -> str:
    """Return the way to the source's own page, and the line that shows the same in a shell."""
    shown = ""
    if urlsplit(detail.link).scheme in ("https", "http") and urlsplit(detail.link).hostname:
        address = escape(detail.link, quote=True)
        shown = f'<p><a href="{address}" rel="noreferrer noopener">Open at the source</a></p>'
    return shown + (f"<p>In a shell:</p>{code_block(detail.command)}" if detail.command else "")


def _evidence_links(incident: Incident, report: DiagnosisReport) -> list[str]:
    return [
        f'<li><a href="{escape(evidence_path(incident, detail.evidence_id))}">'
        f"{escape(detail.evidence_id)}</a> {escape(detail.title)}</li>"
        for detail in report.details
    ]


def _node(name: str) -> str:
    return f'<a href="/topology/{escape(quoted(name, safe=""))}">{escape(name)}</a>'


def _drawn(card: Card) -> str:
    return render_message(
        card, Ink(_PLACE, lambda action, place: "", now=datetime.now(UTC)), CARD_HEADING
    ).fragment
