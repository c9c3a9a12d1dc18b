"""Articles, passages, citations and answers: the words of the knowledge base and their rules.

An article is readable by people *and* by the channel it would be shown in; both are asked, never one.
"""

from datetime import datetime
from enum import StrEnum
from typing import NewType

from pydantic import BaseModel, ConfigDict, Field

from domain.errors import NotNow
from domain.ids import ArticleId, PersonId

Audience = NewType("Audience", str)
EVERYONE = Audience("everyone")


class ArticleKind(StrEnum):
    """What sort of text it is."""

    RUNBOOK = "runbook"
    DOC = "doc"
    KB = "kb"
    POSTMORTEM = "postmortem"
    INCIDENT = "incident"
    THREAD = "thread"


class ArticleState(StrEnum):
    """Where an article is in its life."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    PUBLISHED = "published"
    STALE = "stale"
    RETIRED = "retired"


class ArticleEvent(StrEnum):
    """What can happen to an article."""

    REVIEW = "review"
    PUBLISH = "publish"
    EDIT = "edit"
    DOUBT = "doubt"
    CONFIRM = "confirm"
    RETIRE = "retire"


_NEXT: dict[tuple[ArticleState, ArticleEvent], ArticleState] = {
    (ArticleState.DRAFT, ArticleEvent.EDIT): ArticleState.DRAFT,
    (ArticleState.DRAFT, ArticleEvent.REVIEW): ArticleState.REVIEWED,
    (ArticleState.DRAFT, ArticleEvent.RETIRE): ArticleState.RETIRED,
    (ArticleState.REVIEWED, ArticleEvent.EDIT): ArticleState.DRAFT,
    (ArticleState.REVIEWED, ArticleEvent.PUBLISH): ArticleState.PUBLISHED,
    (ArticleState.REVIEWED, ArticleEvent.RETIRE): ArticleState.RETIRED,
    (ArticleState.PUBLISHED, ArticleEvent.EDIT): ArticleState.DRAFT,
    (ArticleState.PUBLISHED, ArticleEvent.DOUBT): ArticleState.STALE,
    (ArticleState.PUBLISHED, ArticleEvent.RETIRE): ArticleState.RETIRED,
    (ArticleState.STALE, ArticleEvent.EDIT): ArticleState.DRAFT,
    (ArticleState.STALE, ArticleEvent.CONFIRM): ArticleState.PUBLISHED,
    (ArticleState.STALE, ArticleEvent.RETIRE): ArticleState.RETIRED,
}

SEARCHABLE = frozenset({ArticleState.REVIEWED, ArticleState.PUBLISHED, ArticleState.STALE})


def next_state(state: ArticleState, event: ArticleEvent) -> ArticleState:
    """Return the state after an event.

    Raises:
        NotNow: The event has no meaning in this state, e.g. publishing what nobody reviewed.
    """
    after = _NEXT.get((state, event))
    if after is None:
        raise NotNow(
            f"{event} of a {state} article",
            say=f"This article is {state}, so it can't be changed that way ({event}).",
            next_step="Open it to see what can be done with it now.",
        )
    return after


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Article(_Frozen):
    """One article as its owner sees it; SQL is where it lives."""

    id: ArticleId
    title: str
    text: str
    kind: ArticleKind = ArticleKind.DOC
    state: ArticleState = ArticleState.PUBLISHED
    owner: PersonId | None = None
    services: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    source: str = ""
    path: str = ""
    updated_at: datetime | None = None
    readers: frozenset[Audience] = frozenset({EVERYONE})
    version: int = Field(default=1, ge=1)


class Reader(_Frozen):
    """Who asks, and where the answer will be seen.

    `channel` is None in a direct message or a signed-in page, where only the asker reads along.
    """

    person: PersonId | None = None
    audiences: frozenset[Audience] = frozenset()
    channel: frozenset[Audience] | None = None


def may_read(readers: frozenset[Audience], reader: Reader) -> bool:
    """Say whether the asker and everybody in the channel may see an article with these readers."""
    if EVERYONE in readers:
        return True
    if not readers & reader.audiences:
        return False
    return reader.channel is None or bool(readers & reader.channel)


class Passage(_Frozen):
    """A part of an article that can be cited: a section, a table or a code block kept whole."""

    article: ArticleId
    number: int
    heading: str
    text: str


class Citation(_Frozen):
    """Where a sentence of an answer comes from; `number` is what the text shows as [1]."""

    number: int
    article: ArticleId
    passage: int
    title: str
    heading: str
    quote: str
    source: str = ""
    path: str = ""
    owner: PersonId | None = None
    updated_at: datetime | None = None
    worked: int = 0
    failed: int = 0
    stale: bool = False


class Narrowing(_Frozen):
    """Limits on a search besides the reader's rights; empty means no limit."""

    services: frozenset[str] = frozenset()
    feeds: frozenset[str] = frozenset()
    kinds: frozenset[ArticleKind] = frozenset()
    updated_after: datetime | None = None
    exclude: frozenset[ArticleId] = frozenset()


