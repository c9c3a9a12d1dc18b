"""Everything that a sample says about its columns, one section a column, with the evidence for each claim."""

from collections.abc import Sequence

from bot.cards.model import Card, Section, Table
from bot.cards.text import literal, md, quote
from domain.configuration.profiles import ColumnProfile, ColumnType, SampleProfile
from domain.configuration.written_forms import as_people_write
from domain.counting import counted

_COLUMNS_A_CARD = 12
_MOST_CARDS = 12


def column_cards(profile: SampleProfile) -> tuple[Card, ...]:
    """Return the full view of a profile: keys and questions first, then the columns."""
    cards = [_overview(profile)]
    pages = range(0, len(profile.columns), _COLUMNS_A_CARD)
    for start in list(pages)[: _MOST_CARDS - 1]:
        page = profile.columns[start : start + _COLUMNS_A_CARD]
        sections = tuple(Section(heading=_heading(column), text=_words(column, profile)) for column in page)
        cards.append(
            Card(
                title=f"Columns {start + 1} to {start + len(page)} of {len(profile.columns)}",
                sections=sections,
                plain="\n".join(f"{s.heading}: {literal(s.text)}" for s in sections),
            )
        )
    return tuple(cards)


def _overview(profile: SampleProfile) -> Card:
    sections = [
        Section(heading="Key candidates", text=_keys(profile)),
        Section(
            heading="Watermark and partition",
            text="\n".join(
                [
                    *(md("• watermark **{c}**: {r}", c=w.column, r=w.reason) for w in profile.watermarks),
                    *(md("• partition **{c}**: {r}", c=p.column, r=p.reason) for p in profile.partitions),
                ]
            )
            or "No column grows with the feed or cuts it into days.",
        ),
    ]
    if profile.warnings:
        told = "\n".join(f"• {quote(warning)}" for warning in profile.warnings[:12])
        sections.append(Section(heading="Noticed", text=told))
    rows = [
        (md("**{c}**", c=question.column or "file"), md("`{v}`", v=question.value), *_two(question.readings))
        for question in profile.questions
        if question.readings
    ]
    table = (
        Table(columns=("Ambiguous", "Value", "One reading", "The other"), rows=tuple(rows[:20]))
        if rows
        else None
    )
    files = ", ".join(profile.files) or profile.name
    return Card(
        title=f"What {profile.name[:60]} says",
        lead=md(
            "{files}: {rows} read, {columns}. {format}. {encoding}",
            files=files,
            rows=counted(profile.records, "row"),
            columns=counted(len(profile.columns), "column"),
            format=_begun(profile.format_evidence),
            encoding=_begun(profile.encoding_evidence),
        ),
        sections=tuple(sections),
        table=table,
        plain="\n".join(f"{s.heading}: {literal(s.text)}" for s in sections),
    )


def _two(readings: Sequence[object]) -> tuple[str, str]:
    said = [
        md("`{option}`: {means}", option=getattr(r, "option", ""), means=getattr(r, "means", ""))
        for r in readings[:2]
    ]
    return said[0], said[1] if len(said) > 1 else ""


def _keys(profile: SampleProfile) -> str:
    if not profile.keys:
        return "No column, pair or triple of columns tells all rows apart."
    return "\n".join(
        md("{n}. **{names}**: {proof}", n=n, names=" + ".join(key.columns), proof=key.proof)
        for n, key in enumerate(profile.keys, 1)
    )


def _heading(column: ColumnProfile) -> str:
    return f"{column.position + 1}. {column.name[:80]}"


def _words(column: ColumnProfile, profile: SampleProfile) -> str:
    lines = [
        md("**{type}**{format}: {evidence}", type=column.type.value, format=_format(column),
           evidence=_evidence(column)),
        md("{nulls} ({values} filled, {different} different)",
           nulls=_nulls(column), values=f"{column.values:,}", different=f"{column.distinct:,}"),
    ]  # fmt: skip
    if column.type is ColumnType.STRING and column.max_length:
        least = "" if column.min_length == column.max_length else f"{column.min_length:,} to "
        lines.append(f"{least}{counted(column.max_length, 'character')}")
    if column.minimum is not None and column.type is not ColumnType.STRING:
        lines.append(md("from `{low}` to `{high}`", low=column.minimum, high=column.maximum or ""))
    if column.meaning is not None:
        lines.append(
            md(
                "means **{label}**{sure}: {evidence}",
                label=column.meaning.label.replace("_", " "),
                sure="" if column.meaning.verified else " (a guess)",
                evidence=column.meaning.evidence,
            )
        )
    where = [
        f"{words} {value}"
        for words, value in (
            ("time zone", column.timezone),
            ("locale", column.locale),
            ("missing is written", ", ".join(column.null_values)),
        )
        if value
    ]
    if where:
        lines.append(quote("; ".join(where)))
    if column.enum:
        lines.append(md("only {values}", values=", ".join(column.enum[:12])))
    elif column.examples:
        lines.append(md("such as {values}", values=", ".join(column.examples[:3])))
    in_keys = [n for n, key in enumerate(profile.keys, 1) if column.name in key.columns]
    if in_keys:
        lines.append(f"in key candidate {', '.join(map(str, in_keys))}")
    return "\n".join(lines)


def _format(column: ColumnProfile) -> str:
    return f" written {as_people_write(column.format)}" if column.format else ""


def _evidence(column: ColumnProfile) -> str:
    return as_people_write(column.evidence) if column.format else column.evidence


def _nulls(column: ColumnProfile) -> str:
    if column.nulls:
        return f"optional: {column.nulls:,} of {column.nulls + column.values:,} are empty"
    return "never empty here" + (", but nothing says that it must not be" if column.nullable else "")


def _begun(text: str) -> str:
    """Return a text that begins like a sentence."""
    return text[:1].upper() + text[1:]
