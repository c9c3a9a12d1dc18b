"""An identity provider whose every word is chosen.

It signs with xmlsec1, the reference implementation in C, which shares no code with what checks signatures
here.
"""

import base64
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from tests.counterparts.debian import HERE, need_program

ISSUER = "https://idp.example.org/metadata"
SIGN_ON = "https://idp.example.org/sso"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
TRANSFORMS = f'<ds:Transform Algorithm="{ENVELOPED}"/><ds:Transform Algorithm="{EXCLUSIVE}"/>'
_SIGNED = ("urn:oasis:names:tc:SAML:2.0:assertion:Assertion", "urn:oasis:names:tc:SAML:2.0:protocol:Response")


@dataclass(frozen=True)
class Pair:
    """A key and its certificate, as files."""

    key: Path
    certificate: Path

    @property
    def body(self) -> str:
        """Return the certificate as it stands in XML."""
        lines = self.certificate.read_text().splitlines()
        return "".join(line for line in lines if "-----" not in line)


def new_pair(folder: Path, name: str, *, days: int = 1) -> Pair:
    """Make a key with a certificate that ends so many days from now."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=10))
        .not_valid_after(now + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    pair = Pair(folder / f"{name}.key", folder / f"{name}.pem")
    pair.certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pair.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    return pair


def metadata_of(*pairs: Pair, issuer: str = ISSUER, more: str = "") -> str:
    """Return metadata of an identity provider that signs with any of these."""
    keys = "".join(
        '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
        f"{pair.body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        for pair in pairs
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><!-- as an administrator keeps it -->'
        '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"'
        f' xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="{issuer}"{more}>'
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        f"{keys}<md:SingleSignOnService"
        f' Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{SIGN_ON}"/>'
        "</md:IDPSSODescriptor></md:EntityDescriptor>"
    )


@dataclass(frozen=True)
class Words:
    """Every word of a response; the defaults are those of a good one."""

    now: datetime
    audience: str
    recipient: str
    answers: str
    name: str = "erin-at-idp"
    name_format: str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    mail: str = "erin@example.org"
    issuer: str = ISSUER
    assertion_id: str = "_assertion"
    response_id: str = "_response"
    signed_in: timedelta = timedelta(0)
    ends: timedelta = timedelta(minutes=5)
    begins: timedelta = timedelta(minutes=-1)
    status: str = "Success"
    changed: Mapping[str, str] = field(default_factory=dict)
    """Pieces of the finished text, before it is signed, to what stands there instead."""

    def response(self, signed: str = "assertion", transforms: str = TRANSFORMS) -> str:
        """Return the response with an empty signature in the part that will be signed."""
        within = dict.fromkeys(("assertion", "response"), "")
        for part in signed.split():
            target = self.assertion_id if part == "assertion" else self.response_id
            within[part] = _empty_signature(target, transforms)
        text = self._response(self._assertion(within["assertion"]), within["response"])
        for old, new in self.changed.items():
            assert old in text, old
            text = text.replace(old, new)
        return text

    def _response(self, assertion: str, signature: str) -> str:
        answers = f' InResponseTo="{self.answers}"' if self.answers else ""
        return (
            '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
            ' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
            f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="{self.response_id}" Version="2.0"'
            f' IssueInstant="{_at(self.now)}" Destination="{self.recipient}"{answers}>'
            f"<saml:Issuer>{self.issuer}</saml:Issuer>{signature}<samlp:Status><samlp:StatusCode"
            f' Value="urn:oasis:names:tc:SAML:2.0:status:{self.status}"/></samlp:Status>{assertion}'
            "</samlp:Response>"
        )

    def _assertion(self, signature: str) -> str:
        answers = f' InResponseTo="{self.answers}"' if self.answers else ""
        ends = _at(self.now + self.ends)
        return (
            f'<saml:Assertion ID="{self.assertion_id}" Version="2.0" IssueInstant="{_at(self.now)}">'
            f"<saml:Issuer>{self.issuer}</saml:Issuer>{signature}<saml:Subject>"
            f'<saml:NameID Format="{self.name_format}">{self.name}</saml:NameID>'
            '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
            f'<saml:SubjectConfirmationData Recipient="{self.recipient}" NotOnOrAfter="{ends}"{answers}/>'
            "</saml:SubjectConfirmation></saml:Subject>"
            f'<saml:Conditions NotBefore="{_at(self.now + self.begins)}" NotOnOrAfter="{ends}">'
            f"<saml:AudienceRestriction><saml:Audience>{self.audience}</saml:Audience>"
            "</saml:AudienceRestriction></saml:Conditions>"
            f'<saml:AuthnStatement AuthnInstant="{_at(self.now + self.signed_in)}"><saml:AuthnContext>'
            "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
            "</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>"
            '<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue'
            f' xsi:type="xs:string">{self.mail}</saml:AttributeValue></saml:Attribute>'
            "</saml:AttributeStatement></saml:Assertion>"
        )


def signed(text: str, pair: Pair, folder: Path, node: str = "_assertion") -> str:
    """Return a text whose signature template inside `node` is filled in by xmlsec1."""
    template, filled = folder / "template.xml", folder / "signed.xml"
    template.write_text(text, encoding="utf-8")
    command = [
        str(need_program("usr/bin/xmlsec1")), "--sign", "--output", str(filled),
        *(word for one in _SIGNED for word in ("--id-attr:ID", one)),
        "--node-xpath", f"//*[@ID='{node}']/*[local-name()='Signature']",
        "--privkey-pem", f"{pair.key},{pair.certificate}", str(template),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, env=xmlsec_environment(), check=False)
    assert done.returncode == 0, done.stderr.decode()
    return filled.read_text(encoding="utf-8").removeprefix('<?xml version="1.0"?>').strip()


def xmlsec_environment() -> dict[str, str]:
    """Return the environment in which the unpacked xmlsec1 finds its libraries."""
    return {**os.environ, "LD_LIBRARY_PATH": str(HERE / "usr/lib/x86_64-linux-gnu")}


def posted(text: str) -> dict[str, str]:
    """Return the form that a browser posts."""
    return {"SAMLResponse": base64.b64encode(text.encode()).decode()}


def _empty_signature(target: str, transforms: str) -> str:
    return (
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"/><ds:SignatureMethod Algorithm="{RSA_SHA256}"/>'
        f'<ds:Reference URI="#{target}"><ds:Transforms>{transforms}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>'
        "<ds:SignatureValue/><ds:KeyInfo><ds:X509Data/></ds:KeyInfo></ds:Signature>"
    )


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
