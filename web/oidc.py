"""Sign-in through a provider: OpenID Connect, code flow with PKCE, state and nonce; fails closed.

Source: OpenID Connect Core 1.0 §3.1, RFC 7636, RFC 9700.
"""

import base64
import hashlib
import json
import secrets
from asyncio import Task, create_task, get_running_loop, shield
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus, urlencode

import jwt

from domain.errors import DogwatchError, NotAllowed
from domain.identity.web_access import FRESH_SIGN_IN
from web.fetching import Transport, fetched, is_safe

_ALGORITHMS = ["RS256", "ES256", "PS256"]
_MOST_BYTES = 512 * 1024
_LEEWAY_SECONDS = 60
_OK = 200
_BASIC, _POST = "client_secret_basic", "client_secret_post"
_NOT_KNOWN = frozenset({"invalid_client", "unauthorized_client"})
"""What a provider says to a client that it does not know, or whose secret is wrong (RFC 6749 §5.2)."""


@dataclass(frozen=True)
class Attempt:
    """What a browser carries, sealed, while its person is at the provider."""

    state: str
    nonce: str
    verifier: str

    @staticmethod
    def new() -> "Attempt":
        """Return a fresh attempt."""
        return Attempt(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))


@dataclass(frozen=True)
class Claims:
    """What the provider vouched for: issuer and subject are the person, the rest is only told."""

    issuer: str
    subject: str
    email: str
    is_email_verified: bool
    proven_at: datetime | None
    """When the person last gave the provider a password or the like; None when it does not tell."""


