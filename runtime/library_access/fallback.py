"""Exact words in SQL while the library process warms up or is away: less, but honest and never silent."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.counting import counted
from domain.knowledge.articles import (
    Answer,
    AnswerKind,
    Article,
    ArticleState,
    Citation,
    Hit,
    Passage,
    Query,
    Reader,
    may_read,
)
from domain.knowledge.library import VISIBLE
from domain.text.machine_orders import shown
from knowledge.passages import Cut, cut
from knowledge.quoting import quote_of
from knowledge.sayings import also_meant
from knowledge.words import query_terms, terms, told_words
from storage.unit_of_work import SqlTransactions

AWAY = "my library is away just now, so I searched exact words only"
_PAGE = 300
_MOST_READ = 6_000
_TITLE_WEIGHT = 3.0
_LEAST_SHARE = 0.6
_MEANT = 0.7
"""What a word counts that stands there in another one of the same meaning."""
_Scored = tuple[float, float, Article, Cut, int]
"""Score, share of words met, article, passage, its number."""


class WordFallback:
    """Scores articles by the share of the question's words that stand in them; titles count thrice, and
    words that mean the same a little less.

    Args:
        transactions: Where the articles are.
    """

    def __init__(self, transactions: SqlTransactions) -> None:
        self._transactions = transactions

    def answer(self, question: str, reader: Reader) -> Answer:
        """Return the best passage by words, or "I don't know"."""
        words = list(query_terms(question))
        if not words:
            return Answer(
                kind=AnswerKind.REFUSED,
                question=question[:200],
                text="There are no words in that which I can look for. Ask in a sentence, or name an alert.",
            )
        found, searched = self._ranked(_Wanted.by(words), reader)
        told = told_words(question)
        nearest = tuple(_hit(found_one, question) for found_one in found[:3])
        if not found or found[0][1] < _LEAST_SHARE:
            near = f"; the nearest is *{nearest[0].title}*." if nearest else " and found nothing near."
            return Answer(
                kind=AnswerKind.UNKNOWN,
                question=question[:2000],
                text=(
                    f"I don't know. I looked for *{' '.join(told)}* in {counted(searched, 'article')}{near}"
                ),
                looked_for=told,
                searched_articles=searched,
                nearest=nearest,
            )
        _, share, article, one, number = found[0]
        citation = Citation(
            number=1,
            article=article.id,
            passage=number,
            title=shown(article.title),
            heading=shown(one.heading),
            quote=quote_of(one.text, question),
            source=article.source,
            path=article.path,
            owner=article.owner,
            updated_at=article.updated_at,
            stale=article.state is ArticleState.STALE,
        )
        return Answer(
            kind=AnswerKind.QUOTED,
            question=question[:2000],
            text=f"{citation.quote} [1]",
            citations=(citation,),
            confidence=min(share, 1.0),
            looked_for=told,
            searched_articles=searched,
            nearest=nearest,
        )

    def search(self, query: Query, reader: Reader) -> tuple[Hit, ...]:
        """Return the best articles by words."""
        text = f"{query.name} {query.text}"
        words = list(query_terms(text))
        found, _ = self._ranked(_Wanted.by(words), reader, frozenset(query.narrowing.kinds))
        return tuple(_hit(found_one, text) for found_one in found[: query.limit])

    def _ranked(
        self, wanted: "_Wanted", reader: Reader, kinds: frozenset[str] = frozenset()
    ) -> tuple[list[_Scored], int]:
        """Return (score, share of words met, article, passage, its number), best first, and how many read."""
        found: list[_Scored] = []
        searched = 0
        for article in self._articles():
            if not may_read(article.readers, reader) or (kinds and article.kind not in kinds):
                continue
            searched += 1
            title = wanted.met_in(article.title + " " + " ".join(article.alerts))
            met, number, one = _best_passage(article, wanted)
            share = wanted.share(title, met)
            if share > 0:
                score = share + _TITLE_WEIGHT * wanted.share(title)
                found.append((score, share, article, one, number))
        found.sort(key=lambda row: (-row[0], row[2].id))
        return found[:20], searched

    def _articles(self) -> Iterator[Article]:
        change, read = 0, 0
        while read < _MOST_READ:
            with self._transactions.reading() as uow:
                page = uow.articles.changed_after(change, _PAGE)
            for entry in page:
                if entry.edits is None and entry.article.state in VISIBLE:
                    yield entry.article
            read += len(page)
            if len(page) < _PAGE:
                return
            change = page[-1].changed


@dataclass(frozen=True)
class _Wanted:
    """The words of a question, and those that mean the same with the one that each stands for."""

    words: frozenset[str]
    meant: Mapping[str, str]

    @classmethod
    def by(cls, words: Sequence[str]) -> "_Wanted":
        """Return what a question's words want."""
        return cls(frozenset(words), also_meant(words))

    def met_in(self, text: str) -> Mapping[str, float]:
        """Return which of the words a text holds, in these words or in others, and what that counts."""
        said = set(terms(text))
        found = {of: _MEANT for word, of in self.meant.items() if word in said and of in self.words}
        return found | dict.fromkeys(self.words & said, 1.0)

    def share(self, *met: Mapping[str, float]) -> float:
        """Return how much of the question stands in texts, 0 to 1."""
        return sum(max(one.get(word, 0.0) for one in met) for word in self.words) / len(self.words)


def _best_passage(article: Article, wanted: _Wanted) -> tuple[Mapping[str, float], int, Cut]:
    """Return which words the best passage meets, its number, and itself."""
    # A plain look first: most articles hold none of the words and need not be cut.
    lowered = article.text.lower()
    if not any(word.lstrip("=")[:5] in lowered for word in (*wanted.words, *wanted.meant)):
        return {}, 0, Cut("", article.text[:400])
    cuts = cut(article.text)
    met = [wanted.met_in(f"{one.heading} {one.text}") for one in cuts]
    best = max(range(len(cuts)), key=lambda n: (sum(met[n].values()), -n))
    return met[best], best, cuts[best]


def _hit(scored: _Scored, question: str) -> Hit:
    _, share, article, one, number = scored
    passage = Passage(
        article=article.id, number=number, heading=shown(one.heading), text=quote_of(one.text, question)
    )
    return Hit(article=article.id, title=shown(article.title), score=share, confidence=share, passage=passage)
