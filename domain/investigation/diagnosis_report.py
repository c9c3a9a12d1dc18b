"""What a diagnosis looks like to people: beside the ranking, everything needed to open a claim later.

The numbers, lines and spans behind each piece of evidence are copied into the report when it is made, so that
a link on a card leads somewhere even after the source has forgotten.
"""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from domain.counting import counted
from domain.ids import IncidentId
from domain.investigation.diagnosis import Diagnosis


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, ser_json_inf_nan="constants")


class EvidenceDetail(_Part):
    """What stands behind one piece of evidence.

    `columns` and `rows` are numbers as people read them; `quoted` is exact text from outside; `link` leads to
    the source's own page and `command` shows it in a shell; either is empty when there is none.
    """

    evidence_id: str
    title: str
    where_from: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = Field(default=(), max_length=60)
    quoted: str = Field(default="", max_length=8000)
    link: str = ""
    command: str = ""


class Chart(_Part):
    """A series with the moment at which it turned; times in unix seconds, NaN is a missing sample."""

    title: str
    times: tuple[float, ...]
    values: tuple[float, ...]
    moment: float | None = None
    usual_low: float | None = None
    usual_high: float | None = None


class MapSlice(_Part):
    """The part of the map around the trouble; edges point from who needs to what is needed."""

    nodes: tuple[tuple[str, str], ...] = ()
    """(name, kind) pairs."""
    edges: tuple[tuple[str, str], ...] = ()
    path: tuple[str, ...] = ()
    """From what users see to the cause."""
    left_out: int = 0


class AlikeIncident(_Part):
    """A past incident that looks like this one."""

    incident: str
    title: str
    cause: str = ""
    score: float
    shared: tuple[str, ...] = ()


class ModelUse(_Part):
    """What a language model was asked for this diagnosis, and what it cost."""

    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0
    cost_micros: int = 0
    removed: tuple[str, ...] = ()
    """Claims of the model that were removed because nothing supports them."""
    trouble: str = ""
    left_out: int = 0
    """Lines of the material that did not fit into the model's room."""

    def plus(self, other: "ModelUse | None") -> "ModelUse":
        """Return what both cost together."""
        if other is None:
            return self
        return ModelUse(
            calls=self.calls + other.calls,
            tokens=self.tokens + other.tokens,
            seconds=round(self.seconds + other.seconds, 2),
            cost_micros=self.cost_micros + other.cost_micros,
        )


class ModelBounds(_Part):
    """What a language model may cost for one incident, over all its diagnoses; 0 in money: no bound."""

    calls: int = 10
    tokens: int = 60_000
    seconds: float = 180.0
    micros: int = 0

    def used_up(self, spent: ModelUse) -> str:
        """Return which bound is reached, in words, or an empty string."""
        if spent.calls >= self.calls:
            return counted(self.calls, "call")
        if spent.tokens >= self.tokens:
            return counted(self.tokens, "token")
        if spent.seconds >= self.seconds:
            return counted(round(self.seconds), "second")
        if self.micros and spent.cost_micros >= self.micros:
            return f"{self.micros / 1e6:.2f} in money"
        return ""


class TrackRecord(_Part):
    """How often diagnoses with such a confidence were right."""

    right: int
    judged: int
    source: str
    """Where that was counted: `here`, or the name of the labelled cases that we ship figures of."""


class DiagnosisReport(_Part):
    """A diagnosis with what people need to check it."""

    incident: IncidentId
    number: int
    diagnosis: Diagnosis
    details: tuple[EvidenceDetail, ...] = ()
    charts: tuple[Chart, ...] = ()
    map: MapSlice = MapSlice()
    alike: tuple[AlikeIncident, ...] = ()
    record: TrackRecord | None = None
    wording: str = Field(default="", max_length=2000)
    """The model's words for what was measured; empty without a model."""
    model: ModelUse | None = None
    material: str = Field(default="", max_length=60_000)
    """What a model may read: the curated case, within its room; empty without a model."""
    material_left_out: int = 0
    spent: ModelUse = ModelUse()
    """What the model cost for earlier diagnoses of this incident."""
    looked: str = Field(default="", max_length=400)
    """Which hours were looked at, where some were asked about, as a sentence without its full stop."""
    made_at: datetime
    seconds: float = 0.0

    def detail(self, evidence_id: str) -> EvidenceDetail | None:
        """Return what stands behind a piece of evidence, None when the report holds none."""
        return next((found for found in self.details if found.evidence_id == evidence_id), None)
