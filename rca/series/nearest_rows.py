"""Which rows of a long table are read: those nearest to the onset, as many before as after it.

The first half million spans of a table may all lie before the trouble, and then say nothing about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from domain.investigation.evidence import Telemetry
from rca.findings import Finding

MOST_SPANS = 120_000
MOST_LINES = 200_000


@dataclass(frozen=True, slots=True)
class Nearest:
    """A window with at most so many rows; `log_rows` are their rows in the whole table, None for all."""

    window: Telemetry
    log_rows: Sequence[int] | None = None

    def in_whole_table(self, finding: Finding) -> Finding:
        """Return the finding with its reference to a log line as the whole table counts them."""
        if self.log_rows is None or not finding.reference.startswith("log:"):
            return finding
        return replace(finding, reference=f"log:{self.log_rows[int(finding.reference[4:])]}")


def nearest(window: Telemetry, onset_ms: float) -> Nearest:
    """Return the rows of spans and log lines nearest to the onset."""
    span_rows = _rows(window.spans.start_ms, onset_ms, MOST_SPANS)
    log_rows = _rows(window.logs.t_ms, onset_ms, MOST_LINES)
    spans = window.spans if span_rows is None else window.spans.take(span_rows)
    logs = window.logs if log_rows is None else window.logs.take(log_rows)
    return Nearest(replace(window, spans=spans, logs=logs), log_rows)


def _rows(times_ms: Sequence[float], onset_ms: float, most: int) -> list[int] | None:
    if len(times_ms) <= most:
        return None
    times = np.nan_to_num(np.asarray(times_ms, dtype=float), nan=onset_ms)
    order = np.argsort(times, kind="stable")
    before = int(np.searchsorted(times[order], onset_ms))
    after = times.size - before
    from_after = min(after, max(most // 2, most - before))
    low = before - (most - from_after)
    rows: list[int] = np.sort(order[low : before + from_after]).tolist()
    return rows
