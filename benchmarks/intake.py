"""Telemetry through the real intake process: megabytes a second by format, mixed load, and a kill -9.

`python -m benchmarks.intake [--json FILE] [--seconds 30] [--limit 330]`. Everything is sent over HTTP to a
process of its own and counts when a query of the store finds it. Sizes are those of unpacked bodies; the load
is encoded beforehand. Sender and queries run on the same two cores, so the figures are below what the intake
reaches alone. The run ends within the limit: what a slow machine did not store by then is not counted, and
`unfinished` says how many phases were cut short.
"""

import http.client
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import report
from benchmarks.intake_load import FORMATS, MIX, Body, bodies
from domain.ports.evidence_source import EvidenceQuery
from telemetry.columnar_store import ColumnarStore

_KEY = "bench"
_GOAL_MB_S = 100_000 / 3_600
_SENDERS = 4


class House:
    """The intake process over a folder; killed or stopped, it can be started again."""

    def __init__(self, folder: Path, decoders: int) -> None:
        self.folder, self._decoders = folder, decoders
        self.port = _free_port()
        self.store = ColumnarStore(folder / "telemetry", memory_mib=1024)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Launch it and wait until it answers."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DOGWATCH_")}
        environment |= {
            "DOGWATCH_DATA_DIR": str(self.folder),
            "DOGWATCH_TELEMETRY__PORT": str(self.port),
            "DOGWATCH_TELEMETRY__KEYS": json.dumps({"bench": _KEY}),
            "DOGWATCH_TELEMETRY__DECODERS": str(self._decoders),
        }
        command = [sys.executable, "-m", "runtime", "worker", "--queue", "intake"]
        log = (self.folder / "intake.log").open("ab")
        self._process = subprocess.Popen(command, env=environment, stderr=log, stdout=log)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                self.get("/healthz")
                return
            except OSError:
                time.sleep(0.1)
        raise SystemExit(f"the intake does not answer, see {log.name}")

    def get(self, path: str) -> None:
        """Ask for a page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", path)
        connection.getresponse().read()
        connection.close()

    def kill(self) -> None:
        """End it without a word, as the kernel does it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End it in good order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def stored(self) -> int:
        """Return how many records can be queried."""
        now = datetime.now(UTC)
        return sum(one.records for one in self.store.health(now - timedelta(hours=2), now))

    def waits_to_decode(self) -> bool:
        """Return whether something acknowledged is not decoded yet."""
        return any((self.folder / "telemetry" / "wal").glob("*.wal"))

    def await_decoded(self, deadline: float) -> None:
        """Wait until all that was acknowledged is decoded: what a phase leaves would count for the next."""
        while self.waits_to_decode() and time.monotonic() < deadline:
            time.sleep(0.2)

    def await_stored(self, count: int, deadline: float) -> tuple[float, int]:
        """Return when so many records could be queried and how many; at the deadline those that can."""
        while True:
            asked = time.monotonic()
            stored = self.stored()
            now = time.monotonic()
            if stored >= count or now >= deadline:
                return now, stored
            time.sleep(max(0.2, 3.0 * (now - asked)))  # asking must not take the cores from storing


