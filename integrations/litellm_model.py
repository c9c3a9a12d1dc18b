"""The language model through litellm: one provider, bounded in calls, tokens, seconds and money.

litellm calls out for a price list while it is imported unless told otherwise, and costs seconds of CPU; it is
imported on the first call, never by a door.
"""

import logging
import re
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from domain.errors import DogwatchError, OutsideTrouble
from domain.model_budget import Budget, Reservation, Spending, Spent, check_budget
from domain.ports.language_model import ModelReply, ModelRequest
from integrations.litellm_stream import LONGEST_ANSWER, Stream, model_failed, quiet_litellm
from integrations.model_transport import one_call

log = logging.getLogger("dogwatch.model")

_LONGEST_MATERIAL = 24_000
"""Characters of one part: the curated case of an incident has 6,000 tokens."""
_LONGEST_QUESTION = 6_000
_DENSEST = 3
"""A text of three letters a token, as estimated, may as well have one letter a token, or nine."""
_OVERHEAD = 1_000
_FENCE = re.compile(r"(?i)<(\s*(?:/\s*)?material\b)")


@dataclass(frozen=True)
class ModelSettings:
    """Which model, and how to reach it; `base_url` is the only address that is ever called."""

    name: str
    base_url: str
    api_key: str = field(repr=False, default="")
    micros_per_thousand_prompt_tokens: int = 0
    micros_per_thousand_answer_tokens: int = 0


class _OwnSpending:
    """Implements `Spending` for one process."""

    def __init__(self, budget: Budget, now: Callable[[], datetime]) -> None:
        self._budget, self._now = budget, now
        self._lock = threading.Lock()
        self._day = now().date()
        self._calls: dict[str, int] = {}
        self._tokens = self._micros = 0

    def reserve(self, person: str, tokens: int) -> Reservation:
        """Count a call that is about to begin, unless the budget is used up."""
        with self._lock:
            self._turn_day()
            calls, mine = sum(self._calls.values()), self._calls.get(person, 0)
            check_budget(self._budget, Spent(calls, mine, self._tokens, self._micros), tokens)
            self._calls[person] = mine + 1
            self._tokens += tokens
            return Reservation(self._day, person, tokens)

    def settle(self, reserved: Reservation, used: int, micros: int) -> None:
        """Count what the call really cost instead of what was reserved."""
        with self._lock:
            if reserved.day == self._day:
                self._tokens += used - reserved.tokens
                self._micros += micros

    def _turn_day(self) -> None:
        today = self._now().date()
        if today != self._day:
            self._day, self._calls, self._tokens, self._micros = today, {}, 0, 0


