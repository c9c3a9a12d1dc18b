"""Answer from what the reader may see: quote, write with citations, or say "I don't know" and whom to ask."""

from collections.abc import Callable, Iterable, Sequence

from domain.counting import counted
from domain.errors import NotNow, OutsideTrouble
from domain.ids import ArticleId, PersonId
from domain.knowledge.articles import (
    Answer,
    AnswerKind,
    Article,
    ArticleState,
    Citation,
    Hit,
    Reader,
)
from domain.ports.language_model import LanguageModel
from domain.text.machine_orders import shown
from domain.text.pasted_alerts import as_words
from knowledge.answer_memory import AnswerMemory
from knowledge.citing import articles_to_cite
from knowledge.finding import Finding, in_context
from knowledge.languages import foreign_language, names_in
from knowledge.library import Library
from knowledge.outcomes import Outcomes
from knowledge.quoting import passages_to_cite, quote_of, with_warnings
from knowledge.retrieval import Found
from knowledge.versions import newest_first
from knowledge.words import query_terms, told_words
from knowledge.writing import write_answer

WhoKnows = Callable[[Sequence[str]], Sequence[PersonId]]
"""Names of services and feeds to the people on call for them."""

_NEAREST = 3
_NEAR_TEXT = 300
_KNOWS_ENGLISH = (
    "Your question seems to be {language}: I find words as they are written, but what they mean I know in"
    " English only. Ask in English, or name the alert, the feed or the error."
)


