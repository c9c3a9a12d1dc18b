"""Ten million log lines pushed through the intake, and the few that tell the cause pulled out of them again.

`python -m benchmarks.log_flood [--lines 10000000] [--json FILE] [--limit 600]`. The lines are dated over the
half hour that a diagnosis looks at; every tenth is a warning or an error that means nothing. In the last ten
minutes one service says three hundred times that it lost its ledger. Then a process of its own, as the heavy
worker is one, asks the store, curates and diagnoses: its seconds and its most memory are reported, what the
card says was left out, and whether the service and its line were found. Intake, sender and diagnosis share
the machine; nothing is sent while the diagnosis runs.
"""

import itertools
import json
import random
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks import report
from benchmarks.intake_fresh import Template, templates
from benchmarks.intake_house import House, Sender
from benchmarks.intake_load import Body

_CULPRIT = "shop-pay-3"
_TELLING = 300
_SENDERS = 4
_BEFORE = timedelta(minutes=28)
_SINCE = timedelta(minutes=10)


@dataclass(frozen=True)
class Pulled:
    """What the diagnosing process found, and what it took."""

    gather_s: float
    curate_s: float
    diagnose_s: float
    most_memory_mib: float
    lines_read: int
    telling_lines_read: int
    telling_lines_curated: int
    first: str
    verdict: str
    said: tuple[str, ...]


def main() -> int:
    """Push, pull, and write the figures."""
    parser = report.arguments(__doc__ or "", with_data=False)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--decoders", type=int, default=2)
    parser.add_argument("--limit", type=float, default=600.0, help="seconds for pushing")
    parser.add_argument("--pull", default="", help="only diagnose over this folder of a store")
    parser.add_argument("--anomaly", type=float, default=0.0, help="with --pull: Unix seconds")
    options = parser.parse_args()
    if options.pull:
        print(json.dumps(asdict(_pull(Path(options.pull), options.anomaly))))
        return 0
    with tempfile.TemporaryDirectory(prefix="dogwatch-flood-", ignore_cleanup_errors=True) as folder:
        house = House(Path(folder), options.decoders)
        house.start()
        try:
            figures, said = _flood(house, options.lines, time.monotonic() + options.limit)
        finally:
            house.kill()
            time.sleep(1.0)
    about = {"made_up": True, "said": list(said)}
    report.write(options.json, data=about, figures=figures, peers={})
    print(report.table("ten million log lines (made-up load)", {"dogwatch": figures}))
    print("the card says:", *said, sep="\n  ")
    return 0


def _flood(house: House, lines: int, deadline: float) -> tuple[dict[str, float], tuple[str, ...]]:
    end = datetime.now(UTC)
    anomaly, began = end - _SINCE, time.monotonic()
    sent, size = _push(house, _bodies(lines, end, anomaly), deadline)
    house.await_decoded(deadline)
    pushed = time.monotonic() - began
    stored = house.stored()
    command = [sys.executable, "-m", "benchmarks.log_flood", "--pull", str(house.folder / "telemetry")]
    told = subprocess.run(
        [*command, "--anomaly", str(anomaly.timestamp())], stdout=subprocess.PIPE, check=True, text=True
    )
    found = Pulled(**json.loads(told.stdout.splitlines()[-1]))
    return {
        "lines_acknowledged": float(sent),
        "lines_stored": float(stored),
        "push_s": pushed,
        "push_mb_s": size / 1e6 / pushed,
        "stored_mib": house.disk_bytes() / 2**20,
        "gather_s": found.gather_s,
        "curate_s": found.curate_s,
        "diagnose_s": found.diagnose_s,
        "evidence_s": found.gather_s + found.curate_s + found.diagnose_s,
        "most_memory_mib": found.most_memory_mib,
        "lines_read": float(found.lines_read),
        "telling_lines_read": float(found.telling_lines_read),
        "telling_lines_curated": float(found.telling_lines_curated),
        "culprit_first": float(found.first == _CULPRIT),
        "culprit_first_and_sure": float(found.first == _CULPRIT and found.verdict == "supported"),
    }, tuple(found.said)


