"""What doors and the library process say to each other: one JSON body a call."""

from pydantic import BaseModel, ConfigDict

from domain.knowledge.articles import Answer, Audience, DraftProposal, Hit, Query, Reader, ResolvedIncident
from domain.knowledge.library import Related
from domain.ports.knowledge_service import Findings, Gap

SECRET_PURPOSE = "library"  # noqa: S105  the name of a key, not a key
PORT_FILE = "library.port"


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True)


class AnswerAsked(_Said):
    """Ask for an answer."""

    question: str
    reader: Reader
    earlier: tuple[str, ...] = ()


class AnswerSaid(_Said):
    """The answer."""

    answer: Answer
    limited: str = ""


class SearchAsked(_Said):
    """Ask for articles."""

    query: Query
    reader: Reader


class SearchSaid(_Said):
    """Articles, best first."""

    hits: tuple[Hit, ...]


class RelatedAsked(_Said):
    """Ask what stands beside an alert or incident."""

    words: str
    name: str = ""
    services: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    reader: Reader


class RelatedSaid(_Said):
    """What stands beside it."""

    related: Related


class DraftAsked(_Said):
    """Ask for an article about a resolved incident."""

    incident: ResolvedIncident


class DraftSaid(_Said):
    """The draft."""

    proposal: DraftProposal


class GapsAsked(_Said):
    """Ask what is asked and not answered."""

    reader: Reader
    channels: dict[str, frozenset[Audience]] = {}


class FindingsAsked(_Said):
    """Ask which articles say the same or contradict each other."""

    reader: Reader


class GapsSaid(_Said):
    """What is asked and not answered."""

    gaps: tuple[Gap, ...]


class FindingsSaid(_Said):
    """Twins and contradictions."""

    findings: Findings


class HealthSaid(_Said):
    """How the library is."""

    is_ready: bool
    limited: str
    articles: int
    model: str
    vectors_away: bool
    memory_mib: float
