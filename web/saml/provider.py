"""One identity provider: what we ask it by redirect, and what we believe of what is posted back."""

import asyncio
import base64
import binascii
import logging
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape, quoteattr

from domain.errors import BadInput, DogwatchError, OutsideTrouble
from web.fetching import fetched, is_safe
from web.saml.assertion import Expected, SamlClaims, claims_of
from web.saml.document import ASSERTION, MOST_METADATA_BYTES, PROTOCOL, parsed, refused
from web.saml.metadata import IdentityProvider, our_metadata, provider_of

log = logging.getLogger("dogwatch.saml")

_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_READ_AGAIN_AFTER = timedelta(minutes=10)
_BELIEVED_AT_MOST = timedelta(days=1)
_AT_ONCE = 2


@dataclass(frozen=True)
class SamlRules:
    """What an operator decided.

    Args:
        issuer: The identity provider's entity id.
        metadata: File or https address with its metadata.
        subject_attribute: Attribute with the id that stays; empty: the name id.
        mail_attributes: Attributes that may hold the mail address.
        takes_unasked: Whether the provider may send somebody who did not begin here.
    """

    issuer: str
    metadata: str
    subject_attribute: str
    mail_attributes: Sequence[str]
    takes_unasked: bool = False


class SamlProvider:
    """One identity provider.

    Args:
        rules: What an operator decided.
        public_url: Our own address.
        now: Tells the time.
    """

    def __init__(self, rules: SamlRules, public_url: str, now: Callable[[], datetime]) -> None:
        self.rules = rules
        self.entity = f"{public_url}/sign-in/saml/metadata"
        self.recipient = f"{public_url}/sign-in/saml/back"
        self._now = now
        self._known: IdentityProvider | None = None
        self._read_at: datetime | None = None
        self._checking = asyncio.Semaphore(_AT_ONCE)

    async def address(self, request_id: str, *, asks_anew: bool) -> str:
        """Return where to send who wants to sign in; `asks_anew`: even one whom the provider knows."""
        about = await self.about()
        force = ' ForceAuthn="true"' if asks_anew else ""
        request = (
            f'<samlp:AuthnRequest xmlns:samlp="{PROTOCOL}" xmlns:saml="{ASSERTION}" ID="{request_id}"'
            f' Version="2.0" IssueInstant="{self._now():%Y-%m-%dT%H:%M:%SZ}"'
            f' Destination={quoteattr(about.sign_on)} ProtocolBinding="{_POST}"{force}'
            f" AssertionConsumerServiceURL={quoteattr(self.recipient)}>"
            f"<saml:Issuer>{escape(self.entity)}</saml:Issuer>"
            '<samlp:NameIDPolicy AllowCreate="true"/></samlp:AuthnRequest>'
        )
        squeezed = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        small = squeezed.compress(request.encode()) + squeezed.flush()
        query = urlencode({"SAMLRequest": base64.b64encode(small).decode()})
        return f"{about.sign_on}{'&' if urlsplit(about.sign_on).query else '?'}{query}"

    async def claims(self, posted: str) -> SamlClaims:
        """Return what a posted response vouches for.

        Raises:
            NotAllowed: Any check failed; nobody is signed in.
            OutsideTrouble: The provider's metadata can't be had.
        """
        about = await self.about()
        expected = Expected(
            issuer=about.issuer,
            certificates=about.certificates,
            audience=self.entity,
            recipient=self.recipient,
            subject_attribute=self.rules.subject_attribute,
            mail_attributes=self.rules.mail_attributes,
        )
        try:
            raw = base64.b64decode("".join(posted.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise refused("the response is no base64") from error
        async with self._checking:
            found = await asyncio.to_thread(lambda: claims_of(parsed(raw), expected, self._now()))
        if not found.answers and not self.rules.takes_unasked:
            raise refused("the provider sent somebody who did not begin here")
        return found

    def metadata(self) -> str:
        """Return what the provider's administrator needs to know of us."""
        return our_metadata(self.entity, self.recipient)

    async def about(self) -> IdentityProvider:
        """Return the provider as its metadata has it: read every ten minutes, kept a day if it can't be.

        Raises:
            OutsideTrouble: It can't be read, or not used.
        """
        now = self._now()
        if self._known and self._read_at and now - self._read_at < _READ_AGAIN_AFTER:
            return self._known
        try:
            self._known = provider_of(await self._read(), self.rules.issuer, now)
        except DogwatchError as error:
            if self._known is None or self._read_at is None or now - self._read_at > _BELIEVED_AT_MOST:
                raise OutsideTrouble(
                    str(error),
                    say="The identity provider can't be asked now, so nobody was signed in.",
                    next_step="An operator finds the reason in the log.",
                ) from error
            log.warning("the identity provider's metadata was not read again: %s", error)
            return self._known
        self._read_at = now
        return self._known

    async def _read(self) -> bytes:
        place = self.rules.metadata
        if "://" not in place:
            try:
                return await asyncio.to_thread(Path(place).read_bytes)
            except OSError as error:
                raise BadInput(
                    f"saml metadata: {place} can't be read ({error.strerror})",
                    say="The identity provider's metadata can't be read.",
                ) from error
        if not is_safe(place):
            raise BadInput("saml metadata: its address is not https", say="Metadata is read over https only.")
        status, body = await fetched("GET", place, most_bytes=MOST_METADATA_BYTES)
        if status != 200:
            raise OutsideTrouble(
                f"saml metadata: {place} answered {status}", say="The identity provider does not answer."
            )
        return body
