"""The filter before any library: what a document from a stranger may look like, by its bytes and its shape.

A signature covers what transforms leave of a document, so a stranger who may choose transforms, hide text in
comments, or bring a second element of the same id chooses what is believed. Nothing of that passes here, and
nothing that costs: XSLT alone made 1 kB of unsigned text take seconds. Source: XML Signature Best Practices
§2; Somorovsky et al., On Breaking SAML (2012).
"""

import re
from collections.abc import Iterator

from lxml import etree

from domain.errors import NotAllowed

PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
SIGNATURE = "http://www.w3.org/2000/09/xmldsig#"
MOST_BYTES = 256 * 1024
MOST_METADATA_BYTES = 4 * 1024 * 1024
_DEEPEST = 30
_MOST_ELEMENTS = 3000
_LONGEST_PREFIXES = 500
_MOST_ATTRIBUTES = 4000
"""A parser compares each attribute of an element with every other: 20,000 of them in 200 kB took a second."""
_EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_ALGORITHMS = frozenset(
    {
        *(f"{_MORE}{kind}-sha{bits}" for kind in ("rsa", "ecdsa") for bits in (256, 384, 512)),
        "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#sha384",
        "http://www.w3.org/2001/04/xmlenc#sha512",
    }
)
_DECLARATION = re.compile(rb"<\?xml\s[^<>?]*\?>")
_UTF8 = re.compile(rb"""encoding\s*=\s*(["'])utf-8\1""", re.IGNORECASE)
_NO_COMMENT = re.compile(rb"<!(?!--)")
_ID_NAMES = frozenset({"id", "assertionid"})
_INSIDE_SIGNATURE = frozenset({"SignedInfo", "SignatureValue", "KeyInfo"})


def parsed(raw: bytes) -> etree._Element:
    """Return the root of a document that holds nothing but elements, attributes and text.

    Raises:
        NotAllowed: It is too large, no UTF-8, not well-formed, or has a DTD, a comment or an instruction.
    """
    rest = _plain_bytes(raw, MOST_BYTES)
    # On bytes, before a parser sees them: DTD, entity, comment and CDATA begin with <!, the rest with <?.
    if b"<!" in rest or b"<?" in rest:
        raise refused("the document holds a DTD, a comment or an instruction")
    if rest.count(b"=") > _MOST_ATTRIBUTES:
        raise refused("the document has too many attributes")
    root = _root(rest)
    _refuse_shapes(root)
    return root


def parsed_metadata(raw: bytes) -> etree._Element:
    """Return the root of metadata, which an operator chose: comments are dropped, the rest is as above.

    Raises:
        NotAllowed: It is too large, no UTF-8, not well-formed, or has a DTD or an instruction.
    """
    rest = _plain_bytes(raw, MOST_METADATA_BYTES)
    if _NO_COMMENT.search(rest) or b"<?" in rest:
        raise refused("the document holds a DTD or an instruction")
    return _root(rest)


def signed_part_of(response: etree._Element) -> etree._Element:
    """Return the one assertion of a response, whose own signature has the one form that is taken.

    Raises:
        NotAllowed: There is another number of assertions, or a signature of another form anywhere.
    """
    if response.tag != f"{{{PROTOCOL}}}Response":
        raise refused("this is no response")
    assertions = list(response.iter(f"{{{ASSERTION}}}Assertion"))
    if len(assertions) != 1 or assertions[0].getparent() is not response:
        raise refused("a response needs exactly one assertion, in clear, at its own place")
    if any(True for _ in response.iter(f"{{{ASSERTION}}}EncryptedAssertion", f"{{{ASSERTION}}}EncryptedID")):
        raise refused("encrypted parts are not taken")
    for signature in response.iter(f"{{{SIGNATURE}}}Signature"):
        parent = signature.getparent()
        if parent is None or not (parent is response or parent is assertions[0]):
            raise refused("a signature stands at a wrong place")
        _refuse_signature(signature, parent)
    if assertions[0].find(f"{{{SIGNATURE}}}Signature") is None:
        raise refused("the assertion is not signed")
    return assertions[0]


