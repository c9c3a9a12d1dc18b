"""How it reads what became of a file, and which files came."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.model import Card, Section, Table, Tone
from bot.cards.text import literal, md, quote
from domain.counting import counted, in_series

_KNOWN = (
    "deliveries that were handed in to me, samples and histories that were dropped here; of what was dropped"
    " in private I tell in private only"
)


@dataclass(frozen=True)
class FileLine:
    """One use of a file: when, as what, what became of it and why; all but the moment is small Markdown."""

    at: str
    what: str
    how: str
    why: tuple[str, ...] = ()


def file_card(name: str, lines: Sequence[FileLine], *, waits: bool, is_shown: bool) -> Card:
    """Return what became of a file, the newest use of it first."""
    first = lines[0]
    lead = f"{first.at}: {first.what}, {first.how}."
    if waits and not is_shown:
        lead += md(" `release {name}` shows the question with its buttons.", name=name)
    elif is_shown:
        lead += " The question stands below; whoever may decide presses there."
    sections = [Section(heading="Why", text="\n".join(first.why))] if first.why else []
    if len(lines) > 1:
        before = "\n".join(f"{one.at}: {one.what}, {one.how}" for one in lines[1:])
        sections.append(Section(heading="Before that", text=before))
    tone = Tone.WARNING if waits else Tone.CALM
    return Card(
        title=name, tone=tone, lead=lead, sections=tuple(sections), plain=f"{literal(name)}: {literal(lead)}"
    )


def no_file_card(name: str, near: Sequence[str]) -> Card:
    """Return that nothing is known of a file, with names that come near."""
    said = md("I know no file named **{name}**. I know {known}.", name=name, known=_KNOWN)
    if near:
        said += f" Did you mean {in_series([quote(one) for one in near], 'or')}?"
    return Card(title=name, lead=said, plain=literal(said))


def files_card(rows: Sequence[tuple[str, FileLine]], total: int, when: str, feeds: Sequence[str]) -> Card:
    """Return the files that came in a span, the newest first."""
    whose = f" of {in_series([quote(one) for one in feeds])}" if feeds else ""
    more = f" The newest {len(rows)} are shown." if total > len(rows) else ""
    said = f"{counted(total, 'file')}{whose} {when}.{more}" if total else f"No file{whose} {when}."
    said += f" I know {_KNOWN}."
    table = tuple((f"**{quote(name)}**", one.at, one.what, one.how) for name, one in rows)
    return Card(
        title="Files",
        lead=said,
        table=Table(columns=("File", "Came", "As", "What became of it"), rows=table) if table else None,
        plain=f"{literal(said)} {', '.join(name for name, _ in rows)}",
    )
