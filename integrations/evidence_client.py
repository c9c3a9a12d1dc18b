"""Ask an outside source of evidence over HTTP: bounded in time and size, its errors in our words.

The clock of the other side is read from its answers, because evidence on a clock that is minutes off tells
causes and effects in the wrong order.
"""

import base64
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ssl import SSLContext
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson

from domain.errors import BadInput, NotAllowed, OutsideTrouble
from integrations.held_connections import UNPACKED, AnswerPacked, AnswerTooLarge, HeldConnections, content_of

_CALL_SECONDS = 5.0
_ALL_SECONDS = 8.0
_MOST_BYTES = 32 << 20
_SKEW_SECONDS = 5.0
_NO_DOOR = frozenset({404, 405})
_NOT_AS_DOCUMENTED = (AttributeError, IndexError, KeyError, TypeError, ValueError)


class TooMuch(OutsideTrouble):
    """An answer is larger than is taken; a narrower question may have one."""


class EvidenceClient:
    """Asks one source; make one per fetch.

    Args:
        name: What people call the source.
        base_url: Its address; http or https, without a password.
        headers: Sent with each call; the token is in here and nowhere else.
        transport: How bytes travel; the network when left out.
        trust: Whose certificates are believed; those that the system believes when left out.
        all_seconds: How long all its calls may take.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        headers: Mapping[str, str] | None = None,
        transport: httpx.BaseTransport | None = None,
        trust: SSLContext | None = None,
        *,
        all_seconds: float = _ALL_SECONDS,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise BadInput(
                f"address of {name}",
                say=f"The address of {name} must be http(s)://host:port without a password.",
            )
        self._name = name
        self._http = httpx.Client(
            base_url=base_url.rstrip("/") + "/",
            headers={"Accept": "application/json", **UNPACKED, **(headers or {})},
            timeout=_CALL_SECONDS,
            follow_redirects=False,
            transport=transport,
            verify=trust or True,
        )
        self._held = HeldConnections()
        self._all_seconds = all_seconds
        self._until = time.monotonic() + all_seconds
        self.skew_seconds = 0.0

    def __enter__(self) -> "EvidenceClient":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        if isinstance(error, _NOT_AS_DOCUMENTED):
            # Whoever reads an answer takes it at its documented word; one that is not so ends here.
            raise self._trouble(
                f"another shape: {type(error).__name__}", f"{self._name} answered in a shape I don't know."
            ) from error

    def has_time(self) -> bool:
        """Return whether another call may begin."""
        return time.monotonic() < self._until

    def get(self, path: str, query: Mapping[str, str | list[str]] | None = None) -> Any:
        """Return the JSON answer (Any: it is the source's)."""
        return self._call("GET", path, query=query)

    def post(self, path: str, body: object) -> Any:
        """Return the JSON answer to a JSON question (Any: it is the source's)."""
        return self._call("POST", path, body=body)

    def sign_in(self, path: str, user: str, password: str) -> None:
        """Trade a name and password for a token; where there is no such door, show them at each call."""
        told = self._call("POST", path, body={"username": user, "password": password}, misses=_NO_DOOR)
        token = text_at(told, "access_token")
        self._http.headers.update(bearer(token or f"{user}:{password}"))

    def find(self, path: str, query: Mapping[str, str | list[str]] | None = None) -> Any:
        """Return the JSON answer, or None where the source knows no such thing (Any: it is the source's)."""
        return self._call("GET", path, query=query, misses=frozenset({404}))

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | list[str]] | None = None,
        body: object = None,
        misses: frozenset[int] = frozenset(),
    ) -> Any:
        left = self._until - time.monotonic()
        if left <= 0:
            raise self._too_slow()
        try:
            with (
                self._held.within(left),
                self._http.stream(
                    method,
                    path.lstrip("/"),
                    params=query,
                    json=body,
                    timeout=min(left, _CALL_SECONDS),
                    extensions=dict(self._held.extensions),
                ) as response,
            ):
                content = content_of(response, _MOST_BYTES)
        except httpx.TimeoutException:
            if not self.has_time():
                raise self._too_slow() from None
            raise self._trouble(
                "timeout", f"{self._name} did not answer within {_CALL_SECONDS:.0f} s."
            ) from None
        except AnswerTooLarge:
            said = f"{self._name} answered more than {_MOST_BYTES >> 20} MiB."
            raise self._trouble("too large", said, TooMuch) from None
        except AnswerPacked:
            said = (
                f"{self._name} packs its answers in a way that I do not unpack; they are asked for unpacked."
            )
            raise self._trouble("packed", said) from None
        except httpx.HTTPError as error:
            # Named by its kind only: its text may hold the request with its headers.
            raise self._trouble(type(error).__name__, f"{self._name} can't be reached.") from None
        self._note_clock(response.headers.get("date", ""))
        if response.status_code in (401, 403):
            raise NotAllowed(
                f"{self._name} answered {response.status_code}",
                say=f"{self._name} refuses our token.",
                next_step="An operator has to renew it or its rights.",
            )
        if response.status_code in misses:
            return None
        if response.status_code >= 300:
            raise self._trouble(
                f"status {response.status_code}", f"{self._name} answered with error {response.status_code}."
            )
        try:
            return orjson.loads(content)
        except orjson.JSONDecodeError:
            raise self._trouble("no JSON", f"{self._name} answered something that is not JSON.") from None

    def _too_slow(self) -> OutsideTrouble:
        return self._trouble("out of time", f"{self._name} is too slow: it took {self._all_seconds:.0f} s.")

    def _note_clock(self, told: str) -> None:
        try:
            moment = parsedate_to_datetime(told)
        except (TypeError, ValueError):
            return
        if moment.tzinfo is not None:
            self.skew_seconds = (moment - datetime.now(UTC)).total_seconds()

    def notes(self) -> tuple[str, ...]:
        """Return what is to be said of the source's clock."""
        if abs(self.skew_seconds) < _SKEW_SECONDS:
            return ()
        word = "ahead of" if self.skew_seconds > 0 else "behind"
        return (
            f"its clock is {abs(self.skew_seconds):.0f} s {word} ours, so its order of events may mislead",
        )

    def _trouble(self, detail: str, say: str, kind: type[OutsideTrouble] = OutsideTrouble) -> OutsideTrouble:
        return kind(f"{self._name}: {detail}", say=say, next_step="The rest of the evidence is used.")


