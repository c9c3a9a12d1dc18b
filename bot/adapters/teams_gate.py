"""Believe an activity only after our own checks: token, then body, then who, where and from which tenant.

The library's checks are not used: it skips them without an app id, and trusts any service address.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import jwt

from bot.adapters.teams_settings import TeamsSettings

_SERVICE_HOSTS = re.compile(
    r"smba\.trafficmanager\.net|([a-z0-9-]+\.)*(botframework\.com|teams\.microsoft\.(com|us)|botapi\.skype\.com)"
)
_NO_ADDRESS = re.compile(r"[\s\x00-\x1f\\@?#]")
"""What an address of a service never holds; readers of addresses differ in what they make of it."""
_LONGEST_ID = 300
_ACTS = frozenset({"message", "messageUpdate", "invoke"})
_OBJECT_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_LEEWAY_SECONDS = 300
_KEYS_LIVE_SECONDS = 24 * 3600.0
_KEYS_LAST_SECONDS = 5 * 24 * 3600.0
_LOOK_AGAIN_SECONDS = 60.0
_LOOK_SECONDS = 15.0

Json = dict[str, Any]  # Any: the platform's payload, read only in this room's teams modules


class Refused(Exception):  # noqa: N818  a refusal, not a fault
    """The request is not one that we answer.

    `who` is tenant and id of a sender for whom Microsoft vouches: that refusal belongs into the trail.
    """

    def __init__(self, status: int, reason: str, who: tuple[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.who = who


class TeamsGate:
    """Checks what arrives.

    Args:
        settings: Whom we believe.
        seconds: A clock that never goes back.
    """

    def __init__(self, settings: TeamsSettings, seconds: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._seconds = seconds
        self._keys: dict[str, Json] = {}
        self._looked_at = float("-inf")
        self._rests_until = float("-inf")
        self._looking = asyncio.Lock()

    async def claims(self, authorization: str, caller: str) -> Json:
        """Return the claims of a request's token; none are needed from loopback in the test profile.

        Raises:
            Refused: Missing, malformed, expired, or not signed by the issuer for us.
        """
        if (
            not authorization
            and self._settings.allow_loopback
            and not self._settings.app_id
            and caller in _LOOPBACK
        ):
            return {}
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, "no bearer token")
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid", "")))
            claims: Json = jwt.decode(
                token,
                jwt.PyJWK.from_dict(key, algorithm="RS256").key,
                algorithms=["RS256"],
                audience=self._settings.app_id,
                issuer=self._settings.issuer,
                leeway=_LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, UnicodeError) as error:
            raise Refused(401, f"token refused: {type(error).__name__}") from error
        endorsements = key.get("endorsements")
        if endorsements is not None and "msteams" not in endorsements:
            raise Refused(401, "the key is not endorsed for Teams")
        return claims

    def activity(self, body: bytes, claims: Mapping[str, Any]) -> Json:
        """Return the activity of a body whose token was checked.

        Raises:
            Refused: Malformed, or of another service, channel or tenant, or not by a person.
        """
        try:
            activity = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise Refused(400, "the body is no JSON") from error
        if not isinstance(activity, dict):
            raise Refused(400, "the body is no activity")
        _check_shape(activity)
        self._check_service(activity, claims)
        if activity.get("channelId") != "msteams":
            raise Refused(403, "another channel than Teams")
        self._check_tenant(activity)
        return activity

    def person(self, activity: Json) -> str:
        """Return the Entra object id of who acted.

        Raises:
            Refused: A bot, a guest of another tenant, or somebody without an id.
        """
        sender, who = _part(activity, "from"), _sender(activity)
        if sender.get("role") in {"bot", "skill"}:
            raise Refused(403, "sent by a bot", who)
        if sender.get("tenantId") not in {None, "", self._settings.tenant}:
            raise Refused(403, "sent by a guest of another tenant", who)
        person = str(sender.get("aadObjectId", "")).lower()
        if not _OBJECT_ID.fullmatch(person):
            raise Refused(403, "sender without an Entra object id", who)
        return person

    def _check_service(self, activity: Json, claims: Mapping[str, Any]) -> None:
        service_url = str(activity.get("serviceUrl", ""))
        try:
            parts = urlsplit(service_url)
            host, port = parts.hostname or "", parts.port
        except ValueError as error:
            raise Refused(403, "malformed service address") from error
        is_local = self._settings.allow_loopback and host in _LOOPBACK
        is_secure = parts.scheme == "https" and port in (None, 443)
        is_microsoft = is_secure and _SERVICE_HOSTS.fullmatch(host) is not None
        if not (is_local or is_microsoft) or _NO_ADDRESS.search(service_url):
            raise Refused(403, "the service address is not Microsoft's")
        claimed = claims.get("serviceurl", claims.get("serviceUrl"))
        if claims and (not isinstance(claimed, str) or claimed.rstrip("/") != service_url.rstrip("/")):
            raise Refused(401, "the token is for another service address")

    def _check_tenant(self, activity: Json) -> None:
        conversation = _part(activity, "conversation")
        in_channel_data = _part(_part(activity, "channelData"), "tenant").get("id")
        named = {str(tenant) for tenant in (conversation.get("tenantId"), in_channel_data) if tenant}
        if named != {self._settings.tenant}:
            raise Refused(403, "another tenant", _sender(activity))

    async def _key(self, kid: str) -> Json:
        age = self._seconds() - self._looked_at
        is_known = kid in self._keys
        rests = is_known and self._seconds() < self._rests_until
        if (not is_known or age > _KEYS_LIVE_SECONDS) and age > _LOOK_AGAIN_SECONDS and not rests:
            try:
                async with self._looking:
                    await self._look_up()
            except Refused:
                # The issuer is away; a key that was good is believed for some days more.
                if not is_known or age > _KEYS_LAST_SECONDS:
                    raise
                self._rests_until = self._seconds() + _LOOK_AGAIN_SECONDS
        if kid not in self._keys:
            raise Refused(401, "signed by an unknown key")
        return self._keys[kid]

    async def _look_up(self) -> None:
        if self._seconds() - self._looked_at < 1:
            return  # somebody else just did
        try:
            async with (
                asyncio.timeout(_LOOK_SECONDS),  # altogether: whoever drips it out keeps this door waiting
                httpx.AsyncClient(timeout=5, transport=self._settings.transport()) as client,
            ):
                metadata = (await client.get(self._settings.metadata_url)).raise_for_status().json()
                answer = (await client.get(metadata["jwks_uri"])).raise_for_status().json()
            self._keys = {str(key["kid"]): key for key in answer["keys"] if key.get("kty") == "RSA"}
        except (httpx.HTTPError, TimeoutError, KeyError, TypeError, ValueError) as error:
            raise Refused(503, "the issuer's keys can't be read now") from error
        self._looked_at = self._seconds()


def _check_shape(activity: Json) -> None:
    """Refuse what lacks the parts by which an act is told from every other one."""
    kind, where = activity.get("type"), _part(activity, "conversation").get("id")
    if not isinstance(kind, str) or not _is_id(where):
        raise Refused(400, "an activity without its type or conversation")
    if kind in _ACTS and not _is_id(activity.get("id")):
        raise Refused(400, "an act without an id")


def _is_id(told: object) -> bool:
    return isinstance(told, str) and 0 < len(told) <= _LONGEST_ID and told.isprintable()


def _sender(activity: Json) -> tuple[str, str]:
    """Return tenant and id of who sent an activity, as far as it says so."""
    sender = _part(activity, "from")
    tenant = sender.get("tenantId") or _part(activity, "conversation").get("tenantId") or "unknown"
    return str(tenant)[:200], str(sender.get("aadObjectId") or sender.get("id") or "unknown")[:200]


def _part(whole: Json, name: str) -> Json:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}
