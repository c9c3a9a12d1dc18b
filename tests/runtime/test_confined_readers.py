"""Readers in a child end with whoever asked them, and what is not a file's fault is not told as one."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config_gen.samples import confined
from config_gen.samples.confined import Bounds, Died, shut_down
from domain.errors import BadInput
from runtime.wiring.comparing.confined_files import history_in_child, rows_in_child
from tests.waiting import wait_until

NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
_ROOMY = Bounds(1 << 30, 60, 120.0)
_WALL_SECONDS = 4.0
_GOOD = "id,amount\n1,2.50\n2,3.75\n"
_ASK = (
    "from pathlib import Path; from runtime.wiring.comparing.confined_files import rows_in_child;"
    " rows_in_child(Path({path!r}), 'fx.csv')"
)


@pytest.fixture(autouse=True)
def _helper() -> Iterator[None]:
    yield
    shut_down()


def _children(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        found += [int(one) for one in task.read_text().split()]
    return found


def _helper_of(process: int) -> int:
    found = [one for one in _children(process) if "forker" in Path(f"/proc/{one}/cmdline").read_text()]
    return found[0] if found else 0


def _warden_and_reader(process: int) -> tuple[int, int] | None:
    for warden in _children(_helper_of(process)):
        for reader in _children(warden):
            return warden, reader
    return None


def _is_there(process: int) -> bool:
    return Path(f"/proc/{process}/cmdline").exists()


@pytest.mark.proves("F2")
def test_nothing_goes_on_reading_for_a_process_that_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "fx.csv"
    os.mkfifo(path)  # nobody writes: the reader waits as long as it may
    with subprocess.Popen([sys.executable, "-c", _ASK.format(path=str(path))]) as asker:
        left = wait_until(lambda: _warden_and_reader(asker.pid))
        left = (*left, _helper_of(asker.pid))
        asker.kill()

    wait_until(lambda: not any(map(_is_there, left)), 20)


@pytest.mark.proves("F2")
def test_a_reader_ends_when_nobody_wants_its_answer_any_more(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text(_history(20_000))
    pieces = history_in_child(path, "runs.jsonl", NOW, _ROOMY, piece_rows=1_000)
    next(pieces)
    left = wait_until(lambda: _warden_and_reader(os.getpid()))

    pieces.close()  # type: ignore[attr-defined]  # a generator

    wait_until(lambda: not any(map(_is_there, left)), 20)


@pytest.mark.proves("F2")
def test_the_clock_of_a_reader_stands_while_its_pieces_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "runs.jsonl"
    path.write_text(_history(5_000))
    list(history_in_child(path, "runs.jsonl", NOW, _ROOMY))  # the helper has loaded
    pieces = history_in_child(path, "runs.jsonl", NOW, Bounds(1 << 30, 60, _WALL_SECONDS), piece_rows=500)
    found = len(next(pieces).fresh)
    end = time.monotonic() + _WALL_SECONDS + 0.5
    wait_until(lambda: time.monotonic() > end)

    found += sum(len(piece.fresh) for piece in pieces)

    assert found == 5_000


@pytest.mark.proves("F2")
def test_a_signal_to_the_whole_service_ends_no_reader_in_the_middle_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "fx.csv"
    os.mkfifo(path)
    found: list[int] = []
    asking = threading.Thread(target=lambda: found.append(len(rows_in_child(path, "fx.csv", _ROOMY))))
    asking.start()
    both = wait_until(lambda: _warden_and_reader(os.getpid()))
    for one in (*both, _helper_of(os.getpid())):
        os.kill(one, signal.SIGTERM)

    path.write_text(_GOOD)
    asking.join()

    assert found == [2]


@pytest.mark.proves("F2")
def test_a_helper_that_dies_before_it_forked_is_not_the_files_fault(tmp_path: Path) -> None:
    path = tmp_path / "fx.csv"
    path.write_text(_GOOD)
    assert len(rows_in_child(path, "fx.csv", _ROOMY)) == 2
    helper = _helper_of(os.getpid())
    os.kill(helper, signal.SIGSTOP)
    waiting = _selectors()
    found: list[int] = []
    asking = threading.Thread(target=lambda: found.append(len(rows_in_child(path, "fx.csv", _ROOMY))))
    asking.start()
    wait_until(lambda: _selectors() > waiting)  # it has asked, and waits

    os.kill(helper, signal.SIGKILL)
    asking.join()

    assert found == [2]


@pytest.mark.proves("F2")
def test_what_no_library_should_raise_is_told_as_a_crash() -> None:
    with pytest.raises(Died) as caught:
        confined.answer("sys:exit", {}, _ROOMY)

    assert "SystemExit" in caught.value.in_words()


def _history(rows: int) -> str:
    return "".join(
        f'{{"feed": "fx", "run": "{number}", "state": "ok", "finished_at": "2026-11-22T07:00:00Z"}}\n'
        for number in range(rows)
    )


def _selectors() -> int:
    found = 0
    for one in Path("/proc/self/fd").iterdir():
        try:
            found += "eventpoll" in os.readlink(one)
        except OSError:
            continue
    return found


def test_a_file_is_read_although_the_helper_hangs(tmp_path: Path) -> None:
    path = tmp_path / "fx.csv"
    path.write_text(_GOOD)
    rows_in_child(path, "fx.csv")
    hanging = _helper_of(os.getpid())
    os.kill(hanging, signal.SIGSTOP)

    found = rows_in_child(path, "fx.csv", Bounds(1 << 30, 60, _WALL_SECONDS))

    assert len(found) == 2
    assert _helper_of(os.getpid()) not in (0, hanging)
    wait_until(lambda: not _is_there(hanging))


def test_a_file_that_takes_its_time_costs_no_helper(tmp_path: Path) -> None:
    path = tmp_path / "fx.csv"
    os.mkfifo(path)  # nobody writes: the reader waits as long as it may
    good = tmp_path / "good.csv"
    good.write_text(_GOOD)
    rows_in_child(good, "good.csv")
    helper = _helper_of(os.getpid())

    with pytest.raises(BadInput, match="time"):
        rows_in_child(path, "fx.csv", Bounds(1 << 30, 60, 0.5))

    assert _helper_of(os.getpid()) == helper
