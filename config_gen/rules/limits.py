"""Compare what two versions of a column allow, in the units in which its files come.

A step that divides by a hundred and bounds that follow it allow what they allowed before.
"""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from domain.configuration.feed_columns import Column
from domain.configuration.feed_config import FeedConfig
from domain.configuration.feed_rules import Step

_ENDLESS = Decimal("Infinity")
_DIVISOR = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_MOST_DIGITS = 60


def divisor_of(config: FeedConfig, name: str) -> Decimal:
    """Return by what the steps of a version divide a column; what is no number divides by nothing."""
    by = Decimal(1)
    for step in config.transformations:
        text = step.values.get("by", "1")
        if step.step is Step.DIVIDE and name in step.columns and _DIVISOR.fullmatch(text):
            by *= Decimal(text) or Decimal(1)
    return by


def changed_limits(
    old: Column, new: Column, was_divided_by: Decimal, is_divided_by: Decimal
) -> Iterator[tuple[str, bool, bool]]:
    """Yield each kind of limit that changed: its name, whether it got wider, whether it got tighter."""
    if set(old.allowed) != set(new.allowed):
        wider = bool(old.allowed) and (not new.allowed or bool(set(new.allowed) - set(old.allowed)))
        tighter = bool(new.allowed) and (not old.allowed or bool(set(old.allowed) - set(new.allowed)))
        yield "allowed", wider, tighter
    if old.max_length != new.max_length:
        most, now = old.max_length or 10**9, new.max_length or 10**9
        yield "max_length", now > most, now < most
    if old.pattern != new.pattern:
        yield "pattern", old.pattern is not None, new.pattern is not None
    for part, outward in (("minimum", -1), ("maximum", 1)):
        before, after = getattr(old, part), getattr(new, part)
        if before == after:
            continue
        was, now_at = _reach(before, was_divided_by, outward), _reach(after, is_divided_by, outward)
        if was is None or now_at is None:  # bounds of days and times
            yield part, before is not None, after is not None
        elif was != now_at:
            yield part, now_at > was, now_at < was


def _reach(bound: str | None, divided_by: Decimal, outward: int) -> Decimal | None:
    """Return how far a bound lets values go, the greater the further; None where it is no number."""
    if bound is None:
        return _ENDLESS
    number = _number(bound)
    return None if number is None else number * divided_by * outward


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS else None
