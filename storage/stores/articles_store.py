"""Articles, their versions and outcomes in SQL.

A number is taken by updating one row, whose lock is held until the commit: numbers become visible in their
order, so an index that asks for what came after a number misses nothing.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, func, select, update

from domain.errors import NotFound, NotNow
from domain.ids import ArticleId
from domain.knowledge.articles import DOUBTS, ArticleState, Outcome, OutcomeKind
from domain.knowledge.library import ArticleEntry, Tally
from storage.forgetting import forget
from storage.statements import insert_once, put, table_of
from storage.tables.articles import ArticleOutcomeRow, ArticleRow, ArticleVersionRow, LibraryClockRow

_ARTICLES = table_of(ArticleRow)
_VERSIONS = table_of(ArticleVersionRow)
_OUTCOMES = table_of(ArticleOutcomeRow)
_CLOCK = table_of(LibraryClockRow)
_SEEN = (OutcomeKind.SHOWN.value, OutcomeKind.OPENED.value)
_DOUBTING = tuple(sorted(kind.value for kind in DOUBTS))


def _next(connection: Connection) -> int:
    moved = update(_CLOCK).where(_CLOCK.c.id == 1).values(last=_CLOCK.c.last + 1).returning(_CLOCK.c.last)
    number = connection.execute(moved).scalar()
    if number is None:  # the first change ever; two that come at once both find the row afterwards
        insert_once(connection, _CLOCK, {"id": 1, "last": 0})
        number = connection.execute(moved).scalar_one()
    return int(number)


class SqlArticles:
    """Implements `ArticleStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, article: ArticleId) -> ArticleEntry:
        """Return the article, locked for this transaction; raises `NotFound`."""
        statement = select(_ARTICLES.c.document).where(_ARTICLES.c.id == article).with_for_update()
        row = self._connection.execute(statement).scalar()
        if row is None:
            raise NotFound(f"article {article}", say="I don't know that article any more.")
        return ArticleEntry.model_validate_json(row)

    def find(self, article: ArticleId) -> ArticleEntry | None:
        """Return the article, or None."""
        row = self._connection.execute(select(_ARTICLES.c.document).where(_ARTICLES.c.id == article)).scalar()
        return None if row is None else ArticleEntry.model_validate_json(row)

    def save(self, entry: ArticleEntry, *, expected: int | None = None) -> ArticleEntry:
        """Keep a new version and return it as kept; raises `NotNow` when another was saved meanwhile."""
        number = _next(self._connection)
        statement = select(_ARTICLES.c.version).where(_ARTICLES.c.id == entry.article.id).with_for_update()
        before = self._connection.execute(statement).scalar()
        if expected is not None and (before or 0) != expected:
            raise NotNow(
                f"article {entry.article.id} is at version {before}, not {expected}",
                say="Somebody else saved this article while you were editing it; your text was not kept.",
                next_step="Press *Edit* again: you will see their text, and can put yours in.",
            )
        article = entry.article.model_copy(update={"version": (before or 0) + 1})
        kept = entry.model_copy(update={"article": article, "changed": number})
        document = kept.model_dump_json()
        put(
            self._connection,
            _ARTICLES,
            {
                "id": article.id,
                "state": article.state.value,
                "source": kept.source,
                "version": article.version,
                "changed": number,
                "document": document,
            },
        )
        version = {"article": article.id, "version": article.version, "document": document}
        put(self._connection, _VERSIONS, version)
        return kept

    def in_states(self, states: Collection[ArticleState], limit: int) -> list[ArticleEntry]:
        """Return articles in these states, newest change first."""
        rows = self._connection.execute(
            select(_ARTICLES.c.document)
            .where(_ARTICLES.c.state.in_([state.value for state in states]))
            .order_by(_ARTICLES.c.changed.desc())
            .limit(limit)
        )
        return [ArticleEntry.model_validate_json(document) for (document,) in rows]

    def changed_after(self, change: int, limit: int) -> list[ArticleEntry]:
        """Return articles whose newest change came after a place in the order, oldest change first."""
        rows = self._connection.execute(
            select(_ARTICLES.c.document)
            .where(_ARTICLES.c.changed > change)
            .order_by(_ARTICLES.c.changed)
            .limit(limit)
        )
        return [ArticleEntry.model_validate_json(document) for (document,) in rows]

    def of_source(self, source: str) -> list[ArticleEntry]:
        """Return what was read from a source, in any state."""
        rows = self._connection.execute(
            select(_ARTICLES.c.document).where(_ARTICLES.c.source == source).order_by(_ARTICLES.c.id)
        )
        return [ArticleEntry.model_validate_json(document) for (document,) in rows]


class SqlArticleOutcomes:
    """Implements `OutcomeStore` on one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: str, outcome: Outcome) -> bool:
        """Keep it; False when that key was kept before."""
        return insert_once(
            self._connection,
            _OUTCOMES,
            {
                "key": key,
                "number": _next(self._connection),
                "article": outcome.article,
                "kind": outcome.kind.value,
                "person": outcome.person or "",
                "at": outcome.at,
                "document": outcome.model_dump_json(),
            },
        )

    def after(self, number: int, limit: int) -> list[tuple[int, Outcome]]:
        """Return outcomes kept after a number with their numbers, oldest first."""
        rows = self._connection.execute(
            select(_OUTCOMES.c.number, _OUTCOMES.c.document)
            .where(_OUTCOMES.c.number > number)
            .order_by(_OUTCOMES.c.number)
            .limit(limit)
        )
        return [(int(at), Outcome.model_validate_json(document)) for at, document in rows]

    def tallies(self, articles: Iterable[ArticleId]) -> Mapping[ArticleId, Tally]:
        """Return what people said of each article; of one person's words of one kind, one counts.

        Doubts count only of what stands there now: not those from before it was written anew or confirmed.
        """
        wanted = list(dict.fromkeys(articles))
        if not wanted:
            return {}
        rows = self._connection.execute(
            select(
                _OUTCOMES.c.article,
                _OUTCOMES.c.kind,
                func.count(),
                func.count(_OUTCOMES.c.person.distinct()),
            )
            .where(_OUTCOMES.c.article.in_(wanted), _OUTCOMES.c.kind.not_in(_DOUBTING))
            .group_by(_OUTCOMES.c.article, _OUTCOMES.c.kind)
        )
        found: dict[ArticleId, dict[OutcomeKind, tuple[int, int]]] = {}
        for article, kind, times, people in rows:
            found.setdefault(ArticleId(article), {})[OutcomeKind(kind)] = (int(times), int(people))
        doubts = self._doubts(wanted)
        return {
            article: _tally(found.get(article, {}), doubts.get(article, {}))
            for article in wanted
            if article in found or article in doubts
        }

    def forget_before(self, moment: datetime, *, most: int) -> int:
        """Remove that articles were shown or opened before a moment; what people said stays."""
        old = _OUTCOMES.c.kind.in_(_SEEN) & (_OUTCOMES.c.at < moment)
        return forget(self._connection, _OUTCOMES, old, most)

    def _doubts(self, articles: Collection[ArticleId]) -> dict[ArticleId, dict[OutcomeKind, set[str]]]:
        """Return who doubts what stands in each article now."""
        rows = self._connection.execute(
            select(_OUTCOMES.c.article, _OUTCOMES.c.kind, _OUTCOMES.c.person, _OUTCOMES.c.at).where(
                _OUTCOMES.c.article.in_(articles), _OUTCOMES.c.kind.in_(_DOUBTING)
            )
        ).all()
        doubted = {ArticleId(article) for article, *_ in rows}
        written = {one: self._written(one) for one in doubted}
        found: dict[ArticleId, dict[OutcomeKind, set[str]]] = {}
        for article, kind, person, at in rows:
            since = written[ArticleId(article)]
            if since is None or at >= since:
                found.setdefault(ArticleId(article), {}).setdefault(OutcomeKind(kind), set()).add(person)
        return found

    def _written(self, article: ArticleId) -> datetime | None:
        """Return when an article was last written or confirmed."""
        row = self._connection.execute(select(_ARTICLES.c.document).where(_ARTICLES.c.id == article)).scalar()
        return None if row is None else ArticleEntry.model_validate_json(row).article.updated_at


def _tally(counts: Mapping[OutcomeKind, tuple[int, int]], doubts: Mapping[OutcomeKind, set[str]]) -> Tally:
    none = (0, 0)
    return Tally(
        shown=counts.get(OutcomeKind.SHOWN, none)[0],
        opened=counts.get(OutcomeKind.OPENED, none)[0],
        counts={
            kind: people
            for kind, (_, people) in counts.items()
            if kind not in (OutcomeKind.SHOWN, OutcomeKind.OPENED)
        }
        | {kind: len(people) for kind, people in doubts.items()},
        doubters=len(set[str]().union(*doubts.values())),
    )
