"""Brings the right runbook to every open alert and incident, and again when the library has grown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.ids import ArticleId
from domain.investigation.incidents import Incident
from domain.knowledge.articles import Query
from domain.knowledge.library import Hint, Related
from domain.ports.clock import Clock
from domain.watch.alert_remedies import article_names
from knowledge.related import related
from runtime.library.keeper import Keeper
from runtime.library_access.client import PUBLIC
from runtime.steady import SteadyThread
from storage.unit_of_work import SqlTransactions

_LOOK_SECONDS = 0.7
_RUNBOOKS = 3
_NAME = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class _Trouble:
    subject: str
    names: tuple[str, ...]
    """By which articles may declare themselves: the alert's name, then the diagnosed kind of trouble."""
    words: str
    touches: tuple[str, ...]
    has_to_fit: bool = False
    """Whether alike words are not enough: a runbook declares the kind of trouble, or names its feed."""


class Usher:
    """Looks for what is open, from a thread of its own.

    Args:
        keeper: Whose room is asked.
        transactions: Where alerts and incidents are, and where what was found is kept.
        clock: The time.
    """

    def __init__(self, keeper: Keeper, transactions: SqlTransactions, clock: Clock) -> None:
        self._keeper = keeper
        self._transactions = transactions
        self._clock = clock
        self._seen: dict[str, tuple[str, str]] = {}
        self._thread = SteadyThread("usher", self._look_when_ready, _LOOK_SECONDS)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._thread.stop()

    def _look_when_ready(self) -> None:
        if self._keeper.is_ready:
            self.look()

    def look(self) -> int:
        """Look for every open trouble whose words or library changed; returns how many cards changed."""
        version = self._keeper.room.library.version()
        changed = 0
        troubles = list(self._open())
        open_now = {trouble.subject for trouble in troubles}
        self._seen = {subject: state for subject, state in self._seen.items() if subject in open_now}
        for trouble in troubles:
            state = (version, f"{trouble.names}\n{trouble.words}")
            if self._seen.get(trouble.subject) == state:
                continue
            changed += self._bring(trouble)
            self._seen[trouble.subject] = state
        return changed

    def _bring(self, trouble: _Trouble) -> bool:
        found = self._related(trouble, trouble.names[0])
        found = found.model_copy(update={"runbooks": self._ordered(trouble, found.runbooks)})
        with self._transactions.writing() as uow:
            before = uow.hints.find(trouble.subject)
            if _shown(before) == _shown(found):
                return False
            uow.hints.save(trouble.subject, found)
            uow.postings.refresh(trouble.subject, self._clock.now())
        return True

    def _ordered(self, trouble: _Trouble, runbooks: Sequence[Hint]) -> tuple[Hint, ...]:
        """Return runbooks with those first that declare the alert, then the diagnosed kind of trouble."""
        ordered = [one for one in runbooks if self._declares(one, trouble.names[0])]
        alike = [one for one in runbooks if not trouble.has_to_fit or self._is_about(one, trouble.touches)]
        declared = self._declared()
        for name in trouble.names[1:]:
            if name.lower() not in declared:
                continue
            others = self._related(trouble, name).runbooks
            ordered += [one for one in others if self._declares(one, name)]
            alike = alike or ([] if trouble.has_to_fit else list(others))
        by_article: dict[ArticleId, Hint] = {}
        for one in (*ordered, *alike):
            by_article.setdefault(one.article, one)
        return tuple(by_article.values())[:_RUNBOOKS]

    def _declares(self, hint: Hint, name: str) -> bool:
        indexed = self._keeper.room.library.article(hint.article)
        return indexed is not None and name.lower() in {one.lower() for one in indexed.article.alerts}

    def _is_about(self, hint: Hint, names: Sequence[str]) -> bool:
        """Return whether an article is about one of the feeds, or has its name in the title."""
        indexed = self._keeper.room.library.article(hint.article)
        if indexed is None:
            return False
        article = indexed.article
        words = {*_NAME.findall(article.title.lower()), *(one.lower() for one in article.feeds)}
        return any(name.lower() in words for name in names)

    def _declared(self) -> frozenset[str]:
        """Return the names of alerts that any article declares, in lower case."""
        rows = self._keeper.room.library.all_rows()
        return frozenset(name.lower() for row, _ in rows for name in row.article.alerts)

    def _related(self, trouble: _Trouble, name: str) -> Related:
        room = self._keeper.room
        query = Query(text=trouble.words[:4000], name=name[:200])
        return related(room.library, room.outcomes, query, PUBLIC, touches=trouble.touches)

    def _open(self) -> Iterator[_Trouble]:
        with self._transactions.reading() as uow:
            incidents, alerts = uow.incidents.every_open(), uow.alerts.every_open()
        for incident in incidents:
            firing = incident.alerts
            words = [incident.title, *(one.summary for one in firing), incident.finding]
            name = firing[0].name if firing else ""
            touched = (incident.name,) if incident.name else ()
            names = tuple(dict.fromkeys([name, *_diagnosed(incident)]))
            yield _Trouble(incident.subject, names, ". ".join(w for w in words if w), touched)
        for alert in alerts:
            words = [alert.cause, *alert.reasons, alert.impact]
            feeds = () if alert.sender else (alert.root, *alert.dependants)
            names = ("", *article_names(alert))
            said = ". ".join(w for w in words if w)
            yield _Trouble(alert.subject, names, said, feeds, has_to_fit=True)


def _diagnosed(incident: Incident) -> list[str]:
    """Return the diagnosed kind of trouble as alerts are named: `FeedSchemaChanged`."""
    if not incident.trouble:
        return []
    plain = "".join(word.capitalize() for word in incident.trouble.split("_"))
    is_of_feed = incident.about.startswith("feed/") and not plain.startswith("Feed")
    return [f"Feed{plain}"] if is_of_feed else [plain]


def _shown(found: Related | None) -> tuple[Hint, ...] | None:
    """Return what a card would show of it."""
    if found is None:
        return None
    return tuple(one.model_copy(update={"confidence": 0.0}) for one in (*found.runbooks, *found.incidents))
