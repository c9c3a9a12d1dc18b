"""How pieces of a history and reports of runs travel between a child and whoever asked it: as JSON."""

import json
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from telemetry.bulk import HistoryPiece
from telemetry.run_reports import CheckedReports

HISTORY: TypeAdapter[HistoryPiece] = TypeAdapter(HistoryPiece)
REPORTS: TypeAdapter[CheckedReports] = TypeAdapter(CheckedReports)


def dumped(adapter: TypeAdapter[Any], piece: object) -> bytes:
    """Return a piece as JSON; half a character, which no database keeps, becomes a question mark."""
    try:
        return adapter.dump_json(piece)
    except PydanticSerializationError:
        plain = adapter.dump_python(piece, mode="json")
        return json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")
