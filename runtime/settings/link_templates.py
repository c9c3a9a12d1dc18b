"""Addresses with blanks, which operators give for the pages of their own tools, checked with the settings."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from domain.text.redaction import holds_key

BLANK = re.compile(r"\{([a-z]+)\}")
BLANKS: Mapping[str, frozenset[str]] = {
    "metric": frozenset({"metric"}),
    "log": frozenset({"trace"}),
    "span": frozenset({"trace"}),
    "run": frozenset({"feed", "run"}),
    "commit": frozenset({"id"}),
    "config": frozenset({"id"}),
    "deploy": frozenset({"id"}),
    "flag": frozenset({"id"}),
    "schema": frozenset({"id"}),
}
"""Kind of evidence to the blanks of its own."""
_EVERYWHERE = frozenset({"service", "at", "from", "to"})


def checked_templates(templates: Mapping[str, str]) -> dict[str, str]:
    """Return the templates; raises ValueError with what is wrong with one."""
    for kind, template in templates.items():
        if kind not in BLANKS:
            raise ValueError(f"{kind} is no kind of evidence; these are: {', '.join(sorted(BLANKS))}")
        checked_address(template)
        unknown = set(BLANK.findall(template)) - BLANKS[kind] - _EVERYWHERE
        if unknown or "{" in BLANK.sub("", template):
            known = ", ".join(f"{{{name}}}" for name in sorted(BLANKS[kind] | _EVERYWHERE))
            raise ValueError(f"the address for {kind} may have these blanks: {known}")
    return dict(templates)


def checked_address(address: str) -> str:
    """Return a page's address; raises ValueError unless it is http(s), of a fixed host, without secrets."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError as error:
        raise ValueError(f"{address[:60]} is no address") from error
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("an address begins with http:// or https:// and a host")
    if "{" in parts.netloc or "\\" in address or any(sign.isspace() for sign in address):
        raise ValueError("the host of an address is fixed and holds no blanks")
    if parts.username or parts.password or holds_key(address):
        raise ValueError("an address that people are shown holds no password, key or token")
    return address
