"""Have files of strangers read in a child with limits: what breaks, bursts or hangs there is a sentence here.

Deliveries, the sides of a comparison and histories of runs all come this way; the child holds no secret.
"""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config_gen.samples import confined
from config_gen.samples.confined import Bounds, Died
from domain.configuration.feed_config import FeedConfig
from domain.errors import BadInput
from domain.watch.feed_health import QualityPoint

if TYPE_CHECKING:
    import pandas as pd

    from runtime.wiring.comparing.delivery_scoring import ScoreAsked
    from telemetry.bulk import HistoryPiece
    from telemetry.run_reports import CheckedReports

log = logging.getLogger("dogwatch.files")

_WORK = "runtime.wiring.comparing.file_work"
_LEAST_MEMORY = 2 << 30
_SHARE_OF_MACHINE = 3
_SECONDS = 600
_WALL_SECONDS = 1_800.0
"""A busy machine takes several times as long for the same computing."""
_REPORT_MEMORY = 1 << 30
_REPORT_SECONDS = 20
_LARGEST_FRAME = 4 << 30
_CGROUP = Path("/sys/fs/cgroup/memory.max")


def score_in_child(asked: "ScoreAsked", bounds: Bounds | None = None) -> QualityPoint:
    """Return the score of a delivery; raises `BadInput`."""
    told = b"".join(_answers("score", asked.model_dump(mode="json"), asked.name, bounds or _roomy()))
    return QualityPoint.model_validate_json(told)


def rows_in_child(path: Path, name: str, bounds: Bounds | None = None) -> "pd.DataFrame":
    """Return the rows of a file, by the suffix of its name; raises `BadInput`."""
    asked = {"path": str(path.absolute()), "name": name}
    return _frame(_answers("rows", asked, name, bounds or _roomy()), name)


def cells_in_child(path: Path, name: str, config: FeedConfig) -> "pd.DataFrame":
    """Return the cells of a file that is written as a configuration says; raises `BadInput`."""
    asked = {"path": str(path.absolute()), "config": config.model_dump(mode="json")}
    return _frame(_answers("cells", asked, name, _roomy()), name)


def history_in_child(
    path: Path,
    name: str,
    now: datetime,
    bounds: Bounds | None = None,
    *,
    zone: str = "",
    piece_rows: int | None = None,
) -> "Iterator[HistoryPiece]":
    """Yield a history of runs piece by piece, by the suffix of its path; raises `BadInput`."""
    from runtime.wiring.comparing.file_pieces import HISTORY

    asked = {"path": str(path.absolute()), "now": now.isoformat(), "zone": zone, "piece_rows": piece_rows}
    for piece in _answers("history", asked, name, bounds or _roomy()):
        yield HISTORY.validate_json(piece)


def reports_in_child(path: Path, source: str, dialect: str, now: datetime) -> "Iterator[CheckedReports]":
    """Yield the reports of runs in a file, checked; raises `BadInput`."""
    from runtime.wiring.comparing.file_pieces import REPORTS

    asked = {"path": str(path.absolute()), "source": source, "dialect": dialect, "now": now.isoformat()}
    bounds = Bounds(_REPORT_MEMORY, _REPORT_SECONDS, 4.0 * _REPORT_SECONDS)
    for piece in _answers("reports", asked, "That file of runs", bounds):
        yield REPORTS.validate_json(piece)


def _answers(work: str, asked: Mapping[str, Any], name: str, bounds: Bounds) -> Iterator[bytes]:
    try:
        yield from confined.answers(f"{_WORK}:{work}", asked, bounds)
    except Died as died:
        log.warning("the child that read a file ended: %s", died)
        raise BadInput(
            f"file reader: {died}",
            say=f"Reading {name} {died.in_words()}, so I stopped. The file is kept as it came.",
            next_step="See whether it is what the sender meant to send; a large one can come in parts.",
        ) from died


def _frame(pieces: Iterator[bytes], name: str) -> "pd.DataFrame":
    import pandas as pd
    import pyarrow as pa

    held, size = [], 0
    for piece in pieces:
        size += len(piece)
        if size > _LARGEST_FRAME:
            raise BadInput(
                "frame too large",
                say=f"The rows of {name} need more than {_LARGEST_FRAME >> 30} GiB.",
                next_step="Compare one day at a time, or tables in place of files.",
            )
        held.append(piece)
    table = pa.ipc.open_stream(pa.BufferReader(b"".join(held))).read_all()
    return pd.DataFrame(table.to_pandas())


def _roomy() -> Bounds:
    """Return bounds for files of half a gigabyte: a third of the machine's memory, and two GiB at least."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # no bound of a container's, or none that we can see
        memory = min(memory, int(_CGROUP.read_text(encoding="ascii")))
    return Bounds(max(memory // _SHARE_OF_MACHINE, _LEAST_MEMORY), _SECONDS, _WALL_SECONDS)
