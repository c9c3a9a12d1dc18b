"""What is done to signed assertions: wrapped, commented, transformed, blown up, signed anew.

The wrappings are the eight of Somorovsky et al. (2012) and those found since; after each the good response is
taken, and each is refused for its own reason.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from domain.errors import BadInput, NotAllowed
from tests.web.identity_provider import (
    ENVELOPED,
    EXCLUSIVE,
    ISSUER,
    RSA_SHA256,
    SIGN_ON,
    TRANSFORMS,
    Pair,
    Words,
    metadata_of,
    new_pair,
    signed,
)
from web.saml.assertion import Expected, SamlClaims, claims_of
from web.saml.document import parsed
from web.saml.metadata import our_metadata, provider_of

pytestmark = pytest.mark.proves("I2")
NOW = datetime.now(UTC).replace(microsecond=0)
WORDS = Words(NOW, "https://dogwatch.example.org", "https://dogwatch.example.org/back", "_asked")
DS = "{http://www.w3.org/2000/09/xmldsig#}"
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
Spoil = Callable[[str], str]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("saml")


@pytest.fixture(scope="module")
def pair(folder: Path) -> Pair:
    return new_pair(folder, "idp")


@pytest.fixture(scope="module")
def good(pair: Pair, folder: Path) -> str:
    return signed(WORDS.response(), pair, folder)


def read(text: str | bytes, *pairs: Pair) -> SamlClaims:
    certificates = [x509.load_pem_x509_certificate(pair.certificate.read_bytes()) for pair in pairs]
    raw = text.encode() if isinstance(text, str) else text
    expected = Expected(ISSUER, certificates, WORDS.audience, WORDS.recipient, "", ("mail",))
    return claims_of(parsed(raw), expected, NOW)


def test_a_good_response_says_who_it_is(good: str, pair: Pair, folder: Path) -> None:
    found = read(good, pair)

    assert (found.subject, found.email, found.answers) == ("erin-at-idp", "erin@example.org", "_asked")
    assert found.proven_at == NOW
    assert read(f'\ufeff<?xml version="1.0" encoding="UTF-8"?>\n{good}\n', pair) == found
    both = signed(WORDS.response("assertion response"), pair, folder)
    assert read(signed(both, pair, folder, "_response"), pair) == found
    prefixes = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="xs"/>'
    listed = WORDS.response(transforms=TRANSFORMS[:-2] + f">{prefixes}</ds:Transform>")
    assert read(signed(listed, pair, folder), pair) == found


def evil_of(good: str) -> tuple[etree._Element, etree._Element, etree._Element]:
    """Return the response, its signed assertion, and an evil copy of it without signature."""
    root = etree.fromstring(good.encode())
    assertion = root.find(f"{SAML}Assertion")
    evil = etree.fromstring(etree.tostring(assertion, with_tail=False))
    evil.remove(evil.find(f"{DS}Signature"))
    evil.set("ID", "_evil")
    evil.find(f"{SAML}Subject/{SAML}NameID").text = "lead-at-idp"
    return root, assertion, evil


def text_of(root: etree._Element) -> str:
    return etree.tostring(root).decode()


def wrapped_response_in_signature(good: str) -> str:
    """Put the whole good response into the signature of an evil one."""
    root, assertion, evil = evil_of(good)
    signature = assertion.find(f"{DS}Signature")
    inner = etree.fromstring(good.encode())
    evil.insert(1, signature)
    etree.SubElement(signature, f"{DS}Object").append(inner)
    root.replace(assertion, evil)
    root.set("ID", "_evil_response")
    return text_of(root)


def wrapped_before(good: str) -> str:
    root, assertion, evil = evil_of(good)
    root.insert(root.index(assertion), evil)
    return text_of(root)


def wrapped_after(good: str) -> str:
    root, _, evil = evil_of(good)
    root.append(evil)
    return text_of(root)


def wrapped_around(good: str) -> str:
    root, assertion, evil = evil_of(good)
    root.replace(assertion, evil)
    evil.append(assertion)
    return text_of(root)


def wrapped_with_signature_moved(good: str) -> str:
    root, assertion, evil = evil_of(good)
    signature = assertion.find(f"{DS}Signature")
    evil.insert(1, signature)
    root.replace(assertion, evil)
    evil.append(assertion)
    return text_of(root)


def wrapped_in_object(good: str) -> str:
    root, assertion, evil = evil_of(good)
    signature = assertion.find(f"{DS}Signature")
    root.replace(assertion, evil)
    evil.insert(1, signature)
    etree.SubElement(signature, f"{DS}Object").append(assertion)
    return text_of(root)


def wrapped_in_extensions(good: str) -> str:
    root, assertion, evil = evil_of(good)
    hidden = etree.Element("{urn:oasis:names:tc:SAML:2.0:protocol}Extensions")
    root.insert(1, hidden)
    root.replace(assertion, evil)
    hidden.append(assertion)
    return text_of(root)


def moved_away(good: str) -> str:
    """Put the good assertion elsewhere, and nothing in its place."""
    root, assertion, _ = evil_of(good)
    root.remove(assertion)
    etree.SubElement(root, "{urn:oasis:names:tc:SAML:2.0:protocol}Extensions").append(assertion)
    return text_of(root)


def wrapped_in_confirmation(good: str) -> str:
    root, assertion, evil = evil_of(good)
    root.replace(assertion, evil)
    evil.find(f".//{SAML}SubjectConfirmationData").append(assertion)
    return text_of(root)


def wrapped_with_the_same_id(good: str) -> str:
    return wrapped_before(good).replace('"_evil"', '"_assertion"')


def wrapped_with_another_kind_of_id(good: str) -> str:
    return wrapped_before(good).replace('ID="_evil"', 'ID="_evil" Id="_assertion"')


def swapped(old: str, new: str) -> Spoil:
    def spoil(good: str) -> str:
        assert old in good
        return good.replace(old, new)

    return spoil


def without_signature(good: str) -> str:
    return re.sub(r"<ds:Signature .*</ds:Signature>", "", good, flags=re.DOTALL)


XSLT = (
    '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"><xsl:stylesheet version="1.0"'
    ' xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/">'
    + '<xsl:for-each select="//. | //@*">' * 6
    + "</xsl:for-each>" * 6
    + "</xsl:template></xsl:stylesheet></ds:Transform>"
)
LAUGHS = (
    "<!DOCTYPE a ["
    + "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
    + "]>"
)
MANY = " ".join(f'a{n}="x"' for n in range(9000))
LISTED = f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="{"p " * 9000}"/>'
SPOILS: dict[str, tuple[Spoil, str]] = {
    "wrapped 1": (wrapped_response_in_signature, "exactly one assertion"),
    "wrapped 2": (wrapped_before, "exactly one assertion"),
    "wrapped 3": (wrapped_after, "exactly one assertion"),
    "wrapped 4": (wrapped_around, "exactly one assertion"),
    "wrapped 5": (wrapped_with_signature_moved, "exactly one assertion"),
    "wrapped 6": (wrapped_in_object, "exactly one assertion"),
    "wrapped 7": (wrapped_in_extensions, "exactly one assertion"),
    "wrapped 8": (wrapped_in_confirmation, "exactly one assertion"),
    "moved away": (moved_away, "at its own place"),
    "the same id": (wrapped_with_the_same_id, "the same id"),
    "another kind of id": (wrapped_with_another_kind_of_id, "the same id"),
    "no signature": (without_signature, "not signed"),
    "another name": (swapped("erin-at-idp", "lead-at-idp"), "no certificate"),
    "another mail": (swapped("erin@example.org", "lead@example.org"), "no certificate"),
    "a comment in the name": (swapped("erin-at-idp", "erin-at-idp<!---->.evil"), "comment"),
    "a comment in the mail": (swapped("@example.org", "@example.org<!-- -->.evil.org"), "comment"),
    "an instruction in the name": (swapped("erin-at-idp", "erin<?x?>-at-idp"), "instruction"),
    "CDATA in the name": (swapped("erin-at-idp", "<![CDATA[erin]]>-at-idp"), "comment"),
    "an entity in the name": (swapped("erin-at-idp", "&lead;"), "not well-formed"),
    "an element in the name": (swapped("erin-at-idp", "erin<b/>-at-idp"), "no certificate"),
    "a DTD": (lambda good: f'<!DOCTYPE a SYSTEM "file:///etc/passwd">{good}', "DTD"),
    "a billion laughs": (lambda good: LAUGHS + good, "DTD"),
    "XSLT": (swapped(TRANSFORMS, TRANSFORMS + XSLT), "other transforms"),
    "XSLT alone": (swapped(TRANSFORMS, XSLT), "other transforms"),
    "XPath": (
        swapped(
            TRANSFORMS,
            '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>'
            f"{'count(//. | ' * 20}//@*{')' * 20}</ds:XPath></ds:Transform>",
        ),
        "other transforms",
    ),
    "base64": (
        swapped(TRANSFORMS, f'{TRANSFORMS}<ds:Transform Algorithm="{DS[1:-1]}base64"/>'),
        "other transforms",
    ),
    "a hundred transforms": (swapped(TRANSFORMS, TRANSFORMS * 50), "other transforms"),
    "no enveloped": (swapped(f'<ds:Transform Algorithm="{ENVELOPED}"/>', ""), "other transforms"),
    "with comments": (
        swapped(f'"{EXCLUSIVE}"/></ds:Tr', f'"{EXCLUSIVE}WithComments"/></ds:Tr'),
        "transforms",
    ),
    "canonical form": (
        swapped(
            f'Method Algorithm="{EXCLUSIVE}"',
            'Method Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"',
        ),
        "another canonical form",
    ),
    "a transform with luggage": (
        swapped(
            f'<ds:Transform Algorithm="{ENVELOPED}"/>',
            f'<ds:Transform Algorithm="{ENVELOPED}"><ds:XPath>1</ds:XPath></ds:Transform>',
        ),
        "something of its own",
    ),
    "many prefixes": (
        swapped(TRANSFORMS, TRANSFORMS[:-2] + f">{LISTED}</ds:Transform>"),
        "too many prefixes",
    ),
    "many prefixes for the signature": (
        swapped(
            f'Method Algorithm="{EXCLUSIVE}"/>',
            f'Method Algorithm="{EXCLUSIVE}">{LISTED}</ds:CanonicalizationMethod>',
        ),
        "too many prefixes",
    ),
    "the whole document": (swapped('URI="#_assertion"', 'URI=""'), "something other"),
    "another reference": (swapped('URI="#_assertion"', 'URI="#_response"'), "something other"),
    "a reference outside": (swapped('URI="#_assertion"', 'URI="http://evil/"'), "something other"),
    "an XPointer": (swapped('URI="#_assertion"', "URI=\"#xpointer(id('_assertion'))\""), "something other"),
    "two references": (
        lambda good: re.sub(r"(<ds:Reference.*</ds:Reference>)", r"\1\1", good, flags=re.DOTALL),
        "something other",
    ),
    "SHA-1": (swapped(RSA_SHA256, "http://www.w3.org/2000/09/xmldsig#rsa-sha1"), "not taken"),
    "HMAC": (swapped(RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"), "not taken"),
    "no algorithm": (swapped(RSA_SHA256, "none"), "not taken"),
    "a key of its own": (
        swapped("<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyValue><ds:RSAKeyValue/></ds:KeyValue>"),
        "a key of its own",
    ),
    "a retrieval": (
        swapped("<ds:KeyInfo>", '<ds:KeyInfo><ds:RetrievalMethod URI="http://evil/"/>'),
        "a key of its own",
    ),
    "an object": (swapped("</ds:KeyInfo>", "</ds:KeyInfo><ds:Object/>"), "more than it needs"),
    "two signatures": (
        lambda good: re.sub(r"(<ds:Signature .*</ds:Signature>)", r"\1\1", good, flags=re.DOTALL),
        "two signatures",
    ),
    "encrypted": (swapped("</samlp:Response>", "<saml:EncryptedAssertion/></samlp:Response>"), "encrypted"),
    "too deep": (swapped("<samlp:Status>", "<a>" * 40 + "</a>" * 40 + "<samlp:Status>"), "too deep"),
    "too long": (swapped("<samlp:Status>", "<a/>" * 4000 + "<samlp:Status>"), "too deep or too long"),
    "too many attributes": (
        swapped("<samlp:Status>", f"<a {MANY}/><samlp:Status>"),
        "too many attributes",
    ),
    "too large": (swapped("<samlp:Status>", f"<a>{'a' * 300_000}</a><samlp:Status>"), "too large"),
    "not closed": (swapped("</samlp:Response>", ""), "not well-formed"),
    "another encoding": (lambda good: f'<?xml version="1.0" encoding="UTF-7"?>{good}', "another encoding"),
    "no response": (lambda good: "<a/>", "the provider refused"),
}


@pytest.mark.parametrize("spoil", sorted(SPOILS))
def test_a_response_that_was_spoilt_vouches_for_nobody(good: str, pair: Pair, spoil: str) -> None:
    how, reason = SPOILS[spoil]

    with pytest.raises(NotAllowed, match=reason) as refused:
        read(how(good), pair)

    assert refused.value.sentence().startswith("The sign-in did not go through")
    assert read(good, pair).subject == "erin-at-idp"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-7", "latin-1"])
def test_bytes_that_are_no_utf_8_are_not_parsed(good: str, pair: Pair, encoding: str) -> None:
    hidden = f"<!DOCTYPE a>{good.replace('erin-at-idp', 'erin-ä')}".encode(encoding)

    with pytest.raises(NotAllowed):
        read(hidden, pair)


def test_whoever_else_signs_vouches_for_nobody(good: str, pair: Pair, folder: Path) -> None:
    evil = new_pair(folder, "evil")
    theirs = signed(WORDS.response(), evil, folder)
    assert read(theirs, evil).subject == "erin-at-idp"

    with pytest.raises(NotAllowed, match="no certificate"):
        read(theirs, pair)
    with pytest.raises(NotAllowed, match="no certificate"):
        read(theirs)
    with pytest.raises(NotAllowed, match="no certificate"):
        read(good.replace(pair.body, evil.body), evil)


def test_a_signature_of_the_response_alone_is_not_enough(pair: Pair, folder: Path) -> None:
    outer = signed(WORDS.response("response"), pair, folder, "_response")

    with pytest.raises(NotAllowed, match="the assertion is not signed"):
        read(outer, pair)


def test_what_is_signed_with_another_transform_is_refused_though_the_signature_is_right(
    pair: Pair, folder: Path
) -> None:
    plain = f'<ds:Transform Algorithm="{ENVELOPED}"/>'
    for transforms in (plain, TRANSFORMS.replace(f'"{EXCLUSIVE}"', f'"{EXCLUSIVE}WithComments"')):
        text = signed(WORDS.response(transforms=transforms), pair, folder)

        with pytest.raises(NotAllowed, match="other transforms"):
            read(text, pair)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (r'(ConfirmationData [^>]*NotOnOrAfter=")[^"]*', r"\g<1>2020-01-01T00:00:00Z", "nobody may bear"),
        (r"ConfirmationData ", 'ConfirmationData NotBefore="2020-01-01T00:00:00Z" ', "nobody may bear"),
        (r"<saml:Issuer>[^<]*", "<saml:Issuer>https://another", "the response is another provider's"),
        (r"erin-at-idp", "erin<saml:b/>-at-idp", "in pieces"),
        (r"</saml:Conditions>", "<saml:AudienceRestriction/></saml:Conditions>", "somebody else"),
        (r'(<saml:Assertion [^>]*IssueInstant=")[^"]*', r"\g<1>2999-01-01T00:00:00Z", "from the future"),
    ],
)
def test_what_is_signed_and_still_not_right_is_refused(
    pair: Pair, folder: Path, old: str, new: str, reason: str
) -> None:
    text = signed(re.sub(old, new, WORDS.response(), count=1), pair, folder)

    with pytest.raises(NotAllowed, match=reason):
        read(text, pair)


def test_a_signed_name_with_a_comment_is_refused(pair: Pair, folder: Path) -> None:
    # Exclusive C14N leaves comments out: the provider signs one name, and a careless reader sees another.
    words = replace(WORDS, name="lead-at-idp<!-- -->.evil")
    text = signed(words.response(), pair, folder)

    with pytest.raises(NotAllowed, match="comment"):
        read(text, pair)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_single_changed_byte_says_anything_else(good: str, pair: Pair, data: st.DataObject) -> None:
    raw = bytearray(good.encode())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] = data.draw(st.integers(0, 255))

    try:
        found = read(bytes(raw), pair)
    except NotAllowed:
        return
    # What may change without harm is what nobody signed: it stands outside of the assertion.
    assert found == read(good, pair)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (lambda text: text.replace(ISSUER, "https://another"), "0 times"),
        (lambda text: text.replace("IDPSSODescriptor", "SPSSODescriptor"), "no identity provider"),
        (lambda text: text.replace("SAML:2.0:protocol", "SAML:1.1:protocol"), "no identity provider"),
        (lambda text: text.replace('use="signing"', 'use="encryption"'), "no certificate"),
        (lambda text: text.replace("MII", "???"), "can't be read"),
        (lambda text: text.replace("HTTP-Redirect", "HTTP-POST"), "by redirect"),
        (lambda text: text.replace(SIGN_ON, "http://idp.example.org/sso"), "not https"),
        (lambda text: text.replace(SIGN_ON, "javascript:x"), "not https"),
        (lambda text: text.replace("<md:Entity", "<!DOCTYPE a><md:Entity", 1), "DTD"),
        (lambda text: text[:-5], "not well-formed"),
        (lambda text: text.replace(" entityID", ' validUntil="2020-01-01T00:00:00Z" entityID'), "any more"),
        (lambda text: text.replace(" entityID", ' validUntil="soon" entityID'), "no time"),
    ],
)
def test_metadata_that_cannot_be_used_says_why(pair: Pair, changed: Spoil, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        provider_of(changed(metadata_of(pair)).encode(), ISSUER, NOW)


def test_one_provider_is_found_among_several(pair: Pair) -> None:
    one, other = metadata_of(pair), metadata_of(pair, issuer="https://another")
    several = "".join(text[text.index("<md:") :] for text in (one, other))
    name = 'md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"'

    found = provider_of(f"<{name}>{several}</md:EntitiesDescriptor>".encode(), ISSUER, NOW)

    assert (found.issuer, found.sign_on, len(found.certificates)) == (ISSUER, SIGN_ON, 1)
    assert not found.wants_signed_requests


def test_our_metadata_holds_what_was_given_as_text() -> None:
    made = etree.fromstring(our_metadata('https://a/"><x', "https://a/back?a&b").encode())

    assert made.get("entityID") == 'https://a/"><x'
