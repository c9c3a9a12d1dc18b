"""A webhook of the reader's choice, signed the way of Standard Webhooks.

The receiver checks `webhook-signature` over `id.timestamp.body` with the shared secret, refuses what is older
than a few minutes, and ignores an id that it has seen: a repeat carries the same one.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable

import orjson

from domain.errors import BadInput
from domain.identity.people import Way
from domain.ports.clock import Clock
from domain.ports.notifier import Letter, Receipt
from domain.telling.notices import Fate
from integrations.outward_http import OutwardHttp

_PREFIX = "whsec_"
_SHORTEST = 24


class SignedWebhook:
    """Implements `Notifier` with signed JSON.

    Args:
        url: https, or http on this machine.
        secret: The shared secret, as text or as `whsec_` and Base64.

    Raises:
        BadInput: The address can't be used, or the secret is too short to sign anything.
    """

    way = Way.WEBHOOK

    def __init__(self, url: str, secret: Callable[[], str], clock: Clock) -> None:
        if len(secret()) < _SHORTEST:
            raise BadInput(
                "webhook secret", say=f"notify.webhook_secret needs at least {_SHORTEST} characters."
            )
        try:
            _raw(secret())
        except binascii.Error:
            raise BadInput(
                "webhook secret", say=f"What follows {_PREFIX} in notify.webhook_secret is no Base64."
            ) from None
        self._http = OutwardHttp("the webhook", url)
        self._secret = secret
        self._clock = clock

    async def send(self, letter: Letter) -> Receipt:
        """Post one notice; raises `OutsideTrouble`."""
        told = {
            "type": "notice.call",
            "timestamp": letter.at.isoformat(),
            "data": {
                "about": letter.about,
                "title": letter.title,
                "lines": list(letter.lines),
                "link": letter.link,
                "urgent": letter.is_urgent,
            },
        }
        await self._post(letter.key, told)
        return Receipt(letter.key)

    async def follow(self, receipt: str, *, is_over: bool) -> Fate:
        """Return that it arrived: the receiver's 2xx said so."""
        return Fate.ARRIVED

    async def probe(self) -> str:
        """Post a signed ping; raises `OutsideTrouble`."""
        now = self._clock.now()
        told = {"type": "ping", "timestamp": now.isoformat(), "data": {}}
        await self._post(f"ping-{int(now.timestamp())}", told)
        return "the webhook takes what we sign"

    async def _post(self, key: str, told: object) -> None:
        body = orjson.dumps(told)
        moment = str(int(self._clock.now().timestamp()))
        headers = {
            "content-type": "application/json",
            "webhook-id": key,
            "webhook-timestamp": moment,
            "webhook-signature": signature(self._secret(), key, moment, body),
        }
        await self._http.call("POST", content=body, headers=headers)


def signature(secret: str, key: str, moment: str, body: bytes) -> str:
    """Return the value of the header that proves who sent exactly this, and when."""
    signed = hmac.new(_raw(secret), f"{key}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def _raw(secret: str) -> bytes:
    if not secret.startswith(_PREFIX):
        return secret.encode()
    return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
