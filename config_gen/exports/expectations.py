"""As a suite of Great Expectations: each quality rule as the expectation that asks the same."""

import json
from collections.abc import Iterator
from typing import Any

from config_gen.exports.reading import reading_of
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_rules import Check, QualityRule


def expectation_suite(config: FeedConfig) -> bytes:
    """Return the rules as a suite in JSON; rules without a counterpart are named in its notes."""
    expectations: list[dict[str, Any]] = []
    without: list[str] = []
    for rule in config.quality.rules:
        made = list(_expectations(config, rule))
        expectations += made
        if not made:
            without.append(rule.id)
    suite = {
        "name": config.feed,
        "expectations": expectations,
        "meta": {
            "feed": config.feed,
            "revision": config.revision,
            "without_counterpart": without,
            "read_as": {c.name: reading for c in config.columns if (reading := reading_of(c))},
        },
    }
    return (json.dumps(suite, indent=1, ensure_ascii=False) + "\n").encode()


def _expectations(config: FeedConfig, rule: QualityRule) -> Iterator[dict[str, Any]]:
    meta = {"rule": rule.id, "reason": rule.reason}
    mostly = (1000 - rule.failing_per_mille) / 1000

    def expect(kind: str, **arguments: Any) -> dict[str, Any]:
        return {"type": kind, "kwargs": arguments, "meta": meta}

    if rule.check is Check.COLUMNS:
        names = list(config.column_names())
        yield expect("expect_table_columns_to_match_set", column_set=names, exact_match=False)
    elif rule.check is Check.ROW_COUNT:
        bounds = {side: int(rule.values[side]) for side in ("minimum", "maximum") if side in rule.values}
        low, high = bounds.get("minimum"), bounds.get("maximum")
        yield expect("expect_table_row_count_to_be_between", min_value=low, max_value=high)
    elif rule.check is Check.UNIQUE and len(rule.columns) > 1:
        yield expect("expect_compound_columns_to_be_unique", column_list=list(rule.columns))
    elif rule.check is Check.ORDER and len(rule.columns) == 2:
        later, earlier = rule.columns[1], rule.columns[0]
        yield expect(
            "expect_column_pair_values_a_to_be_greater_than_b",
            column_A=later,
            column_B=earlier,
            or_equal=True,
        )
    else:
        for name in rule.columns:
            yield from _of_column(rule, name, mostly, meta)


def _of_column(rule: QualityRule, name: str, mostly: float, meta: dict[str, Any]) -> Iterator[dict[str, Any]]:
    arguments: dict[str, Any] = {"column": name, "mostly": mostly}
    kind = {
        Check.NOT_NULL: "expect_column_values_to_not_be_null",
        Check.COMPLETENESS: "expect_column_values_to_not_be_null",
        Check.UNIQUE: "expect_column_values_to_be_unique",
        Check.ACCEPTED_VALUES: "expect_column_values_to_be_in_set",
        Check.PATTERN: "expect_column_values_to_match_regex",
        Check.RANGE: "expect_column_values_to_be_between",
        Check.LENGTH: "expect_column_value_lengths_to_be_between",
    }.get(rule.check)
    if kind is None:
        return
    if rule.check is Check.ACCEPTED_VALUES:
        arguments["value_set"] = list(rule.accepted)
    elif rule.check is Check.PATTERN:
        arguments["regex"] = f"^(?:{rule.values['pattern']})$"
    elif rule.check in {Check.RANGE, Check.LENGTH}:
        bounds = (("min_value", "minimum"), ("max_value", "maximum"))
        arguments |= {target: _number(rule.values[side]) for target, side in bounds if side in rule.values}
    yield {"type": kind, "kwargs": arguments, "meta": meta}


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
