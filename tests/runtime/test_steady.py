"""What must never end goes on: loops, threads, the processes beside the doors."""

import asyncio
import threading
from pathlib import Path

import pytest

from domain.errors import OutsideTrouble
from runtime.processes.children import Child
from runtime.steady import SteadyThread, steadily
from tests.waiting import until


@pytest.mark.parametrize("trouble", [ValueError("a fault"), OutsideTrouble("away", say="Away."), None])
async def test_a_loop_that_fails_or_ends_is_begun_again_and_tells_so(trouble: Exception | None) -> None:
    begun, told = [0], list[bool]()
    again = asyncio.Event()

    async def work() -> None:
        begun[0] += 1
        if begun[0] < 3:
            if trouble is not None:
                raise trouble
            return
        again.set()
        await asyncio.Event().wait()

    running = asyncio.create_task(steadily("a loop", work, told.append, first_pause=0.001))
    async with asyncio.timeout(20):
        await again.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running

    assert begun == [3]
    assert told == [False, True, False, True]


@pytest.mark.parametrize("trouble", [ValueError("a fault"), OutsideTrouble("away", say="Away.")])
def test_a_thread_whose_look_fails_looks_again(trouble: Exception) -> None:
    looks, again = [0], threading.Event()

    def look() -> None:
        looks[0] += 1
        if looks[0] < 3:
            raise trouble
        again.set()

    thread = SteadyThread("a thread", look, 0.001, fault_seconds=0.001)
    thread.start()

    assert again.wait(20)
    thread.stop()
    assert thread.is_over


async def test_a_process_that_could_not_be_started_is_started_as_soon_as_it_can_be(tmp_path: Path) -> None:
    program, done = tmp_path / "program", tmp_path / "done"
    child = Child("a program", [str(program)], tmp_path / "log", {"PATH": "/usr/bin:/bin"})
    failed = asyncio.Event()

    def tell(is_up: bool) -> None:
        if not is_up and not failed.is_set():
            fresh = tmp_path / "fresh"
            fresh.write_text(f"#!/bin/sh\ntouch {done}\nexec sleep 60\n")
            fresh.chmod(0o700)
            fresh.rename(program)
            failed.set()

    keeping = asyncio.create_task(steadily(child.name, child.keep, tell, first_pause=0.01))
    try:
        async with asyncio.timeout(20):
            await failed.wait()
        await until(done.exists)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await asyncio.to_thread(child.stop)


async def test_a_process_that_dies_at_once_is_begun_again_more_and_more_seldom(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Each start of a worker costs seconds of CPU: one that can't live must not take the machine along."""
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o700)
    child = Child("a program", [str(program)], tmp_path / "log", {"PATH": "/usr/bin:/bin"})
    keeping = asyncio.create_task(child.keep())
    try:
        await until(lambda: keeping.done() or caplog.text.count("died with 3") >= 3)
        assert not keeping.done()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)

    assert [f"in {pause} s" in caplog.text for pause in ("0.5", "1.0", "2.0")] == [True, True, True]
