"""Say in words what a reviewer would otherwise have to find in a diff."""

from collections.abc import Iterator

from pydantic import JsonValue

from config_gen.documents import document_of
from config_gen.types_order import survives_new, survives_old
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_config import FeedConfig
from domain.counting import counted

_WORDS = {FieldType.TEXT: "text", FieldType.DATETIME: "date and time", FieldType.YEARMONTH: "month"}
_SECTION_WORDS = {
    "title": "the title",
    "description": "the description",
    "owner": "the owner",
    "criticality": "how critical it is",
    "source": "where the files come from",
    "format": "how the file is read",
    "schema_policy": "what happens to surprises",
    "keys": "the keys",
    "partition": "the partition",
    "watermark": "the watermark",
    "load": "how rows are loaded",
    "schedule": "the schedule",
    "sla": "what readers may rely on",
    "target": "where it lands",
    "lineage": "the lineage",
    "notification": "who hears about it",
    "governance": "protection and retention",
    "compatibility": "the compatibility policy",
    "tags": "the tags",
    "reconciliation": "the reconciliation",
    "waivers": "the waivers",
}
_MOST_LEAVES = 6


def describe(old: FeedConfig | None, new: FeedConfig | None) -> list[str]:
    """Return the differences as sentences in small Markdown, columns first; empty when there are none.

    A sentence about a column ends with whom the change leaves unharmed: readers of the feed, and old files.
    """
    if new is None:
        return ["takes the feed away"] if old is not None else []
    if old is None:
        return [
            f"new feed *{new.feed}* with {counted(len(new.columns), 'column')}, owned by {new.owner.team}"
        ]
    return [*_columns(old, new), *_named_parts(old, new), *_sections(old, new)]


def _columns(old: FeedConfig, new: FeedConfig) -> Iterator[str]:
    renamed = renamed_columns(old, new)
    before = {column.name: column for column in old.columns}
    after = {column.name: column for column in new.columns}
    for former, now in renamed.items():
        yield f"renames *{former}* to *{now}*: readers must follow, old files are still understood"
    for name, column in after.items():
        if name not in before and name not in renamed.values():
            must = "required" if not column.nullable and column.default is None else "optional"
            who = (
                "compatible for readers"
                if must == "optional"
                else "compatible for readers, old files lack it"
            )
            yield f"adds *{name}* ({_word(column)}, {must}): {who}"
    for name in before:
        if name not in after and name not in renamed:
            yield f"removes *{name}*: readers who use it break"
    for name, column in after.items():
        former_name = next((former for former, now in renamed.items() if now == name), name)
        if former_name in before:
            yield from _column(before[former_name], column)
    if [n for n in before if n in after] != [n for n in after if n in before]:
        yield "puts the columns in another order"


def _column(old: Column, new: Column) -> Iterator[str]:
    name = f"*{new.name}*"
    if old.type is not new.type:
        yield f"{name} becomes {_word(new)} instead of {_word(old)}: {_verdict(old, new)}"
    if (old.scale, old.precision) != (new.scale, new.precision) and new.type is old.type is FieldType.DECIMAL:
        more = (new.scale or 0) - (old.scale or 0)
        if more:
            word = "decimals" if abs(more) > 1 else "decimal"
            side = "more" if more > 0 else "fewer"
            yield f"{name} gets {_number(abs(more))} {side} {word}: {_verdict(old, new)}"
        else:
            yield f"{name} keeps {new.precision} digits instead of {old.precision}: {_verdict(old, new)}"
    if old.nullable != new.nullable:
        yield (
            f"{name} may now be empty: readers must expect that"
            if new.nullable
            else f"{name} must now have a value: compatible for readers, old files may fail"
        )
    if set(old.allowed) != set(new.allowed):
        yield from _allowed(name, old, new)
    told = {"type", "scale", "precision", "nullable", "allowed", "name", "former_names"}
    first, second = old.model_dump(mode="json"), new.model_dump(mode="json")
    for field in first:
        if field not in told and first[field] != second[field]:
            yield f"{name}: {field.replace('_', ' ')} {_leaf(first[field])} → {_leaf(second[field])}"


