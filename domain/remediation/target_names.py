"""Targets as people and policies write them: `orders-db:write`."""

import re

from domain.errors import BadInput
from domain.remediation.plans import Access

_TARGET = re.compile(r"([a-z0-9][a-z0-9._-]{0,62}):(read|write)")


def parse_target(text: str) -> tuple[str, Access]:
    """Split `orders-db:write` into its name and access.

    Raises:
        BadInput: It is neither `name:read` nor `name:write`.
    """
    found = _TARGET.fullmatch(text)
    if found is None:
        raise BadInput(
            f"bad target of {len(text)} characters",
            say="That isn't a target.",
            next_step="Write it as name:read or name:write, such as orders-db:write.",
        )
    return found[1], Access(found[2])
