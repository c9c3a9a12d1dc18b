"""What an assertion vouches for, read from the signed bytes alone, after every condition it makes is met.

Source: SAML 2.0 Profiles §4.1.4.2 and §4.1.4.3 (what a service provider must check), Core §2.5 (conditions).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from web.saml.document import ASSERTION, PROTOCOL, refused, signed_part_of

_LEEWAY = timedelta(seconds=60)
_LONGEST_LIFE = timedelta(hours=1)
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"
_EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
_KNOWN_CONDITIONS = frozenset({"AudienceRestriction", "OneTimeUse", "ProxyRestriction"})
_HOW = SignatureConfiguration(
    location="./",
    expect_references=1,
    signature_methods=frozenset(
        {
            SignatureMethod.RSA_SHA256,
            SignatureMethod.RSA_SHA384,
            SignatureMethod.RSA_SHA512,
            SignatureMethod.ECDSA_SHA256,
            SignatureMethod.ECDSA_SHA384,
            SignatureMethod.ECDSA_SHA512,
        }
    ),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256, DigestAlgorithm.SHA384, DigestAlgorithm.SHA512}),
)


@dataclass(frozen=True)
class Expected:
    """What an assertion has to be for.

    Args:
        issuer: The identity provider.
        certificates: Those it may sign with; one or, while it changes them, several.
        audience: Our own name.
        recipient: Our address that assertions are posted to.
        subject_attribute: Attribute with the id that stays; empty: the name id.
        mail_attributes: Attributes that may hold the mail address.
    """

    issuer: str
    certificates: Sequence[x509.Certificate]
    audience: str
    recipient: str
    subject_attribute: str
    mail_attributes: Sequence[str]


@dataclass(frozen=True)
class SamlClaims:
    """What the identity provider vouches for."""

    issuer: str
    subject: str
    email: str
    proven_at: datetime
    """When the person last gave the provider a password or the like."""
    answers: str
    """Id of the request that is answered; empty when the provider came by itself."""
    assertion_id: str
    until: datetime
    """Until when the assertion could be used again, if nobody remembered it."""


def claims_of(response: etree._Element, expected: Expected, now: datetime) -> SamlClaims:
    """Return what a response vouches for.

    Raises:
        NotAllowed: Any check failed; nobody is signed in.
    """
    _refuse_failure(response)
    assertion = _verified(signed_part_of(response), expected.certificates)
    if _text(_only(assertion, "Issuer")) != expected.issuer or assertion.get("Version") != "2.0":
        raise refused("the assertion is another provider's")
    if _moment(assertion, "IssueInstant") > now + _LEEWAY:
        raise refused("the assertion is from the future")
    _check_conditions(_only(assertion, "Conditions"), expected.audience, now)
    subject = _only(assertion, "Subject")
    answers, until = _confirmed(subject, expected.recipient, now)
    _check_envelope(response, expected)
    if answers != response.get("InResponseTo", ""):
        raise refused("response and assertion answer different requests")
    attributes = _attributes(assertion)
    name = _only(subject, "NameID")
    return SamlClaims(
        issuer=expected.issuer,
        subject=_subject(name, attributes, expected.subject_attribute),
        email=_email(name, attributes, expected.mail_attributes),
        proven_at=_proven_at(assertion, now),
        answers=answers,
        assertion_id=assertion.get("ID", ""),
        until=until + _LEEWAY,
    )


def _verified(assertion: etree._Element, certificates: Sequence[x509.Certificate]) -> etree._Element:
    """Return the assertion as it was signed: nothing else of the document is read for what it says."""
    alone = etree.fromstring(etree.tostring(assertion, with_tail=False))
    for certificate in certificates:
        try:
            found = XMLVerifier().verify(alone, x509_cert=certificate, id_attribute="ID", expect_config=_HOW)
        except (SignXMLException, etree.LxmlError, ValueError, TypeError, AttributeError, KeyError):
            continue
        signed = None if isinstance(found, list) else found.signed_xml
        if signed is None or signed.tag != assertion.tag or signed.get("ID") != assertion.get("ID"):
            raise refused("something else was signed")
        return signed
    raise refused("no certificate of the provider fits the signature")


def _refuse_failure(response: etree._Element) -> None:
    codes = [one.get("Value", "") for one in response.iter(f"{{{PROTOCOL}}}StatusCode")]
    if codes[:1] != [_SUCCESS]:
        raise refused(f"the provider refused: {', '.join(code.rpartition(':')[2] for code in codes)}")


def _check_envelope(response: etree._Element, expected: Expected) -> None:
    """Check what is said around the assertion; it need not be signed, so it can only make things worse."""
    issuer = response.find(f"{{{ASSERTION}}}Issuer")
    if issuer is not None and _text(issuer) != expected.issuer:
        raise refused("the response is another provider's")
    if (
        response.get("Version") != "2.0"
        or response.get("Destination", expected.recipient) != expected.recipient
    ):
        raise refused("the response was meant for another address")


def _check_conditions(conditions: etree._Element, audience: str, now: datetime) -> None:
    if conditions.get("NotBefore") and _moment(conditions, "NotBefore") > now + _LEEWAY:
        raise refused("the assertion is not valid yet")
    if conditions.get("NotOnOrAfter") and _moment(conditions, "NotOnOrAfter") <= now - _LEEWAY:
        raise refused("the assertion is not valid any more")
    if any(etree.QName(one).localname not in _KNOWN_CONDITIONS for one in conditions):
        raise refused("the assertion makes a condition that is not known")
    restrictions = conditions.findall(f"{{{ASSERTION}}}AudienceRestriction")
    if not restrictions:
        raise refused("the assertion is for anybody")
    for restriction in restrictions:
        if audience not in [_text(one) for one in restriction.findall(f"{{{ASSERTION}}}Audience")]:
            raise refused("the assertion is for somebody else")


def _confirmed(subject: etree._Element, recipient: str, now: datetime) -> tuple[str, datetime]:
    """Return which request the bearer of an assertion answers, and until when they may."""
    for confirmation in subject.findall(f"{{{ASSERTION}}}SubjectConfirmation"):
        told = confirmation.find(f"{{{ASSERTION}}}SubjectConfirmationData")
        if confirmation.get("Method") != _BEARER or told is None or told.get("Recipient") != recipient:
            continue
        if told.get("NotBefore") or not told.get("NotOnOrAfter"):
            continue
        until = _moment(told, "NotOnOrAfter")
        if now - _LEEWAY < until <= now + _LONGEST_LIFE + _LEEWAY:
            return told.get("InResponseTo", ""), until
    raise refused("nobody may bear the assertion to us now")


def _proven_at(assertion: etree._Element, now: datetime) -> datetime:
    statements = assertion.findall(f"{{{ASSERTION}}}AuthnStatement")
    if not statements:
        raise refused("the assertion does not say that anybody signed in")
    moments = [_moment(one, "AuthnInstant") for one in statements]
    if max(moments) > now + _LEEWAY:
        raise refused("somebody signed in in the future")
    for statement in statements:
        over = statement.get("SessionNotOnOrAfter")
        if over and _moment(statement, "SessionNotOnOrAfter") <= now - _LEEWAY:
            raise refused("the session at the provider is over")
    return min(*moments, now)


def _subject(name: etree._Element, attributes: dict[str, list[str]], wanted: str) -> str:
    if wanted:
        values = attributes.get(wanted, [])
        if len(values) != 1:
            raise refused(f"the provider sends no single attribute {wanted}")
        return values[0]
    if name.get("Format") == _TRANSIENT:
        raise refused("the provider sends a name that does not last; set signin.saml.subject_attribute")
    return _text(name)


def _email(name: etree._Element, attributes: dict[str, list[str]], wanted: Sequence[str]) -> str:
    for one in wanted:
        if len(attributes.get(one, [])) == 1:
            return attributes[one][0]
    return _text(name) if name.get("Format") == _EMAIL else ""


def _attributes(assertion: etree._Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for attribute in assertion.iterfind(f"{{{ASSERTION}}}AttributeStatement/{{{ASSERTION}}}Attribute"):
        values = attribute.findall(f"{{{ASSERTION}}}AttributeValue")
        found.setdefault(attribute.get("Name", ""), []).extend(_text(one) for one in values)
    return found


def _only(parent: etree._Element, name: str) -> etree._Element:
    found: list[etree._Element] = parent.findall(f"{{{ASSERTION}}}{name}")
    if len(found) != 1:
        raise refused(f"the assertion has not exactly one {name}")
    return found[0]


def _text(element: etree._Element) -> str:
    """Return the whole text of an element; one that is cut in pieces says something else to everybody."""
    if len(element):
        raise refused("a name is in pieces")
    return str(element.text or "").strip()


def _moment(element: etree._Element, name: str) -> datetime:
    try:
        told = datetime.fromisoformat(element.get(name, ""))
    except ValueError as error:
        raise refused(f"{name} is no time") from error
    return told if told.tzinfo else told.replace(tzinfo=UTC)
