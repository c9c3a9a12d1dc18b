"""Speak JSON with a Git host: bounded in time and size, errors in our words, the token in one header only."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from domain.configuration.reviews import Withheld
from domain.errors import BadInput, DogwatchError, NotAllowed, OutsideTrouble, is_final_answer
from integrations.held_connections import UNPACKED, HeldConnections, content_of

TIMEOUT_SECONDS = 20.0
_ALL_SECONDS = 60.0
_MOST_BYTES = 32 << 20
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class RestClient:
    """A JSON client for one host.

    Args:
        base_url: Address of the API; https, or http on this machine only.
        authorization: Gives name and value of the header that carries the token; asked before each call, so
            that short-lived tokens stay short-lived.
        host: What people call the service.
        transport: How bytes travel; the network when left out.
        all_seconds: How long a call may take altogether.
    """

    def __init__(
        self,
        base_url: str,
        *,
        authorization: Callable[[], tuple[str, str]],
        host: str,
        transport: httpx.BaseTransport | None = None,
        all_seconds: float = _ALL_SECONDS,
    ) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise BadInput(
                f"{host} address without https", say=f"The address of {host} must begin with https."
            )
        if parts.username or parts.password:
            raise BadInput(
                f"{host} address with credentials", say=f"The address of {host} must hold no password."
            )
        self._authorization = authorization
        self._host = host
        self._all_seconds = all_seconds
        self._held = HeldConnections()
        self._http = httpx.Client(
            base_url=base_url.rstrip("/") + "/",
            headers=UNPACKED,
            timeout=TIMEOUT_SECONDS,
            follow_redirects=False,
            transport=transport,
        )

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def call(
        self, method: str, path: str, *, body: Any = None, query: Mapping[str, str] | None = None
    ) -> Any:
        """Return the JSON answer (Any: it is the host's), or None where the host knows no such thing.

        Raises:
            NotAllowed: The host refuses our token.
            Withheld: The host refuses this call; the same call may work once people have mended something.
            OutsideTrouble: The host is away, busy or in trouble itself.
        """
        status, answer = self.call_with_status(method, path, body=body, query=query)
        if status == 404:
            return None
        if status >= 300:
            raise self.refusal(status)
        return answer

    def refusal(self, status: int) -> DogwatchError:
        """Return what a bad answer means: only a host that is itself in trouble is tried on for good."""
        # The host's own words stay out: they may repeat what we sent, the token included.
        said = f"{self._host} answered {status}"
        if not is_final_answer(status):
            return OutsideTrouble(
                said,
                say=f"{self._host} is in trouble right now (status {status}).",
                next_step="Nothing is lost; I try again by myself.",
            )
        if status < 400:
            what = f"{self._host} says that the configuration repository has moved (status {status})."
            return Withheld(said, say=what, next_step="An operator has to set its new name in the settings.")
        if status == 404:
            what = f"{self._host} does not know the configuration repository, or does not let me write there."
            return Withheld(
                said, say=what, next_step="An operator has to check its name and the rights of the token."
            )
        return Withheld(
            said,
            say=f"{self._host} refuses the change (status {status}).",
            next_step="Nothing was merged. An operator has to see which rule there is in the way.",
        )

    def call_with_status(
        self, method: str, path: str, *, body: Any = None, query: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Return status and JSON answer; only a refused token and a host that is away are errors."""
        name, value = self._authorization()
        try:
            with (
                self._held.within(self._all_seconds),
                self._http.stream(
                    method,
                    path,
                    json=body,
                    params=query,
                    headers={name: value},
                    extensions=dict(self._held.extensions),
                ) as response,
            ):
                content = content_of(response, _MOST_BYTES)
            answer = json.loads(content) if content else None
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            # The cause is named by its kind only: its text may hold the request with its headers.
            raise OutsideTrouble(
                f"{self._host} {method}: {type(error).__name__}",
                say=f"{self._host} does not answer right now.",
                next_step="Nothing is lost; I try again by myself.",
            ) from None
        if _is_busy(response):
            raise self._busy(response)
        if response.status_code in {401, 403}:
            raise NotAllowed(
                f"{self._host} answered {response.status_code}",
                say=f"{self._host} refuses our access to the configuration repository.",
                next_step="An operator has to renew the token or its rights.",
            )
        return response.status_code, answer

    def _busy(self, response: httpx.Response) -> OutsideTrouble:
        trouble = OutsideTrouble(
            f"{self._host} answered {response.status_code}: too many calls",
            say=f"{self._host} takes no more calls from us right now.",
            next_step="Nothing is lost; I try again by myself.",
        )
        wait = response.headers.get("retry-after", "")
        trouble.retry_after_seconds = float(wait) if wait.isdecimal() else None
        return trouble


def _is_busy(response: httpx.Response) -> bool:
    """Return whether the host wants fewer calls: GitHub says so by 403, and by headers only."""
    if response.status_code == 403:
        headers = response.headers
        return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return response.status_code == 429
