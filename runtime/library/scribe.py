"""Prose for quoted answers, when a language model is configured: each sentence with its citation.

The quote stands on the card within a second; the scribe then replaces it in place, word by word as the model
writes. A finished sentence that cites nothing, or says what its passages do not, is dropped before anything
after it is shown (`knowledge.writing`). Cards in the browser follow several times a second, those on other
platforms as often as their limits on edits allow.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from domain.errors import NotNow, OutsideTrouble
from domain.identity.chat import Platform
from domain.knowledge.articles import AnswerKind
from domain.knowledge.library import AskedQuestion
from domain.ports.clock import Clock
from domain.ports.language_model import LanguageModel, StreamingModel
from domain.telling.postings import seconds_between_edits
from knowledge.writing import stream_answer, write_answer
from runtime.steady import SteadyThread
from storage.unit_of_work import SqlTransactions

log = logging.getLogger("dogwatch.knowledge")

_LOOK_SECONDS = 0.3
_FRESH = timedelta(minutes=2)
_MOST = 20
_REMEMBERED = 2_000
_AT_ONCE = 4
_UNWRITTEN = frozenset({AnswerKind.QUOTED, AnswerKind.WRITING})


class Scribe:
    """Writes for a few questions at a time, from threads of its own.

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
        self._under_way: Counter[Platform] = Counter()
        self._counting = threading.Lock()
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="scribe")
        self._thread = SteadyThread("scribe", self._begin_fresh, _LOOK_SECONDS)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End; what is under way is given up, its quote stays."""
        self._thread.stop(2)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def look(self) -> int:
        """Write for every fresh quoted answer that was not tried; returns how many got prose."""
        return sum(under_way.result() for under_way in self._begin_fresh())

    def _begin_fresh(self) -> list[Future[bool]]:
        with self._transactions.reading() as uow:
            fresh = uow.questions.recent(self._clock.now() - _FRESH, _MOST)
        wanted = [q for q in fresh if q.answer.kind in _UNWRITTEN and q.id not in self._tried]
        for question in wanted:
            self._tried[question.id] = None
        while len(self._tried) > _REMEMBERED:
            self._tried.pop(next(iter(self._tried)))
        return [self._pool.submit(self._write, question) for question in wanted]

    def _write(self, question: AskedQuestion) -> bool:
        platform = question.place.platform
        text, shown_at = "", 0.0
        self._count(platform, 1)
        try:
            for text in self._growing(question):
                if self._thread.is_over:
                    break
                # Answers that grow at the same time share what the platform allows.
                every = seconds_between_edits([platform] * self._under_way[platform])
                if text and time.monotonic() - shown_at >= every:
                    self._show(question, AnswerKind.WRITING, text)
                    shown_at = time.monotonic()
            else:
                self._end(question, text, was_shown=shown_at > 0)
                return bool(text)
        except (NotNow, OutsideTrouble) as error:
            log.info("no prose: %s", error)
        except Exception:  # a border: the quote must not stay half replaced, whatever it was
            log.exception("no prose")
        finally:
            self._count(platform, -1)
        self._end(question, "", was_shown=shown_at > 0)
        return False

    def _count(self, platform: Platform, by: int) -> None:
        with self._counting:
            self._under_way[platform] += by

    def _growing(self, question: AskedQuestion) -> Iterator[str]:
        """Yield the prose as it grows; all at once from a model that does not stream."""
        asked = (question.text, question.answer.citations, question.person or "visitor")
        if isinstance(self._model, StreamingModel):
            yield from stream_answer(self._model, *asked)
        else:
            yield write_answer(self._model, *asked) or ""

    def _end(self, question: AskedQuestion, text: str, *, was_shown: bool) -> None:
        """Leave the finished prose on the card, or the quote when nothing of it could be believed."""
        if text:
            self._show(question, AnswerKind.WRITTEN, text)
        elif was_shown:
            self._show(question, AnswerKind.QUOTED, _quoted(question))

    def _show(self, question: AskedQuestion, kind: AnswerKind, text: str) -> None:
        with self._transactions.writing() as uow:
            kept = uow.questions.get(question.id)
            answer = kept.answer.model_copy(update={"kind": kind, "text": text})
            uow.questions.save(kept.model_copy(update={"answer": answer}))
            uow.postings.refresh(kept.subject, self._clock.now())


def _quoted(question: AskedQuestion) -> str:
    return f"{question.answer.citations[0].quote} [1]"
