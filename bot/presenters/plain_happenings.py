"""How questions about alerts and about decisions are answered."""

from collections.abc import Sequence

from bot.cards.model import Card, Link, Table, Tone
from bot.cards.text import literal, md
from domain.counting import counted


def alerts_card(
    rows: Sequence[tuple[str, str, str, str, str]],
    total: int,
    words: str,
    in_shadow: int,
    *,
    is_cut: bool = False,
    narrowed: tuple[str, int] = ("", 0),
    order: str = "most urgent",
) -> Card:
    """Return alerts of a time, or the open ones: feed, state, since when, who has it and why.

    Args:
        is_cut: Whether the time had more than were looked at.
        narrowed: Which of them were asked for, in words, and how many there are in all.
        order: In which the first are shown.
    """
    noun = "alert" if words else "open alert"
    of_these, of_all = narrowed
    said = " ".join(
        filter(None, [counted(total, noun) if total else f"No {noun}s", md("{which}", which=of_these), words])
    )
    said = f"{said}, of {of_all:,} in all." if of_these and of_all > total else f"{said}."
    said = f"At least {said}" if is_cut and total else said
    if in_shadow:
        more = counted(in_shadow, "more was", "more were")
        said += f" {more} only counted: their feeds still have to prove themselves."
    if total > len(rows):
        said += f" The {order} {len(rows)} are shown."
    columns = ("About", "State", "Since", "Who has it", "Why")
    return Card(
        title="Alerts",
        lead=said,
        tone=Tone.CALM if words or rows or of_all else Tone.GOOD,
        table=Table(columns=columns, rows=tuple(rows)) if rows else None,
        links=(Link(label="Alerts", target="/dashboard/alerts"),),
        plain=literal(" ".join([said, *(f"{about} ({has})" for about, _, _, has, _ in rows)])),
    )


def decisions_card(rows: Sequence[tuple[str, str, str, str]], total: int, who: str, words: str) -> Card:
    """Return who said yes or no to what: when, who, what they said and about what, the newest first."""
    by = md(" by **{who}**", who=who) if who else ""
    said = f"{counted(total, 'decision')}{by} {words}." if rows else f"No decision{by} {words}."
    if total > len(rows):
        said += f" The newest {len(rows)} are shown."
    return Card(
        title="Decisions", lead=said,
        table=Table(columns=("When", "Who", "Said", "About"), rows=tuple(rows)) if rows else None,
        plain=literal(" ".join([said, *(f"{who}: {what}, {about}." for _, who, what, about in rows)])),
    )  # fmt: skip
