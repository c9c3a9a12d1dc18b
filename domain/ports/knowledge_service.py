"""The library as doors and stories reach it: in a process of its own, so every call may find it away."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.knowledge.articles import Answer, DraftProposal, Hit, Query, Reader, ResolvedIncident
from domain.knowledge.readers import ChannelAudiences


@dataclass(frozen=True)
class Answered:
    """An answer, and why it may be less than the library could give."""

    answer: Answer
    limited: str = ""
    """Why only exact words were searched; empty when the whole index answered."""


@dataclass(frozen=True)
class Gap:
    """One missing article: how it was asked, how often, by how many people, with which words."""

    example: str
    times: int
    people: int
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Findings:
    """What a look over all articles brought, each a sentence."""

    twins: tuple[str, ...] = ()
    contradictions: tuple[str, ...] = ()


class KnowledgeService(Protocol):
    """Answers within a second or so; while it is away exact words answer, and `limited` says so."""

    async def answer(self, question: str, reader: Reader, earlier: Sequence[str] = ()) -> Answered:
        """Return a cited answer or "I don't know"; `earlier` are the thread's questions, oldest first."""
        ...

    async def search(self, query: Query, reader: Reader) -> tuple[Hit, ...]:
        """Return the best articles, best first."""
        ...

    async def draft(self, incident: ResolvedIncident) -> DraftProposal:
        """Return a draft article, or an edit of the near twin.

        Raises:
            OutsideTrouble: The library is away; try again later.
        """
        ...

    async def gaps(self, reader: Reader, channels: ChannelAudiences) -> list[Gap]:
        """Return what is asked and not answered, alike questions together; raises `OutsideTrouble`.

        Args:
            reader: Who will read it; questions from elsewhere count, and are never shown in words.
            channels: Whom each channel belongs to.
        """
        ...

    async def findings(self, reader: Reader) -> Findings:
        """Return articles that say the same or contradict each other; raises `OutsideTrouble`.

        Args:
            reader: Who will read it; only articles that they may read are named.
        """
        ...
