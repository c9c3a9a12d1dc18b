"""Signed action tokens: what a button may ask for, in one place, until a time.

A token is no right. It only says that we drew this button here; who presses and what they may do is
decided at the act, from the stored truth.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from bot.cards.model import Action
from domain.errors import BadInput, NotAllowed, NotNow
from domain.identity.chat import Place

LONGEST_TOKEN = 900
"""Characters: with labels, twenty of them fit in the smallest message, Teams' 28 kB."""
MOST_ARGUMENT_BYTES = 200
LIFETIME = timedelta(days=7)
_PURPOSE = b"dogwatch/action-token/1\0"
_SHORTEST_KEY = 32
_REMEMBERED = 1_000
_NEXT_STEP = "Open the current card, or ask me again with /dogwatch."


@dataclass(frozen=True)
class SignedAction:
    """What a genuine token says."""

    verb: str
    subject: str
    subject_hash: str
    arguments: Mapping[str, str]
    seen: str
    """Hash of the card that carried the button."""
    is_shown_whole: bool
    """False when that card was shortened, so that its reader may not have seen everything."""
    expires: datetime
    nonce: str


@dataclass(frozen=True)
class TokenMint:
    """Makes and reads tokens with HMAC-SHA256.

    Args:
        rings: Keys by id, at least 32 bytes each; old keys stay until their last token has expired.
        current: Id of the key that signs.
        lifetime: How long a button works.
        clock: The time, aware.
    """

    rings: Mapping[str, bytes]
    current: str
    lifetime: timedelta = LIFETIME
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _known: Callable[[str], tuple[Any, ...]] = field(init=False, repr=False, compare=False)
    """Like `_genuine`; many people press the same button, and a signature stays true. Time and place are
    looked at in every reading."""

    def __post_init__(self) -> None:
        """Refuse key rings that cannot sign safely."""
        object.__setattr__(self, "_known", lru_cache(maxsize=_REMEMBERED)(self._genuine))
        if self.current not in self.rings:
            raise ValueError("the current key id is not in the ring")
        for key_id, key in self.rings.items():
            if len(key) < _SHORTEST_KEY or not key_id.isascii() or not key_id.isalnum() or len(key_id) > 16:
                raise ValueError("a key needs 32 bytes and an id of 1 to 16 letters and digits")

    def __call__(self, action: Action, place: Place) -> str:
        """Return a token that works for the usual lifetime."""
        return self.mint(action, place, self.clock() + self.lifetime)

    def mint(self, action: Action, place: Place, expires: datetime) -> str:
        """Return the token of an action in a place.

        Raises:
            BadInput: The action carries more than a token holds.
        """
        if len(_json(action.arguments)) > MOST_ARGUMENT_BYTES:
            raise _too_long(f"arguments of {action.verb} over {MOST_ARGUMENT_BYTES} bytes")
        said = [
            action.verb,
            action.subject,
            _packed(action.subject_hash),
            action.arguments,
            _packed(action.seen),
            int(action.is_shown_whole),
            int(expires.timestamp()),
            secrets.token_urlsafe(9),
            _place_mark(place),
        ]
        body = f"{self.current}.{_base64(_json(said))}"
        token = f"{body}.{_base64(self._mac(self.current, body))}"
        if len(token) > LONGEST_TOKEN:
            raise _too_long(f"token of {action.verb} is {len(token)} long")
        return token

    def read(self, token: str, place: Place) -> SignedAction:
        """Return what a token says.

        Raises:
            NotAllowed: It is forged or changed, or it was made for another place.
            NotNow: It has expired.
        """
        said = self._known(token)
        verb, subject, subject_hash, arguments, seen, whole, expires, nonce, mark = said
        if not hmac.compare_digest(mark, _place_mark(place)):
            raise NotAllowed(
                f"token for {verb} was made for another place",
                say="This button belongs to another channel, so it does nothing here.",
                next_step=_NEXT_STEP,
            )
        until = datetime.fromtimestamp(expires, UTC)
        if self.clock() >= until:
            raise NotNow(
                f"token for {verb} expired at {until.isoformat()}",
                say=f"This button stopped working on {until:%d %B %Y at %H:%M} UTC, so nothing was done.",
                next_step=_NEXT_STEP,
            )
        arguments = dict(arguments)  # a copy: what is remembered stays as it was signed
        return SignedAction(
            verb, subject, _unpacked(subject_hash), arguments, _unpacked(seen), bool(whole), until, nonce
        )

    def _genuine(self, token: str) -> tuple[Any, ...]:  # Any: checked by the signature, not by type
        key_id, _, rest = token.partition(".")
        payload, _, mark = rest.partition(".")
        # An unknown key is measured like a known one, so that answers do not tell which keys exist.
        expected = _base64(self._mac(key_id, f"{key_id}.{payload}"))
        is_ours = token.isascii() and hmac.compare_digest(expected.encode(), mark.encode(errors="replace"))
        if not is_ours or key_id not in self.rings or len(token) > LONGEST_TOKEN:
            raise NotAllowed(
                f"forged token of {len(token)} characters",
                say="I didn't make this button, or it was changed on its way, so nothing was done.",
                next_step=_NEXT_STEP,
            )
        try:
            said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except (binascii.Error, ValueError) as error:
            raise NotAllowed(
                "signed token of another form",
                say="This button is of an older version of me, so nothing was done.",
                next_step=_NEXT_STEP,
            ) from error
        return tuple(said)

    def _mac(self, key_id: str, body: str) -> bytes:
        key = self.rings.get(key_id, b"\0" * _SHORTEST_KEY)
        return hmac.digest(key, _PURPOSE + body.encode(errors="replace"), hashlib.sha256)


def _place_mark(place: Place) -> str:
    """Return what binds a token to platform, workspace and channel; threads of one channel share it."""
    where = _json([place.platform.value, place.workspace, place.channel])
    return _base64(hashlib.sha256(b"dogwatch/place/1\0" + where).digest()[:16])


def _packed(text: str) -> str:
    """Return a hex SHA-256 in two thirds of its length, anything else as it is, marked."""
    if len(text) == 64 and text == text.lower():
        try:
            return "#" + _base64(bytes.fromhex(text))
        except ValueError:
            pass
    return "=" + text


def _unpacked(text: str) -> str:
    if text.startswith("#"):
        return base64.urlsafe_b64decode(text[1:] + "=").hex()
    return text[1:]


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, sort_keys=True).encode(
        errors="replace"
    )


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _too_long(detail: str) -> BadInput:
    return BadInput(detail, say="I can't draw this button: it would have to carry too much.")
