"""Questions that were asked, and places that documents are read from, in SQL."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from domain.errors import NotFound
from domain.identity.chat import Place
from domain.knowledge.articles import AnswerKind
from domain.knowledge.library import AskedQuestion, KnowledgeSource, Related
from storage.forgetting import forget
from storage.statements import put, table_of
from storage.tables.articles import HintRow, QuestionRow, SourceRow

_QUESTIONS = table_of(QuestionRow)
_HINTS = table_of(HintRow)
_SOURCES = table_of(SourceRow)


class SqlQuestions:
    """Implements `QuestionStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, question: str) -> AskedQuestion:
        """Return the question; raises `NotFound`."""
        statement = select(_QUESTIONS.c.document).where(_QUESTIONS.c.id == question).with_for_update()
        row = self._connection.execute(statement).scalar()
        if row is None:
            raise NotFound(f"question {question}", say="I don't remember that question any more.")
        return AskedQuestion.model_validate_json(row)

    def save(self, question: AskedQuestion) -> None:
        """Add or replace a question."""
        put(
            self._connection,
            _QUESTIONS,
            {
                "id": question.id,
                "platform": question.place.platform.value,
                "channel": question.place.channel,
                "thread": question.place.thread,
                "is_gap": question.answer.kind is AnswerKind.UNKNOWN and question.draft is None,
                "at": question.at,
                "document": question.model_dump_json(),
            },
        )

    def in_thread(self, place: Place, limit: int) -> list[AskedQuestion]:
        """Return the newest questions of a thread, oldest of them first."""
        rows = self._connection.execute(
            select(_QUESTIONS.c.document)
            .where(
                _QUESTIONS.c.platform == place.platform.value,
                _QUESTIONS.c.channel == place.channel,
                _QUESTIONS.c.thread == place.thread,
            )
            .order_by(_QUESTIONS.c.at.desc())
            .limit(limit)
        )
        found = [AskedQuestion.model_validate_json(document) for (document,) in reversed(rows.all())]
        # Two workspaces of one platform may each have a channel of that name.
        return [one for one in found if one.place.workspace == place.workspace]

    def recent(self, since: datetime, limit: int) -> list[AskedQuestion]:
        """Return what was asked since a moment, newest first."""
        rows = self._connection.execute(
            select(_QUESTIONS.c.document)
            .where(_QUESTIONS.c.at > since)
            .order_by(_QUESTIONS.c.at.desc())
            .limit(limit)
        )
        return [AskedQuestion.model_validate_json(document) for (document,) in rows]

    def unanswered(self, limit: int) -> list[AskedQuestion]:
        """Return questions that got no answer or a wrong one, newest first."""
        rows = self._connection.execute(
            select(_QUESTIONS.c.document)
            .where(_QUESTIONS.c.is_gap.is_(True))
            .order_by(_QUESTIONS.c.at.desc())
            .limit(limit)
        )
        return [AskedQuestion.model_validate_json(document) for (document,) in rows]

    def mark_wrong(self, question: str) -> None:
        """Count a question among the unanswered ones: its answer was said to be wrong."""
        self._connection.execute(update(_QUESTIONS).where(_QUESTIONS.c.id == question).values(is_gap=True))

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove questions from before a moment; return how many."""
        return forget(self._connection, _QUESTIONS, _QUESTIONS.c.at < moment, most)


class SqlHints:
    """Implements `HintStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, subject: str) -> Related | None:
        """Return what was found for a subject, None before anything was looked for."""
        row = self._connection.execute(select(_HINTS.c.document).where(_HINTS.c.subject == subject)).scalar()
        return None if row is None else Related.model_validate_json(row)

    def save(self, subject: str, related: Related) -> None:
        """Add or replace what was found."""
        put(self._connection, _HINTS, {"subject": subject, "document": related.model_dump_json()})


class SqlSources:
    """Implements `SourceStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, source: str) -> KnowledgeSource:
        """Return the source, locked for this transaction; raises `NotFound`."""
        statement = select(_SOURCES.c.document).where(_SOURCES.c.id == source).with_for_update()
        row = self._connection.execute(statement).scalar()
        if row is None:
            raise NotFound(f"source {source}", say="I don't know that source any more.")
        return KnowledgeSource.model_validate_json(row)

    def save(self, source: KnowledgeSource) -> None:
        """Add or replace a source."""
        put(
            self._connection,
            _SOURCES,
            {"id": source.id, "name": source.name, "document": source.model_dump_json()},
        )

    def every(self) -> list[KnowledgeSource]:
        """Return all sources, by name."""
        rows = self._connection.execute(select(_SOURCES.c.document).order_by(_SOURCES.c.name, _SOURCES.c.id))
        return [KnowledgeSource.model_validate_json(document) for (document,) in rows]
