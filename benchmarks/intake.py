"""Telemetry through the real intake process: megabytes a second by format, mixed load, and a kill -9.

`python -m benchmarks.intake [--json FILE] [--seconds 60] [--burst 20] [--limit 330]`; a longer steady run is
`--seconds 300`. Everything is sent over HTTP to a process of its own and counts when a query of the store
finds it. Sizes are those of unpacked bodies; the load is encoded beforehand, only its times and ids are
renewed. Sender and queries run on the same two cores, so the figures are below what the intake reaches alone;
`intake_cores_at_goal` is what its processes computed, in cores at 100 GB an hour, which hardly depends on
what else the machine does. The run ends within the limit: what a slow machine did not store by then is not
counted, and `unfinished` says how many phases were cut short.
"""

import argparse
import itertools
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import report
from benchmarks.intake_fresh import bodies
from benchmarks.intake_held import SENDERS, Held, hold_rate, marked, mix
from benchmarks.intake_house import House, Sender
from benchmarks.intake_load import FORMATS, Body
from domain.ports.evidence_source import EvidenceQuery

_GOAL_MB_S = 100_000 / 3_600
_SMALL_DISK_GIB = 96 / 1024
_LEAST_SECONDS = 5.0


def main() -> int:
    """Run everything; return 0."""
    parser = report.arguments(__doc__ or "", with_data=False)
    parser.add_argument("--seconds", type=float, default=60.0, help="length of the steady 100 GB an hour")
    parser.add_argument("--burst", type=float, default=20.0, help="seconds of sending without a brake")
    parser.add_argument("--mb", type=float, default=60.0, help="megabytes of each format")
    parser.add_argument("--decoders", type=int, default=2)
    parser.add_argument(
        "--limit",
        type=float,
        default=330.0,
        help="seconds for the whole run, beyond --seconds above a minute",
    )
    options = parser.parse_args()
    figures: dict[str, float] = {}
    end = time.monotonic() + options.limit + max(options.seconds - 60.0, 0.0)
    about = {
        "made_up": True,
        "sizes": "unpacked bytes",
        "cores": os.cpu_count() or 0,
        "goal_mb_s": round(_GOAL_MB_S, 1),
        "load_before": os.getloadavg()[0],
    }

    def note(found: dict[str, float]) -> None:
        # Written as they come: a phase that a busy machine cuts short must not cost the others' figures.
        figures.update(found)
        print("  ".join(f"{name} = {value:.4g}" for name, value in found.items()), flush=True)
        report.write(options.json, data=about, figures=figures, peers={})

    print(
        f"{os.cpu_count()} cores carry the intake, the sender and the queries;"
        f" load before: {os.getloadavg()[0]:.1f}"
    )
    unfinished = 0.0
    with _house(1) as house:
        note(_killed(house, end))
    with _house(options.decoders) as house:
        for number, name in enumerate(FORMATS):
            share = 1.0 / (len(FORMATS) - number + 12)  # about two thirds of the time are the mix's
            found, whole = _one_format(house, name, options.mb, number, _share_of(end, share))
            unfinished += 0.0 if whole else 1.0
            note(found)
    with _house(options.decoders) as house:
        for found in _mixed(house, options, end):
            note(found)
    with _house(options.decoders, _SMALL_DISK_GIB) as house:
        note({**_bounded(house, min(20.0, options.seconds), end), "unfinished": unfinished})
    print(report.table("intake (made-up load)", {"dogwatch": figures}))
    return 0


@contextmanager
def _house(decoders: int, keep_gib: float = 20.0) -> Iterator[House]:
    with tempfile.TemporaryDirectory(prefix="dogwatch-intake-", ignore_cleanup_errors=True) as folder:
        house = House(Path(folder), decoders, keep_gib)
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
    load = bodies(name, max(int(megabytes * 1e6 / pool[0].size), 12), seed)
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

    threads = [threading.Thread(target=work) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts), sum(sizes)


