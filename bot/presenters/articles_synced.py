"""How a reading of documents looks: how far it is, what changed, what was refused and why."""

from bot.cards.model import Action, ActionStyle, Card, Fact, Section, Tone
from bot.cards.text import literal, quote, told
from domain.knowledge.library import MOST_NAMED, KnowledgeSource, SyncState
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting

_SHOWN = 8
_TITLES = {
    SyncState.WAITING: ("Waits to be read", Tone.CALM),
    SyncState.READING: ("Reading", Tone.CALM),
    SyncState.DONE: ("Read", Tone.GOOD),
    SyncState.FAILED: ("Not read", Tone.WARNING),
    SyncState.DISCONNECTED: ("Disconnected", Tone.CALM),
}


def paint_source(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card of a source as it stands."""
    return source_card(uow.sources.get(posting.subject.removeprefix("source/")))


def source_card(source: KnowledgeSource) -> Card:
    """Return the card of a source."""
    title, tone = _TITLES[source.state]
    under_way = source.state in (SyncState.WAITING, SyncState.READING)
    lists = (
        ("New", source.added),
        ("Changed", source.changed),
        ("Gone", source.gone),
        ("Copies, left out", source.copies),
        ("Look closely: they give orders to a machine", source.flagged),
    )
    sections = [_section(f"{name}: {_number(found)}", found) for name, found in lists if found]
    if source.refused:
        reasons = tuple(f"{name}: {reason}" for name, reason in source.refused)
        sections.append(_section(f"Refused: {_number(reasons)}", reasons))
    drafts = source.state is SyncState.DONE and not source.publishes and (source.added or source.changed)
    lead = told(source.sentence)
    return Card(
        title=f"{title}: {source.name}"[:140],
        tone=Tone.WARNING if source.refused and not under_way else tone,
        lead=lead,
        facts=(Fact(label="From", value=quote(source.address)),) if source.address else (),
        sections=tuple(sections),
        progress=_percent(source) if under_way else None,
        actions=(
            Action(
                verb="kb.source.publish",
                label="Publish all",
                subject=source.subject,
                style=ActionStyle.PRIMARY,
            ),
        )
        if drafts
        else (),
        plain=f"{title}: {source.name}. {literal(lead)}",
    )


def _percent(source: KnowledgeSource) -> int:
    return min(100 * source.done // source.total, 100) if source.total else 0


def _number(found: tuple[str, ...]) -> str:
    return f"{MOST_NAMED} or more" if len(found) >= MOST_NAMED else str(len(found))


def _section(heading: str, lines: tuple[str, ...]) -> Section:
    shown = [quote(f"• {line[:200]}") for line in lines[:_SHOWN]]
    if len(lines) > _SHOWN:
        shown.append(f"… and {len(lines) - _SHOWN} more")
    return Section(heading=heading, text="\n".join(shown))
