"""How a comparison of source and target reads: what differs, what it was before, and what can be done."""

from collections.abc import Mapping

from bot.cards.model import Action, Card, Fact, Link, Section, Table, Tone
from bot.cards.text import md, quote
from bot.turn import button
from domain.counting import counted
from domain.data_quality.comparisons import Earlier, rate_of
from domain.watch.feed_health import ReconciliationPoint

_LINES = 8


def comparison_card(
    feed: str, found: ReconciliationPoint, earlier: Mapping[str, Earlier], gate: str = ""
) -> Card:
    """Return the card of one comparison; `gate` says whether the day may be published."""
    lead = " ".join(filter(None, (_lead(found), quote(gate), quote(found.sentence))))
    kinds = found.mismatches[:_LINES]
    rows = tuple((quote(one.kind), f"{one.rows:,}", quote(one.column), quote(one.detail)) for one in kinds)
    if left := found.mismatches[_LINES:]:
        names = ", ".join(dict.fromkeys(f"{one.kind} {one.column}".strip() for one in left))
        rows += ((f"and {len(left)} more", f"{sum(one.rows for one in left):,}", "", quote(names)),)
    lines = [_earlier(kind, earlier.get(kind)) for kind in dict.fromkeys(one.kind for one in kinds)]
    words = "; ".join(f"{one.rows:,} of {one.kind}" for one in kinds)
    title = f"Reconciliation of {feed}, {found.business_date}"
    return Card(
        title=title,
        tone=Tone.GOOD if not found.mismatches else Tone.DANGER if found.is_unusual else Tone.WARNING,
        lead=lead,
        facts=(
            Fact(label="Source", value=counted(found.source_rows, "row")),
            Fact(label="Target", value=counted(found.target_rows, "row")),
            Fact(label="Agree", value=counted(found.matched_rows, "row")),
        ),
        table=Table(columns=("What", "Rows", "Column", "Where"), rows=rows) if rows else None,
        sections=(Section(heading="Earlier", text="\n".join(lines)),) if lines else (),
        actions=_actions(feed) if found.mismatches else (),
        links=(Link(label="The feed's page", target=f"/dashboard/feeds/{feed}"),),
        plain=(
            f"{title}: {counted(found.source_rows, 'row')} in the"
            f" source, {found.target_rows:,} in the target. "
        )
        + (
            f"Differences: {words}."
            if words
            else "Everything agrees."
            if found.source_rows
            else "There is nothing to compare."
        )
        + (f" {gate}" if gate else ""),
    )


def _lead(found: ReconciliationPoint) -> str:
    if not found.mismatches and not found.source_rows and not found.target_rows:
        return "**Neither side has a row** for this day, so there is nothing to compare."
    if not found.mismatches:
        return "Source and target **agree**."
    usual = " That is far more than usual." if found.is_unusual else ""
    return md("**{share}** of the rows differ.", share=f"{rate_of(found):.2%}") + usual


def _earlier(kind: str, known: Earlier | None) -> str:
    return f"{quote(kind)}: {quote(known.sentence()) if known else 'never seen before'}."


def _actions(feed: str) -> tuple[Action, ...]:
    about = f"feed/{feed}"
    return (button("incident.open", "Open incident", about), button("fix.open", "Fix", about))
