"""What stands before every route: headers on every answer, and who may come in at all.

A page of somebody else's site cannot frame us, script us, post to us or, by pointing its own host name
at this machine, talk to the demo.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types dogwatch"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_ALWAYS_HTTPS = "max-age=31536000"
"""Who came over https once is not led to plain http by anybody for a year; nothing is said of other hosts."""
_ANOTHER_SITE = "This came from another site, so nothing was done."
_HIDDEN_NAME = (
    "A proxy between us hides how you called me, so nothing was done. Whoever runs it has to let it"
    " pass the Host header on."
)
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")


class Shield:
    """Adds the headers and refuses posts that another site sent.

    Args:
        app: What stands behind it.
        foreign: Paths that another site has browsers post to, and that change nothing for who posts.
    """

    def __init__(self, app: ASGIApp, foreign: frozenset[str] = frozenset()) -> None:
        self._app = app
        self._foreign = foreign

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message.setdefault("headers", []))
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if scope.get("scheme") == "https":
                    headers.setdefault("Strict-Transport-Security", _ALWAYS_HTTPS)
            await send(message)

        is_free = scope["method"] in {"GET", "HEAD"} or scope["path"] in self._foreign
        if not is_free and (why := _why_foreign(Headers(scope=scope))):
            await sentence(403, why)(scope, receive, send_guarded)
            return
        await self._app(scope, receive, send_guarded)


def _why_foreign(headers: Headers) -> str:
    """Return why a post may be another site's; empty for one of our own pages."""
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site not in {None, "same-origin", "none"}:
        return _ANOTHER_SITE
    origin = headers.get("origin")
    if origin is None or origin.partition("://")[2] == headers.get("host", ""):
        return ""
    # The browser says that it is ours, so it is the name that somebody in between changed.
    return _HIDDEN_NAME if fetch_site == "same-origin" else _ANOTHER_SITE


def is_from_this_machine(request: Request) -> bool:
    """Return whether both the caller and the name it called us by are loopback, and nobody passed it on.

    A proxy on this machine is a loopback caller too, and by default nginx even calls us by a loopback name;
    it speaks HTTP/1.0 then, which no browser does.
    """
    if request.scope.get("http_version") == "1.0" or any(name in request.headers for name in _PASSED_ON):
        return False
    caller = request.client.host if request.client else ""
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return (caller.startswith("127.") or caller == "::1") and name in _LOOPBACK_NAMES


def sentence(status: int, say: str, **more: object) -> JSONResponse:
    """Return a refusal as the browser shows it: one sentence."""
    return JSONResponse({"error": say, **more}, status_code=status)
