"""What an identity provider says of itself: certificates and where to send people; and what we say of us."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import quoteattr

from cryptography import x509
from lxml import etree

from domain.errors import BadInput, NotAllowed
from web.fetching import is_safe
from web.saml.document import METADATA, PROTOCOL, SIGNATURE, parsed_metadata

_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
_POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
_PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"


@dataclass(frozen=True)
class IdentityProvider:
    """An identity provider: how it signs, and where it takes requests."""

    issuer: str
    certificates: tuple[x509.Certificate, ...]
    sign_on: str
    wants_signed_requests: bool = False


def provider_of(raw: bytes, issuer: str, now: datetime) -> IdentityProvider:
    """Return the identity provider that a metadata document describes.

    Args:
        raw: One entity, or several.
        issuer: Which entity; it has to be in there exactly once.
        now: The time; metadata may have an end.

    Raises:
        BadInput: It can't be used; it says why.
    """
    try:
        root = parsed_metadata(raw)
    except NotAllowed as error:
        raise _unusable(str(error).removeprefix("saml: ")) from error
    found = [one for one in root.iter(f"{{{METADATA}}}EntityDescriptor") if one.get("entityID") == issuer]
    if len(found) != 1:
        raise _unusable(f"it describes {issuer} {len(found)} times")
    for one in (root, found[0]):
        if one.get("validUntil") and _moment(one.get("validUntil")) <= now:
            raise _unusable("it is not valid any more")
    roles = found[0].findall(f"{{{METADATA}}}IDPSSODescriptor")
    if len(roles) != 1 or PROTOCOL not in roles[0].get("protocolSupportEnumeration", "").split():
        raise _unusable(f"{issuer} is no identity provider for SAML 2.0")
    certificates = tuple(_certificates(roles[0]))
    if not certificates:
        raise _unusable("it holds no certificate to check signatures with")
    return IdentityProvider(
        issuer, certificates, _sign_on(roles[0]), roles[0].get("WantAuthnRequestsSigned") in ("true", "1")
    )


def our_metadata(entity: str, recipient: str) -> str:
    """Return what an identity provider needs to know of us, as its administrator loads it."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<md:EntityDescriptor xmlns:md="{METADATA}" entityID={quoteattr(entity)}>'
        f'<md:SPSSODescriptor protocolSupportEnumeration="{PROTOCOL}" AuthnRequestsSigned="false"'
        f' WantAssertionsSigned="true"><md:NameIDFormat>{_PERSISTENT}</md:NameIDFormat>'
        f'<md:AssertionConsumerService Binding="{_POST}" Location={quoteattr(recipient)} index="0"'
        ' isDefault="true"/></md:SPSSODescriptor></md:EntityDescriptor>\n'
    )


def _certificates(role: etree._Element) -> list[x509.Certificate]:
    found = []
    for key in role.findall(f"{{{METADATA}}}KeyDescriptor"):
        if key.get("use", "signing") != "signing":
            continue
        for told in key.iter(f"{{{SIGNATURE}}}X509Certificate"):
            try:
                raw = base64.b64decode("".join(str(told.text or "").split()), validate=True)
                found.append(x509.load_der_x509_certificate(raw))
            except (binascii.Error, ValueError) as error:
                raise _unusable("one of its certificates can't be read") from error
    return found


def _sign_on(role: etree._Element) -> str:
    services = role.findall(f"{{{METADATA}}}SingleSignOnService")
    found = [one.get("Location", "") for one in services if one.get("Binding") == _REDIRECT]
    if not found:
        raise _unusable("it names no address for requests by redirect")
    if not is_safe(found[0]):
        raise _unusable("its address for requests is not https")
    return str(found[0])


def _moment(text: str) -> datetime:
    try:
        told = datetime.fromisoformat(text)
    except ValueError as error:
        raise _unusable("validUntil is no time") from error
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _unusable(why: str) -> BadInput:
    return BadInput(f"saml metadata: {why}", say=f"The identity provider's metadata can't be used: {why}.")
