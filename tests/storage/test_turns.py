"""One writer at a time; a door that waits to acknowledge is next, and nobody waits for ever."""

import contextlib
import sys
import threading

import pytest

from storage.turns import NoTurn, Turns
from tests.waiting import wait_until


def _enter(turns: Turns, order: list[str], name: str, *, is_urgent: bool) -> threading.Thread:
    def work() -> None:
        with turns.taken(is_urgent=is_urgent):
            order.append(name)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def _enter_or_tell(turns: Turns, told: list[str], *, is_urgent: bool = False) -> threading.Thread:
    def work() -> None:
        try:
            with turns.taken(is_urgent=is_urgent):
                told.append("turn")
        except NoTurn:
            told.append("none")

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


def test_nobody_waits_for_ever_behind_one_that_holds_on() -> None:
    turns, told = Turns(patience_seconds=0.05), list[str]()
    with turns.taken(is_urgent=False):
        _enter_or_tell(turns, told, is_urgent=True).join(30)
        _enter_or_tell(turns, told).join(30)

    assert told == ["none", "none"]
    with turns.taken(is_urgent=False):
        pass


def test_behind_one_that_holds_on_few_wait_and_the_others_hear_at_once() -> None:
    turns, told = Turns(stuck_seconds=0.05, most_behind=2), list[str]()
    with turns.taken(is_urgent=False):
        threads = [_enter_or_tell(turns, told) for _ in range(6)]
        urgent = [_enter_or_tell(turns, told, is_urgent=True) for _ in range(3)]
        wait_until(lambda: len(told) == 4)
        assert told == ["none"] * 4
    for thread in (*threads, *urgent):
        thread.join(30)

    assert sorted(told[4:]) == ["turn"] * 5


def test_a_crowd_whose_turns_come_is_not_sent_away() -> None:
    turns, told = Turns(stuck_seconds=20.0, most_behind=2), list[str]()
    with turns.taken(is_urgent=False):
        threads = [_enter_or_tell(turns, told) for _ in range(40)]
        wait_until(lambda: all(map(_is_waiting, threads)))
    for thread in threads:
        thread.join(30)

    assert told == ["turn"] * 40


def test_a_turn_that_waited_long_and_failed_moves_nothing() -> None:
    now, told = [100.0], list[str]()
    turns = Turns(stuck_seconds=3.0, most_behind=0, stopwatch=lambda: now[0])
    held, may_end = [threading.Event(), threading.Event()], [threading.Event(), threading.Event()]

    def hold_and_fail(place: int) -> None:
        with contextlib.suppress(ValueError), turns.taken(is_urgent=True):
            held[place].set()
            may_end[place].wait(30)
            raise ValueError

    holders = [threading.Thread(target=hold_and_fail, args=(place,)) for place in range(2)]
    for holder, is_held in zip(holders, (True, False), strict=True):
        holder.start()
        assert not is_held or held[0].wait(30)
    wait_until(lambda: _is_waiting(holders[1]))
    now[0] += 10.0
    may_end[0].set()
    assert held[1].wait(30)
    _enter_or_tell(turns, told).join(20)  # the clock stands still: it hears so at once, or waits
    said = list(told)
    may_end[1].set()
    for holder in holders:
        holder.join(30)

    assert said == ["none"]


def test_a_turn_within_a_turn_is_a_fault_and_no_standstill() -> None:
    turns = Turns()
    with turns.taken(is_urgent=False), pytest.raises(RuntimeError), turns.taken(is_urgent=False):
        pass


def test_one_that_comes_back_at_once_keeps_nobody_out() -> None:
    turns, order = Turns(), list[str]()
    with turns.taken(is_urgent=False):
        waiting = [_enter(turns, order, "first", is_urgent=False)]
        wait_until(lambda: _is_waiting(waiting[0]))
        waiting.append(_enter(turns, order, "second", is_urgent=False))
        wait_until(lambda: _is_waiting(waiting[1]))

    with turns.taken(is_urgent=False):
        order.append("back")
    for thread in waiting:
        thread.join(30)

    assert order == ["first", "second", "back"]
