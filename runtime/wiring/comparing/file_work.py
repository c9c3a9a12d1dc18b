"""What the child of a file does; nothing of it runs in the process that asked."""

import importlib
import io
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from domain.configuration.feed_config import FeedConfig
from domain.ids import FeedName
from runtime.wiring.comparing.configured_cells import cells_of
from runtime.wiring.comparing.delivery_scoring import ScoreAsked, score_of
from runtime.wiring.comparing.file_pieces import HISTORY, REPORTS, dumped
from runtime.wiring.comparing.side_rows import rows_of_side
from telemetry.bulk import PIECE_ROWS, history_pieces
from telemetry.run_reports import reports_of_file

_ROWS_AT_ONCE = 100_000
_SHARED = (
    "pyarrow.parquet",
    "telemetry.quality",
    "config_gen.quality_run",
    "config_gen.casting",
    "telemetry.declared_checks",
)

Asked = Mapping[str, Any]


def rehearse() -> None:
    """Load what children share, and read a file once, so that none of them begins at nothing."""
    for name in _SHARED:
        importlib.import_module(name)
    with suppress(OSError):  # no room for a temporary file: the first ones take longer, and are read
        _read_once()


def _read_once() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rehearsal.csv"
        path.write_text("id,day,amount\n" + "".join(f"{n},2024-03-{n + 10},{n}.5\n" for n in range(20)))
        files = ((path, path.name),) * 3
        asked = ScoreAsked(
            feed=FeedName("rehearsal"),
            path=path,
            name=path.name,
            now=datetime.now(UTC),
            config=None,
            earlier=files,
        )
        list(score(asked.model_dump(mode="json")))
        list(rows({"path": str(path), "name": path.name}))


def score(asked: Asked) -> Iterator[bytes]:
    """Yield the score of a delivery as JSON."""
    yield score_of(ScoreAsked.model_validate(asked)).model_dump_json().encode("utf-8", "replace")


def rows(asked: Asked) -> Iterator[bytes]:
    """Yield the rows of a file as an Arrow stream."""
    return _streamed(rows_of_side(Path(asked["path"]), asked["name"]))


def cells(asked: Asked) -> Iterator[bytes]:
    """Yield the cells of a file, read as its configuration says, as an Arrow stream."""
    return _streamed(cells_of(Path(asked["path"]), FeedConfig.model_validate(asked["config"])))


def history(asked: Asked) -> Iterator[bytes]:
    """Yield the pieces of a history of runs as JSON."""
    now, rows = datetime.fromisoformat(asked["now"]), asked.get("piece_rows") or PIECE_ROWS
    zone = ZoneInfo(asked.get("zone") or "UTC")
    for piece in history_pieces(Path(asked["path"]), now, rows, zone):
        yield dumped(HISTORY, piece)


def reports(asked: Asked) -> Iterator[bytes]:
    """Yield the reports in a file of runs as JSON."""
    now = datetime.fromisoformat(asked["now"])
    for piece in reports_of_file(Path(asked["path"]), asked["source"], asked["dialect"], now):
        yield dumped(REPORTS, piece)


def _streamed(frame: pd.DataFrame) -> Iterator[bytes]:
    table = pa.Table.from_pandas(_without_mixtures(frame), preserve_index=False)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        for batch in table.to_batches(_ROWS_AT_ONCE):
            writer.write_batch(batch)
            yield sink.getvalue()
            sink.seek(0)
            sink.truncate()
    yield sink.getvalue()


def _without_mixtures(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose columns hold one type each: what JSON mixes or nests is compared as text."""
    kept = frame.copy(deep=False)
    for name in frame.select_dtypes(object):
        cells = frame[name]
        try:
            nested = bool(cells.map(lambda cell: isinstance(cell, list | dict)).any())
            if not nested:
                pa.Array.from_pandas(cells)
        except pa.ArrowException:
            nested = True
        if nested:
            kept[name] = cells.map(str, na_action="ignore")
    return kept
