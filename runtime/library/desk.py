"""Does what is asked of the library process: wire models in, wire models out."""

from pathlib import Path

from pydantic import BaseModel

from domain.knowledge.articles import Query, may_read
from domain.knowledge.library import AskedQuestion
from domain.knowledge.readers import readers_of_place
from domain.ports.knowledge_service import Findings, Gap
from knowledge.article_drafting import Drafting
from knowledge.gaps import Gap as OpenGap
from knowledge.gaps import Unanswered, gaps
from knowledge.related import related
from knowledge.twins import contradictions, twins
from runtime.library.keeper import REBUILDING, Keeper
from runtime.library_access import wire
from runtime.library_access.client import PUBLIC
from storage.unit_of_work import SqlTransactions

_MOST_GAPS = 20
_GAPS_READ = 500
_MOST_FINDINGS = 20


class LibraryDesk:
    """Answers from the keeper's room.

    Args:
        keeper: Looks after the room.
        transactions: Where questions are read for the list of gaps.
    """

    def __init__(self, keeper: Keeper, transactions: SqlTransactions) -> None:
        self._keeper = keeper
        self._room = keeper.room
        self._transactions = transactions

    @property
    def is_ready(self) -> bool:
        """Return whether anything can be asked yet."""
        return self._keeper.is_ready

    def answer(self, asked: wire.AnswerAsked) -> BaseModel:
        """Answer a question."""
        answer = self._room.answer(asked.question, asked.reader, earlier=asked.earlier)
        return wire.AnswerSaid(answer=answer, limited=self._keeper.limited)

    def search(self, asked: wire.SearchAsked) -> BaseModel:
        """Search."""
        return wire.SearchSaid(hits=self._room.search(asked.query, asked.reader))

    def related(self, asked: wire.RelatedAsked) -> BaseModel:
        """Find runbooks and alike incidents."""
        found = related(
            self._room.library,
            self._room.outcomes,
            Query(text=asked.words[:4000], name=asked.name[:200]),
            asked.reader,
            touches=(*asked.services, *asked.feeds),
        )
        return wire.RelatedSaid(related=found.model_copy(update={"limited": self._keeper.limited}))

    def draft(self, asked: wire.DraftAsked) -> BaseModel:
        """Draft an article of an incident."""
        return wire.DraftSaid(proposal=Drafting(self._room.library).draft(asked.incident))

    def gaps(self, asked: wire.GapsAsked) -> BaseModel:
        """Group what is asked and not answered, without what an article written since answers."""
        with self._transactions.reading() as uow:
            questions = uow.questions.unanswered(_GAPS_READ)
        unanswered = [_unanswered(one, asked) for one in questions]
        open_ones: list[Gap] = []
        for gap in gaps(unanswered, self._room.library.encoder):
            if len(open_ones) == _MOST_GAPS:
                break
            if gap.example and not self._is_closed(gap):
                open_ones.append(Gap(gap.example, gap.times, gap.people, gap.words))
        return wire.GapsSaid(gaps=tuple(open_ones))

    def _is_closed(self, gap: OpenGap) -> bool:
        """Say whether an article that was written after the question was last asked answers it."""
        answer = self._room.answer(gap.example, PUBLIC)
        written = [one.updated_at for one in answer.citations[:1] if one.updated_at is not None]
        return bool(written) and written[0] > gap.last_asked

    def findings(self, asked: wire.FindingsAsked) -> BaseModel:
        """Find twins and contradictions among what the reader may read."""
        everything = self._room.library.all_rows()
        rows = [row for row in everything if may_read(row[0].article.readers, asked.reader)]
        titles = {row.article.id: row.article for row, _ in rows}
        pairs = twins(rows)[:_MOST_FINDINGS]
        said = [
            f"{titles[pair.first].title} and {titles[pair.second].title} say nearly the same"
            for pair in pairs
        ]
        against = [
            f"{titles[one.first].title}: {one.about} {one.first_says}; {titles[one.second].title}: "
            f"{one.second_says}"
            for pair in pairs
            for one in contradictions(titles[pair.first], titles[pair.second])
        ]
        return wire.FindingsSaid(findings=Findings(tuple(said), tuple(against[:_MOST_FINDINGS])))

    def health(self, _: BaseModel) -> BaseModel:
        """Say how it is."""
        health = self._room.health()
        away = health.vectors_away and not self._keeper.limited
        return wire.HealthSaid(
            is_ready=self._keeper.is_ready,
            limited=REBUILDING if away else self._keeper.limited,
            articles=health.articles,
            model=health.model,
            vectors_away=away,
            memory_mib=_resident_mib(),
        )


def _unanswered(question: AskedQuestion, asked: wire.GapsAsked) -> Unanswered:
    readers = readers_of_place(question.place, question.person, asked.channels)
    return Unanswered(
        question.text, question.person, question.at, is_for_reader=may_read(readers, asked.reader)
    )


def _resident_mib() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return 0.0
    return round(pages * 4096 / 2**20, 1)
