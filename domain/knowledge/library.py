"""Articles as the library keeps them, what is asked of it, and what people say of the answers."""

import hashlib
from datetime import datetime
from enum import StrEnum
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from domain.identity.chat import Place
from domain.ids import ArticleId, BlobId, PersonId
from domain.knowledge.articles import Answer, Article, ArticleKind, ArticleState, Audience, OutcomeKind

LONGEST_ARTICLE = 400_000


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ArticleEntry(_Frozen):
    """One article with where it came from. `article.version` grows with every save."""

    article: Article
    author: PersonId | None = None
    """Who wrote or last edited it."""
    edits: ArticleId | None = None
    """The article that this draft is a new text for; None for an article of its own."""
    addition: str = ""
    """What an edit adds, to be read before it is published."""
    similarity: float = 0.0
    base_version: int = 0
    """The version of the edited article that the edit was made from."""
    place: Place | None = None
    """Where its card was first shown."""
    incident: str = ""
    question: str = ""
    """Id of the question that it answers."""
    source: str = ""
    """Id of the source that it is synced from; its text changes there, not here."""
    content_hash: str = ""
    """SHA-256 of the file that it was read from."""
    flags: tuple[str, ...] = ()
    """What a reviewer has to look at, in words."""
    flagged_by: frozenset[PersonId] = frozenset()
    """Everybody who wrote on it while there was such a thing in it."""
    sentence: str = ""
    """What happened last."""
    changed: int = 0
    """Place in the order of all changes; the index asks for what came after."""

    @property
    def subject(self) -> str:
        """Return the name under which cards and audit speak of it."""
        return f"article/{self.article.id}"


class ToolWord(_Frozen):
    """What another assistant's tool said to a question: text from outside, unchecked."""

    server: str
    tool: str
    text: str


class AskedQuestion(_Frozen):
    """A question with the answer that was given; cards about it are drawn from here."""

    id: str
    text: str
    person: PersonId | None = None
    place: Place
    at: datetime
    answer: Answer
    asked_people: tuple[PersonId, ...] = ()
    """Whom we asked because we did not know."""
    asked_at: datetime | None = None
    draft: ArticleId | None = None
    """The draft that somebody's answer became."""
    limited: str = ""
    """Why only exact words were searched; empty when the whole index answered."""
    others: tuple[ToolWord, ...] = ()
    """What tools of other servers said when we did not know."""

    @property
    def subject(self) -> str:
        """Return the name under which cards and audit speak of it."""
        return f"question/{self.id}"


class Tally(_Frozen):
    """What people said of one article, each person's newest word once."""

    shown: int = 0
    opened: int = 0
    counts: dict[OutcomeKind, int] = {}
    """Doubts only of what stands there now: they are over when the article was written anew or confirmed."""
    doubters: int = 0
    """How many people called what stands there now out of date or wrong."""

    def of(self, kind: OutcomeKind) -> int:
        """Return how many people said so."""
        return self.counts.get(kind, 0)


MOST_NAMED = 200
"""Of what a reading brought, so many titles are kept of each kind."""


class SourceKind(StrEnum):
    """Where documents come from."""

    UPLOAD = "upload"
    GIT = "git"
    CONFLUENCE = "confluence"
    NOTION = "notion"
    WEB = "web"


class SyncState(StrEnum):
    """How far a source is."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FAILED = "failed"
    DISCONNECTED = "disconnected"


class KnowledgeSource(_Frozen):
    """A place that documents are read from, and what the last reading brought."""

    id: str
    kind: SourceKind
    name: str
    address: str = ""
    """Folder, repository or web address; empty for an upload."""
    blobs: tuple[tuple[str, BlobId], ...] = ()
    """Uploaded files by name."""
    readers: frozenset[Audience]
    article_kind: ArticleKind = ArticleKind.DOC
    owner: PersonId | None = None
    state: SyncState = SyncState.WAITING
    done: int = Field(default=0, ge=0)
    total: int = Field(default=0, ge=0)
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    """Name and reason."""
    flagged: tuple[str, ...] = ()
    publishes: bool = False
    """Whether who began it may publish: then what it brings is published, else it waits as drafts."""
    sentence: str = ""
    asked: int = 0
    """Grows with every wish to sync; a story that read an older one reads again."""
    synced_at: datetime | None = None

    @property
    def subject(self) -> str:
        """Return the name under which cards and audit speak of it."""
        return f"source/{self.id}"


class Hint(_Frozen):
    """An article beside an alert or incident: enough for a line of a card."""

    article: ArticleId
    title: str
    kind: ArticleKind
    heading: str = ""
    excerpt: str = ""
    what_fixed: str = ""
    """The steps that helped, when the article names them."""
    path: str
    """Opens the passage, below our public address."""
    worked: int = 0
    failed: int = 0
    updated_at: datetime | None = None
    confidence: float = 0.0


class Related(_Frozen):
    """What the library knows beside an alert or incident, best first."""

    runbooks: tuple[Hint, ...] = ()
    incidents: tuple[Hint, ...] = ()
    limited: str = ""
    """Why only exact words were searched; empty when the whole index answered."""


VISIBLE = frozenset({ArticleState.REVIEWED, ArticleState.PUBLISHED, ArticleState.STALE})


SEEN_AGAIN = "## Seen again"
"""Begins what a later incident adds to an article."""


def with_addition(text: str, addition: str) -> str:
    """Return an article's text with what is added: above earlier additions, so that the newest is read first.

    What is too long loses what was added first; its versions are kept.
    """
    before, mark, earlier = text.rstrip().partition(f"\n{SEEN_AGAIN}")
    parts = (before.rstrip(), addition, f"{mark}{earlier}".strip())
    return "\n\n".join(part for part in parts if part)[:LONGEST_ARTICLE]


def new_id(letter: str, *parts: str) -> str:
    """Return an id that is the same for the same parts."""
    return letter + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def passage_path(article: ArticleId, passage: int | None = None) -> str:
    """Return where an article, or one passage of it, is read, below our public address."""
    return f"/kb/{quote(article, safe='')}" + ("" if passage is None else f"#p{passage}")
