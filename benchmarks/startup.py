"""How long Dogwatch takes to be there, and how much memory it holds at rest.

Run as `python -m benchmarks.startup --json FILE`. A whole house is started as a person would start it:
once in a fresh folder, then again in the same one, several times; medians are given. Memory is the sum
of the proportional set sizes of every process of ours (shared pages counted once), after things calmed down.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import arguments, table, write
from tests.journeys.house import ROOT, House, house
from tests.journeys.visitor import Visitor

_WARM_STARTS = 3
_HELPS = 5
_REST_SECONDS = 20.0
_KIB = 1024.0


def descendants(parent: int) -> list[int]:
    """Return a process and all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue  # it ended meanwhile
        after_name = text.rsplit(")", 1)[1].split()
        children.setdefault(int(after_name[1]), []).append(int(stat.parent.name))
    found, waiting = [], [parent]
    while waiting:
        process = waiting.pop()
        found.append(process)
        waiting += children.get(process, [])
    return found


def memory_mib(process: int) -> float:
    """Return the proportional set size of a process, MiB; 0 when it is gone."""
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found.group(1)) / _KIB if found else 0.0


def part_of(process: int) -> str:
    """Return which part of the house a process is."""
    try:
        line = Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "gone"
    if "start-dev" in line:
        return "temporal"
    if worker := re.search(r"runtime worker --queue (\w+)", line):
        return worker.group(1)
    if child := re.search(r"runtime (runner|demo-service)", line):
        return child.group(1).replace("-", "_")
    return "front" if "runtime up" in line else "samples"


def process_of(running: House) -> int:
    """Return the process id of a running house's front and supervisor; 0 when it does not run."""
    return running.process.pid if running.process is not None else 0


def cpu_s(house_process: int) -> float:
    """Return the processor time that a running house has used so far, seconds."""
    ticks = 0
    for process in descendants(house_process):
        try:
            after_name = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended meanwhile
        ticks += int(after_name[11]) + int(after_name[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def wait_for_rest(house_process: int, longest_s: float = 120.0) -> None:
    """Wait until a house that has just started uses less than a quarter of a core, or `longest_s`."""
    end = time.monotonic() + longest_s
    while time.monotonic() < end:
        before = cpu_s(house_process)
        time.sleep(2)
        if cpu_s(house_process) - before < 0.5:
            return


def memory_by_part(house_process: int) -> dict[str, float]:
    """Return part to MiB for a running house."""
    parts: dict[str, float] = {}
    for process in descendants(house_process):
        name = part_of(process)
        parts[name] = parts.get(name, 0.0) + memory_mib(process)
    return parts


def first_answer_s(running: House) -> float:
    """Return seconds from a person's first word to the answer in the web chat."""
    began = time.monotonic()
    sam = Visitor(running.url, "sam")
    said = sam.say("dm:sam", "help")
    sam.wait_for("dm:sam", "feeds", str(said["message"]["id"]))
    return time.monotonic() - began


def help_s() -> float:
    """Return the median time of `dogwatch --help`."""
    times = []
    for _ in range(_HELPS):
        began = time.monotonic()
        subprocess.run([sys.executable, "-m", "runtime", "--help"], cwd=ROOT, check=True, capture_output=True)
        times.append(time.monotonic() - began)
    return statistics.median(times)


def _started_s(running: House) -> float:
    began = time.monotonic()
    running.start()
    return time.monotonic() - began


def measure(folder: Path) -> dict[str, float]:
    """Start a house in a fresh folder, then again, and return all figures."""
    began = time.monotonic()
    with house(folder / "data", KNOWLEDGE__MODEL="packaged") as running:
        figures = {"ready_cold_s": time.monotonic() - began}
        # The first start converts the library's model behind the doors; a second start finds it done.
        wait_for_rest(process_of(running))
        warm, answers, stops, used = [], [], [], []
        for _ in range(_WARM_STARTS):
            began = time.monotonic()
            running.stop()
            stops.append(time.monotonic() - began)
            ready = _started_s(running)
            warm.append(ready)
            used.append(cpu_s(process_of(running)))
            answers.append(ready + first_answer_s(running))
        time.sleep(_REST_SECONDS)
        wait_for_rest(process_of(running))  # with everything loaded, the library's model too
        parts = memory_by_part(process_of(running))
    figures |= {
        "ready_warm_s": statistics.median(warm),
        "ready_warm_cpu_s": statistics.median(used),
        "first_answer_s": statistics.median(answers),
        "stop_s": statistics.median(stops),
        "help_s": help_s(),
        "rest_memory_mib": sum(parts.values()),
    }
    return figures | {f"rest_{name}_mib": size for name, size in sorted(parts.items()) if size}


def main() -> None:
    """Measure, print, write."""
    parsed = arguments(__doc__ or "", with_data=False).parse_args()
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="dogwatch-startup-") as folder:
        figures = measure(Path(folder))
    figures |= {"load_average_before": load_before, "load_average_after": os.getloadavg()[0]}
    rows = {name: {"value": value} for name, value in figures.items()}
    print(table("Start and rest (first_answer_s counts from the start command)", rows))
    write(parsed.json, data={"warm_starts": _WARM_STARTS, "cores": os.cpu_count()}, figures=figures, peers={})


if __name__ == "__main__":
    main()