def _bodies(lines: int, end: datetime, anomaly: datetime) -> Iterator[Body]:
    """Yield the lines, oldest first, with those that tell among the last."""
    plain, noisy = templates("otlp_logs", 8, 1), templates("fluent_bit", 8, 2)
    chance = random.Random(3)  # noqa: S311  a seeded load, nothing secret
    begin, count, told = end - _BEFORE, 0, 0
    for number in itertools.count():
        # A quarter of fluent_bit's lines, of which two in five are warnings or errors.
        kind: list[Template] = noisy if number % 4 == 3 else plain
        now = begin + (end - begin) * min(count / lines, 1.0)
        due = int(_TELLING * max((now - anomaly) / (end - anomaly), 0.0))
        if due > told:
            yield _telling(chance, due - told, now)
            count, told = count + due - told, due
        body = kind[number % len(kind)].fresh(int(now.timestamp() * 1e9))
        yield body
        count += body.records
        if count >= lines:
            return


def _telling(chance: random.Random, lines: int, now: datetime) -> Body:
    told = [
        {
            "date": now.timestamp() - chance.random(),
            "service": _CULPRIT,
            "level": "error",
            "message": f"Ledger entry {chance.randbytes(8).hex()} not written: ledger-db refused us",
        }
        for _ in range(lines)
    ]
    raw = json.dumps(told).encode()
    return Body("/intake/fluent-bit", {"content-type": "application/json"}, raw, len(raw), lines)


def _push(house: House, load: Iterator[Body], deadline: float) -> tuple[int, int]:
    """Send everything without a brake; return lines and bytes acknowledged."""
    lock, totals = threading.Lock(), [0, 0]

    def work() -> None:
        sender = Sender(house.port)
        while time.monotonic() < deadline:
            with lock:
                body = next(load, None)
            if body is None:
                return
            if sender.send(body):
                with lock:
                    totals[0], totals[1] = totals[0] + body.records, totals[1] + body.size

    threads = [threading.Thread(target=work) for _ in range(_SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return totals[0], totals[1]


def _pull(folder: Path, anomaly: float) -> Pulled:
    """Do what the heavy worker does for a diagnosis, in this process."""
    from domain.ids import IncidentId
    from domain.ports.diagnostician import Inquiry
    from rca.curation import curate
    from rca.report import make_report
    from runtime.wiring.investigating.evidence import EvidenceDesk
    from runtime.wiring.investigating.evidence_gatherer import TelemetryGatherer
    from telemetry.columnar_store import ColumnarStore

    when = datetime.fromtimestamp(anomaly, UTC)
    now = when + _SINCE
    desk = EvidenceDesk([ColumnarStore(folder)], now=lambda: now)
    marks = [time.monotonic()]
    inquiry = Inquiry(IncidentId("flood"), "", "payments are not booked", when, now)
    gathered = TelemetryGatherer(desk).gather(inquiry)
    marks.append(time.monotonic())
    curated = curate(gathered.case)
    marks.append(time.monotonic())
    made = make_report(
        inquiry.incident,
        1,
        gathered.case,
        None,
        made_at=now,
        where_from=gathered.where_from,
        dropped=gathered.dropped,
    )
    marks.append(time.monotonic())
    desk.close()
    seen = made.diagnosis
    return Pulled(
        gather_s=marks[1] - marks[0],
        curate_s=marks[2] - marks[1],
        diagnose_s=marks[3] - marks[2],
        most_memory_mib=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        lines_read=len(gathered.case.telemetry.logs),
        telling_lines_read=sum("ledger-db" in text for text in gathered.case.telemetry.logs.message),
        telling_lines_curated=sum("ledger-db" in text for text in curated.case.telemetry.logs.message),
        first=seen.hypotheses[0].service if seen.hypotheses else "",
        verdict=seen.verdict.value,
        said=(*seen.coverage.dropped, *seen.coverage.unavailable),
    )


if __name__ == "__main__":
    raise SystemExit(main())