class LiteLLMModel:
    """Implements the port `LanguageModel`.

    Args:
        settings: Which model, and where.
        budget: What may be spent.
        redact: Applied to every text before it leaves.
        now: The clock for days.
        spending: Keeps count for all processes together; without one, each counts for itself.
    """

    def __init__(
        self,
        settings: ModelSettings,
        budget: Budget,
        redact: Callable[[str], str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        spending: Spending | None = None,
    ) -> None:
        self._settings, self._budget, self._redact = settings, budget, redact
        self._spending = spending or _OwnSpending(budget, now)

    def complete(self, request: ModelRequest) -> ModelReply:
        """Return the model's text.

        Raises:
            NotNow: A budget is used up; nothing was sent.
            OutsideTrouble: The provider failed, answered nothing or too late.
        """
        messages = self._messages(request)
        estimate = _asked_tokens(messages) + request.max_tokens
        reserved = self._spending.reserve(request.on_behalf_of, estimate)
        begun = time.monotonic()
        try:
            answer = self._call(request, messages)
            reply = self._reply(answer, _asked_tokens(messages), request, time.monotonic() - begun)
        except OutsideTrouble:
            self._settle(reserved, estimate // 2, 0)
            raise
        self._settle(reserved, reply.prompt_tokens + reply.answer_tokens, reply.cost_micros)
        if not reply.text.strip():
            raise model_failed("empty answer")
        return reply

    def stream(self, request: ModelRequest) -> Generator[str, None, ModelReply]:
        """Yield the model's text piece by piece, within the same bounds; closing it gives the rest up.

        Returns:
            The whole, with what it cost; where the provider does not tell its tokens they are estimated.

        Raises:
            NotNow: A budget is used up; nothing was sent.
            OutsideTrouble: The provider failed or was too slow, perhaps after some pieces.
        """
        messages = self._messages(request)
        asked = _asked_tokens(messages)
        reserved = self._spending.reserve(request.on_behalf_of, asked + request.max_tokens)
        begun, said = time.monotonic(), ""
        stream = Stream(self._arguments(request, messages), self._seconds(request))
        try:
            for piece in stream:
                said += piece
                yield piece
        finally:
            prompt, answer = _believed(stream.usage or (asked, -(-len(said) // 3)), asked, said, request)
            cost = self._cost(prompt, answer)
            self._settle(reserved, prompt + answer, cost)
        return ModelReply(
            text=said[:LONGEST_ANSWER],
            model=self._settings.name,
            prompt_tokens=prompt,
            answer_tokens=answer,
            seconds=round(time.monotonic() - begun, 3),
            cost_micros=cost,
        )

    def _settle(self, reserved: Reservation, used: int, micros: int) -> None:
        try:
            self._spending.settle(reserved, used, micros)
        except DogwatchError as error:
            # The answer is there, and what was reserved for it stays counted.
            log.warning("what a model cost can't be kept: %s", error)

    def _messages(self, request: ModelRequest) -> list[dict[str, str]]:
        # Material is fenced as data in a message of its own; it never shares one with our instructions.
        clean = [_unfenced(self._redact(part)[:_LONGEST_MATERIAL]) for part in request.material]
        material = "\n\n".join(f"<material>\n{part}\n</material>" for part in clean)
        question = _unfenced(self._redact(request.question)[:_LONGEST_QUESTION])
        asked = f"{material}\n\nQuestion: {question}".strip()
        return [
            {"role": "system", "content": request.instructions},
            {"role": "user", "content": asked},
        ]

    def _call(self, request: ModelRequest, messages: list[dict[str, str]]) -> Any:  # Any: litellm's own type
        litellm = quiet_litellm()
        seconds = self._seconds(request)
        answers: list[Any] = []
        errors: list[BaseException] = []
        given_up = threading.Event()

        def ask() -> None:
            try:
                with one_call(given_up):
                    answers.append(litellm.completion(**self._arguments(request, messages), stream=False))
            except Exception as error:
                errors.append(error)

        # A provider that sends a byte a second never trips a socket's timeout, so the whole call has one.
        thread = threading.Thread(target=ask, name="model-call", daemon=True)
        thread.start()
        thread.join(seconds + 0.5)
        given_up.set()
        if errors:
            raise model_failed(type(errors[0]).__name__) from errors[0]
        if not answers:
            raise model_failed("no answer in time")
        return answers[0]

    def _seconds(self, request: ModelRequest) -> float:
        return min(request.timeout_seconds, self._budget.seconds_per_call)

    def _arguments(self, request: ModelRequest, messages: list[dict[str, str]]) -> dict[str, object]:
        return {
            "model": self._settings.name,
            "base_url": self._settings.base_url,
            "api_key": self._settings.api_key or "none",
            "messages": messages,
            "max_tokens": request.max_tokens,
            "temperature": 0,
            "timeout": self._seconds(request),
            "num_retries": 0,
            "max_retries": 0,
        }

    def _reply(  # Any: litellm's own type
        self, answer: Any, asked: int, request: ModelRequest, seconds: float
    ) -> ModelReply:
        try:
            text = str(answer.choices[0].message.content or "")
            prompt = int(getattr(answer.usage, "prompt_tokens", 0) or 0)
            said = int(getattr(answer.usage, "completion_tokens", 0) or 0)
        except (AttributeError, IndexError, OverflowError, TypeError, ValueError) as error:
            raise model_failed("answer of another shape") from error
        prompt, said = _believed((prompt, said), asked, text, request)
        return ModelReply(
            text=text[:LONGEST_ANSWER],
            model=self._settings.name,
            prompt_tokens=prompt,
            answer_tokens=said,
            seconds=round(seconds, 3),
            cost_micros=self._cost(prompt, said),
        )

    def _cost(self, prompt_tokens: int, answer_tokens: int) -> int:
        return (
            prompt_tokens * self._settings.micros_per_thousand_prompt_tokens
            + answer_tokens * self._settings.micros_per_thousand_answer_tokens
        ) // 1000


def _asked_tokens(messages: Sequence[Mapping[str, str]]) -> int:
    return sum(len(message["content"]) for message in messages) // 3


def _believed(told: tuple[int, int], asked: int, said: str, request: ModelRequest) -> tuple[int, int]:
    """Return tokens of question and answer within what their lengths allow: a provider may say anything."""
    prompt, answer = told
    least, most = max(asked // _DENSEST, 1), (asked + 1) * _DENSEST + _OVERHEAD
    written = len(said) // (3 * _DENSEST) + 1
    return min(max(prompt, least), most), min(max(answer, written), max(request.max_tokens, len(said), 1))


def _unfenced(text: str) -> str:
    """Return outside text that can neither end nor begin material, however its tags are written."""
    return _FENCE.sub(r"[\1", text)
