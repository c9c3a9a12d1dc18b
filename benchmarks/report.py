"""The one shape of every benchmark's output: a table for people, a JSON file for machines."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path


def arguments(description: str, *, with_data: bool = True) -> argparse.ArgumentParser:
    """Return the parser that all benchmarks share; add your own options to it."""
    parser = argparse.ArgumentParser(description=description)
    if with_data:
        parser.add_argument(
            "--data", type=Path, required=True, help="folder of the data set, with its README"
        )
    parser.add_argument("--json", type=Path, default=None, help="where the figures are written")
    return parser


def write(
    path: Path | None,
    *,
    data: Mapping[str, object],
    figures: Mapping[str, float],
    peers: Mapping[str, Mapping[str, float]],
) -> None:
    """Write `{"data", "figures", "peers"}` as JSON when a path was given."""
    if path is None:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "data": dict(data),
        "figures": dict(figures),
        "peers": {name: dict(row) for name, row in peers.items()},
    }
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def table(title: str, rows: Mapping[str, Mapping[str, float]]) -> str:
    """Return a plain-text table: one line per contender, one column per figure."""
    columns = sorted({column for row in rows.values() for column in row})
    width = max([len(name) for name in rows] + [8])
    head = " ".join(f"{column:>18}" for column in columns)
    lines = [title, f"{'':<{width}} {head}"]
    for name, row in rows.items():
        cells = " ".join(f"{row[c]:>18.4g}" if c in row else f"{'-':>18}" for c in columns)
        lines.append(f"{name:<{width}} {cells}")
    return "\n".join(lines)


def forget_peak() -> float:
    """Begin a new peak of memory of this process (Linux); return what is in use now, MiB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def peak_mib() -> float:
    """Return the most memory in use since the peak was forgotten, MiB."""
    return _memory("VmHWM")


def _memory(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(name)) / 1024
