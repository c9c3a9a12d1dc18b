"""Prose for quoted answers, when a language model is configured: each sentence with its citation.

The quote stands on the card within a second; the scribe then replaces it in place. A sentence that cites
nothing, or says what its passages do not, never reaches the card (`knowledge.writing`).
"""

import logging
import threading
from datetime import timedelta

from domain.articles import AnswerKind
from domain.errors import DogwatchError, NotNow, OutsideTrouble
from domain.library import AskedQuestion
from domain.ports.clock import Clock
from domain.ports.language_model import LanguageModel
from knowledge.writing import write_answer
from storage.unit_of_work import SqlTransactions

log = logging.getLogger("dogwatch.knowledge")

_LOOK_SECONDS = 0.3
_FRESH = timedelta(minutes=2)
_MOST = 20
_REMEMBERED = 2_000


class Scribe:
    """Writes for one question at a time, from a thread of its own.

    Args:
        model: Writes; within its budget.
        transactions: Where questions are.
        clock: The time.
    """

    def __init__(self, model: LanguageModel, transactions: SqlTransactions, clock: Clock) -> None:
        self._model = model
        self._transactions = transactions
        self._clock = clock
        self._tried: dict[str, None] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scribe", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is under way is given up, its quote stays."""
        self._stop.set()
        self._thread.join(timeout=2)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_SECONDS):
            try:
                self.look()
            except DogwatchError as error:
                log.warning("prose waits: %s", error)

    def look(self) -> int:
        """Write for every fresh quoted answer that was not tried; returns how many got prose."""
        with self._transactions.reading() as uow:
            fresh = uow.questions.recent(self._clock.now() - _FRESH, _MOST)
        wanted = [q for q in fresh if q.answer.kind is AnswerKind.QUOTED and q.id not in self._tried]
        return sum(self._write(question) for question in wanted)

    def _write(self, question: AskedQuestion) -> bool:
        self._tried[question.id] = None
        while len(self._tried) > _REMEMBERED:
            self._tried.pop(next(iter(self._tried)))
        try:
            text = write_answer(
                self._model, question.text, question.answer.citations, question.person or "visitor"
            )
        except (NotNow, OutsideTrouble) as error:
            log.info("no prose: %s", error)
            return False
        if text is None:
            return False
        with self._transactions.writing() as uow:
            kept = uow.questions.get(question.id)
            answer = kept.answer.model_copy(update={"kind": AnswerKind.WRITTEN, "text": text})
            uow.questions.save(kept.model_copy(update={"answer": answer}))
            uow.postings.refresh(kept.subject, self._clock.now())
        return True
