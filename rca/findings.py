"""A finding: one measured oddity of one service, before anybody weighs it.

Texts are built from numbers and bounded quotes: control characters go, length is capped, and what was quoted
stays recognisable as a quote, because log lines and names come from strangers.
"""

import math
import re
from dataclasses import dataclass

from domain.investigation.evidence import EvidenceKind
from domain.text.redaction import mask_shapes

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_MOST_TEXT = 240
LONGEST_SAID = 200
"""Of what a source says that it left out or could not give."""
_MOST_QUOTE = 120
_MOST_DIFF = 100_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One oddity.

    Args:
        service: Whom it speaks about.
        family: Name of the evidence family, the key of its weight.
        strength: Surprise, 0 is none, about 3 is plain to see; unbounded above.
        kind: What it points at.
        text: What was measured.
        reference: Resolves against the case, as EvidenceItem says.
        at: Unix seconds of its beginning, when known.
        bad: Whether the direction is the bad one.
        measure: Name of the series, where the finding is about one; changes of one measure can be compared.
        change: By how much it changed, in its unit.
        before: What was usual, in the same unit.
        own: Share of the finding that neither callees nor load explain.
        explains: Services whose trouble it explains, beside those that call this one.
        of_a_call: Whether a line says no more than that a call of somebody was in vain.
        most_sure: How sure one may be at most of who comes first by it.
    """

    service: str
    family: str
    strength: float
    kind: EvidenceKind
    text: str
    reference: str
    at: float | None = None
    bad: bool = True
    measure: str = ""
    change: float = 0.0
    before: float = math.nan
    own: float = 1.0
    explains: frozenset[str] = frozenset()
    of_a_call: bool = False
    most_sure: float = 1.0


def clean(text: str, most: int = _MOST_TEXT) -> str:
    """Return text from outside without control or invisible characters and secrets, cut to `most`
    characters."""
    shown = _CONTROL.sub(" ", text[: most * 4])
    shown = mask_shapes(shown)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def clean_diff(text: str, most_lines: int, most: int = _MOST_TEXT) -> str:
    """Return a difference line by line, each as `clean` does; what looks like a secret may span lines."""
    lines = mask_shapes(text[:_MOST_DIFF]).splitlines()[:most_lines]
    return "\n".join(clean(line, most) for line in lines)


def quoted(text: str, most: int = _MOST_QUOTE) -> str:
    """Return text from outside as a quote."""
    return "“" + clean(text, most).replace("“", "'").replace("”", "'") + "”"


def figure(value: float) -> str:
    """Return a number with sensible digits, as people write it: no powers of ten short of ten million."""
    return f"{value:,.0f}" if 1_000 <= abs(value) < 10_000_000 else f"{value:.4g}"
