"""Cards around editing: what can be edited, how rows would land, what is suggested."""

from collections.abc import Sequence

from bot.cards.model import MOST_ACTIONS, Action, Card, Section, Table, Tone
from bot.cards.text import md, quote
from domain.configuration.feed_views import LandedRows, SuggestionView
from domain.counting import counted

_COLUMNS_A_TABLE = 8
_ROWS_SHOWN = 5
_MOST_CARDS = 6
_PAGES_OF_A_KIND = 3
"""Many columns must not push the rules off the cards."""


def editor_cards(feed: str, subject: str, pieces: Sequence[str], *, has_sample: bool) -> tuple[Card, ...]:
    """Return a card of buttons: settings, suggestions, preview; then one button a column and a rule."""
    main = [
        _open("Settings: owner, schedule, target", subject, "settings"),
        _open("New quality rule", subject, "rule/new"),
    ]
    if has_sample:
        main += [
            Action(verb="change.suggestions", label="Suggestions", subject=subject),
            Action(verb="change.preview", label="Preview rows", subject=subject),
        ]
    if subject.startswith("change/"):
        main.append(Action(verb="answers.open", label="Answer the questions again", subject=subject))
    cards = [
        Card(
            title=f"Edit {feed}",
            lead="Everything you change is checked at once.",
            actions=tuple(main),
            plain=f"Edit {feed}: settings, rules, columns.",
        )
    ]
    for kind, title in (("column", "Columns"), ("rule", "Quality rules")):
        found = [piece for piece in pieces if piece.startswith(f"{kind}/")]
        left = len(found) - _PAGES_OF_A_KIND * MOST_ACTIONS
        for start in range(0, len(found), MOST_ACTIONS)[:_PAGES_OF_A_KIND]:
            page = found[start : start + MOST_ACTIONS]
            names = [piece.partition("/")[2] for piece in page]
            cards.append(
                Card(
                    title=f"{title} of {feed}" + (f", from {start + 1}" if start else ""),
                    lead="Press one to edit it." + (_beyond(feed, left) if left > 0 else ""),
                    actions=tuple(
                        _open(name[:60], subject, piece) for name, piece in zip(names, page, strict=True)
                    ),
                    plain=f"{title}: {', '.join(names)}",
                )
            )
    return tuple(cards)


def _beyond(feed: str, left: int) -> str:
    return md(
        " {left} more have no button here; of an agreed feed, `config {feed} edit WORD` finds them.",
        left=left,
        feed=feed,
    )


def _open(label: str, subject: str, piece: str) -> Action:
    return Action(verb="edit.open", label=label, subject=subject, arguments={"piece": piece})


def landed_cards(feed: str, found: LandedRows) -> tuple[Card, ...]:
    """Return the first rows as they would land, a few columns a table."""
    sections = []
    troubles = [
        md("• row {n}: {problems}", n=n, problems="; ".join(problems))
        for n, problems in enumerate(found.problems, 1)
        if problems
    ]
    if troubles:
        sections.append(Section(heading="Could not be read", text="\n".join(troubles[:8])))
    if found.broken_rules:
        lines = "\n".join(f"• {sentence}" for sentence in found.broken_rules[:8])
        sections.append(Section(heading="Rules that these rows do not meet", text=lines))
    if found.left_out:
        sections.append(
            Section(heading="Left out", text=f"{counted(found.left_out, 'row')} would be dropped.")
        )
    cards = []
    starts = range(0, len(found.columns), _COLUMNS_A_TABLE)
    for start in list(starts)[:_MOST_CARDS]:
        names = found.columns[start : start + _COLUMNS_A_TABLE]
        rows = tuple(
            tuple(quote(cell) for cell in row[start : start + _COLUMNS_A_TABLE])
            for row in found.rows[:_ROWS_SHOWN]
        )
        cards.append(
            Card(
                title=f"How rows of {feed} land" + (f", from column {start + 1}" if start else ""),
                tone=Tone.WARNING if troubles and not start else Tone.CALM,
                table=Table(columns=tuple(names), rows=rows),
                sections=tuple(sections) if not start else (),
                plain="\n".join(" | ".join(row) for row in [tuple(names), *rows]),
            )
        )
    return tuple(cards) or (
        Card(
            title=f"How rows of {feed} land",
            lead="No row of the sample would land.",
            plain="No row of the sample would land.",
        ),
    )


def suggestion_cards(feed: str, subject: str, found: Sequence[SuggestionView]) -> tuple[Card, ...]:
    """Return what the sample calls for, each with its reason, its reach, and a button."""
    cards = []
    for start in range(0, min(len(found), _MOST_CARDS * 10), 10):
        page = found[start : start + 10]
        lines = [_suggestion(each) for each in page]
        cards.append(
            Card(
                title=f"Suggestions for {feed}" + (f", from {start + 1}" if start else ""),
                sections=tuple(Section(text=line) for line in lines),
                actions=tuple(
                    Action(
                        verb="suggestion.toggle",
                        label=f"{'Leave out' if each.is_taken else 'Take'} {each.id}"[:60],
                        subject=subject,
                        arguments={"kind": each.kind.value, "id": each.id},
                    )
                    for each in page
                ),
                plain="\n".join(lines),
            )
        )
    return tuple(cards)


def _suggestion(each: SuggestionView) -> str:
    reach = "" if each.touches is None else f" It touches {counted(each.touches, 'row')} of the sample."
    if each.kind.value == "rule" and each.touches is not None:
        reach = (
            f" {counted(each.touches, 'row')} of the sample"
            f" {'does' if each.touches == 1 else 'do'} not meet it."
        )
    return md(
        "{mark} **{id}**, {what}{columns}: {reason}{reach}",
        mark="✓" if each.is_taken else "○",
        id=each.id,
        what=each.what,
        columns=f" of {', '.join(each.columns[:5])}" if each.columns else "",
        reason=each.reason,
        reach=reach,
    )
