"""The page behind the link of a plan's card: all of it, byte for byte, for people who are signed in.

Opening it is what an approver of high risk must have done; who opened which version is recorded.
"""

import asyncio
from collections.abc import Awaitable, Callable
from html import escape

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from bot.adapters.webchat.page_frame import CARD_HEADING, back_to, framed, nowhere, refused
from bot.adapters.webchat.shield import Shield
from bot.cards.html import code_block, render_message
from bot.cards.ink import Ink
from bot.presenters.plan_painting import draw_fix
from bot.presenters.plan_parts import everything
from bot.presenters.script_parts import script_texts
from domain.errors import DogwatchError
from domain.identity.access import Act, require
from domain.identity.chat import Place, Platform
from domain.identity.people import Person
from domain.identity.web_access import sign_in_for
from domain.ids import RequestId
from domain.ports.clock import Clock
from domain.ports.transactions import Opening, UnitOfWork
from domain.proof.audit import AuditAct, AuditEntry
from domain.remediation.fixes import Fix, FixState, PlanVersion
from domain.telling.postings import View, chat_page

WhoIs = Callable[[Request], Awaitable[Person | None]]

_PLACE = Place(platform=Platform.WEB, workspace="web", channel="page")


class PlanPages:
    """Builds the app of `/plans`.

    Args:
        writing: Opens a transaction that writes: who opened a plan is kept.
        who_is: Who sits in front of the browser; None for nobody.
        clock: The time.
    """

    def __init__(self, writing: Opening, who_is: WhoIs, clock: Clock) -> None:
        self._writing = writing
        self._who_is = who_is
        self._clock = clock

    def app(self) -> ASGIApp:
        """Return the app."""
        routes = [Route("/{id}", self._plan)]
        return Shield(Starlette(routes=routes, exception_handlers={HTTPException: nowhere}))

    async def _plan(self, request: Request) -> Response:
        person = await self._who_is(request)
        if person is None:
            return RedirectResponse(sign_in_for(request.url.path, request.url.query), status_code=303)
        try:
            require(person, Act.SEE_FEEDS)
            return await asyncio.to_thread(self._page, request.path_params["id"], person)
        except DogwatchError as error:
            return refused(error)

    def _page(self, name: str, person: Person) -> Response:
        with self._writing() as uow:
            fix = uow.fixes.get(RequestId(name))
            card = draw_fix(uow, fix).model_copy(update={"actions": (), "full_view": ""})
            version = uow.plans.get(fix.id, fix.revision) if fix.revision else None
            about, view = (fix.subject, View.PLAN)
            if fix.approval is not None:
                about, view = f"approval/{fix.approval}", View.APPROVAL
            chat = chat_page(uow.posting_lookup.about(about), view)
            if version is not None:
                self._note_read(uow, fix, version, person)
        ink = Ink(_PLACE, lambda action, place: "", now=self._clock.now())
        drawn = render_message(card, ink, CARD_HEADING).fragment
        texts = everything(version) if version is not None else []
        if fix.state is FixState.CHOOSING and fix.draft is not None:
            texts = script_texts(fix.draft)
        parts = [f"<h2>{escape(heading)}</h2>{code_block(text)}" for heading, text in texts]
        digest = (
            f"<p>Exactly this is approved: <code>{escape(version.subject_hash)}</code></p>" if version else ""
        )
        back = back_to(chat, "Back to its card in the chat")
        return HTMLResponse(framed(card.title, back + drawn + digest + "".join(parts)))

    def _note_read(self, uow: UnitOfWork, fix: Fix, version: PlanVersion, person: Person) -> None:
        """Remember that the person opened this version; a page that is opened again says nothing new."""
        if fix.approval is None or not version.subject_hash:
            return
        if uow.approvals.has_read(fix.approval, person.id, version.subject_hash):
            return
        now = self._clock.now()
        uow.approvals.note_read(fix.approval, person.id, version.subject_hash, now)
        uow.audit.append(
            AuditEntry(
                at=now,
                act=AuditAct.APPROVAL_SEEN,
                actor=person.id,
                subject=f"approval/{fix.approval}",
                door=Platform.WEB.value,
                subject_hash=version.subject_hash,
                facts={"page": fix.id},
            )
        )
