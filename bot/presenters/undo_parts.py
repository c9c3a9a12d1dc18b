"""What a plan's card says about being taken back, and about the plan that it takes back."""

from dataclasses import dataclass
from datetime import datetime

from bot.cards.model import Action, ActionStyle, Fact
from bot.cards.text import md, quote
from domain.acts.undoing import undo_until
from domain.ports.transactions import UnitOfWork
from domain.remediation.fixes import Fix, FixState, PlanVersion


@dataclass(frozen=True)
class Undoing:
    """How a plan stands to others: until when it can be taken back, by which, and which it takes back."""

    until: datetime | None = None
    by: Fix | None = None
    first: Fix | None = None


def undoing_of(uow: UnitOfWork, fix: Fix, version: PlanVersion | None) -> Undoing:
    """Return what the card of an attempt has to say about taking back."""
    return Undoing(
        until=None if version is None else undo_until(fix, version.plan),
        by=uow.fixes.get(fix.undone_by) if fix.undone_by else None,
        first=uow.fixes.get(fix.undoes) if fix.undoes else None,
    )


def undo_words(fix: Fix, undoing: Undoing) -> str:
    """Return what became of taking the plan back, empty while nobody wanted to."""
    if fix.undone_at is not None and undoing.by is not None:
        return md(
            "Taken back on {at} UTC by plan `{id}`.", at=f"{fix.undone_at:%d %b %H:%M}", id=undoing.by.id
        )
    if undoing.by is None:
        return ""
    state = undoing.by.state.value.replace("_", " ")
    word = "is to take it back" if undoing.by.is_open else "was to take it back"
    return md("Plan `{id}` {word}: it is {state}.", id=undoing.by.id, word=word, state=state)


def undo_facts(undoing: Undoing) -> tuple[Fact, ...]:
    """Return which plan this one takes back, and until when it can be taken back itself."""
    told = []
    if undoing.first is not None:
        value = md("plan `{id}`: {title}", id=undoing.first.id, title=undoing.first.title)
        told.append(Fact(label="Takes back", value=value))
    if _is_offered(undoing) and undoing.until is not None:
        told.append(Fact(label="Can be undone", value=f"until {undoing.until:%d %b %H:%M} UTC"))
    return tuple(told)


def undo_actions(fix: Fix, undoing: Undoing) -> tuple[Action, ...]:
    """Return the button that asks for a plan that takes this one back."""
    if not _is_offered(undoing):
        return ()
    return (
        Action(
            verb="fix.undo",
            label=f"Undo {quote(fix.title[:1].lower() + fix.title[1:])}"[:70],
            subject=fix.subject,
            style=ActionStyle.DANGER,
            confirm="Plan to take this back? It is dry-run and approved like any other plan.",
        ),
    )


def is_taken_back(fix: Fix) -> bool:
    """Tell whether a verified plan no longer stands."""
    return fix.state is FixState.VERIFIED and fix.undone_at is not None


def _is_offered(undoing: Undoing) -> bool:
    return undoing.until is not None and (undoing.by is None or not undoing.by.is_open)
