"""Other assistants' tools as witnesses: asked when the library does not know, quoted as what they are.

Only servers and tools that an operator listed are asked, and only those with an argument for the question.
What comes back is text from outside: cut, without lines that give orders, shown as a quotation under the
tool's name beside the "I don't know", and never turned into anything else.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from domain.errors import DogwatchError
from domain.knowledge.articles import AnswerKind
from domain.knowledge.library import AskedQuestion, ToolWord
from domain.ports.clock import Clock
from domain.text.machine_orders import without_orders
from integrations.mcp_client import OutsideServer, OutsideTools
from runtime.settings.assistants import ToolServer
from runtime.steady import SteadyThread
from storage.unit_of_work import SqlTransactions

log = logging.getLogger("dogwatch.knowledge")

_LOOK_SECONDS = 0.5
_FRESH = timedelta(minutes=2)
_MOST = 20
_REMEMBERED = 2_000
_LONGEST_WORD = 1_200
_LONGEST_QUESTION = 2_000


@dataclass(frozen=True)
class Ask:
    """One tool to ask, and the name of its argument that takes the question."""

    server: str
    tool: str
    argument: str


class Witness:
    """Asks the listed tools about fresh questions that the library could not answer.

    Args:
        tools: The allowed servers.
        asks: Which tools are asked.
        redact: Applied to the question before it leaves.
        transactions: Where questions are.
        clock: The time.
    """

    def __init__(
        self,
        tools: OutsideTools,
        asks: Sequence[Ask],
        redact: Callable[[str], str],
        transactions: SqlTransactions,
        clock: Clock,
    ) -> None:
        self._tools, self._asks, self._redact = tools, asks, redact
        self._transactions, self._clock = transactions, clock
        self._tried: dict[str, None] = {}
        self._thread = SteadyThread("witness", self.look, _LOOK_SECONDS)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is under way is given up."""
        self._thread.stop(2)

    def look(self) -> int:
        """Ask about every fresh unknown that was not tried; returns how many got a word."""
        with self._transactions.reading() as uow:
            fresh = uow.questions.recent(self._clock.now() - _FRESH, _MOST)
        unknown = [q for q in fresh if q.answer.kind is AnswerKind.UNKNOWN and not q.others]
        wanted = [question for question in unknown if question.id not in self._tried]
        for question in wanted:
            self._tried[question.id] = None
        while len(self._tried) > _REMEMBERED:
            self._tried.pop(next(iter(self._tried)))
        return sum(self._keep(question, asyncio.run(self._words(question))) for question in wanted)

    async def _words(self, question: AskedQuestion) -> tuple[ToolWord, ...]:
        text = self._redact(question.text[:_LONGEST_QUESTION])
        said = await asyncio.gather(*(self._word(ask, text) for ask in self._asks))
        return tuple(word for word in said if word is not None)

    async def _word(self, ask: Ask, text: str) -> ToolWord | None:
        try:
            said = await self._tools.call(ask.server, ask.tool, {ask.argument: text})
        except DogwatchError as error:
            log.info("a tool said nothing: %s", error)
            return None
        kept = without_orders(said)[:_LONGEST_WORD].strip()
        return ToolWord(server=ask.server, tool=ask.tool, text=kept) if kept else None

    def _keep(self, question: AskedQuestion, words: tuple[ToolWord, ...]) -> bool:
        if not words:
            return False
        with self._transactions.writing() as uow:
            kept = uow.questions.get(question.id)
            uow.questions.save(kept.model_copy(update={"others": words}))
            uow.postings.refresh(kept.subject, self._clock.now())
        return True


def outside_servers(servers: Sequence[ToolServer]) -> list[OutsideServer]:
    """Return the servers of the settings, as the client takes them."""
    return [
        OutsideServer(
            name=one.name,
            tools=frozenset(one.tools),
            command=one.command,
            url=one.url,
            token=one.token.get_secret_value(),
            timeout_seconds=one.timeout_seconds,
        )
        for one in servers
    ]


def asks_of(servers: Sequence[ToolServer]) -> list[Ask]:
    """Return the tools of the settings that are asked beside the library."""
    return [Ask(one.name, tool, argument) for one in servers for tool, argument in sorted(one.asks.items())]