def _allowed(name: str, old: Column, new: Column) -> Iterator[str]:
    if not old.allowed or not new.allowed:
        limited = f"may only hold {counted(len(new.allowed), 'value')} now"
        yield f"{name} {'may hold any value now' if old.allowed else limited}"
        return
    added = [value for value in new.allowed if value not in old.allowed]
    gone = [value for value in old.allowed if value not in new.allowed]
    if added:
        yield f"{name} may also hold {_some(added)}: readers must know them"
    if gone:
        yield f"{name} may no longer hold {_some(gone)}: compatible for readers, old files may fail"


def _named_parts(old: FeedConfig, new: FeedConfig) -> Iterator[str]:
    for word, before, after in (
        ("the step", old.transformations, new.transformations),
        ("the rule", old.quality.rules, new.quality.rules),
    ):
        was = {part.id: part for part in before}
        now = {part.id: part for part in after}
        for name in now:
            if name not in was:
                yield f"adds {word} *{name}*"
            elif was[name] != now[name]:
                yield f"changes {word} *{name}*"
        for name in was:
            if name not in now:
                yield f"removes {word} *{name}*"


def _sections(old: FeedConfig, new: FeedConfig) -> Iterator[str]:
    before, after = document_of(old), document_of(new)
    for section, words in _SECTION_WORDS.items():
        leaves = list(_leaves(before.get(section), after.get(section), ""))
        for place, was, now in leaves[:_MOST_LEAVES]:
            yield f"changes {words}{f' ({place})' if place else ''}: {_leaf(was)} → {_leaf(now)}"
        if len(leaves) > _MOST_LEAVES:
            yield f"changes {counted(len(leaves) - _MOST_LEAVES, 'more place')} of {words}"
    if old.quality.least_score != new.quality.least_score:
        yield f"changes the least score: {_leaf(old.quality.least_score)} → {_leaf(new.quality.least_score)}"


def _leaves(old: JsonValue, new: JsonValue, place: str) -> Iterator[tuple[str, JsonValue, JsonValue]]:
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            yield from _leaves(old.get(key), new.get(key), f"{place}.{key}" if place else key)
        return
    yield place, old, new


def renamed_columns(old: FeedConfig, new: FeedConfig) -> dict[str, str]:
    """Return former name to new name, for columns that say so or are read from the same place of the file."""
    before, after = set(old.column_names()), set(new.column_names())
    by_source = {column.source: column.name for column in old.columns if column.name not in after}
    found: dict[str, str] = {}
    for column in new.columns:
        if column.name in before:
            continue
        former = next((name for name in column.former_names if name in before - after), None)
        former = former or by_source.get(column.source)
        if former and former not in found:
            found[former] = column.name
    return found


def _verdict(old: Column, new: Column) -> str:
    for_readers, for_files = survives_old(old, new), survives_new(old, new)
    if for_readers:
        return "compatible for readers" if for_files else "compatible for readers, old files may fail"
    return "readers must follow, old files still load" if for_files else "readers and old files break"


def _word(column: Column) -> str:
    return _WORDS.get(column.type, column.type.value)


def _number(count: int) -> str:
    return {1: "one", 2: "two", 3: "three", 4: "four"}.get(count, str(count))


def _some(values: list[str]) -> str:
    shown = ", ".join(f"`{value[:40]}`" for value in values[:5])
    return shown if len(values) <= 5 else f"{shown} and {len(values) - 5} more"


def _leaf(value: JsonValue) -> str:
    if value in (None, [], {}, ""):
        return "nothing"
    if isinstance(value, list):
        return ", ".join(str(member)[:40] for member in value[:5])
    return str(value)[:80]
