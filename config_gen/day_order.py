"""Decide whether the day or the month comes first in a column by the other days of the same table.

One program writes a table: where a day after the twelfth proves the order in one column, the columns beside
it that are parted by the same mark are written alike, though all of their days are early ones.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from config_gen.types.infer import Inferred
from domain.configuration.profiles import bounded

DECIDED = "which settles it"
"""Stands in the evidence of a column whose order its neighbours decide: there is nothing left to ask."""
_NUMBERED = re.compile(r"%([dm])([-/.])%([dm])\2%[Yy]")
_FIRST = {"d": "the day", "m": "the month"}


def order_alike(names: Sequence[str], inferred: list[Inferred]) -> None:
    """Read days that fit both orders in the one that the table's other days prove, where these agree."""
    told = [
        (found[2], found[1], name)
        for name, one in zip(names, inferred, strict=True)
        if one.rival is None and (found := _NUMBERED.match(one.format or ""))
    ]
    for n, one in enumerate(inferred):
        found = _NUMBERED.match(one.format or "")
        if found is None or not one.rival:
            continue
        proofs = {first: name for mark, first, name in told if mark == found[2]}
        if len(proofs) != 1:
            continue
        [(first, name)] = proofs.items()
        said = one.evidence
        if first != found[1]:
            said = _swapped(said, one.format or "", one.rival)
            one = replace(one, format=one.rival, rival=one.format)
        whose = f"{bounded(name, 60)} has" if name else "another column has"
        inferred[n] = replace(one, evidence=f"{said}, but {whose} {_FIRST[first]} first, {DECIDED}")


def _swapped(text: str, one: str, other: str) -> str:
    return text.replace(one, "\0").replace(other, one).replace("\0", other)
