"""The frame of pages beside the chat: one heading, the chat's colours, and the ways on from there."""

from html import escape

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.adapters.webchat.shield import sentence
from domain.errors import DogwatchError, NotAllowed, NotFound

_SHEETS = "".join(
    f'<link rel="stylesheet" href="/static/{name}.css">'
    for name in ("theme", "layout", "cards", "page", "paper")
)
_WAYS = (
    ("/dashboard/", "Feeds"),
    ("/dashboard/alerts", "Alerts"),
    ("/dashboard/incidents", "Incidents"),
    ("/dashboard/scorecard", "Scorecard"),
    ("/dashboard/intake", "Intake"),
    ("/", "Chat"),
)
"""As they stand above the dashboard: whoever comes from there finds each in its place."""
_NAV = "".join(f'<a href="{path}">{label}</a>' for path, label in _WAYS)
_REFUSED: dict[type[DogwatchError], tuple[str, int]] = {
    NotAllowed: ("Not yours to see", 403),
    NotFound: ("Not found", 404),
}
_SAID = {404: "There is nothing at this address.", 405: "This address cannot be asked in that way."}
_NEXT = "The address may be mistyped, or belong to something that is gone. The links above lead on."
CARD_HEADING = 2
"""Level of the headings of cards on these pages: their own heading is the first."""


def framed(title: str, body: str) -> str:
    """Return a whole page; `body` is HTML, the title any text."""
    return _page(title, body, "")


def followed(title: str, body: str) -> str:
    """Return a whole page that keeps itself up to date while somebody looks at it.

    For pages whose reading counts for nothing: what is fetched again was not read again.
    """
    return _page(title, body, '<script type="module" src="/static/page.js"></script>')


def _page(title: str, body: str, scripts: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        '<link rel="icon" href="/static/icon.svg" type="image/svg+xml">'
        f"<title>{escape(title[:120])} · Dogwatch</title>{_SHEETS}{scripts}</head>"
        f'<body class="page"><a class="skip" href="#main">Skip to the content</a>'
        f'<nav aria-label="Pages">{_NAV}</nav>'
        f'<main id="main" tabindex="-1"><h1>{escape(title[:200])}</h1>{body}</main></body></html>'
    )


def back_to(address: str, words: str) -> str:
    """Return the way to where people act on what a page shows."""
    return f'<p class="back"><a href="{escape(address)}">{escape(words)}</a></p>'


def refused(error: DogwatchError) -> HTMLResponse:
    """Return the page of whoever may not see what they ask for, or asks for what is not there."""
    title, status = next(
        (found for kind, found in _REFUSED.items() if isinstance(error, kind)), ("Not now", 503)
    )
    return HTMLResponse(framed(title, f"<p>{_with_code(error.sentence())}</p>"), status)


def _with_code(said: str) -> str:
    """Return a sentence as HTML; what is to be typed stands between backticks in it."""
    parts = escape(said).split("`")
    if len(parts) % 2 == 0:  # one of them has no other half
        return escape(said)
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))


async def nowhere(request: Request, error: Exception) -> Response:
    """Answer an address that no route takes: a page for who looks at one, a sentence for a program."""
    assert isinstance(error, HTTPException)  # noqa: S101  the handler is registered for nothing else
    said = _SAID.get(error.status_code, str(error.detail))
    answer: Response = sentence(error.status_code, said)
    if request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", ""):
        answer = HTMLResponse(framed(said.rstrip("."), f"<p>{escape(_NEXT)}</p>"), error.status_code)
    answer.headers.update(error.headers or {})
    return answer
