"""The full view of a configuration change: all that a card has no room for, on one page."""

import asyncio
import re
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from domain.configuration.changes import Proposal
from domain.configuration.feed_views import DriftReport
from domain.configuration.profiles import SampleProfile
from domain.errors import NotFound
from domain.ids import BlobId, RequestId
from domain.ports.blobs import BlobStore
from web.services import WebServices
from web.visitors import Visitor

_MARKS = re.compile(r"\\([\\*`])|[*`]")
_MOST_COLUMNS = 2_000
_LONGEST = 400_000

Draw = Callable[..., Response]
"""Takes a template's name, the visitor and the template's values."""


def change_page(services: WebServices, draw: Draw) -> Callable[[Request, Visitor], Awaitable[Response]]:
    """Return the handler of `/dashboard/changes/{id}`."""

    async def handle(request: Request, visitor: Visitor) -> Response:
        return await asyncio.to_thread(_change, services, draw, str(request.path_params["id"]), visitor)

    return handle


def _change(services: WebServices, draw: Draw, name: str, visitor: Visitor) -> Response:
    blobs = services.blobs
    if blobs is None:
        raise NotFound("no blobs", say="Changes are not shown here.")
    with services.reading() as uow:
        change = uow.changes.get(RequestId(name))
        requester = uow.people.get(change.requested_by)
    proposal = None
    if change.proposal:
        proposal = Proposal.model_validate_json(_text(blobs, change.proposal)).for_people()
    profile = SampleProfile.model_validate_json(_text(blobs, change.profile)) if change.profile else None
    report = DriftReport.model_validate_json(_text(blobs, change.drift)) if change.drift else None
    return draw(
        "change.html",
        visitor,
        change=change,
        requester=requester.name,
        proposal=proposal,
        summary=[plain(line) for line in proposal.summary] if proposal else [],
        diff=proposal.diff[:_LONGEST] if proposal else "",
        yaml=proposal.yaml[:_LONGEST] if proposal else "",
        profile=profile,
        columns=profile.columns[:_MOST_COLUMNS] if profile else (),
        report=report,
        readers=[plain(line) for line in report.readers_hit] if report else [],
    )


def plain(text: str) -> str:
    """Return small Markdown as the words that it says."""
    return _MARKS.sub(lambda mark: mark.group(1) or "", text)


def _text(blobs: BlobStore, blob: BlobId) -> bytes:
    return blobs.get(blob)
