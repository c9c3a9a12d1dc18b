"""Ten thousand reports a second over HTTP into a running house: what is taken, put off, and lost."""

import contextlib
import json
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx

from runtime.keys import KeyFolder
from runtime.wiring.intake import local_key

_A_SECOND, _IN_ONE = 10_000, 500
_SENDERS = 8
_PATIENCE_SECONDS = 120.0


def burst(folder: Path, url: str, seconds: int) -> dict[str, float]:
    """Return figures of a burst; a sender that is told to wait (429) sends the same again."""
    key = local_key(KeyFolder(folder / "keys"))
    bodies = [_body(number) for number in range(seconds * _A_SECOND // _IN_ONE)]
    begun = time.perf_counter()

    def send(number: int) -> tuple[float, int]:
        """Send one body when its time has come; return when it was taken, and how often it was put off."""
        time.sleep(max(begun + number * _IN_ONE / _A_SECOND - time.perf_counter(), 0.0))
        put_off = 0
        end = time.perf_counter() + _PATIENCE_SECONDS
        while time.perf_counter() < end:
            with contextlib.suppress(httpx.TransportError):
                answer = client.post("/intake/runs", content=bodies[number])
                if answer.status_code == 200:
                    return time.perf_counter() - begun, put_off
            put_off += 1
            time.sleep(0.5)
        return float("nan"), put_off

    headers = {"authorization": f"Bearer {key}", "content-type": "application/json"}
    with (
        httpx.Client(base_url=url, headers=headers, timeout=60) as client,
        ThreadPoolExecutor(_SENDERS) as crew,
    ):
        answers = list(crew.map(send, range(len(bodies))))
    taken = [at for at, _ in answers if at == at]
    with contextlib.closing(sqlite3.connect(folder / "dogwatch.db", timeout=30)) as connection:
        kept = int(connection.execute("SELECT count(*) FROM runs WHERE feed LIKE 'burst_%'").fetchone()[0])
    return {
        "burst_sent": float(len(bodies) * _IN_ONE),
        "burst_lost": float(len(taken) * _IN_ONE - kept),
        "burst_put_off": float(sum(put_off for _, put_off in answers)),
        "burst_events_per_s": len(taken) * _IN_ONE / max(taken, default=1.0),
    }


def _body(number: int) -> bytes:
    now = datetime.now(UTC).isoformat()
    told = [
        {"feed": f"burst_{one % 400:03d}", "run_id": f"{number}-{one}", "status": "ok", "finished_at": now}
        for one in range(_IN_ONE)
    ]
    return json.dumps(told).encode()
