"""Ask the Git host what an act needs to know, and never while the act holds the database's one writer.

Acts stand in line for that writer: a host that takes its time, or hangs, would hold up everybody who says
or presses anything. So within a transaction nothing is asked. An act that wants an answer not at hand is
undone, the answer is fetched in a thread beside the line, and the act is done again; until it wants no more.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from domain.configuration.reviews import FeedVersion
from domain.errors import DogwatchError, NotNow
from domain.ids import FeedName
from domain.ports.change_host import FeedShelf

_AT_ONCE = 8
_MOST_WISHES = 500
"""Of one act; a search through the versions of a feed has the most."""
_Answer = TypeVar("_Answer")


class NotAtHand(Exception):  # noqa: N818  a wish, and no fault of ours
    """An act wants an answer that nobody fetched yet."""

    def __init__(self, question: Hashable, ask: Callable[[], object]) -> None:
        super().__init__(f"not at hand: {question}")
        self.question, self.ask = question, ask


class Answers:
    """What one act was told so far; a host's trouble is an answer, too, and the command may handle it."""

    def __init__(self) -> None:
        self._found: dict[Hashable, Any] = {}  # Any: each question has answers of its own type
        self._trouble: dict[Hashable, DogwatchError] = {}

    def fetch(self, wish: NotAtHand) -> None:
        """Ask, however long it takes, and keep what is answered."""
        try:
            self._found[wish.question] = wish.ask()
        except DogwatchError as error:
            self._trouble[wish.question] = error

    def get(self, question: Hashable, ask: Callable[[], _Answer]) -> _Answer:
        """Return what was fetched; raises `NotAtHand` when nothing was."""
        if question in self._trouble:
            raise self._trouble[question]
        if question not in self._found:
            raise NotAtHand(question, ask)
        found: _Answer = self._found[question]
        return found


_OF_ACT: ContextVar[Answers | None] = ContextVar("answers of the act that is being done", default=None)


class Wishes:
    """Does acts whose answers are fetched between two tries, in threads that nobody else needs."""

    def __init__(self) -> None:
        self._answers: dict[str, Answers] = {}
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="fetching")

    async def done(self, act: str, do: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Do an act, by its key, until it wants nothing more; raises what it raised.

        Raises:
            NotNow: It wants more and more.
        """
        answers = Answers()
        try:
            for _ in range(_MOST_WISHES):
                self._answers[act] = answers
                try:
                    return await do()
                except NotAtHand as wish:
                    await asyncio.get_running_loop().run_in_executor(self._threads, answers.fetch, wish)
        finally:
            self._answers.pop(act, None)
        raise NotNow(f"{act} wants too much", say="That would take too many looks at the Git host.")

    @contextmanager
    def of(self, act: str) -> Iterator[None]:
        """Let what an act asks within the block be answered from what was fetched for it, by nobody else."""
        token = _OF_ACT.set(self._answers.get(act) or Answers())
        try:
            yield
        finally:
            _OF_ACT.reset(token)


class ShelfAtHand:
    """Implements `FeedShelf` for commands; outside of an act's transaction it simply asks."""

    def __init__(self, shelf: FeedShelf) -> None:
        self._shelf = shelf

    def list_feeds(self) -> Sequence[FeedName]:
        """Return the names of all feeds in alphabetical order."""
        return _answered(("feeds",), self._shelf.list_feeds)

    def read_all(self) -> Mapping[FeedName, bytes]:
        """Return the YAML of every feed."""
        return _answered(("all",), self._shelf.read_all)

    def read_feed(self, feed: FeedName, at: str | None = None) -> bytes | None:
        """Return the feed's YAML now, or at a commit; None when there was none."""
        return _answered(("feed", feed, at), lambda: self._shelf.read_feed(feed, at))

    def history(self, feed: FeedName, limit: int = 20) -> Sequence[FeedVersion]:
        """Return the agreed versions of the feed, newest first."""
        return _answered(("history", feed, limit), lambda: self._shelf.history(feed, limit))


def _answered(question: Hashable, ask: Callable[[], _Answer]) -> _Answer:
    answers = _OF_ACT.get()
    return ask() if answers is None else answers.get(question, ask)