class Sender:
    """One connection that is kept open; a busy intake is waited for."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.waits = 0

    def send(self, body: Body) -> bool:
        """Return whether the delivery was acknowledged."""
        headers = {"authorization": f"Bearer {_KEY}", **body.headers}
        while True:
            try:
                self._connection.request("POST", body.path, body.wire, headers)
                answer = self._connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                self._connection.close()
                return False
            if answer.status != 429:
                if answer.status >= 300:
                    raise SystemExit(f"{body.path} answered {answer.status}")
                return True
            self.waits += 1
            time.sleep(0.2)


def main() -> int:
    """Run everything; return 0."""
    parser = report.arguments(__doc__ or "", with_data=False)
    parser.add_argument("--seconds", type=float, default=30.0, help="length of the mixed run")
    parser.add_argument("--mb", type=float, default=60.0, help="megabytes of each format")
    parser.add_argument("--decoders", type=int, default=2)
    parser.add_argument("--limit", type=float, default=330.0, help="seconds for the whole run")
    options = parser.parse_args()
    figures: dict[str, float] = {}
    end = time.monotonic() + options.limit
    about = {
        "made_up": True,
        "sizes": "unpacked bytes",
        "cores": os.cpu_count() or 0,
        "goal_mb_s": round(_GOAL_MB_S, 1),
    }

    def note(found: dict[str, float]) -> None:
        # Written as they come: a phase that a busy machine cuts short must not cost the others' figures.
        figures.update(found)
        print("  ".join(f"{name} = {value:.4g}" for name, value in found.items()), flush=True)
        report.write(options.json, data=about, figures=figures, peers={})

    unfinished = 0.0
    with _house(1) as house:
        note(_killed(house, end))
    with _house(options.decoders) as house:
        for number, name in enumerate(FORMATS):
            share = 1.0 / (len(FORMATS) - number + 6)  # about half of the time is the mix's
            found, whole = _one_format(house, name, options.mb, number, _share_of(end, share))
            unfinished += 0.0 if whole else 1.0
            note(found)
        found, whole = _mixed(house, options.seconds, end)
        unfinished += 0.0 if whole else 1.0
        note({**found, "unfinished": unfinished})
    print(report.table("intake (made-up load)", {"dogwatch": figures}))
    return 0


@contextmanager
def _house(decoders: int) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="dogwatch-intake-") as folder:
        house = House(Path(folder), decoders)
        house.start()
        try:
            yield house
        finally:
            house.kill()
            time.sleep(1.0)


def _share_of(end: float, share: float) -> float:
    now = time.monotonic()
    return now + max(end - now, 0.0) * share


def _one_format(
    house: House, name: str, megabytes: float, seed: int, deadline: float
) -> tuple[dict[str, float], bool]:
    """Send one format as fast as it is taken, and wait until all of it can be queried."""
    pool = bodies(name, 12, seed)
    count = max(int(megabytes * 1e6 / pool[0].size), 12)
    load = [pool[number % len(pool)] for number in range(count)]
    before = house.stored()
    # The first deliveries warm caches and imports, as a process that has run for a minute has them.
    house.await_stored(before + _send_all(house, pool, deadline)[0], deadline)
    before, began = house.stored(), time.monotonic()
    sent, size = _send_all(house, load, deadline)
    ended, stored = house.await_stored(before + sent, deadline)
    seconds, share = ended - began, min(1.0, max(0, stored - before) / max(1, sent))
    return {
        f"mb_s_{name}": share * size / 1e6 / seconds,
        f"records_s_{name}": share * sent / seconds,
    }, share == 1.0


def _send_all(house: House, load: Sequence[Body], deadline: float) -> tuple[int, int]:
    """Send everything over a few connections until the deadline; return records and bytes acknowledged."""
    todo, lock, counts, sizes = iter(load), threading.Lock(), [0], [0]

    def work() -> None:
        sender, count, size = Sender(house.port), 0, 0
        while True:
            with lock:
                body = next(todo, None)
            if body is None or time.monotonic() > deadline:
                counts.append(count)
                sizes.append(size)
                return
            if sender.send(body):
                count, size = count + body.records, size + body.size

    threads = [threading.Thread(target=work) for _ in range(_SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts), sum(sizes)


def _mix(seed: int) -> Iterator[Body]:
    """Yield deliveries for ever, formats by their share of bytes."""
    chance = random.Random(seed)  # noqa: S311  a seeded load, nothing secret
    pools = {name: bodies(name, 8, seed + number) for number, name in enumerate(MIX)}
    names = list(MIX)
    weights = [MIX[name] / pools[name][0].size for name in names]
    for number in itertools.count():
        name = chance.choices(names, weights)[0]
        yield pools[name][number % len(pools[name])]


def _mixed(house: House, seconds: float, end: float) -> tuple[dict[str, float], bool]:
    """Measure what is taken without a brake, then hold a rate and measure how soon it can be queried."""
    load = _mix(100)
    next(load)
    half = _share_of(end, 0.5)
    house.await_decoded(half)
    before, began, size, sent = house.stored(), time.monotonic(), 0, 0
    while time.monotonic() - began < min(seconds, half - began):
        records, part = _send_all(house, list(itertools.islice(load, 24)), half)
        sent, size = sent + records, size + part
    taken = time.monotonic() - began
    house.await_decoded(half)
    ended, stored = house.await_stored(before + sent, half)
    done, share = ended - began, min(1.0, max(0, stored - before) / max(1, sent))
    capacity = share * size / 1e6 / done
    print(f"mixed: {size / 1e6:.0f} MB taken in {taken:.1f} s, {share:.0%} queryable after {done:.1f} s")
    rate = min(_GOAL_MB_S, 0.85 * capacity)
    length = min(seconds, max(end - time.monotonic() - 20.0, 5.0))
    waits, offered, kept = _held_rate(house, load, rate, length)
    return {
        "mixed_mb_s": capacity,
        "mixed_gb_per_hour": capacity * 3.6,
        "mixed_records_s": share * sent / done,
        "held_gb_per_hour": kept * 3.6,
        "offered_gb_per_hour": offered * 3.6,
        "queryable_p50_s": _quantile(waits, 0.5),
        "queryable_p95_s": _quantile(waits, 0.95),
        "stored_share_of_sent": _disk(house) / max(size + kept * length * 1e6, 1),
    }, share == 1.0


def _held_rate(
    house: House, load: Iterator[Body], rate: float, seconds: float
) -> tuple[list[float], float, float]:
    """Send at a steady rate with a marked line every half second; return how long each took to be found."""
    marks: dict[str, float] = {}
    waits: list[float] = []
    over = threading.Event()
    watcher = threading.Thread(target=_watch_marks, args=(house, marks, waits, over))
    watcher.start()
    marker, began, size, next_mark = Sender(house.port), time.monotonic(), 0, 0.0
    senders = itertools.cycle([Sender(house.port) for _ in range(_SENDERS)])
    while (passed := time.monotonic() - began) < seconds:
        if passed >= next_mark:
            name = f"mark-{time.time_ns()}"
            marks[name] = time.monotonic()
            marker.send(_marked(name))
            next_mark += 0.5
        if size / 1e6 > rate * passed:
            time.sleep(0.005)
            continue
        body = next(load)
        next(senders).send(body)
        size += body.size
    spent = time.monotonic() - began
    deadline = time.monotonic() + 15
    while marks and time.monotonic() < deadline:
        time.sleep(0.1)
    over.set()
    watcher.join()
    waits += [float("inf")] * len(marks)
    return waits, rate, size / 1e6 / spent


def _watch_marks(house: House, marks: dict[str, float], waits: list[float], over: threading.Event) -> None:
    pause = 0.1
    while not over.wait(pause):
        now, asked = datetime.now(UTC), time.monotonic()
        for name in list(marks):
            query = EvidenceQuery(now - timedelta(minutes=2), now, now, services=(name,))
            if len(house.store.fetch(query).telemetry.logs):
                waits.append(time.monotonic() - marks.pop(name))
            else:
                break
        pause = max(0.1, time.monotonic() - asked)  # at most half of a core asks


def _marked(name: str, lines: int = 1) -> Body:
    """Return a delivery whose lines can be told from all others by their service."""
    told = [
        {"date": time.time(), "service": name, "message": f"line {number} of {name}"}
        for number in range(lines)
    ]
    raw = json.dumps(told).encode()
    return Body("/intake/fluent-bit", {"content-type": "application/json"}, raw, len(raw), lines)


def _killed(house: House, end: float) -> dict[str, float]:
    """Kill -9 the intake three times while it is written to; count acknowledged lines that are not found."""
    acknowledged: list[str] = []
    for round_number in range(3):
        over = threading.Event()
        senders = [
            threading.Thread(
                target=_send_marks, args=(house.port, f"r{round_number}s{n}", acknowledged, over)
            )
            for n in range(_SENDERS)
        ]
        for thread in senders:
            thread.start()
        time.sleep(2.5)
        house.kill()
        over.set()
        for thread in senders:
            thread.join()
        house.start()
    house.await_stored(len(acknowledged) * 20, _share_of(end, 0.3))
    time.sleep(2.0)
    if house.waits_to_decode():
        # What a slow machine has not decoded yet is not lost, and cannot be said to be there.
        return {"acknowledged_before_kill": len(acknowledged) * 20.0, "kill_undecided": 1.0}
    now = datetime.now(UTC)
    query = EvidenceQuery(now - timedelta(hours=1), now, now, most_rows=10_000_000)
    logs = house.store.fetch(query).telemetry.logs
    found = set(zip(logs.service, logs.message, strict=True))
    wanted = {(name, f"line {number} of {name}") for name in acknowledged for number in range(20)}
    twice = len(logs) - len(found)
    return {
        "acknowledged_before_kill": float(len(wanted)),
        "lost_after_kill": float(len(wanted - found)),
        "doubled_after_kill": float(twice),
    }


def _send_marks(port: int, prefix: str, acknowledged: list[str], over: threading.Event) -> None:
    sender = Sender(port)
    for number in itertools.count():
        if over.is_set():
            return
        name = f"{prefix}-{number}"
        if not sender.send(_marked(name, 20)):
            return
        acknowledged.append(name)


def _disk(house: House) -> int:
    return sum(path.stat().st_size for path in (house.folder / "telemetry").glob("*/*.parquet"))


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else float("inf")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    raise SystemExit(main())
