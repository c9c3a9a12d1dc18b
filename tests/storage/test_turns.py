"""One writer at a time; a door that waits to acknowledge is next, and nobody waits for ever."""

import threading

from storage.turns import Turns


def _enter(turns: Turns, order: list[str], name: str, *, is_urgent: bool) -> threading.Thread:
    def work() -> None:
        with turns.taken(is_urgent=is_urgent):
            order.append(name)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_urgent_and_ordinary_writers_take_turns() -> None:
    turns, order, threads = Turns(), list[str](), []
    with turns.taken(is_urgent=False):
        for number in range(2):
            threads.append(_enter(turns, order, "ordinary", is_urgent=False))
            threads.append(_enter(turns, order, "urgent", is_urgent=True))
            while turns._waiting != {True: number + 1, False: number + 1}:
                threading.Event().wait(0.001)
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
