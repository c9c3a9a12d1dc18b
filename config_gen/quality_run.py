"""Run a feed's quality rules over rows as they would land: which rules hold, and which rows break them."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from config_gen.casting import Unreadable, Value, plainly_written, read_value
from config_gen.preview import preview
from config_gen.rows import Cells, LandedRow, shown, unread_columns
from config_gen.semantics import checks
from domain.configuration.feed_columns import Column
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_rules import Check, OnFailure, QualityRule
from domain.counting import counted, of_all

_SCHEMES: dict[str, Callable[[str], bool]] = {
    "isin": checks.isin,
    "cusip": checks.cusip,
    "sedol": checks.sedol,
    "figi": checks.figi,
    "lei": checks.lei,
    "iban": checks.iban,
    "credit_card": checks.card,
    "siren": checks.siren,
    "siret": checks.siret,
}
# Checks of protected values run before the protection; after it there is nothing left to check.
_PROTECTED = re.compile(r"^(\*+|(hash|token|sealed):[0-9a-f]{12})")


@dataclass(frozen=True)
class RuleResult:
    """What one rule said: whether it holds, the numbers of the rows that break it, and in a sentence why.

    `columns` are those that it failed in, where a rule looks at each of its columns alone.
    """

    rule: str
    holds: bool
    failing_rows: tuple[int, ...]
    sentence: str
    blocks: bool
    columns: tuple[str, ...] = ()


def run_rules(config: FeedConfig, rows: Sequence[Cells], *, today: date | None = None) -> list[RuleResult]:
    """Return the result of every rule over the rows.

    Args:
        config: The configuration whose rules are run, on rows that went through its own transformations.
        rows: Cells by the file's own column names.
        today: The day that *no future* compares with; without it such rules hold.
    """
    untreated = config.model_copy(
        update={
            "transformations": tuple(s for s in config.transformations if not s.id.startswith("protect_"))
        }
    )
    landed = preview(untreated, rows)
    return [_result(rule, config, rows, landed, today) for rule in config.quality.rules]


def _result(
    rule: QualityRule,
    config: FeedConfig,
    rows: Sequence[Cells],
    landed: Sequence[LandedRow],
    today: date | None,
) -> RuleResult:
    allowed = len(landed) * rule.failing_per_mille / 1000
    hollow = _hollow(rule, landed, allowed)
    if rule.check is Check.COMPLETENESS:
        rule = rule.model_copy(update={"columns": hollow})
    trouble = _whole_file_trouble(rule, config, rows)
    failing = () if trouble else tuple(_failing(rule, config, landed, today))
    holds = trouble is None and len(failing) <= allowed
    words = trouble or (
        f"{of_all(len(failing), len(landed), 'row', 'does', 'do')} not meet *{rule.id}*"
        if failing
        else "holds"
    )
    blocks = not holds and rule.on_failure is OnFailure.STOP
    return RuleResult(rule.id, holds, failing, words, blocks, hollow)


def _hollow(rule: QualityRule, landed: Sequence[LandedRow], allowed: float) -> tuple[str, ...]:
    """Return which columns of a rule about completeness lack more values than it allows in each."""
    if rule.check is not Check.COMPLETENESS or (rule.failing_per_mille and len(landed) == 1):
        return ()  # of a single row there is no share
    lacking = Counter(name for row in landed for name in rule.columns if row.values.get(name) is None)
    return tuple(name for name in rule.columns if lacking[name] > allowed)


def _whole_file_trouble(rule: QualityRule, config: FeedConfig, rows: Sequence[Cells]) -> str | None:
    if rule.check is Check.ROW_COUNT:
        least, most = rule.values.get("minimum"), rule.values.get("maximum")
        if least and len(rows) < int(least):
            return f"{counted(len(rows), 'row')}, at least {least} expected"
        if most and len(rows) > int(most):
            return f"{counted(len(rows), 'row')}, at most {most} expected"
    if rule.check is Check.COLUMNS:
        missing = unread_columns(config, rows)
        known = {
            name for column in config.columns for name in (column.source, column.name, *column.former_names)
        }
        unknown = sorted({name for row in rows for name in row} - known)
        if missing or unknown:
            parts = [f"missing {', '.join(missing[:5])}"] if missing else []
            parts += [f"unknown {', '.join(unknown[:5])}"] if unknown else []
            return "columns are not as agreed: " + "; ".join(parts)
    return None


def _failing(
    rule: QualityRule, config: FeedConfig, landed: Sequence[LandedRow], today: date | None
) -> list[int]:
    if rule.check is Check.UNIQUE:
        keys = [tuple(shown(row.values.get(name)) for name in rule.columns) for row in landed]
        counts = Counter(key for key in keys if any(key))
        return [number for number, key in enumerate(keys) if counts[key] > 1]
    if rule.check is Check.ORDER:
        return [number for number, row in enumerate(landed) if not _is_in_order(rule, row)]
    columns = {column.name: column for column in config.columns}
    found = []
    for number, row in enumerate(landed):
        for name in rule.columns:
            column = columns.get(name)
            if column is not None and not _is_met(rule, column, row, today):
                found.append(number)
                break
    return found


def _is_met(rule: QualityRule, column: Column, row: LandedRow, today: date | None) -> bool:
    value = row.values.get(column.name)
    unread = any(problem.startswith(f"{column.name}:") for problem in row.problems)
    if rule.check in {Check.NOT_NULL, Check.COMPLETENESS}:
        return value is not None
    if rule.check is Check.TYPE:
        return not unread
    if value is None:
        return not unread
    text = shown(value)
    if rule.check is Check.ACCEPTED_VALUES:
        return text in rule.accepted
    if rule.check is Check.PATTERN:
        return re.fullmatch(rule.values["pattern"], text) is not None
    if rule.check is Check.LENGTH:
        return (
            int(rule.values.get("minimum", "0")) <= len(text) <= int(rule.values.get("maximum", "1000000000"))
        )
    if rule.check is Check.CHECK_DIGIT:
        scheme = _SCHEMES.get(rule.values.get("scheme", ""))
        return scheme is None or bool(_PROTECTED.match(text)) or scheme(text)
    if rule.check is Check.RANGE:
        return _is_within(rule, column, value)
    if rule.check is Check.NO_FUTURE and today is not None and isinstance(value, date):
        last = today + timedelta(days=int(rule.values.get("days", "0")))
        return (value.date() if isinstance(value, datetime) else value) <= last
    return True


def _is_within(rule: QualityRule, column: Column, value: Value) -> bool:
    low, high = (_bound(column, rule.values.get(side)) for side in ("minimum", "maximum"))
    return (low is None or _rank(value) >= _rank(low)) and (high is None or _rank(value) <= _rank(high))


def _bound(column: Column, text: str | None) -> Value | None:
    if text is None:
        return None
    for shape in (plainly_written(column), column):
        try:
            return read_value(shape, text)
        except Unreadable:
            continue
    return None


def _is_in_order(rule: QualityRule, row: LandedRow) -> bool:
    values = [row.values.get(name) for name in rule.columns]
    known = [_rank(value) for value in values if value is not None]
    return known == sorted(known)


def _rank(value: Value) -> tuple[int, Decimal, str]:
    """Return what orders values of one column, also where numbers and moments of several kinds meet."""
    if isinstance(value, bool | int | Decimal):
        try:
            return (0, Decimal(value), "")
        except InvalidOperation:
            return (0, Decimal(0), "")
    if isinstance(value, datetime) and value.tzinfo is not None:
        return (1, Decimal(0), value.astimezone(UTC).isoformat())
    return (1, Decimal(0), shown(value))
