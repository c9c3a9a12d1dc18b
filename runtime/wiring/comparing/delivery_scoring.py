"""Score a delivered file by its feed's rules and by earlier deliveries; the child of a file does this.

What the database knows comes in, a score goes out: nothing here opens a database or writes.
"""

import re
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from domain.configuration.feed_config import FeedConfig
from domain.data_quality.quality import Finding, QualityScore
from domain.errors import BadInput
from domain.ids import FeedName
from domain.watch.feed_health import QualityPoint
from runtime.wiring.comparing.agreed_rows import agreed_cells, as_agreed
from runtime.wiring.comparing.configured_cells import DayFile, FileCells
from runtime.wiring.comparing.declared_counts import TELLERS, DeclaredCounts, refusal
from runtime.wiring.comparing.delivered_rows import read_rows
from runtime.wiring.comparing.delivery_rules import broken_rules, column_drift, rules_of
from runtime.wiring.comparing.usual_days import days_off

if TYPE_CHECKING:
    import pandas as pd

    from telemetry.usual_deliveries import UsualDelivery

_MOST_FINDINGS = 12
_MOST_BREAKS = 3
_LEAST_EARLIER = 3
_LARGEST_EARLIER = 50_000_000
_MEASURED = re.compile(r" \(|, \d|(?<=^reconciliation):")


class ScoreAsked(BaseModel):
    """What a score is made of.

    Attributes:
        feed: Whose delivery it is.
        path: Where it lies; `name` is what it was delivered as.
        now: The moment of measuring, aware.
        config: The feed's agreed configuration, where it has one.
        run_rows: How many rows its runs reported lately.
        earlier: Its newest released deliveries: paths and names.
    """

    model_config = ConfigDict(frozen=True)

    feed: FeedName
    path: Path
    name: str
    now: datetime
    config: FeedConfig | None
    run_rows: tuple[int, ...] = ()
    earlier: tuple[tuple[Path, str], ...] = ()


def score_of(asked: ScoreAsked) -> QualityPoint:
    """Return the score of a delivery; raises `BadInput` for a file that can't be read."""
    from telemetry.quality import QualityRules, score_delivery

    feed, path, now, config = asked.feed, asked.path, asked.now, asked.config
    if config is None:
        rows = read_rows(path, asked.name)
        usual = _usual(asked, len(rows), _earlier(asked.earlier, None))
        return _point_of(score_delivery(feed, rows, QualityRules(), usual, now))
    cells = agreed_cells(path, asked.name, config)
    rows, earlier = as_agreed(cells, config), _earlier(asked.earlier, config)
    usual = _usual(asked, len(cells), earlier)
    own = (*broken_rules(config, cells, now), *days_off(config, rows, earlier))
    found = _point_of(score_delivery(feed, rows, rules_of(config), usual, now, own))
    broken = _broken(config, DayFile(asked.name, path))
    findings = (*((f"reconciliation: {broken}",) if broken else ()), *found.findings)
    # What contradicts its own trailer or name is no matter of degree.
    held = broken if config.reconciliation.on_break != "warn" else ""
    told = {"bar": config.quality.least_score, "findings": findings, "broken": held}
    return found.model_copy(update=told | {"drift": column_drift(config, map(str, rows.columns))})


def _broken(config: FeedConfig, file: DayFile) -> str:
    """Return how a delivery differs from what its trailer or name declares; empty when it does not."""
    checks = [check for check in config.reconciliation.checks if check.source in TELLERS]
    checks = [check for check in checks if not refusal(config, check, has_table=True)]
    if not checks:
        return ""
    counts = DeclaredCounts(config, FileCells(config))
    return "; ".join(one.detail for one in counts.of_delivery(checks, file)[:_MOST_BREAKS])


def _usual(asked: ScoreAsked, rows: int, earlier: "list[pd.DataFrame]") -> "UsualDelivery":
    """Return what is usual, from earlier deliveries and from the row counts of runs."""
    from telemetry.usual_deliveries import usual_of

    usual = usual_of(earlier) if len(earlier) >= _LEAST_EARLIER else usual_of([])
    return replace(usual, rows=asked.run_rows) if _alike(asked.run_rows, rows) else usual


def _rows(path: Path, name: str, config: FeedConfig | None) -> "pd.DataFrame":
    return read_rows(path, name) if config is None else as_agreed(agreed_cells(path, name, config), config)


def _earlier(files: tuple[tuple[Path, str], ...], config: FeedConfig | None) -> "list[pd.DataFrame]":
    """Return the rows of earlier deliveries, without what is too large or can't be read any more."""
    frames = []
    for path, name in files:
        with suppress(BadInput, OSError):
            if path.stat().st_size <= _LARGEST_EARLIER:
                frames.append(_rows(path, name, config))
    return frames


def _point_of(score: QualityScore) -> QualityPoint:
    return QualityPoint(
        measured_at=score.measured_at,
        overall=score.overall,
        dimensions={dimension.value: round(value, 2) for dimension, value in score.dimensions},
        findings=tuple(_in_words(one) for one in score.findings[:_MOST_FINDINGS]),
    )


def _alike(counts: tuple[int, ...], rows: int) -> bool:
    """Return whether a file has about as many rows as runs report: else the runs count something else."""
    middle = sorted(counts)[len(counts) // 2] if counts else 0
    return middle > 0 and rows > 0 and 0.01 < rows / middle < 100.0


def _in_words(one: Finding) -> str:
    where = f" of {one.column}" if one.column else ""
    detail = f" ({one.detail})" if one.detail else ""
    # A number of rows is judged once: its detail says by how much it is off.
    share = f", {one.bad:,} of {one.checked:,}" if one.column or one.checked > 1 or not detail else ""
    return f"{one.dimension.value}: {one.rule}{where}{share}{detail}"


def fault_of(finding: str) -> str:
    """Return what a finding in words is about, without how often or how much: equal for the same fault."""
    return _MEASURED.split(finding, maxsplit=1)[0]
