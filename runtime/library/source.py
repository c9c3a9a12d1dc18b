"""What the library is built from: articles and outcomes in SQL, and the people who might know."""

from collections.abc import Iterable, Iterator, Sequence

from domain.identity.people import Role
from domain.ids import PersonId
from domain.knowledge.articles import Article, Outcome
from storage.unit_of_work import SqlTransactions

_PAGE = 500
_MOST_PEOPLE = 3


class SqlArticleSource:
    """Implements `ArticleSource`; remembers how far it has read, so that `news` brings only what is newer."""

    def __init__(self, transactions: SqlTransactions) -> None:
        self._transactions = transactions
        self._article = 0
        self._outcome = 0

    def articles(self) -> Iterable[Article]:
        """Return every article in any state, in the order of its newest change, read lazily."""
        return self._articles_after(0)

    def outcomes(self) -> Iterable[Outcome]:
        """Return what people did with articles, oldest first."""
        return self._outcomes_after(0)

    def news(self) -> tuple[list[Article], list[Outcome]]:
        """Return what came since anything was read last."""
        return list(self._articles_after(self._article)), list(self._outcomes_after(self._outcome))

    def _articles_after(self, change: int) -> Iterator[Article]:
        while True:
            with self._transactions.reading() as uow:
                page = uow.articles.changed_after(change, _PAGE)
            for entry in page:
                # An edit that waits for its owner is no article of its own.
                if entry.edits is None:
                    yield entry.article
            change = page[-1].changed if page else change
            self._article = max(self._article, change)
            if len(page) < _PAGE:
                return

    def _outcomes_after(self, number: int) -> Iterator[Outcome]:
        while True:
            with self._transactions.reading() as uow:
                page = uow.article_outcomes.after(number, _PAGE)
            yield from (outcome for _, outcome in page)
            number = page[-1][0] if page else number
            self._outcome = max(self._outcome, number)
            if len(page) < _PAGE:
                return

    def who_knows(self, names: Sequence[str]) -> Sequence[PersonId]:
        """Return owners' teams of feeds, then whoever is on call."""
        with self._transactions.reading() as uow:
            owners = {feed.owner for name in names if (feed := uow.feeds.find(name)) is not None}
            people = [person for person in uow.people.everybody() if person.is_active]
        teams = [p.id for p in people if p.id in owners or p.teams & owners]
        on_call = [p.id for p in people if Role.ON_CALL in p.roles]
        return list(dict.fromkeys([*teams, *on_call]))[:_MOST_PEOPLE]
