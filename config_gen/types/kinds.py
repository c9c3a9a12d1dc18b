"""Say at a glance what kind of thing one cell holds, for comparing rows and dialects.

This is a fast first look, by shape only. Whether a column is a date is decided in `infer`.
"""

import re
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache


class Kind(IntEnum):
    """The shape of a cell; kinds from INTEGER to UUID are so particular that chance hardly makes them."""

    EMPTY = 0
    INTEGER = 1
    DECIMAL = 2
    DATE = 3
    TIME = 4
    DATETIME = 5
    BOOLEAN = 6
    URL = 7
    EMAIL = 8
    UUID = 9
    CODE = 10
    WORD = 11
    TEXT = 12
    ODD = 13


PARTICULAR = frozenset(range(Kind.INTEGER, Kind.UUID + 1))
NUMERIC = frozenset((Kind.INTEGER, Kind.DECIMAL))

_D = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})|\d{1,2}[- "
    r"][A-Za-z]{3,9}\.?[- ,]{1,2}\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4})"
)
_T = r"(?:\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?)"
_Z = r"(?: ?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_PATTERN = re.compile(
    rf"(?P<k0>)$|(?P<k1>[+-]?\d+)$|(?P<k3>{_D})$|(?P<k4>{_T}{_Z})$|(?P<k5>{_D}[T ,]{{1,2}}{_T}{_Z})$"
    r"|(?P<k2>[+-]?(?:[$€£¥] ?)?(?:\d{1,3}(?:[,. '\u00a0]\d{3})+(?:[.,]\d+)?|\d*[.,]\d+"
    r"|\d+[.,])(?:[eE][+-]?\d+| ?(?:[€$£%]|EUR|USD|GBP|CHF))?|[+-]?\d+(?:\.\d*)?[eE][+-]?\d+"
    r"|[+-]?(?:[$€£¥] ?)?\d+(?:[.,]\d+)? ?(?:%|[€$£])|\([\d,.]+\)|[+-]?[$€£¥] ?\d+)$"
    r"|(?P<k6>[Tt]rue|[Ff]alse|TRUE|FALSE|[Yy]es|[Nn]o|YES|NO)$"
    r"|(?P<k7>(?:https?|ftp|file|s3)://\S+|www\.[\w-]+\.\S+)$"
    r"|(?P<k8>[\w.+'-]+@[\w-]+(?:\.[\w-]+)+)$"
    r"|(?P<k9>\{?[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\}?)$"
    r"|(?P<k10>(?=[^\W\d_]*\d)[\w.:/#+*-]{1,40})$"
    r"|(?P<k11>[^\W\d_]+(?:[-_'’.][^\W\d_]+)*\.?)$"  # noqa: RUF001  these characters stand in files
    r"|(?P<k12>[\w\s.,;:!?'\"’“”«»()\[\]/&%$€£@#+*=°–—…-]+)$"  # noqa: RUF001  these characters stand in files
)
_KIND_OF_GROUP = {f"k{int(kind)}": kind for kind in Kind}


@lru_cache(maxsize=65536)
def kind_of(cell: str) -> Kind:
    """Return the kind of one cell; surrounding blanks do not count."""
    match = _PATTERN.match(cell.strip()[:400])
    return _KIND_OF_GROUP[match.lastgroup] if match and match.lastgroup else Kind.ODD


def main_kind(cells: Iterable[str]) -> tuple[Kind, float]:
    """Return the most frequent kind of the non-empty cells and its share; integers count as decimals
    where both occur."""
    counts: dict[Kind, int] = {}
    for cell in cells:
        kind = kind_of(cell)
        if kind is not Kind.EMPTY:
            counts[kind] = counts.get(kind, 0) + 1
    if not counts:
        return Kind.EMPTY, 1.0
    total = sum(counts.values())
    if Kind.INTEGER in counts and Kind.DECIMAL in counts:
        counts[Kind.DECIMAL] += counts.pop(Kind.INTEGER)
    best = max(counts, key=lambda kind: counts[kind])
    return best, counts[best] / total
