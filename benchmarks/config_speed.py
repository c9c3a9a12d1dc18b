"""Measure the profiler's time on a 15-column file of 100,000 rows; on request time and memory on 1 GB."""

import random
import resource
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from config_gen.samples.child import profile_in_child, shut_down, warm_up
from domain.errors import BadInput

_NAMES = (
    "trade_id,trade_date,booked_at,account,counterparty,isin,side,quantity,price,currency,"
    "country,desk,comment,is_active,fee"
)
_RUNS = 20
_GIGABYTE = 10**9


def speed_figures(*, gigabyte: bool) -> dict[str, float]:
    """Return p50 and p95 seconds for 100,000 rows, on request seconds and MiB for 1 GB; in a child."""
    with tempfile.TemporaryDirectory() as folder:
        body = _rows(100_000)
        usual = Path(folder) / "trades.csv"
        usual.write_text(_NAMES + "\n" + body, encoding="utf-8")
        warm_up()
        _seconds(usual)  # the helper has loaded its libraries when it has answered once
        seconds = sorted(_seconds(usual) for _ in range(_RUNS))
        figures = {
            "upload_15x100k_p50_s": seconds[len(seconds) // 2],
            "upload_15x100k_p95_s": seconds[int(0.95 * len(seconds))],
        }
        if gigabyte:
            figures |= _gigabyte(Path(folder), body)
        shut_down()
    return figures


def _gigabyte(folder: Path, body: str) -> dict[str, float]:
    large = folder / "year.csv"
    with large.open("w", encoding="utf-8") as stream:
        stream.write(_NAMES + "\n")
        while stream.tell() < _GIGABYTE:
            stream.write(body)
    seconds = _seconds(large)
    shut_down()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"gb_profile_s": seconds, "gb_profile_mib": peak}


def _seconds(path: Path) -> float:
    """Return the seconds until the answer, which under a heavy load may be that it took too long."""
    start = time.perf_counter()
    try:
        profile_in_child(path, path.name)
    except BadInput as refusal:
        print(refusal.sentence())
    return time.perf_counter() - start


def _rows(count: int) -> str:
    dice = random.Random(7)  # noqa: S311  test data, no secret
    lines = []
    for number in range(count):
        day = date(2024, 1, 1) + timedelta(days=dice.randrange(300))
        clock = f"{dice.randrange(24):02d}:{dice.randrange(60):02d}:{dice.randrange(60):02d}"
        cells = (
            number + 1,
            day,
            f"{day}T{clock}Z",
            f"{dice.randrange(10**9):010d}",
            f"Bank {dice.randrange(500)} AG",
            f"DE{dice.randrange(10**9):09d}1",
            dice.choice("BS"),
            dice.randrange(1, 10_000),
            f"{dice.random() * 1000:.4f}",
            dice.choice(("EUR", "USD", "GBP")),
            dice.choice(("DE", "US", "GB")),
            f"desk{dice.randrange(20)}",
            f"note {dice.randrange(10**6)}",
            dice.choice(("true", "false")),
            f"{dice.random() * 10:.2f}",
        )
        lines.append(",".join(map(str, cells)) + "\n")
    return "".join(lines)
