"""The map is drawn in a process of its own, which may die, hang or lose us: that costs a picture at most."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from domain.investigation.diagnosis_report import MapSlice
from runtime.wiring.investigating.topology import TopologyKeeper
from runtime.wiring.ready_process import ReadyProcess
from telemetry.columnar_store import ColumnarStore
from tests.waiting import wait_until

_ROOT = Path(__file__).resolve().parents[2]
_PART = MapSlice(nodes=(("pay", "service"), ("db", "service")), edges=(("pay", "db"),))
_DRAWER = b"rca.pictures.map_drawing"
_LOSES_US = """
import asyncio, sys
from pathlib import Path
from domain.investigation.diagnosis_report import MapSlice
from runtime.wiring.investigating.topology import TopologyKeeper
from telemetry.columnar_store import ColumnarStore

async def draw():
    keeper = TopologyKeeper(ColumnarStore(Path(sys.argv[1])), scratch=Path(sys.argv[1]))
    assert await keeper.draw(MapSlice.model_validate_json(sys.argv[2]), "it")
    print("drawn", flush=True)
    await asyncio.sleep(600)

asyncio.run(draw())
"""


def _drawers(parent: int) -> list[int]:
    """Return the processes below another one that draw, or stand ready to."""
    found = []
    for line in Path(f"/proc/{parent}/task").glob("*/children"):
        for pid in line.read_text().split():
            if _DRAWER in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(int(pid))
    return found


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


async def test_a_drawing_process_that_was_killed_costs_no_later_picture(tmp_path: Path) -> None:
    keeper = TopologyKeeper(ColumnarStore(tmp_path), scratch=tmp_path)
    drawn = [await keeper.draw(_PART, "it")]
    for _ in range(2):
        [ready] = _drawers(os.getpid())
        os.kill(ready, signal.SIGKILL)
        wait_until(lambda pid=ready: _is_gone(pid))
        drawn.append(await keeper.draw(_PART, "it"))
    keeper.close()

    assert all(picture.startswith(b"\x89PNG") for picture in drawn)
    assert _drawers(os.getpid()) == []


async def test_a_drawing_that_hangs_ends_and_the_next_one_is_drawn(tmp_path: Path) -> None:
    drawer = ReadyProcess("tests.runtime.hanging_program", tmp_path, within_seconds=2.0)

    first, second = await drawer.answer(b"hang"), await drawer.answer(b"hang")
    drawer.close()

    assert (first, second) == (b"", b"")
    answering = ReadyProcess("tests.runtime.hanging_program", tmp_path)
    assert await answering.answer(b"speak") == b"speak"
    answering.close()


def test_what_draws_ends_with_a_house_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _LOSES_US, str(tmp_path), _PART.model_dump_json()],
        stdout=subprocess.PIPE,
        cwd=_ROOT,
    ) as house:
        assert house.stdout is not None
        assert house.stdout.readline() == b"drawn\n"
        [ready] = _drawers(house.pid)
        house.kill()

    wait_until(lambda: _is_gone(ready))
