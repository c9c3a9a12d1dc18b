"""The frame of pages beside the chat: one heading, the chat's colours, and the ways on from there."""

from html import escape

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.adapters.webchat.shield import sentence

_SHEETS = "".join(
    f'<link rel="stylesheet" href="/static/{name}.css">' for name in ("theme", "layout", "cards", "page")
)
_WAYS = (
    ("/", "Chat"),
    ("/dashboard/", "Feeds"),
    ("/dashboard/alerts", "Alerts"),
    ("/dashboard/incidents", "Incidents"),
)
_NAV = "".join(f'<a href="{path}">{label}</a>' for path, label in _WAYS)
_SAID = {404: "There is nothing at this address.", 405: "This address cannot be asked in that way."}
_NEXT = "The address may be mistyped, or belong to something that is gone. The links above lead on."
CARD_HEADING = 2
"""Level of the headings of cards on these pages: their own heading is the first."""


def framed(title: str, body: str) -> str:
    """Return a whole page; `body` is HTML, the title any text."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
        f"<title>{escape(title[:120])} · Dogwatch</title>{_SHEETS}</head>"
        f'<body class="page"><nav aria-label="Pages">{_NAV}</nav>'
        f"<main><h1>{escape(title[:200])}</h1>{body}</main></body></html>"
    )


def back_to(address: str, words: str) -> str:
    """Return the way to where people act on what a page shows."""
    return f'<p class="back"><a href="{escape(address)}">{escape(words)}</a></p>'


async def nowhere(request: Request, error: Exception) -> Response:
    """Answer an address that no route takes: a page for who looks at one, a sentence for a program."""
    assert isinstance(error, HTTPException)  # noqa: S101  the handler is registered for nothing else
    said = _SAID.get(error.status_code, str(error.detail))
    answer: Response = sentence(error.status_code, said)
    if request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", ""):
        answer = HTMLResponse(framed(said.rstrip("."), f"<p>{escape(_NEXT)}</p>"), error.status_code)
    answer.headers.update(error.headers or {})
    return answer
