"""How often a benign log line loses a word to the masking of secrets, and what masking costs.

Reads every `logs.csv.gz` below the data folder. A line that holds a value of a well-known secret shape is not
benign and counted apart; of the others, some masked ones are printed, to be judged by eye.
"""

import csv
import gzip
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import arguments, table, write
from domain.text.redaction import find_kind, mask_shapes

_SHOWN = 10


def main() -> None:
    """Measure, print and write the figures."""
    options = arguments(__doc__ or "").parse_args()
    lines = list(_lines(options.data))
    begun = time.perf_counter()
    masked = [line for line in lines if mask_shapes(line) != line]
    seconds = time.perf_counter() - begun
    shaped = [line for line in masked if find_kind(line)]
    benign = len(lines) - len(shaped)
    by_mistake = [line for line in masked if not find_kind(line)]
    for line in list(dict.fromkeys(mask_shapes(line)[:160] for line in by_mistake))[:_SHOWN]:
        print(line)
    figures = {
        "lines": float(len(lines)),
        "lines_with_secrets": float(len(shaped)),
        "masked_by_mistake_per_10000": 10_000 * len(by_mistake) / max(benign, 1),
        "microseconds_per_line": 1e6 * seconds / max(len(lines), 1),
    }
    print(table("redaction", {"dogwatch": figures}))
    write(
        options.json, data={"files": len(list(options.data.rglob("logs.csv.gz")))}, figures=figures, peers={}
    )


def _lines(folder: Path) -> Iterator[str]:
    csv.field_size_limit(10_000_000)
    for path in sorted(folder.rglob("logs.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            yield from (row["message"] or "" for row in csv.DictReader(file))


if __name__ == "__main__":
    main()
