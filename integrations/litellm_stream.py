"""A model's answer piece by piece, read in a thread of its own so that a slow provider holds nobody up."""

import logging
import os
import queue
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from domain.errors import OutsideTrouble
from integrations.model_transport import model_session, model_transport, one_call

log = logging.getLogger("dogwatch.model")

LONGEST_ANSWER = 20_000
_MOST_WAITING = 1_000
_LEAST_WAIT = 0.01
_MOST_CAUSES = 6


class Stream:
    """One streamed call; iterate it once.

    Args:
        arguments: For `litellm.completion`, without `stream`.
        seconds: For the whole answer, however many pieces it comes in.
    """

    def __init__(self, arguments: Mapping[str, object], seconds: float) -> None:
        self._arguments = arguments
        self._seconds, self._deadline = seconds + 0.5, 0.0
        self._given_up = threading.Event()
        self.usage: tuple[int, int] | None = None
        """Tokens of the question and of the answer, where the provider tells them."""
        self._pieces: queue.Queue[str | BaseException | None] = queue.Queue(_MOST_WAITING)

    def __iter__(self) -> Iterator[str]:
        """Yield pieces until the answer ends, is long enough, or its time is over.

        Raises:
            OutsideTrouble: The provider failed, said nothing, or was too slow.
        """
        litellm = quiet_litellm()  # its first import takes seconds, which are not the provider's
        self._deadline = time.monotonic() + self._seconds
        threading.Thread(target=self._read, args=(litellm,), name="model-stream", daemon=True).start()
        said = 0
        try:
            while said < LONGEST_ANSWER:
                piece = self._next()
                if piece is None:
                    break
                said += len(piece)
                yield piece
        finally:
            self._given_up.set()
        if not said:
            raise model_failed("empty answer")

    def _next(self) -> str | None:
        left = self._deadline - time.monotonic()
        try:
            found = self._pieces.get(timeout=max(left, _LEAST_WAIT))
        except queue.Empty:
            raise model_failed("no answer in time") from None
        if isinstance(found, BaseException):
            log.warning("a model's stream failed: %s", _kinds_of(found))
            raise model_failed(type(found).__name__) from found
        if found is not None and left <= 0:
            raise model_failed("no end in time")
        return found

    def _read(self, litellm: Any) -> None:  # Any: litellm publishes no usable types
        try:
            with one_call(self._given_up):
                self._read_on(litellm)
            self._put(None)
        except Exception as error:  # a border: whatever the provider does is told to the reader
            self._put(error)

    def _read_on(self, litellm: Any) -> None:  # Any: litellm publishes no usable types
        for chunk in litellm.completion(**self._arguments, stream=True):
            if self._given_up.is_set():
                return
            self.usage = _usage_of(chunk) or self.usage
            text = _text_of(chunk)
            if text:
                self._put(text)

    def _put(self, piece: str | BaseException | None) -> None:
        """Hand a piece over; whoever does not read any more gets none, and this thread ends soon."""
        while not self._given_up.is_set():
            try:
                self._pieces.put(piece, timeout=1)
            except queue.Full:
                continue
            return


def _kinds_of(error: BaseException) -> str:
    """Return the types of an error and its causes; their texts could hold what was asked."""
    kinds: list[str] = []
    one: BaseException | None = error
    while one is not None and len(kinds) < _MOST_CAUSES:
        kinds.append(type(one).__name__)
        one = one.__cause__ or one.__context__
    return " from ".join(kinds)


def _text_of(chunk: Any) -> str:  # Any: litellm's own type
    choices = getattr(chunk, "choices", None) or []
    delta = getattr(choices[0], "delta", None) if choices else None
    return str(getattr(delta, "content", None) or "")


def _usage_of(chunk: Any) -> tuple[int, int] | None:  # Any: litellm's own type
    usage = getattr(chunk, "usage", None)
    asked, said = getattr(usage, "prompt_tokens", None), getattr(usage, "completion_tokens", None)
    if not isinstance(asked, int) or not isinstance(said, int) or min(asked, said) < 0:
        return None
    return asked, said


def quiet_litellm() -> Any:  # Any: litellm publishes no usable types
    """Return litellm, imported on the first call, with everything off that calls out by itself."""
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    import litellm

    litellm.telemetry = False
    litellm.drop_params = True
    litellm.suppress_debug_info = True
    litellm.callbacks = []
    litellm.success_callback = []
    litellm.failure_callback = []
    # Some providers are asked by a client, others by the library's own clients over a transport.
    litellm.client_session = model_session()
    litellm.sync_transport = model_transport()
    return litellm


def model_failed(detail: str) -> OutsideTrouble:
    """Return the trouble of a call that failed."""
    return OutsideTrouble(
        f"model call failed: {detail}",
        say="The language model did not answer.",
        next_step="I answered from articles and rules instead.",
    )