class OidcProvider:
    """One provider.

    Args:
        issuer: Exactly as the provider's tokens name it.
        client_id: Ours at the provider.
        client_secret: Ours at the provider; empty for a public client.
        back: Our address that the provider sends people back to.
        discovery: Address of the discovery document; empty: below the issuer.
        transport: Makes what reaches the addresses that the document names.
    """

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        back: str,
        discovery: str = "",
        transport: Transport = lambda: None,
    ) -> None:
        self._transport = transport
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._back = back
        self._asking: Task[Mapping[str, Any]] | None = None
        self._discovery = discovery or f"{issuer.rstrip('/')}/.well-known/openid-configuration"

    async def address(self, attempt: Attempt) -> str:
        """Return where to send a person who wants to sign in."""
        about = await self._about()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._back,
            "scope": "openid email profile",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "max_age": str(int(FRESH_SIGN_IN.total_seconds())),
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{_safe(str(about['authorization_endpoint']))}?{urlencode(query)}"

    async def claims(self, attempt: Attempt, query: Mapping[str, str]) -> Claims:
        """Return what the provider vouches for, from the query that it sent a person back with.

        Raises:
            NotAllowed: Any check failed; nobody is signed in.
            OutsideTrouble: The provider is away.
        """
        if not secrets.compare_digest(query.get("state", "").encode(), attempt.state.encode()):
            raise _refused("state does not fit")
        if "error" in query or not query.get("code"):
            raise _refused("the provider refused")
        if query.get("iss", self.issuer) != self.issuer:
            raise _refused("answer of another issuer")
        about = await self._about()
        status, answer = await self._token(about, query["code"], attempt.verifier)
        if status != _OK:
            raise _refused(f"provider answered {status}")
        keys = await self._got(str(about["jwks_uri"]))
        return self._verified(str(answer.get("id_token", "")), keys, attempt)

    async def lacks(self) -> str:
        """Return what keeps everybody from signing in, as far as the provider tells; empty for nothing.

        It is asked with a code that nobody was given: one that knows us refuses the code, else us.
        """
        try:
            about = await self._about()
            _safe(str(about["authorization_endpoint"]))
            _safe(str(about["jwks_uri"]))
            _, answer = await self._token(about, secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        except DogwatchError as error:
            return str(error).removeprefix("oidc: ")
        except KeyError as error:
            return f"its discovery document names no {error.args[0]}"
        if answer.get("error") in _NOT_KNOWN:
            return "it does not take signin.oidc_client_id with our client secret"
        return ""

    async def _token(
        self, about: Mapping[str, Any], code: str, verifier: str
    ) -> tuple[int, Mapping[str, Any]]:
        """Return status and answer of the provider to a code."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "client_id": self._client_id,
            "code_verifier": verifier,
        }
        headers = {}
        if self._client_secret and _takes_basic_alone(about):
            # RFC 6749 §2.3.1: both halves are encoded as in a form first.
            pair = f"{quote_plus(self._client_id)}:{quote_plus(self._client_secret)}"
            headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        elif self._client_secret:
            form["client_secret"] = self._client_secret
        return await self._call("POST", str(about["token_endpoint"]), data=form, headers=headers)

    def _verified(self, token: str, keys: Mapping[str, Any], attempt: Attempt) -> Claims:
        try:
            header = jwt.get_unverified_header(token)
            # Only the provider's own set is asked for the key; `jwk` and `jku` of the token are never read.
            fitting = [
                key
                for key in jwt.PyJWKSet.from_dict(dict(keys)).keys
                if header.get("kid") in (None, key.key_id) and key.public_key_use in (None, "sig")
            ]
            if len(fitting) != 1 or header.get("alg") not in _ALGORITHMS:
                raise _refused("no single key for the token")
            told = jwt.decode(
                token,
                fitting[0],
                algorithms=[str(header["alg"])],
                audience=self._client_id,
                issuer=self.issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "sub", "nonce", "aud", "iss"]},
            )
        except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
            raise _refused(f"token: {type(error).__name__}") from error
        if not secrets.compare_digest(str(told["nonce"]).encode(), attempt.nonce.encode()):
            raise _refused("nonce does not fit")
        if isinstance(told["aud"], list) and told.get("azp") != self._client_id:
            raise _refused("token of another party")
        proven_at = _proven_at(told)
        return Claims(
            issuer=self.issuer,
            subject=str(told["sub"]),
            email=str(told.get("email", "")),
            is_email_verified=told.get("email_verified") is True,
            proven_at=proven_at,
        )

    async def _about(self) -> Mapping[str, Any]:
        """Return the discovery document; whoever wants it while it is under way gets the same.

        The sign-in page lets any stranger ask for it: a provider is asked once at a time, whoever asks us.
        """
        if self._asking is None or self._asking.done() or self._asking.get_loop() is not get_running_loop():
            self._asking = create_task(self._discovered())
            self._asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await shield(self._asking)  # one browser that goes away ends it for none of the others

    async def _discovered(self) -> Mapping[str, Any]:
        about = await self._got(self._discovery)
        if about.get("issuer") != self.issuer:
            named = str(about.get("issuer", ""))[:200] or "none"
            raise _refused(f"discovery names another issuer, {named}: signin.oidc_issuer has to be the same")
        return about

    async def _got(self, address: str) -> Mapping[str, Any]:
        status, answer = await self._call("GET", address)
        if status != _OK:
            raise _refused(f"provider answered {status}")
        return answer

    async def _call(
        self,
        method: str,
        address: str,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Mapping[str, Any]]:
        status, body = await fetched(
            method,
            _safe(address),
            most_bytes=_MOST_BYTES,
            data=data,
            headers=headers or {},
            transport=self._transport,
        )
        if not 200 <= status < 500:
            raise _refused(f"provider answered {status}")
        try:
            parsed = json.loads(body)
        except (ValueError, RecursionError) as error:
            why = "provider's answer is not JSON" if status == _OK else f"provider answered {status}"
            raise _refused(why) from error
        if not isinstance(parsed, dict):
            raise _refused("provider's answer is not an object")
        return status, parsed


def _takes_basic_alone(about: Mapping[str, Any]) -> bool:
    """Return whether a provider says that it takes our secret in a header and not in the form."""
    ways = about.get("token_endpoint_auth_methods_supported")
    return isinstance(ways, list) and _BASIC in ways and _POST not in ways


def _proven_at(told: Mapping[str, Any]) -> datetime | None:
    """Return when the person proved who they are: no later than the token, no longer ago than asked."""
    asked, made = told.get("auth_time"), told["iat"]
    if asked is None:
        return None
    if isinstance(asked, bool) or not isinstance(asked, int | float):
        raise _refused("auth_time is no number")
    if asked < made - FRESH_SIGN_IN.total_seconds() - _LEEWAY_SECONDS:
        raise _refused("the provider did not ask anew")
    return datetime.fromtimestamp(min(asked, made), UTC)


def _safe(address: str) -> str:
    if is_safe(address):
        return address
    raise _refused("provider's address is not https")


def _refused(detail: str) -> NotAllowed:
    return NotAllowed(
        f"oidc: {detail}",
        say="The sign-in did not go through, so nobody was signed in.",
        next_step="Begin again from the sign-in page.",
    )