class Query(_Frozen):
    """What is looked for. `name` is an alert's or error's identifier when one is known."""

    text: str
    name: str = ""
    narrowing: Narrowing = Narrowing()
    limit: int = Field(default=10, ge=1, le=100)


class Hit(_Frozen):
    """One article found: its score orders hits of one query; `confidence` is the chance it answers."""

    article: ArticleId
    title: str
    score: float
    confidence: float
    passage: Passage


class AnswerKind(StrEnum):
    """How the answer was made."""

    QUOTED = "quoted"
    WRITING = "writing"
    WRITTEN = "written"
    UNKNOWN = "unknown"
    REFUSED = "refused"


class Answer(_Frozen):
    """What we tell the asker. UNKNOWN answers cite nothing; `nearest` then names what came closest."""

    kind: AnswerKind
    question: str
    text: str
    citations: tuple[Citation, ...] = ()
    confidence: float = 0.0
    looked_for: tuple[str, ...] = ()
    searched_articles: int = 0
    nearest: tuple[Hit, ...] = ()
    who_might_know: tuple[PersonId, ...] = ()
    unanswered: tuple[str, ...] = ()
    """Which of several questions in one is not known, while others are answered."""
    remarks: tuple[str, ...] = ()
    """What to know beside the answer, in sentences: that an older version of an article says otherwise."""


class OutcomeKind(StrEnum):
    """What happened after an article was shown."""

    SHOWN = "shown"
    OPENED = "opened"
    HELPFUL = "helpful"
    UNHELPFUL = "unhelpful"
    WORKED = "worked"
    FAILED = "failed"
    OUT_OF_DATE = "out_of_date"
    WRONG = "wrong"


DOUBTS = frozenset({OutcomeKind.OUT_OF_DATE, OutcomeKind.WRONG})
"""What says that an article is not right; two people who say so send it to review."""


class Outcome(_Frozen):
    """One thing somebody did with an article."""

    article: ArticleId
    kind: OutcomeKind
    at: datetime
    person: PersonId | None = None
    passage: int = 0
    question: str = ""
    """Id of the question that it was shown for."""


class ResolvedIncident(_Frozen):
    """What is known of an incident when it is resolved; the stuff of which an article is made."""

    id: str
    title: str
    symptoms: tuple[str, ...] = ()
    cause: str = ""
    tried: tuple[str, ...] = ()
    fix: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    owner: PersonId | None = None
    readers: frozenset[Audience] = frozenset({EVERYONE})
    resolved_at: datetime | None = None


class DraftProposal(_Frozen):
    """A draft for the owner. With `edits` set, it is an addition to that article rather than a twin of it."""

    draft: Article
    edits: ArticleId | None = None
    addition: str = ""
    similarity: float = 0.0