class Answering:
    """Turns what a search found into an answer.

    Args:
        library: What is searched.
        outcomes: How often articles worked.
        who_knows: The people on call for services and feeds.
        model: Writes prose when there is one; without, or when it fails, the best passage is quoted.
    """

    def __init__(
        self,
        library: Library,
        outcomes: Outcomes,
        who_knows: WhoKnows,
        model: LanguageModel | None,
    ) -> None:
        self._library = library
        self._finding = Finding(library)
        self._outcomes = outcomes
        self._who_knows = who_knows
        self._model = model
        self._memory = AnswerMemory()

    def answer(self, question: str, reader: Reader, earlier: Sequence[str]) -> Answer:
        """Return a cited answer or an honest "I don't know"; what was asked a moment ago is remembered."""
        question, earlier = as_words(question), [as_words(one) for one in earlier]
        if self._model is not None:
            return self._answer(question, reader, earlier)
        view = self._library.view_of(reader), self._outcomes.changes
        return self._memory.answer(
            (question, in_context(question, earlier), view), lambda: self._answer(question, reader, earlier)
        )

    def _answer(self, question: str, reader: Reader, earlier: Sequence[str]) -> Answer:
        if not query_terms(in_context(question, earlier)):
            return Answer(
                kind=AnswerKind.REFUSED,
                question=question[:200],
                text="There are no words in that which I can look for. Ask in a sentence, or name an alert.",
            )
        found, text = self._finding.found(question, reader, earlier)
        apart, unanswered = self._finding.apart(question, reader) if text == question else ([], ())
        if not apart and not self._finding.knows(found):
            return self._unknown(question, found)
        wanted, versions = self._newest(apart or [(hit, text) for hit in articles_to_cite(found)], found.hits)
        said_at = None if apart or found.said_at is None else (found.hits[0].article, found.said_at)
        citations = self._citations(wanted, said_at)
        if not citations:
            return self._unknown(question, found)
        written = self._written(question, citations, reader)
        return Answer(
            kind=AnswerKind.WRITTEN if written else AnswerKind.QUOTED,
            question=question[:2000],
            text=written or _quoted(citations if apart else citations[:1]),
            citations=tuple(citations),
            confidence=found.confidence,
            looked_for=told_words(question),
            searched_articles=found.searched,
            nearest=_nearest(found.hits),
            unanswered=unanswered,
            remarks=(*_by_name_alone(question, text), *versions),
        )

    def _newest(
        self, asked: Sequence[tuple[Hit, str]], near: Sequence[Hit]
    ) -> tuple[list[tuple[Hit, str]], tuple[str, ...]]:
        """Return what to cite for what, from the newest version of each article, and what the others say."""
        wanted: list[tuple[Hit, str]] = []
        said: dict[str, None] = {}
        for text in dict.fromkeys(text for _, text in asked):
            hits = [hit for hit, of in asked if of == text]
            newest, told = newest_first(hits, near, self._library.article, self._outcomes.wants_review, text)
            wanted += [(hit, text) for hit in newest]
            said |= dict.fromkeys(told)
        return wanted, tuple(said)

    def _written(self, question: str, citations: list[Citation], reader: Reader) -> str | None:
        if self._model is None:
            return None
        try:
            return write_answer(self._model, question, citations, reader.person or "nobody")
        except (NotNow, OutsideTrouble):
            return None

    def _citations(
        self, asked: Sequence[tuple[Hit, str]], said_at: tuple[ArticleId, int] | None
    ) -> list[Citation]:
        """Return what is quoted, each passage once: what each question asks for; of several questions one.

        `said_at` is the passage that is known to say it.
        """
        made: list[Citation] = []
        quoted: set[tuple[ArticleId, int]] = set()
        are_several = len({text for _, text in asked}) > 1
        for hit, text in asked:
            indexed = self._library.article(hit.article)
            if indexed is None:
                continue
            if said_at is not None and said_at[0] == hit.article:
                wanted = [said_at[1]]
            else:
                best = self._library.best_passage(indexed, hit.passage.number, text)
                wanted = passages_to_cite(best, indexed.cuts, text)
            for number in wanted[:1] if are_several else wanted:
                cut = indexed.cuts[number]
                quote = quote_of(cut.text, text) if (hit.article, number) not in quoted else ""
                if quote:
                    quote = with_warnings(quote, indexed.cuts, number, made)
                    quoted.add((hit.article, number))
                    made.append(self._citation(len(made) + 1, indexed.article, number, cut.heading, quote))
        return made

    def _citation(self, number: int, article: Article, passage: int, heading: str, quote: str) -> Citation:
        worked, failed = self._outcomes.times(article.id)
        return Citation(
            number=number,
            article=article.id,
            passage=passage,
            title=shown(article.title),
            heading=shown(heading),
            quote=quote,
            source=article.source,
            path=article.path,
            owner=article.owner,
            updated_at=article.updated_at,
            worked=worked,
            failed=failed,
            stale=article.state is ArticleState.STALE or self._outcomes.wants_review(article.id),
        )

    def _unknown(self, question: str, found: Found) -> Answer:
        words = told_words(question)
        near = found.hits[:_NEAREST]
        articles = [self._article(hit.article) for hit in near]
        people = _owners_and_on_call(articles, self._who_knows)
        language = foreign_language(question)
        remarks = (_KNOWS_ENGLISH.format(language=language),) if language else ()
        sentence = f"I don't know. I looked for *{' '.join(words)}* in {counted(found.searched, 'article')}"
        sentence += f"; the nearest is *{near[0].title}*." if near else " and found nothing near."
        return Answer(
            kind=AnswerKind.UNKNOWN,
            question=question[:2000],
            text=" ".join([sentence, *remarks]),
            remarks=remarks,
            confidence=found.confidence,
            looked_for=words,
            searched_articles=found.searched,
            nearest=_nearest(near),
            who_might_know=people,
        )

    def _article(self, article: ArticleId) -> Article | None:
        indexed = self._library.article(article)
        return None if indexed is None else indexed.article


def _by_name_alone(question: str, looked_for: str) -> tuple[str, ...]:
    if looked_for != names_in(question) or looked_for == question:
        return ()
    return (f"Your question seems to be {foreign_language(question)}: I looked for {looked_for} alone.",)


def _quoted(citations: Sequence[Citation]) -> str:
    return "\n\n".join(f"{one.quote} [{one.number}]" for one in citations)


def _nearest(hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """Return the nearest hits as an answer keeps them, once for every question: without long passages."""
    return tuple(
        hit.model_copy(
            update={"passage": hit.passage.model_copy(update={"text": hit.passage.text[:_NEAR_TEXT]})}
        )
        for hit in hits[:_NEAREST]
    )


def _owners_and_on_call(articles: Iterable[Article | None], who_knows: WhoKnows) -> tuple[PersonId, ...]:
    present = [article for article in articles if article is not None]
    owners = [article.owner for article in present if article.owner is not None]
    names = [name for article in present for name in (*article.services, *article.feeds)]
    return tuple(dict.fromkeys([*owners, *who_knows(list(dict.fromkeys(names)))]))[:5]
