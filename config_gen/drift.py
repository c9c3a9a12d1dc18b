"""Compare yesterday's file of a feed with tomorrow's: what changed, and who can still read whom.

`backward` means that consumers of the old shape can read the new file, `forward` that consumers of
the new shape can read old files. A column counts as renamed when its values, on rows that belong
together, agree: names alone prove nothing, unless only case and separators differ.
"""

from config_gen.drift_columns import column_changes, read_as
from config_gen.drift_renames import Cells, plain, renames
from domain.configuration.feed_source import FormatKind
from domain.configuration.profiles import (
    Change,
    ColumnProfile,
    Compatibility,
    Drift,
    DriftKind,
    SampleProfile,
)

_SHOWN = 6
_NAMES_ITS_FIELDS = frozenset(
    {FormatKind.JSON, FormatKind.NDJSON, FormatKind.XML, FormatKind.ISO20022, FormatKind.FIX}
)
"""Whose records name their fields: their order says nothing, and one that is rarely filled need not come."""
_OFTEN_EMPTY = 0.5
"""Of the records: a field that most have does not stay away from a whole file by chance."""


def compare(old: SampleProfile, new: SampleProfile) -> Drift:
    """Return the drift between two profiles; renames are judged on the preview rows they carry."""
    before, after = [column.name for column in old.columns], [column.name for column in new.columns]
    removed = [name for name in before if name not in after]
    added = [name for name in after if name not in before]
    proved, rewritten = renames(old, new, removed, added, _preview_cells(old), _preview_cells(new))
    pairs = proved + rewritten
    named = old.format in _NAMES_ITS_FIELDS and new.format in _NAMES_ITS_FIELDS
    rare = (column for column in old.columns if column.nulls >= _OFTEN_EMPTY * old.records)
    optional = {column.name for column in rare if column.nulls} if named else set[str]()
    gone = tuple(name for name in removed if name not in {*dict(pairs), *optional})
    fresh = tuple(name for name in added if name not in {now for _, now in pairs})
    moved = not named and _is_reordered(before, after)
    changes = [
        *_format_changes(old, new),
        *(_renamed(was, now) for was, now in pairs),
        *(_removed(column) for column in old.columns if column.name in gone),
        *(_added(column) for column in new.columns if column.name in fresh),
        *([_reordered(new)] if moved else []),
    ]
    for name in before:
        twin = new.find_column(dict(pairs).get(name, name))
        column = old.find_column(name)
        if twin is not None and column is not None:
            changes += column_changes(column, read_as(column, twin))
    backward = not any(change.breaks_backward for change in changes)
    forward = not any(change.breaks_forward for change in changes)
    structural = bool(added or gone or moved) or any(
        change.kind in (DriftKind.FORMAT_CHANGED, DriftKind.RETYPED)
        and change.breaks_backward
        and (change.before, change.after) != ("integer", "decimal")  # whole amounts one day, cents the next
        for change in changes
    )
    return Drift(
        label="drift" if structural else "same",
        added=fresh,
        removed=gone,
        renamed=tuple(pairs),
        rewritten=tuple(rewritten),
        retyped=tuple(
            change.column for change in changes if change.kind is DriftKind.RETYPED and change.column
        ),
        reordered=moved,
        format_changed=any(change.kind is DriftKind.FORMAT_CHANGED for change in changes),
        out_of_range=tuple(
            change.column for change in changes if change.kind is DriftKind.OUT_OF_RANGE and change.column
        ),
        changes=tuple(changes),
        compatibility=_compatibility(backward, forward),
    )


def _preview_cells(profile: SampleProfile) -> Cells:
    columns = list(zip(*profile.preview, strict=True)) if profile.preview else []
    return {
        column.name: columns[column.position] for column in profile.columns if column.position < len(columns)
    }


def _compatibility(backward: bool, forward: bool) -> Compatibility:
    if backward and forward:
        return Compatibility.FULL
    if backward:
        return Compatibility.BACKWARD
    return Compatibility.FORWARD if forward else Compatibility.NONE


def _is_reordered(before: list[str], after: list[str]) -> bool:
    kept = [name for name in before if name in after]
    return kept != [name for name in after if name in before]


def _format_changes(old: SampleProfile, new: SampleProfile) -> list[Change]:
    found = []
    facts = [("format", old.format.value, new.format.value)]
    if old.dialect and new.dialect:
        facts.append(("delimiter", old.dialect.delimiter, new.dialect.delimiter))
        facts.append(("quote character", old.dialect.quotechar or "none", new.dialect.quotechar or "none"))
    if old.header and new.header:
        facts.append(("header", _yes(old.header.present), _yes(new.header.present)))
        facts.append(("header line", str(old.header.row + 1), str(new.header.row + 1)))
    if old.encoding not in new.encodings_alike:
        facts.append(("encoding", _plain(old.encoding), _plain(new.encoding)))
    for what, was, now in facts:
        if was != now and not (what == "quote character" and "none" in (was, now)):
            said = f"The {what} changed from {_shown(was)} to {_shown(now)}."
            found.append(
                Change(
                    kind=DriftKind.FORMAT_CHANGED,
                    column=None,
                    before=was,
                    after=now,
                    say=said,
                    breaks_backward=True,
                    breaks_forward=True,
                )
            )
    return found


def _yes(present: bool) -> str:
    return "present" if present else "absent"


def _plain(encoding: str | None) -> str:
    """A byte order mark is no change of encoding for readers."""
    return "utf-8" if encoding in ("utf-8-sig", "ascii") else encoding or "none"


def _shown(text: str) -> str:
    return {"\t": "tab", ",": "comma", ";": "semicolon", "|": "pipe"}.get(text, text)


def _renamed(was: str, now: str) -> Change:
    is_written = plain(was) == plain(now)
    return Change(
        kind=DriftKind.RENAMED,
        column=now,
        before=was,
        after=now,
        say=f"{was} is now called {now}; {'only its writing differs' if is_written else 'the values agree'}.",
        breaks_backward=True,
        breaks_forward=True,
    )


def _removed(column: ColumnProfile) -> Change:
    return Change(
        kind=DriftKind.REMOVED,
        column=column.name,
        before=column.type.value,
        after="",
        say=f"{column.name} is gone.",
        breaks_backward=True,
    )


def _added(column: ColumnProfile) -> Change:
    need = "optional" if column.nullable else "required"
    return Change(
        kind=DriftKind.ADDED,
        column=column.name,
        before="",
        after=column.type.value,
        say=f"{column.name} is new ({column.type.value}, {need}).",
        breaks_forward=not column.nullable,
    )


def _reordered(new: SampleProfile) -> Change:
    """Return the change of order; it breaks only readers of files whose columns have no names."""
    headless = new.header is not None and not new.header.present
    order = ", ".join(column.name for column in new.columns[:_SHOWN])
    return Change(
        kind=DriftKind.REORDERED,
        column=None,
        before="",
        after=order,
        say=f"The columns stand in another order: {order} …",
        breaks_backward=headless,
        breaks_forward=headless,
    )
