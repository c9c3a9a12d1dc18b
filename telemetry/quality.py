"""Score the rows of one delivery per dimension, by the feed's rules and by what the feed usually delivers.

A dimension's score is 100 times the share of checks that held; volume and distribution are judged against
earlier
deliveries. The overall score is the weighted mean, capped by the worst dimension plus twenty, so that one
ruined dimension cannot hide behind six good ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from domain.counting import counted
from domain.data_quality.quality import Dimension, Finding, QualityScore
from domain.ids import FeedName
from telemetry.usual_deliveries import UsualDelivery, goes_on, moved_by, shares_of

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
_LEAST_EMPTY = 3
"""So many deliveries that all had rows make one without any unusual."""
_USUALLY_FILLED = 0.05
"""A column of which a larger share lacks a value is not missed."""
_HALF, _NEARLY_ALL, _TELLING_ROWS = 0.5, 0.95, 20
"""A column that was never half empty and now is nearly all empty is missed, whatever it usually lacks."""
_MORE_THAN_EVER = 1.5


@dataclass(frozen=True)
class ColumnRule:
    """What must hold in one column; unset means "not checked". `pattern` is a full match."""

    column: str
    required: bool = False
    pattern: str = ""
    allowed: frozenset[str] = frozenset()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class QualityRules:
    """The rules of a feed as plain data, as its configuration states them.

    Attributes:
        columns: Rules per column.
        key: Columns that together are unique.
        may_repeat: Whether a row may come twice, as a segment of a message does.
        order: Pairs of columns of which the first may not exceed the second, e.g. trade and settlement date.
        fresh_column: Time column whose newest value must be younger than `fresh_hours`.
        fresh_hours: See above.
        fresh_format: How its values are written, as for strptime; empty: as ISO 8601.
    """

    columns: tuple[ColumnRule, ...] = ()
    key: tuple[str, ...] = ()
    may_repeat: bool = False
    order: tuple[tuple[str, str], ...] = ()
    fresh_column: str = ""
    fresh_format: str = ""
    fresh_hours: float = 24.0


def score_delivery(
    feed: FeedName,
    rows: pd.DataFrame,
    rules: QualityRules,
    usual: UsualDelivery,
    now: datetime,
    more: Sequence[Finding] = (),
) -> QualityScore:
    """Return the score of one delivery with every broken rule, worst first.

    A dimension that nothing was known to check by is left out: it is neither good nor bad.

    Args:
        feed: Whose delivery it is.
        rows: The rows as delivered.
        rules: The feed's own rules.
        usual: What earlier deliveries looked like.
        now: The moment of measuring, aware.
        more: What further rules of the feed found.
    """
    findings = [
        *more,
        *_columns(rows, rules, usual),
        *_uniqueness(rows, rules),
        *_order(rows, rules.order),
        *_freshness(rows, rules, now),
        *_volume(len(rows), usual),
        *_distribution(rows, usual),
    ]
    scores = {}
    for dimension in Dimension:
        held = [1.0 - one.bad / max(one.checked, 1) for one in findings if one.dimension is dimension]
        if held:
            scores[dimension] = 100.0 * float(np.mean(held))
    total = sum(_WEIGHTS[dimension] for dimension in scores)
    mean = sum(score * _WEIGHTS[dimension] for dimension, score in scores.items()) / total if total else 100.0
    broken = sorted((one for one in findings if one.bad), key=lambda one: -one.bad / max(one.checked, 1))
    overall = min(mean, min(scores.values(), default=100.0) + 20.0)
    return QualityScore(feed, now, round(overall, 2), tuple(scores.items()), tuple(broken))


def _columns(rows: pd.DataFrame, rules: QualityRules, usual: UsualDelivery) -> list[Finding]:
    found = []
    usually_missing, emptiest = dict(usual.missing), dict(usual.emptiest)
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
    found += [*_gone(rows, rules, usual), *_constant(rows, usual)]
    for name in rows.columns:
        share = usually_missing.get(str(name))
        if share is None or name in named or not len(rows):
            continue
        blank = rows[name].isna()
        if share < _USUALLY_FILLED:
            if float(blank.mean()) > share + max(0.02, 4.0 * np.sqrt(share * (1 - share) / len(rows))):
                found.append(_finding(Dimension.COMPLETENESS, "usually filled", str(name), blank))
        elif (
            len(rows) >= _TELLING_ROWS
            and emptiest.get(str(name), 1.0) < _HALF
            and blank.mean() >= _NEARLY_ALL
        ):
            found.append(_finding(Dimension.COMPLETENESS, "usually filled", str(name), blank))
    return found


def _gone(rows: pd.DataFrame, rules: QualityRules, usual: UsualDelivery) -> list[Finding]:
    """Return the columns that every earlier delivery had filled and this one has not.

    Of a feed with rules about columns these say what has to come.
    """
    if rules.columns:
        return []
    there = set(map(str, rows.columns))
    return [
        Finding(Dimension.COMPLETENESS, "usually there", name, 1, 1, "the column is missing")
        for name, share in usual.missing
        if share < _USUALLY_FILLED and name in usual.always and name not in there
    ]


def _constant(rows: pd.DataFrame, usual: UsualDelivery) -> list[Finding]:
    """Return the columns that hold one text in every row, and always had many."""
    found = []
    for name in sorted(usual.varied & set(map(str, rows.columns))):
        texts = rows[name].dropna()
        # As texts: lists, as Parquet holds them, compare with nothing.
        few = texts.iloc[:_TELLING_ROWS].astype(str).nunique() == 1
        if len(texts) >= _TELLING_ROWS and few and texts.astype(str).nunique() == 1:
            said = "all rows have the same value"
            found.append(Finding(Dimension.VALIDITY, "usually varied", name, len(texts), len(rows), said))
    return found


def _uniqueness(rows: pd.DataFrame, rules: QualityRules) -> list[Finding]:
    known = [name for name in rules.key if name in rows]
    if known:
        return [_finding(Dimension.UNIQUENESS, "key is unique", ", ".join(known), rows.duplicated(known))]
    if rules.may_repeat or not len(rows.columns):
        return []
    return [_finding(Dimension.UNIQUENESS, "no row twice", "", rows.duplicated())]


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
    form = rules.fresh_format or None
    newest = pd.to_datetime(rows[rules.fresh_column], errors="coerce", utc=True, format=form).max()
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
    if not count and len(usual.rows) >= _LEAST_EMPTY and min(usual.rows) > 0:
        return [Finding(Dimension.VOLUME, "usual number of rows", "", 1, 1, "it has no rows at all")]
    if len(usual.rows) < _LEAST_HISTORY:
        return []
    logs = np.log1p(np.array(usual.rows[-60:], dtype=np.float64))
    middle = float(np.median(logs))
    spread = max(1.4826 * float(np.median(np.abs(logs - middle))), 0.03)
    off = abs(float(np.log1p(count)) - middle) / spread
    detail = f"{counted(count, 'row')} where {np.expm1(middle):,.0f} are usual"
    return [Finding(Dimension.VOLUME, "usual number of rows", "", int(off > _VOLUME_DEVIATIONS), 1, detail)]


def _distribution(rows: pd.DataFrame, usual: UsualDelivery) -> list[Finding]:
    """Compare each numeric column with its usual values; one that always moves, like a counter, may move."""
    found = []
    for one in usual.values:
        if one.column not in rows or not pd.api.types.is_numeric_dtype(rows[one.column]):
            continue
        values = rows[one.column].dropna().to_numpy(np.float64)
        if len(values) < 50 or len(one.edges) < 4:
            continue
        moved = moved_by(shares_of(values, np.array(one.edges)), np.array(one.shares))
        if goes_on(values, one):
            moved = 0.0
        limit = max(_DRIFT_LIMIT + 2.0 * len(one.edges) / len(values), _MORE_THAN_EVER * one.moves)
        detail = f"stability index {moved:.2f}, {limit:.2f} is the limit"
        found.append(
            Finding(Dimension.DISTRIBUTION, "usual distribution", one.column, int(moved > limit), 1, detail)
        )
    return found


def _finding(dimension: Dimension, rule: str, column: str, wrong: "pd.Series[bool]") -> Finding:
    return Finding(dimension, rule, column, int(wrong.sum()), len(wrong))
