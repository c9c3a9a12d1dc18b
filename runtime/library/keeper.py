"""Keeps the index in step with SQL: words at once, meaning as soon as its model is there, then what is new.

A model that was changed in the settings is swapped without downtime: the last whole index, or exact words
alone, answers until the vectors of the new one are complete.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from domain.ids import ArticleId
from domain.knowledge.articles import Article
from knowledge.base import KnowledgeRoom
from knowledge.embedding import Encoder
from runtime.library.source import SqlArticleSource
from runtime.steady import SteadyThread

log = logging.getLogger("dogwatch.knowledge")

_LOOK_SECONDS = 0.3
_MEND_SECONDS = 3.0
_RETRY_SECONDS = 5.0
WARMING_UP = "my meaning index is still warming up, so I searched exact words only"
WORDS_ONLY = "I search exact words only here"
REBUILDING = "my meaning index is being rebuilt"


class Keeper:
    """Looks after one room from a thread of its own.

    Args:
        room: The room, made without a model.
        source: What is newer in SQL.
        encoder: Makes the model, which may take minutes on a busy machine; None for exact words only.
    """

    def __init__(
        self, room: KnowledgeRoom, source: SqlArticleSource, encoder: Callable[[], Encoder] | None
    ) -> None:
        self.room = room
        self._source = source
        self._encoder = encoder
        self._thread = SteadyThread("keeper", self.look, _LOOK_SECONDS, _RETRY_SECONDS)
        self._making: Future[Encoder] | None = None
        self.is_ready = False
        self._has_meaning = False
        self._mended = 0.0
        self._behind: dict[ArticleId, Article] = {}
        """What is newer in SQL and not yet indexed."""

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after what is under way."""
        self._thread.stop()

    @property
    def limited(self) -> str:
        """Return why less than the whole index answers, in words; empty when it is whole."""
        if self._has_meaning:
            return ""
        return WARMING_UP if self._encoder is not None else WORDS_ONLY

    def look(self) -> None:
        """Load what is not loaded, and index what is newer in SQL.

        Raises:
            Exception: Whatever hindered it; the next look tries again.
        """
        if not self.is_ready:
            self._load()
        self._follow()
        if self._encoder is not None and not self._has_meaning:
            self._add_meaning(self._encoder)

    def _load(self) -> None:
        begun = time.monotonic()
        count = self.room.load()
        self.is_ready = True
        log.info("library answers from words", extra={"articles": count, "seconds": _since(begun)})

    def _add_meaning(self, make: Callable[[], Encoder]) -> None:
        if self._making is None:
            self._making = _under_way(make)
        if not self._making.done():
            return
        made, self._making = self._making, None
        begun = time.monotonic()
        count = self.room.rebuild(made.result())
        self._has_meaning = True
        log.info("library answers from meaning too", extra={"articles": count, "seconds": _since(begun)})

    def _follow(self) -> None:
        articles, outcomes = self._source.news()
        if outcomes:
            self.room.note(outcomes)
        self._behind |= {article.id: article for article in articles}
        if self._behind:
            self._catch_up()
        if self._has_meaning and time.monotonic() - self._mended > _MEND_SECONDS:
            if self.room.mend():
                log.warning("the vector index was lost and has been rebuilt")
            self._mended = time.monotonic()

    def _catch_up(self) -> None:
        """Index what is behind: all at once, or one by one when something in it can't be indexed.

        Raises:
            Exception: Whatever the first of those that failed met; they are tried again at the next look.
        """
        try:
            self.room.index(self._behind.values())
            self._behind = {}
            return
        except Exception:  # a border: one article that can't be indexed must not keep the others out
            log.exception("%d articles can't be indexed at once, so I try them one by one", len(self._behind))
        failed: Exception | None = None
        for article in list(self._behind.values()):
            try:
                self.room.index([article])
                del self._behind[article.id]
            except Exception as error:  # as above; it stays behind and is told below
                log.error("article %s can't be indexed: %s", article.id, error)
                failed = failed or error
        if failed is not None:
            raise failed


def _under_way(make: Callable[[], Encoder]) -> "Future[Encoder]":
    """Return the model in the making: meanwhile what is new is found by its words."""
    made: Future[Encoder] = Future()

    def work() -> None:
        try:
            made.set_result(make())
        except BaseException as error:  # told to the keeper, which tries again
            made.set_exception(error)

    threading.Thread(target=work, name="encoder", daemon=True).start()
    return made


def _since(begun: float) -> str:
    return f"{time.monotonic() - begun:.1f}"
