"""Make an article out of a resolved incident, or an addition to the one that says nearly the same."""

from collections.abc import Sequence

from domain.ids import ArticleId
from domain.knowledge.articles import (
    Article,
    ArticleKind,
    ArticleState,
    DraftProposal,
    Narrowing,
    Query,
    Reader,
    ResolvedIncident,
)
from domain.knowledge.library import SEEN_AGAIN, with_addition
from domain.text.machine_orders import without_orders
from knowledge.embedding import text_to_encode
from knowledge.library import Library
from knowledge.prepared import Vocabulary, prepare
from knowledge.twins import words_in_common

_NEAR_ENOUGH = 0.72
_SAME_ALERT_ENOUGH = 0.45
_LOOKED_AT = 5


class Drafting:
    """Makes articles out of what happened.

    Args:
        library: Where near twins are looked for.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    def draft(self, incident: ResolvedIncident) -> DraftProposal:
        """Return a draft article, or an edit of the near twin that exists already.

        A twin is looked for only among articles with the same readers, so that an edit never carries what
        happened to people who may not read of it.
        """
        article = draft_article(incident)
        twin = self._near_twin(article)
        if twin is None:
            return DraftProposal(draft=article)
        existing, similarity = twin
        addition = _addition(incident, existing)
        edited = existing.model_copy(
            update={
                "text": with_addition(existing.text, addition),
                "state": ArticleState.DRAFT,
                "alerts": tuple(dict.fromkeys([*existing.alerts, *incident.alerts])),
                "version": existing.version + 1,
            }
        )
        return DraftProposal(draft=edited, edits=existing.id, addition=addition, similarity=similarity)

    def _near_twin(self, article: Article) -> tuple[Article, float] | None:
        reader = Reader(audiences=article.readers)
        kinds = frozenset({ArticleKind.RUNBOOK, ArticleKind.KB, ArticleKind.INCIDENT})
        query = Query(
            text=f"{article.title}. {article.text[:1500]}",
            name=article.alerts[0] if article.alerts else "",
            narrowing=Narrowing(kinds=kinds, exclude=frozenset({article.id})),
            limit=_LOOKED_AT,
        )
        for hit in self._library.search(query, reader).hits:
            indexed = self._library.article(hit.article)
            if indexed is None or indexed.article.readers != article.readers:
                continue
            if _is_of_another(indexed.article, article):
                continue
            meaning = self._library.likeness(text_to_encode(article), hit.article)
            shared = set(article.alerts) & set(indexed.article.alerts)
            words = words_in_common(
                prepare(article, (known := Vocabulary())), prepare(indexed.article, known)
            )
            similarity = max(meaning, words)
            if similarity >= _NEAR_ENOUGH or (shared and similarity >= _SAME_ALERT_ENOUGH):
                return indexed.article, round(similarity, 3)
        return None


def _is_of_another(existing: Article, article: Article) -> bool:
    """Say whether an article tells of another feed's trouble: alike words, and nothing to do with it."""
    is_general = existing.kind is ArticleKind.RUNBOOK or not existing.feeds
    return bool(article.feeds) and not is_general and not set(existing.feeds) & set(article.feeds)


def draft_article(incident: ResolvedIncident) -> Article:
    """Return an incident as an article: symptoms, cause, what was tried, fix, how to check, links."""
    sections = [
        _listed("Symptoms", incident.symptoms),
        f"## Cause\n\n{without_orders(incident.cause)}" if incident.cause else "",
        _listed("What was tried", incident.tried),
        _numbered("Fix", incident.fix),
        _listed("How to check", incident.checks),
        _listed("Links", incident.links),
    ]
    return Article(
        id=ArticleId(f"incident:{incident.id}"),
        title=without_orders(incident.title)[:200],
        text="\n\n".join(section for section in sections if section),
        kind=ArticleKind.KB,
        state=ArticleState.DRAFT,
        owner=incident.owner,
        services=incident.services,
        feeds=incident.feeds,
        alerts=incident.alerts,
        source="incident",
        path=incident.id,
        updated_at=incident.resolved_at,
        readers=incident.readers,
    )


def _addition(incident: ResolvedIncident, existing: Article) -> str:
    day = f" ({incident.resolved_at:%Y-%m-%d})" if incident.resolved_at else ""
    new_fix = [step for step in incident.fix if step.strip() and step.strip() not in existing.text]
    new_symptoms = [one for one in incident.symptoms if one.strip() and one.strip() not in existing.text]
    parts = [f"{SEEN_AGAIN}: {without_orders(incident.title)[:150]}{day}"]
    if incident.cause and incident.cause.strip() not in existing.text:
        parts.append(f"Cause this time: {without_orders(incident.cause)}")
    parts.append(_listed("Symptoms this time", new_symptoms, level=3))
    parts.append(_numbered("What fixed it", new_fix, level=3) or "The fix above worked again.")
    return "\n\n".join(part for part in parts if part)


def _listed(title: str, lines: Sequence[str], level: int = 2) -> str:
    kept = [without_orders(line) for line in lines]
    return f"{'#' * level} {title}\n\n" + "\n".join(f"- {line}" for line in kept if line) if any(kept) else ""


def _numbered(title: str, lines: Sequence[str], level: int = 2) -> str:
    kept = [line for line in (without_orders(one) for one in lines) if line]
    steps = "\n".join(f"{number}. {line}" for number, line in enumerate(kept, 1))
    return f"{'#' * level} {title}\n\n{steps}" if kept else ""
