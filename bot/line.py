"""Acts stand in line for the one writer: those that wait while a group commits are the next group.

A commit costs a disk flush whether it holds one act or ten, and threads that wait for the same writer only
take time from the doors. Within a group each act stands alone: what one leaves undone touches no other.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager

from bot.cards.model import Reply
from domain.errors import Collision
from domain.identity.chat import Incoming
from domain.ports.transactions import UnitOfWork

_GROUP_SECONDS = 0.03
"""A group ends after this long, so that doors which make acts durable get their turn."""

_TRIES = 5

_Waiting = tuple[Incoming, "asyncio.Future[Reply]"]
_Outcome = Reply | Exception


class Line:
    """Does acts in groups, one group at a time.

    Args:
        writing: Opens a transaction that writes.
        do: Does one act in a transaction; may raise, then nothing of it stays.
        is_grouping: Whether acts commit together. Where several processes write, an act that kept what it
            locked until others of its group are done would wait for acts that wait for it.
    """

    def __init__(
        self,
        writing: Callable[[], AbstractContextManager[UnitOfWork]],
        do: Callable[[Incoming, UnitOfWork], Reply],
        *,
        is_grouping: bool = True,
    ) -> None:
        self._writing = writing
        self._do = do
        self._seconds = _GROUP_SECONDS if is_grouping else 0.0
        self._waiting: deque[_Waiting] = deque()
        self._working: asyncio.Task[None] | None = None

    async def do(self, incoming: Incoming) -> Reply:
        """Return the reply to an act once it is committed; raises what the act raised."""
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting.append((incoming, answer))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            taken: list[_Waiting] = []
            try:
                outcomes = await asyncio.to_thread(self._group_or_again, taken)
            except Exception as error:  # every act of the group must be told, whatever it was
                if not taken:
                    # The transaction did not even open: without an answer all would wait, and we would try
                    # again without a pause until the database is back.
                    taken.extend(self._waiting)
                    self._waiting.clear()
                outcomes = [error] * len(taken)
            for (_, answer), outcome in zip(taken, outcomes, strict=True):
                if answer.done():
                    continue  # nobody waits any more
                if isinstance(outcome, Reply):
                    answer.set_result(outcome)
                else:
                    answer.set_exception(outcome)

    def _group_or_again(self, taken: list[_Waiting]) -> list[_Outcome]:
        for _ in range(_TRIES - 1):
            try:
                return self._group(taken)
            except Collision:
                # Nothing of it was kept; whoever stood in the way is through by now.
                self._waiting.extendleft(reversed(taken))
                taken.clear()
        return self._group(taken)

    def _group(self, taken: list[_Waiting]) -> list[_Outcome]:
        outcomes: list[_Outcome] = []
        end = time.monotonic() + self._seconds
        with self._writing() as uow:
            while self._waiting and (not taken or time.monotonic() < end):
                taken.append(self._waiting.popleft())
                outcomes.append(self._one(taken[-1][0], uow))
        return outcomes

    def _one(self, incoming: Incoming, uow: UnitOfWork) -> _Outcome:
        try:
            with uow.attempt():
                return self._do(incoming, uow)
        except Collision:
            raise  # the transaction as a whole is lost
        except Exception as error:  # handed to whoever waits for this act; the others go on
            return error
