"""One writer at a time; a door that waits to acknowledge is next, and nobody waits for ever."""

import sys
import threading

from storage.turns import Turns
from tests.waiting import wait_until


def _enter(turns: Turns, order: list[str], name: str, *, is_urgent: bool) -> threading.Thread:
    def work() -> None:
        with turns.taken(is_urgent=is_urgent):
            order.append(name)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _is_waiting(thread: threading.Thread) -> bool:
    """Return whether a thread stands in a wait of the standard library's."""
    frame = sys._current_frames().get(thread.ident or 0)
    return frame is not None and (frame.f_code.co_name, frame.f_code.co_filename) == (
        "wait",
        threading.__file__,
    )


def test_urgent_and_ordinary_writers_take_turns() -> None:
    turns, order, threads = Turns(), list[str](), []
    with turns.taken(is_urgent=False):
        for _ in range(2):
            threads.append(_enter(turns, order, "ordinary", is_urgent=False))
            threads.append(_enter(turns, order, "urgent", is_urgent=True))
            wait_until(lambda: all(map(_is_waiting, threads)))
    for thread in threads:
        thread.join(10)

    assert order == ["urgent", "ordinary", "urgent", "ordinary"]


def test_a_turn_is_given_back_when_its_holder_fails() -> None:
    turns = Turns()
    try:
        with turns.taken(is_urgent=True):
            raise ValueError
    except ValueError:
        pass

    with turns.taken(is_urgent=True):
        pass
