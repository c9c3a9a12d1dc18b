"""What each transformation does to one row: plain functions over values, run on samples for the preview.

Masks and hashes here show the shape of what will land. The platform applies its own key to `hash`,
`tokenize` and `encrypt`; a preview never could, and must not look as if it had.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from config_gen.casting import Value
from domain.configuration.feed_rules import Step

Change = Callable[[Value | None, Mapping[str, str]], Value | None]


def _on_text(change: Callable[[str, Mapping[str, str]], str | None]) -> Change:
    def apply(value: Value | None, values: Mapping[str, str]) -> Value | None:
        return change(value, values) if isinstance(value, str) else value

    return apply


def _null_if(value: Value | None, values: Mapping[str, str]) -> Value | None:
    return None if value is not None and str(value) in values.values() else value


def _map(text: str, values: Mapping[str, str]) -> str:
    return values.get(text, text)


def _replace(text: str, values: Mapping[str, str]) -> str:
    return text.replace(values.get("text", ""), values.get("by", "")) if values.get("text") else text


def _pad(text: str, values: Mapping[str, str]) -> str:
    return text.rjust(int(values.get("length", "0")), values.get("with", "0")[:1] or "0") if text else text


def _without_prefix(text: str, values: Mapping[str, str]) -> str:
    return text.removeprefix(values.get("text", ""))


def _to_utc(value: Value | None, values: Mapping[str, str]) -> Value | None:
    if not isinstance(value, datetime):
        return value
    zone = values.get("time_zone", "UTC")
    aware = value if value.tzinfo else value.replace(tzinfo=ZoneInfo(zone))
    return aware.astimezone(UTC)


def _round(value: Value | None, values: Mapping[str, str]) -> Value | None:
    if isinstance(value, Decimal):
        return round(value, int(values.get("digits", "2")))
    return value


def _divide(value: Value | None, values: Mapping[str, str]) -> Value | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    try:
        return Decimal(value) / Decimal(values.get("by", "1"))
    except InvalidOperation:
        return value


def _fill(value: Value | None, values: Mapping[str, str]) -> Value | None:
    return values.get("text") if value is None else value


def _masked(value: Value | None, values: Mapping[str, str]) -> Value | None:
    if value is None:
        return None
    text = str(value)
    keep = min(int(values.get("keep", "0")), max(len(text) - 4, 0))
    return "*" * (len(text) - keep) + text[len(text) - keep :]


def _opaque(word: str) -> Change:
    def apply(value: Value | None, values: Mapping[str, str]) -> Value | None:
        if value is None:
            return None
        return f"{word}:{hashlib.sha256(f'preview/{word}/{value}'.encode()).hexdigest()[:12]}"

    return apply


CHANGES: dict[Step, Change] = {
    Step.TRIM: _on_text(lambda text, _: text.strip() or None),
    Step.COLLAPSE_SPACES: _on_text(lambda text, _: re.sub(r"\s+", " ", text).strip() or None),
    Step.UPPER: _on_text(lambda text, _: text.upper()),
    Step.LOWER: _on_text(lambda text, _: text.lower()),
    Step.NULL_IF: _null_if,
    Step.REPLACE: _on_text(_replace),
    Step.MAP_VALUES: _on_text(_map),
    Step.PAD_LEFT: _on_text(_pad),
    Step.STRIP_PREFIX: _on_text(_without_prefix),
    Step.TO_UTC: _to_utc,
    Step.ROUND: _round,
    Step.DIVIDE: _divide,
    Step.FILL_DEFAULT: _fill,
    Step.COPY: lambda value, _: value,
    Step.MASK: _masked,
    Step.HASH: _opaque("hash"),
    Step.TOKENIZE: _opaque("token"),
    Step.ENCRYPT: _opaque("sealed"),
}
"""Steps that change one value at a time; the others are in `preview`, because they see whole rows."""