def _plain_bytes(raw: bytes, most: int) -> bytes:
    """Return what follows the declaration of a UTF-8 document."""
    if len(raw) > most:
        raise refused("the document is too large")
    raw = raw.removeprefix(b"\xef\xbb\xbf").strip()
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused("the document is no UTF-8") from error
    declared = _DECLARATION.match(raw)
    if declared and b"encoding" in declared[0] and not _UTF8.search(declared[0]):
        raise refused("the document declares another encoding")
    return raw[declared.end() :] if declared else raw


def _root(rest: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True
    )
    try:
        return etree.fromstring(rest, parser)
    except etree.XMLSyntaxError as error:
        raise refused("the document is not well-formed") from error


def _refuse_shapes(root: etree._Element) -> None:
    """Refuse what is too deep or too long, and two elements with one id under any spelling of its name."""
    seen: set[str] = set()
    count = 0
    for element, depth in _walk(root):
        count += 1
        if count > _MOST_ELEMENTS or depth > _DEEPEST:
            raise refused("the document is too deep or too long")
        for name, value in element.attrib.items():
            if etree.QName(name).localname.lower() not in _ID_NAMES:
                continue
            if str(value) in seen:
                raise refused("two elements have the same id")
            seen.add(str(value))


def _walk(root: etree._Element) -> Iterator[tuple[etree._Element, int]]:
    waiting = [(root, 1)]
    while waiting:
        element, depth = waiting.pop()
        yield element, depth
        waiting += [(child, depth + 1) for child in element]


def _refuse_signature(signature: etree._Element, parent: etree._Element) -> None:
    if len(parent.findall(f"{{{SIGNATURE}}}Signature")) != 1:
        raise refused("an element has two signatures")
    children = [_local(child) for child in signature]
    if not set(children) <= _INSIDE_SIGNATURE or len(children) != len(set(children)):
        raise refused("a signature holds more than it needs")
    info = signature.find(f"{{{SIGNATURE}}}SignedInfo")
    if info is None:
        raise refused("a signature signs nothing")
    references = info.findall(f"{{{SIGNATURE}}}Reference")
    if len(references) != 1 or not parent.get("ID") or references[0].get("URI") != f"#{parent.get('ID')}":
        raise refused("a signature covers something other than what it stands in")
    methods = [one for one in info if _local(one) == "CanonicalizationMethod"]
    if [_algorithm(one) for one in methods] != [_EXCLUSIVE]:
        raise refused("a signature is made over another canonical form")
    _refuse_luggage(methods[0])
    for one in info.iter(f"{{{SIGNATURE}}}SignatureMethod", f"{{{SIGNATURE}}}DigestMethod"):
        if _algorithm(one) not in _ALGORITHMS or len(one):
            raise refused(f"a signature uses {_algorithm(one)[:80]}, which is not taken")
    _refuse_transforms(references[0])
    _refuse_keys(signature)


def _refuse_transforms(reference: etree._Element) -> None:
    transforms = list(reference.iter(f"{{{SIGNATURE}}}Transform"))
    if [_algorithm(one) for one in transforms] != [_ENVELOPED, _EXCLUSIVE]:
        raise refused("a signature asks for other transforms")
    for transform in transforms:
        _refuse_luggage(transform)


def _refuse_luggage(method: etree._Element) -> None:
    """Refuse what a method of canonical form brings, but for a short list of prefixes."""
    for inner in method:
        if inner.tag != f"{{{_EXCLUSIVE}}}InclusiveNamespaces" or len(inner) or len(method) > 1:
            raise refused("a transform brings something of its own")
        if len(inner.get("PrefixList", "")) > _LONGEST_PREFIXES:
            raise refused("a transform lists too many prefixes")


def _refuse_keys(signature: etree._Element) -> None:
    """Refuse keys that a document brings in other forms than the certificate, which is not used either."""
    for info in signature.findall(f"{{{SIGNATURE}}}KeyInfo"):
        if any(_local(one) != "X509Data" for one in info):
            raise refused("a signature names a key of its own")


def _local(element: etree._Element) -> str:
    name = etree.QName(element)
    return name.localname if name.namespace == SIGNATURE else ""


def _algorithm(element: etree._Element) -> str:
    return str(element.get("Algorithm", ""))


def refused(detail: str) -> NotAllowed:
    """Return the refusal of a sign-in; people read the same whatever was wrong."""
    return NotAllowed(
        f"saml: {detail}",
        say="The sign-in did not go through, so nobody was signed in.",
        next_step="Begin again from the sign-in page.",
    )
