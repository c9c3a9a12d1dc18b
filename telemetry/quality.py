"""Score the rows of one delivery per dimension, by the feed's rules and by what the feed usually delivers.

A dimension's score is 100 times the share of checks that held; volume and distribution are judged against
earlier
deliveries. The overall score is the weighted mean, capped by the worst dimension plus twenty, so that one
ruined dimension cannot hide behind six good ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd

from domain.ids import FeedName
from domain.quality import Dimension, Finding, QualityScore

_WEIGHTS = {
    Dimension.COMPLETENESS: 2.0,
    Dimension.VALIDITY: 2.0,
    Dimension.UNIQUENESS: 1.5,
    Dimension.TIMELINESS: 1.0,
    Dimension.VOLUME: 1.5,
    Dimension.CONSISTENCY: 1.5,
    Dimension.DISTRIBUTION: 1.0,
}
_VOLUME_DEVIATIONS = 4.0
_DRIFT_LIMIT = 0.25
_LEAST_HISTORY = 5


@dataclass(frozen=True)
class ColumnRule:
    """What must hold in one column; unset means "not checked". `pattern` is a full match."""

    column: str
    required: bool = False
    pattern: str = ""
    allowed: frozenset[str] = frozenset()
    least: float | None = None
    most: float | None = None
    reference_share_missing: float | None = None


@dataclass(frozen=True)
class QualityRules:
    """The rules of a feed as plain data, as its configuration states them.

    Attributes:
        columns: Rules per column.
        key: Columns that together are unique.
        order: Pairs of columns of which the first may not exceed the second, e.g. trade and settlement date.
        fresh_column: Time column whose newest value must be younger than `fresh_hours`.
        fresh_hours: See above.
    """

    columns: tuple[ColumnRule, ...] = ()
    key: tuple[str, ...] = ()
    order: tuple[tuple[str, str], ...] = ()
    fresh_column: str = ""
    fresh_hours: float = 24.0


@dataclass(frozen=True)
class UsualDelivery:
    """What earlier deliveries looked like: row counts, and per numeric column the deciles of their values."""

    rows: tuple[int, ...] = ()
    deciles: tuple[tuple[str, tuple[float, ...]], ...] = ()
    missing: tuple[tuple[str, float], ...] = field(default_factory=tuple)


def score_delivery(
    feed: FeedName, rows: pd.DataFrame, rules: QualityRules, usual: UsualDelivery, now: datetime
) -> QualityScore:
    """Return the score of one delivery with every broken rule, worst first.

    Args:
        feed: Whose delivery it is.
        rows: The rows as delivered.
        rules: The feed's own rules.
        usual: What earlier deliveries looked like.
        now: The moment of measuring, aware.
    """
    findings = [
        *_columns(rows, rules, usual),
        *_uniqueness(rows, rules.key),
        *_order(rows, rules.order),
        *_freshness(rows, rules, now),
        *_volume(len(rows), usual),
        *_distribution(rows, usual),
    ]
    scores = {}
    for dimension in Dimension:
        held = [1.0 - one.bad / max(one.checked, 1) for one in findings if one.dimension is dimension]
        scores[dimension] = 100.0 * float(np.mean(held)) if held else 100.0
    total = sum(_WEIGHTS.values())
    mean = sum(scores[dimension] * weight for dimension, weight in _WEIGHTS.items()) / total
    broken = sorted((one for one in findings if one.bad), key=lambda one: -one.bad / max(one.checked, 1))
    overall = min(mean, min(scores.values()) + 20.0)
    return QualityScore(feed, now, round(overall, 2), tuple(scores.items()), tuple(broken))


def usual_of(deliveries: Sequence[pd.DataFrame]) -> UsualDelivery:
    """Return what these earlier deliveries have in common."""
    if not deliveries:
        return UsualDelivery()
    joined = pd.concat(deliveries[-30:], ignore_index=True)
    numeric = [name for name in joined.columns if pd.api.types.is_numeric_dtype(joined[name])]
    deciles = tuple(
        (
            str(name),
            tuple(float(v) for v in np.nanquantile(joined[name].to_numpy(np.float64), np.linspace(0, 1, 11))),
        )
        for name in numeric
        if joined[name].notna().any()
    )
    missing = tuple((str(name), float(joined[name].isna().mean())) for name in joined.columns)
    return UsualDelivery(tuple(len(one) for one in deliveries), deciles, missing)


def forecast_score(scores: Sequence[float], ahead: int) -> tuple[float, float, float]:
    """Return low, middle and high (80 % band) of the score some deliveries ahead, by damped trend (Gardner
    1985)."""
    if not scores:
        return 0.0, 100.0, 100.0
    level, trend, errors = scores[0], 0.0, []
    for value in scores[1:]:
        told = level + 0.9 * trend
        errors.append(value - told)
        before, level = level, told + 0.4 * (value - told)
        trend = 0.8 * 0.9 * trend + 0.2 * (level - before)
    middle = level + trend * sum(0.9**step for step in range(1, ahead + 1))
    wide = 1.28 * (float(np.std(errors)) if errors else 5.0) * np.sqrt(ahead)
    low, high = (float(np.clip(middle + side * wide, 0.0, 100.0)) for side in (-1, 1))
    return low, float(np.clip(middle, 0.0, 100.0)), high


def _columns(rows: pd.DataFrame, rules: QualityRules, usual: UsualDelivery) -> list[Finding]:
    found = []
    usually_missing = dict(usual.missing)
    named = {rule.column for rule in rules.columns if rule.required}
    for rule in rules.columns:
        if rule.column not in rows:
            found.append(
                Finding(Dimension.COMPLETENESS, "column present", rule.column, 1, 1, "the column is missing")
            )
            continue
        values = rows[rule.column]
        blank = values.isna() | (values.astype(str).str.strip() == "")
        if rule.required:
            found.append(_finding(Dimension.COMPLETENESS, "required", rule.column, blank))
        text = values[~blank].astype(str)
        if rule.pattern:
            found.append(
                _finding(Dimension.VALIDITY, "pattern", rule.column, ~text.str.fullmatch(rule.pattern))
            )
        if rule.allowed:
            found.append(
                _finding(Dimension.VALIDITY, "allowed values", rule.column, ~text.isin(rule.allowed))
            )
        if rule.least is not None or rule.most is not None:
            number = pd.to_numeric(text, errors="coerce")
            low = -np.inf if rule.least is None else rule.least
            high = np.inf if rule.most is None else rule.most
            found.append(_finding(Dimension.VALIDITY, "range", rule.column, ~number.between(low, high)))
    for name in rows.columns:
        share = usually_missing.get(str(name))
        if share is not None and share < 0.05 and name not in named and len(rows):
            blank = rows[name].isna()
            if float(blank.mean()) > share + max(0.02, 4.0 * np.sqrt(share * (1 - share) / len(rows))):
                found.append(_finding(Dimension.COMPLETENESS, "usually filled", str(name), blank))
    return found


def _uniqueness(rows: pd.DataFrame, key: tuple[str, ...]) -> list[Finding]:
    known = [name for name in key if name in rows]
    if known:
        return [_finding(Dimension.UNIQUENESS, "key is unique", ", ".join(known), rows.duplicated(known))]
    return (
        [_finding(Dimension.UNIQUENESS, "no row twice", "", rows.duplicated())] if len(rows.columns) else []
    )


def _order(rows: pd.DataFrame, pairs: tuple[tuple[str, str], ...]) -> list[Finding]:
    found = []
    for first, second in pairs:
        if first in rows and second in rows:
            wrong = rows[first].notna() & rows[second].notna() & (rows[first] > rows[second])
            found.append(_finding(Dimension.CONSISTENCY, f"{first} not after {second}", first, wrong))
    return found


def _freshness(rows: pd.DataFrame, rules: QualityRules, now: datetime) -> list[Finding]:
    if not rules.fresh_column or rules.fresh_column not in rows or not len(rows):
        return []
    newest = pd.to_datetime(rows[rules.fresh_column], errors="coerce", utc=True).max()
    if pd.isna(newest):
        return [Finding(Dimension.TIMELINESS, "fresh", rules.fresh_column, 1, 1, "no readable time")]
    age = (pd.Timestamp(now) - newest).total_seconds() / 3_600.0
    return [
        Finding(
            Dimension.TIMELINESS,
            "fresh",
            rules.fresh_column,
            int(age > rules.fresh_hours),
            1,
            f"newest value is {age:.1f} h old, {rules.fresh_hours:.0f} h are allowed",
        )
    ]


def _volume(count: int, usual: UsualDelivery) -> list[Finding]:
    if len(usual.rows) < _LEAST_HISTORY:
        return []
    logs = np.log1p(np.array(usual.rows[-60:], dtype=np.float64))
    middle = float(np.median(logs))
    spread = max(1.4826 * float(np.median(np.abs(logs - middle))), 0.03)
    off = abs(float(np.log1p(count)) - middle) / spread
    detail = f"{count:,} rows where {np.expm1(middle):,.0f} are usual"
    return [Finding(Dimension.VOLUME, "usual number of rows", "", int(off > _VOLUME_DEVIATIONS), 1, detail)]


def _distribution(rows: pd.DataFrame, usual: UsualDelivery) -> list[Finding]:
    """Compare each numeric column with its usual deciles by the population stability index (Siddiqi 2006)."""
    found = []
    for name, deciles in usual.deciles:
        if name not in rows or not pd.api.types.is_numeric_dtype(rows[name]):
            continue
        values = rows[name].dropna().to_numpy(np.float64)
        edges = np.unique(deciles[1:-1])
        if len(values) < 50 or len(edges) < 4:
            continue
        share = np.bincount(np.searchsorted(edges, values, "right"), minlength=len(edges) + 1) / len(values)
        expected = np.diff(np.r_[0.0, np.searchsorted(np.array(deciles[1:-1]), edges, "right") / 10.0, 1.0])
        moved = float(np.sum((share - expected) * np.log((share + 0.005) / (expected + 0.005))))
        limit = _DRIFT_LIMIT + 2.0 * len(edges) / len(values)
        detail = f"stability index {moved:.2f}, {limit:.2f} is the limit"
        found.append(
            Finding(Dimension.DISTRIBUTION, "usual distribution", name, int(moved > limit), 1, detail)
        )
    return found


def _finding(dimension: Dimension, rule: str, column: str, wrong: "pd.Series[bool]") -> Finding:
    return Finding(dimension, rule, column, int(wrong.sum()), len(wrong))
