"""What the library knows beside an alert or incident: runbooks, and what was alike with what fixed it."""

import re
from collections.abc import Sequence

from domain.knowledge.articles import ArticleKind, ArticleState, Hit, Narrowing, Query, Reader
from domain.knowledge.library import Hint, Related, passage_path
from knowledge.library import Library
from knowledge.outcomes import Outcomes
from knowledge.quoting import first_sentence, telling_sentence
from knowledge.retrieval import Found

PAST = frozenset({ArticleKind.INCIDENT, ArticleKind.POSTMORTEM})
_GUIDES = frozenset({ArticleKind.RUNBOOK, ArticleKind.KB, ArticleKind.DOC, ArticleKind.THREAD})
_MOST = 3
_LOOKED_AT = 10
_LEAST_SHARE = 0.5
"""Of the best score: what comes behind at less than half of it is mostly beside the point."""
_FIXES = re.compile(r"(?i)\b(?:fix|fixed|resolution|mitigation|remediation|recovery|what helped)\b")


def related(
    library: Library,
    outcomes: Outcomes,
    query: Query,
    reader: Reader,
    *,
    touches: Sequence[str] = (),
) -> Related:
    """Return up to three runbooks and three past incidents; none when the library probably knows nothing.

    Args:
        library: What is searched.
        outcomes: How often each worked.
        query: Words, and the alert's name when it has one.
        reader: Who will see it.
        touches: Services and feeds that the trouble touches; articles about them come first.
    """
    guides = _search(library, query, reader, _GUIDES)
    past = _search(library, query, reader, PAST)
    names = frozenset(touches)
    hints: list[Hint] = []
    for found in (guides, past):
        if found.hits and (found.confidence >= library.answer_at or _names_it(library, query, found.hits)):
            hints += _hints(library, outcomes, found, query, names)
    learnt = [one for one in hints if _was_incident(library, one)]
    runbooks = [one for one in hints if one not in learnt]
    return Related(runbooks=tuple(runbooks[:_MOST]), incidents=tuple(learnt[:_MOST]))


def _was_incident(library: Library, hint: Hint) -> bool:
    """Say whether an article tells of something that happened: by kind, or because it grew out of it."""
    indexed = library.article(hint.article)
    return hint.kind in PAST or (indexed is not None and indexed.article.source == "incident")


def _search(library: Library, query: Query, reader: Reader, kinds: frozenset[ArticleKind]) -> Found:
    narrowing = Narrowing(kinds=kinds, exclude=query.narrowing.exclude)
    return library.search(query.model_copy(update={"narrowing": narrowing, "limit": _LOOKED_AT}), reader)


def _names_it(library: Library, query: Query, hits: Sequence[Hit]) -> bool:
    """Say whether the best article declares this very alert."""
    first = library.article(hits[0].article)
    wanted = query.name.lower()
    return bool(wanted) and first is not None and wanted in {a.lower() for a in first.article.alerts}


def _hints(
    library: Library, outcomes: Outcomes, found: Found, query: Query, names: frozenset[str]
) -> tuple[Hint, ...]:
    best = found.hits[0].score
    kept = [h for h in found.hits if h is found.hits[0] or h.score >= best - abs(best) * (1 - _LEAST_SHARE)]
    made = [hint for hit in kept if (hint := _hint(library, outcomes, hit, query, names)) is not None]
    made.sort(key=lambda pair: -pair[0])
    return tuple(hint for _, hint in made[:_MOST])


def _hint(
    library: Library, outcomes: Outcomes, hit: Hit, query: Query, names: frozenset[str]
) -> tuple[float, Hint] | None:
    indexed = library.article(hit.article)
    if indexed is None or indexed.article.state is ArticleState.RETIRED:
        return None
    article = indexed.article
    worked, failed = outcomes.times(article.id)
    fix = next((cut.text for cut in indexed.cuts if _FIXES.search(cut.heading.split(" > ")[-1])), "")
    touched = bool(names & {*article.services, *article.feeds})
    hint = Hint(
        article=article.id,
        title=article.title,
        kind=article.kind,
        heading=hit.passage.heading,
        excerpt=telling_sentence(hit.passage.text, query.text),
        what_fixed=telling_sentence(fix, query.text) or first_sentence(fix),
        path=passage_path(article.id, hit.passage.number),
        worked=worked,
        failed=failed,
        updated_at=article.updated_at,
        confidence=hit.confidence,
    )
    return hit.score + (0.3 if touched else 0.0), hint