def _mixed(house: House, options: argparse.Namespace, end: float) -> Iterator[dict[str, float]]:
    """Hold 100 GB an hour from rest, send without a brake, and hold it again while that is decoded."""
    load = mix(100)
    next(load)
    before, computed = house.stored(), house.cpu_seconds()
    steady = hold_rate(house, load, _GOAL_MB_S, max(min(options.seconds, _left(end) - 90.0), _LEAST_SECONDS))
    house.await_decoded(end)
    cores = (house.cpu_seconds() - computed) / max(steady.size / 1e6, 1.0) * _GOAL_MB_S
    half = steady.seconds / 2
    yield {
        "held_gb_per_hour": steady.size / 1e6 / steady.seconds * 3.6,
        "offered_gb_per_hour": _GOAL_MB_S * 3.6,
        "held_seconds": steady.seconds,
        "intake_cores_at_goal": cores,
        **_waits("queryable", steady),
        "queryable_p95_first_half_s": steady.quantile(0.95, 0.0, half),
        "queryable_p95_second_half_s": steady.quantile(0.95, half),
    }
    began, size, sent = time.monotonic(), 0, 0
    while time.monotonic() - began < max(min(options.burst, _left(end) - 60.0), _LEAST_SECONDS):
        records, part = _send_all(house, list(itertools.islice(load, 24)), end + _LEAST_SECONDS)
        sent, size = sent + records, size + part
    taken, waiting = time.monotonic() - began, house.waiting()
    rate = (size - waiting) / 1e6 / taken
    yield {
        "mixed_mb_s": rate,
        "mixed_gb_per_hour": rate * 3.6,
        "mixed_records_s": rate * sent / max(size / 1e6, 1.0),
        "waiting_after_burst_mb": waiting / 1e6,
    }
    after = hold_rate(house, load, _GOAL_MB_S, max(min(30.0, _left(end) - 40.0), _LEAST_SECONDS))
    began = time.monotonic()
    house.await_decoded(end)
    records = steady.records + sent + after.records
    stored = house.await_stored(before + records, min(end, time.monotonic() + 15.0))[1] - before
    yield {
        **_waits("after_burst", after),
        "after_burst_gb_per_hour": after.size / 1e6 / after.seconds * 3.6,
        "drained_s": time.monotonic() - began,
        "lost_of_acknowledged": float(records - stored),
        "stored_share_of_sent": house.disk_bytes() / max(steady.size + size + after.size, 1),
    }


def _waits(name: str, held: Held) -> dict[str, float]:
    told = {"p50": held.quantile(0.5), "p95": held.quantile(0.95), "max": held.quantile(1.0)}
    return {f"{name}_{part}_s": value for part, value in told.items()}


def _bounded(house: House, seconds: float, end: float) -> dict[str, float]:
    """Hold 100 GB an hour into a store that may keep little; return the most that lay in its folder."""
    most, over, load = [0], threading.Event(), mix(200)
    next(load)

    def look() -> None:
        while not over.wait(0.5):
            most[0] = max(most[0], house.disk_bytes() - house.waiting())

    looker = threading.Thread(target=look)
    looker.start()
    held = hold_rate(house, load, _GOAL_MB_S, max(min(seconds, _left(end) - 10.0), _LEAST_SECONDS))
    over.set()
    looker.join()
    return {
        "small_disk_kept_mib": _SMALL_DISK_GIB * 1024,
        "small_disk_most_mib": most[0] / 2**20,
        "small_disk_gb_per_hour": held.size / 1e6 / held.seconds * 3.6,
    }


def _left(end: float) -> float:
    return end - time.monotonic()


def _killed(house: House, end: float) -> dict[str, float]:
    """Kill -9 the intake three times while it is written to; count acknowledged lines that are not found."""
    acknowledged: list[str] = []
    for round_number in range(3):
        over = threading.Event()
        senders = [
            threading.Thread(
                target=_send_marks, args=(house.port, f"r{round_number}s{n}", acknowledged, over)
            )
            for n in range(SENDERS)
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
    if house.waiting():
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
        if not sender.send(marked(name, 20)):
            return
        acknowledged.append(name)


if __name__ == "__main__":
    raise SystemExit(main())
