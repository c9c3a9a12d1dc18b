"""Take what a person said about a sample: which columns they mean, and whether the sample bears them out.

What the sample disproves is refused with the value that does. What it can't show (a sample of three days in
May tells nothing of other months) is taken on the person's word: that is what they say it for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from config_gen.casting import Unreadable, is_null, read_value
from config_gen.correction_words import Said, find_named, several
from config_gen.types.names import words_of
from domain.configuration.corrections import Correction, CorrectionKind
from domain.configuration.feed_columns import Column, FieldType
from domain.configuration.feed_source import Format
from domain.configuration.profiles import ColumnProfile, SampleProfile, bounded
from domain.configuration.written_forms import as_people_write
from domain.counting import counted
from domain.errors import BadInput

_TIMES = (FieldType.DATE, FieldType.DATETIME)
_NUMBERS = (FieldType.INTEGER, FieldType.DECIMAL)
_ALL_DATES = frozenset(
    {("date",), ("dates",), ("days",), ("date", "format"), ("date", "order"), ("datum",), ("tage",)}
)
_SWAPPED = {"day": ("%m", "%d"), "month": ("%d", "%m")}


class Refused(BadInput):
    """What was said can't be so; the sentence says why."""

    def __init__(self, why: str) -> None:
        super().__init__("correction refused", say=why)


def borne_out(
    said: Said, columns: Sequence[Column], profile: SampleProfile, feed_format: Format
) -> Correction:
    """Return what was said as a correction; raises `Refused` where the sample disproves it."""
    return _Sample(columns, profile, feed_format).taken(said)


class _Sample:
    """The columns of a sample, asked whether what was said of them can be."""

    def __init__(self, columns: Sequence[Column], profile: SampleProfile, feed_format: Format) -> None:
        self._columns = {column.name: column for column in columns}
        self._known = {column.source: column.name for column in columns}
        self._profile = profile
        self._format = feed_format

    def taken(self, said: Said) -> Correction:
        """Return the correction; raises `Refused`."""
        if said.kind is CorrectionKind.KEY:
            return self._key(said)
        if said.kind is CorrectionKind.FORMAT and said.value in _SWAPPED:
            return self._order(said)
        column = self._column(said.names[0])
        say = _SAYS[said.kind]
        if said.value == "number":
            said = replace(said, value="integer" if column.type is FieldType.INTEGER else "decimal")
        if said.kind is CorrectionKind.TYPE:
            self._check(column, column.model_copy(update=_typed(column, said.value)))
        elif said.kind is CorrectionKind.FORMAT:
            self._check(column, column.model_copy(update=_formatted(said.value)))
        elif said.kind in (CorrectionKind.DIVISOR, CorrectionKind.UNIT) and column.type not in _NUMBERS:
            raise Refused(
                f"**{quoted(column.name)}** is {column.type.value} and no number, so it has no unit."
            )
        elif said.kind is CorrectionKind.ZONE and column.type is not FieldType.DATETIME:
            raise Refused(
                f"**{quoted(column.name)}** is {column.type.value}: only a date and time has a zone."
            )
        elif said.kind is CorrectionKind.NAME and said.value in self._columns:
            raise Refused(f"There is a column **{quoted(said.value)}** already.")
        elif said.kind is CorrectionKind.FILLED and said.value == "yes":
            self._check_filled(column)
        told = say[said.value] if isinstance(say, dict) else say
        shown = as_people_write(said.value) if "%" in said.value else said.value
        return Correction(
            kind=said.kind,
            columns=(column.name,),
            value=said.value,
            say=told.format(column=quoted(column.name), value=quoted(shown)),
        )

    def _column(self, name: str) -> Column:
        found = find_named(name, self._known)
        if found is None:
            shown = ", ".join(f"`{quoted(known, 40)}`" for known in list(self._columns)[:8])
            raise Refused(f"I know no column **{quoted(name, 60)}** here. There are {shown}.")
        return self._columns[found]

    def _key(self, said: Said) -> Correction:
        if not said.names:
            return Correction(kind=CorrectionKind.KEY, say="There is no key.")
        key = list(dict.fromkeys(self._column(name).name for name in said.names))
        seen = [found for name in key if (found := self._seen(self._columns[name])) is not None]
        rows = self._profile.records
        for one in seen:
            if one.nulls:
                raise Refused(
                    f"**{quoted(one.name)}** is empty in {one.nulls:,} of {counted(rows, 'row')},"
                    " and a key never is."
                )
        most = 1
        for one in seen:
            most *= one.distinct
        twice = self._twice(seen)
        if len(seen) == len(key) and (most < rows or twice):
            why = f"such as {twice}" if twice else f"there are at most {most:,} different ones in {rows:,}"
            raise Refused(
                f"**{quoted(several(key))}** does not tell all rows of the sample apart, {why}: one would"
                " overwrite the other. Name another column with it; or set it under **Edit** once the"
                " configuration is built."
            )
        return Correction(
            kind=CorrectionKind.KEY, columns=tuple(key), say=f"The key is **{quoted(several(key))}**."
        )

    def _twice(self, seen: Sequence[ColumnProfile]) -> str:
        """Return values of a key that stand twice in the rows that were kept, empty where none do."""
        found: set[tuple[str, ...]] = set()
        for row in self._profile.preview:
            values = tuple(row[one.position].strip() for one in seen if one.position < len(row))
            if values in found:
                hidden = any(self._is_protected(one) for one in seen)
                return "two of its first rows" if hidden else quoted(" + ".join(values), 80)
            found.add(values)
        return ""

    def _order(self, said: Said) -> Correction:
        named = find_named(said.names[0], self._known)
        if named is None and words_of(said.names[0]) in _ALL_DATES:
            dates = [one for one in self._columns.values() if _begins_with_either(one)]
        else:
            one = self._column(said.names[0])
            already = said.value == "day" and (one.format or "").startswith("%d")  # 03-Mar-2025
            dates = [one] if already or _begins_with_either(one) else []
        if not dates:
            raise Refused(
                f"**{quoted(said.names[0], 60)}** is no date that begins with a day or month in digits."
            )
        for one in dates:
            self._check(one, one.model_copy(update={"format": _ordered(one, said.value)}))
        columns = tuple(one.name for one in dates)
        return Correction(
            kind=CorrectionKind.FORMAT,
            columns=columns,
            value=said.value,
            say=f"In **{quoted(', '.join(columns), 200)}** the {said.value} comes first.",
        )

    def _seen(self, column: Column) -> ColumnProfile | None:
        return self._profile.find_column(column.source)

    def _is_protected(self, seen: ColumnProfile) -> bool:
        return not seen.examples

    def _check_filled(self, column: Column) -> None:
        seen = self._seen(column)
        if seen is not None and seen.nulls:
            rows = counted(self._profile.records, "row")
            raise Refused(f"**{quoted(column.name)}** is empty in {seen.nulls:,} of {rows} of the sample.")

    def _check(self, former: Column, column: Column) -> None:
        """Refuse a way to read a column that one of its values does not allow, where the former one did."""
        seen = self._seen(former)
        if seen is None:
            return
        ends = [text for text in (seen.minimum, seen.maximum) if text]
        cells = (row[seen.position] for row in self._profile.preview if seen.position < len(row))
        for text in [*seen.examples, *ends, *cells]:
            if text.endswith("…") or is_null(column, text, self._format) or not _reads(former, text):
                continue
            try:
                read_value(column, text)
            except Unreadable as reason:
                shown = "One of its values" if self._is_protected(seen) else f"“{quoted(text, 40)}”"
                raise Refused(
                    f"That can't be of **{quoted(column.name)}**: {shown} {as_people_write(str(reason))}."
                ) from reason