class HttpSource:
    """A source behind one address that takes a bearer token; what every such source has in common.

    Args:
        base_url: Address of the server.
        token: Gives the bearer token, empty for none; asked at each fetch.
        transport: How bytes travel; the network when left out.
        trust: Whose certificates are believed; those that the system believes when left out.
        tenant: Whose data is asked for where a server keeps that of several, empty for none.
    """

    name = ""

    def __init__(
        self,
        base_url: str,
        token: Callable[[], str] = lambda: "",
        transport: httpx.BaseTransport | None = None,
        *,
        trust: SSLContext | None = None,
        tenant: str = "",
    ) -> None:
        self._base_url, self._token, self._transport, self._trust = base_url, token, transport, trust
        self._tenant = tenant

    def client(self) -> EvidenceClient:
        """Return a client for one fetch."""
        headers = self._headers(self._token())
        if self._tenant:
            headers["X-Scope-OrgID"] = self._tenant
        return EvidenceClient(self.name, self._base_url, headers, self._transport, self._trust)

    def _headers(self, token: str) -> dict[str, str]:
        return bearer(token)


def bearer(token: str) -> dict[str, str]:
    """Return the header of a token, none for an empty one; `user:password` is basic authentication's."""
    return authorization("Bearer", token)


def authorization(scheme: str, token: str) -> dict[str, str]:
    """Return the header of a token of a scheme, none for an empty one; `user:password` is basic
    authentication's, as no token has a colon."""
    if ":" in token:
        return {"Authorization": f"Basic {base64.b64encode(token.encode()).decode()}"}
    return {"Authorization": f"{scheme} {token}"} if token else {}


def text_at(value: object, *path: str) -> str:
    """Return the text at a path of keys, empty when there is none."""
    for key in path:
        if not isinstance(value, Mapping):
            return ""
        value = value.get(key)
    return value if isinstance(value, str) else ""


def listed(value: object, *path: str) -> list[Any]:
    """Return the list at a path of keys, empty when there is none (Any: it is the source's)."""
    for key in path:
        if not isinstance(value, Mapping):
            return []
        value = value.get(key)
    return value if isinstance(value, list) else []


def unix_of(told: object) -> float:
    """Return Unix seconds of an ISO time, 0 when it is none."""
    try:
        moment = datetime.fromisoformat(str(told))
    except ValueError:
        return 0.0
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
