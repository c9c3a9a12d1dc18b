"""A diagnosis: ranked causes, each claim with its evidence, how sure, and what was not looked at.

A claim without evidence that resolves against the case does not survive
`rca.verdict.evidence_check`, whoever made it.
"""

from dataclasses import dataclass
from enum import StrEnum

from domain.investigation.evidence import ChangeKind, EvidenceItem

LIKELY = 0.8
"""From this confidence on the first cause is called likely."""


class Verdict(StrEnum):
    """Whether the evidence carries an answer."""

    SUPPORTED = "supported"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement and the ids of the evidence it rests on."""

    text: str
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A candidate cause.

    Args:
        service: The service, feed or component.
        score: Weighted evidence, comparable within one diagnosis only.
        share: Part of all blame given, 0 to 1.
        metric: The series that shows it best, empty when none does.
        claims: Why, strongest first.
        source: `rules` or `model`; what a model said is marked to people.
    """

    service: str
    score: float
    share: float
    metric: str = ""
    claims: tuple[Claim, ...] = ()
    source: str = "rules"


@dataclass(frozen=True, slots=True)
class ChainStep:
    """One step of how the trouble travelled: what happened at `service` and what it did to the next."""

    service: str
    text: str
    evidence_ids: tuple[str, ...]
    at: float | None = None


@dataclass(frozen=True, slots=True)
class SuspectChange:
    """A change that may have done it; an empty list of suspects means no change is guilty."""

    change_id: str
    kind: ChangeKind
    service: str
    score: float
    effective_at: float
    why: tuple[str, ...]
    evidence_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the diagnosis rests on, in counts and words.

    Args:
        looked_at: Kind of telemetry to how many rows or series were read.
        dropped: What was left out on purpose and why.
        unavailable: What could not be had.
        weighed_down: What counted less, by whom it was sent and why.
    """

    looked_at: tuple[tuple[str, int], ...] = ()
    dropped: tuple[str, ...] = ()
    unavailable: tuple[str, ...] = ()
    weighed_down: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The answer to "why?".

    Args:
        verdict: `inconclusive` when the evidence does not carry the first hypothesis.
        confidence: Share of past diagnoses with such evidence whose first cause was right, 0 to 1.
        hypotheses: Best first.
        metrics: `service|metric` of the series that show it, best first.
        chain: From the cause to what users saw.
        changes: Suspected changes, best first; empty means none is guilty.
        would_decide: What to look at next when in doubt.
        onset: Unix seconds at which the trouble began.
        as_usual: Where nothing stands out, what was found to be as usual, in words; empty otherwise.
        nobodys: Where the trouble is no single service's, what it is instead, as a sentence; empty otherwise.
    """

    case_id: str
    verdict: Verdict
    confidence: float
    hypotheses: tuple[Hypothesis, ...]
    evidence: tuple[EvidenceItem, ...]
    metrics: tuple[str, ...] = ()
    chain: tuple[ChainStep, ...] = ()
    changes: tuple[SuspectChange, ...] = ()
    would_decide: tuple[str, ...] = ()
    coverage: Coverage = Coverage()
    onset: float = 0.0
    as_usual: str = ""
    nobodys: str = ""

    @property
    def how_likely(self) -> str:
        """Return how its first cause is spoken of, where the evidence carries one."""
        return "most likely" if self.confidence >= LIKELY else "perhaps"

    def find_evidence(self, evidence_id: str) -> EvidenceItem | None:
        """Return the evidence with this id, None when the diagnosis holds none."""
        return next((item for item in self.evidence if item.evidence_id == evidence_id), None)