def apply_to_columns(columns: Iterable[Column], correction: Correction) -> dict[str, dict[str, object]]:
    """Return what a correction of types and forms changes, by the name of the column."""
    changed: dict[str, dict[str, object]] = {}
    for column in columns:
        if column.name not in correction.columns:
            continue
        if correction.kind is CorrectionKind.TYPE:
            changed[column.name] = _typed(column, correction.value)
        elif correction.value in _SWAPPED:
            changed[column.name] = {"format": _ordered(column, correction.value)}
        else:
            changed[column.name] = _formatted(correction.value)
    return changed


def _reads(column: Column, text: str) -> bool:
    try:
        read_value(column, text)
    except Unreadable:
        return False
    return True


def _begins_with_either(column: Column) -> bool:
    """Tell whether a day or a month in digits comes first; after a year nobody writes the day."""
    form = column.format or ""
    return column.type in _TIMES and form.startswith(("%d", "%m")) and "%d" in form and "%m" in form


def _ordered(column: Column, first: str) -> str:
    """Return the form with the day, or the month, first of the two."""
    form = column.format or ""
    later, sooner = _SWAPPED[first]
    if form.find(sooner) < form.find(later):
        return form
    return form.replace(sooner, "\0").replace(later, sooner).replace("\0", later)


def _typed(column: Column, kind: str) -> dict[str, object]:
    update: dict[str, object] = {"type": FieldType(kind)}
    if FieldType(kind) in (*_TIMES, FieldType.TIME) and column.type not in _TIMES:
        update["format"] = "iso"
    return update


def _formatted(form: str) -> dict[str, object]:
    is_timed = form.startswith("epoch") or "%H" in form
    return {"type": FieldType.DATETIME if is_timed else FieldType.DATE, "format": form}


def quoted(text: str, most: int = 60) -> str:
    """Return a stranger's text so that it can stand in small Markdown of ours."""
    return bounded("".join(char for char in text if char not in "*_`[]<>\\") if "`" in text else text, most)


_SAYS: dict[CorrectionKind, str | dict[str, str]] = {
    CorrectionKind.FORMAT: "**{column}** is written {value}.",
    CorrectionKind.DIVISOR: {
        "100": "**{column}** is in hundredths: what lands is divided by 100.",
        "1000": "**{column}** is in thousandths: what lands is divided by 1,000.",
        "1000000": "**{column}** is in millionths: what lands is divided by 1,000,000.",
        "0.001": "**{column}** is in thousands: what lands is multiplied by 1,000.",
        "0.000001": "**{column}** is in millions: what lands is multiplied by 1,000,000.",
    },
    CorrectionKind.UNIT: "**{column}** is in {value}.",
    CorrectionKind.ZONE: "**{column}** is by the clocks of {value}.",
    CorrectionKind.TYPE: "**{column}** is {value}.",
    CorrectionKind.FILLED: {"yes": "**{column}** is never empty.", "no": "**{column}** may be empty."},
    CorrectionKind.NAME: "**{column}** is called **{value}** in the tables.",
    CorrectionKind.PERSONAL: {
        "yes": "**{column}** is personal data, and masked.",
        "no": "**{column}** is no personal data.",
    },
}
