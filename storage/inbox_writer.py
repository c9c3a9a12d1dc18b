"""Take acts from the doors at a high rate: kept in groups, each answered when it is durable.

A commit costs a disk flush whether it holds one act or fifty, so whoever waits while one is under way
shares the next.
"""

import queue
import threading
from concurrent.futures import Future

from domain.errors import NotNow, OutsideTrouble
from domain.identity.chat import Incoming
from storage.engine import Database
from storage.stores.inbox import SqlInbox

_LONGEST_QUEUE = 5_000
_MOST_AT_ONCE = 200
_Told = tuple[Incoming, Future[bool], bool]
"""An act, who is told of it, and whether they still wait."""


class InboxWriter:
    """Keeps acts durably, in groups, from one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: queue.Queue[tuple[Incoming, Future[bool]] | None] = queue.Queue(_LONGEST_QUEUE)
        self._thread = threading.Thread(target=self._keep, name="inbox-writer", daemon=True)
        self._thread.start()

    def accept(self, incoming: Incoming) -> Future[bool]:
        """Return a future that is True once the act is durable, False when its key was kept before.

        Raises:
            NotNow: More acts wait than can be kept; the sender should deliver again.
        """
        answer: Future[bool] = Future()
        try:
            self._waiting.put_nowait((incoming, answer))
        except queue.Full:
            raise NotNow(
                "inbox queue full",
                say="I have more to do than I can take.",
                next_step="Press again in a minute.",
            ) from None
        return answer

    def close(self) -> None:
        """Keep what waits, then stop."""
        self._waiting.put(None)
        self._thread.join(timeout=10)

    def _keep(self) -> None:
        while (first := self._waiting.get()) is not None:
            group = [first]
            closing = False
            while len(group) < _MOST_AT_ONCE and not self._waiting.empty():
                following = self._waiting.get()
                if following is None:
                    closing = True
                    break
                group.append(following)
            self._commit(group)
            if closing:
                return

    def _commit(self, group: list[tuple[Incoming, Future[bool]]]) -> None:
        # In one order everywhere: another front may be keeping some of the same acts, delivered twice.
        group = sorted(group, key=lambda one: one[0].key)
        # An act whose sender went away meanwhile is kept all the same; there is nobody to tell.
        told = [(incoming, answer, answer.set_running_or_notify_cancel()) for incoming, answer in group]
        try:
            self._kept(told)
        except OutsideTrouble as error:
            _tell(told, error)
        except BaseException as error:  # every waiting door must be told, whatever it was
            if len(told) == 1:
                _tell(told, error)
                return
            # One of them can't be kept, and it is not the others' fault: each is kept alone.
            for one in told:
                try:
                    self._kept([one])
                except BaseException as its_own:
                    _tell([one], its_own)

    def _kept(self, told: list[_Told]) -> None:
        with self._database.writing(is_urgent=True) as connection:
            inbox = SqlInbox(connection)
            kept = [inbox.accept(incoming) for incoming, _, _ in told]
        for (_, answer, is_waited_for), is_new in zip(told, kept, strict=True):
            if is_waited_for:
                answer.set_result(is_new)


def _tell(told: list[_Told], error: BaseException) -> None:
    for _, answer, is_waited_for in told:
        if is_waited_for:
            answer.set_exception(_not_kept(error))


def _not_kept(error: BaseException) -> BaseException:
    """Return trouble as it is for an act that was not kept: nobody tries that one again."""
    if not isinstance(error, OutsideTrouble):
        return error
    next_step = "I could not keep what you did, so do it again in a minute."
    return OutsideTrouble(str(error), say=error.say, next_step=next_step)
