"""How it reads that a feed differs from its source far more than usual, until it agrees again."""

from collections.abc import Sequence

from bot.cards.model import Action, Card, Fact, Link, Section, Table, Tone
from bot.cards.text import md, quote, told
from bot.presenters.alerts import moment
from bot.turn import button
from domain.counting import counted
from domain.data_quality.comparisons import rate_of
from domain.data_quality.discrepancies import Discrepancy, DiscrepancyState
from domain.data_quality.publications import publication_id
from domain.data_quality.quality import MismatchClass
from domain.errands import DeliveryState
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting
from domain.watch.feed_health import ReconciliationPoint

_LINES = 8
_TROUBLES = {
    MismatchClass.MISSING_ROWS: "range_missing",
    MismatchClass.MISSING_PARTITION: "range_missing",
    MismatchClass.MISSING_FILE: "range_missing",
    MismatchClass.LATE_ROWS: "run_incomplete",
    MismatchClass.DUPLICATES: "duplicate_file",
    MismatchClass.EXTRA_ROWS: "bad_partition",
}
"""What remediation calls the trouble behind a kind of difference; the others lie in the configuration."""


def paint_discrepancy(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card as it stands now."""
    one = uow.discrepancies.get(posting.subject.removeprefix("discrepancy/"))
    by = uow.people.get(one.closed_by).name if one.closed_by else ""
    days = [uow.publications.find(publication_id(one.feed, day.business_date)) for day in one.days]
    held = tuple(day.business_date for day in days if day is not None and day.state is DeliveryState.HELD)
    return discrepancy_card(one, by, held)


def discrepancy_card(one: Discrepancy, by: str = "", held: Sequence[str] = ()) -> Card:
    """Return the card; `by` is the name of who closed it, `held` the days that wait for a yes."""
    lead = _lead(one, by)
    waits = (Fact(label="Held back", value=f"{', '.join(held)}, until somebody releases it"),) if held else ()
    worst = one.worst
    kinds = worst.mismatches[:_LINES]
    rows = tuple(
        (quote(kind.kind), f"{kind.rows:,}", quote(kind.column), quote(kind.detail)) for kind in kinds
    )
    title = _title(one)
    words = "; ".join(f"{kind.rows:,} of {kind.kind}" for kind in kinds)
    return Card(
        title=title,
        tone=_tone(one),
        lead=lead,
        facts=(*_facts(one, worst), *waits),
        table=Table(columns=("What", "Rows", "Column", "Where"), rows=rows) if rows and one.is_open else None,
        sections=_sections(one, worst) if one.is_open else (),
        actions=_actions(one, worst) if one.is_open else (),
        links=(Link(label="The feed's page", target=f"/dashboard/feeds/{one.feed}"),),
        plain=f"{title}. {_days(one)}: {words}." if one.is_open else f"{title}. {one.sentence}",
    )


def _title(one: Discrepancy) -> str:
    return {
        DiscrepancyState.OPEN: f"{one.feed} differs from its source",
        DiscrepancyState.AGREES: f"Agrees again: {one.feed}",
        DiscrepancyState.EXPECTED: f"Expected: {one.feed}",
        DiscrepancyState.LEFT: f"Still differs: {one.feed}",
    }[one.state]


def _lead(one: Discrepancy, by: str) -> str:
    if not one.is_open:
        who = f"{by}: " if by else ""
        return told(f"{who}{one.sentence}")
    share = f"{rate_of(one.worst):.2%}"
    said = md(
        "**{share}** of the rows of **{feed}** for {days} differ from the source, far more than usual.",
        share=share,
        feed=one.feed,
        days=_days(one),
    )
    if not one.mended:
        return said
    return said + md(" {days} is as usual again.", days=", ".join(day.business_date for day in one.mended))


def _days(one: Discrepancy) -> str:
    named = [day.business_date for day in one.differing] or [day.business_date for day in one.days]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _facts(one: Discrepancy, worst: ReconciliationPoint) -> list[Fact]:
    facts = [
        Fact(label="Source", value=counted(worst.source_rows, "row")),
        Fact(label="Target", value=counted(worst.target_rows, "row")),
        Fact(label="Agree", value=counted(worst.matched_rows, "row")),
        Fact(label="Owner", value=quote(one.team or "nobody yet")),
    ]
    if one.is_open:
        facts.append(Fact(label="Compared", value=moment(one.updated_at)))
    return facts


def _sections(one: Discrepancy, worst: ReconciliationPoint) -> tuple[Section, ...]:
    kinds = dict.fromkeys(kind.kind for kind in worst.mismatches[:_LINES])
    lines = [f"{quote(kind)}: {quote(one.earlier.get(kind, 'never seen before'))}." for kind in kinds]
    watched = "I compare again after the feed's next good run, and close this when the rows agree."
    return (
        Section(heading="Earlier", text="\n".join(lines)),
        Section(heading="What follows", text=watched),
    )


def _actions(one: Discrepancy, worst: ReconciliationPoint) -> tuple[Action, ...]:
    about = f"feed/{one.feed}"
    said = f"{one.feed} differs from its source for {_days(one)}"
    largest = max(worst.mismatches, key=lambda kind: kind.rows).kind
    trouble = _TROUBLES.get(MismatchClass(largest), "bad_configuration")
    return (
        button("discrepancy.again", "Compare again", one.subject),
        button("incident.open", "Open incident", about, title=said),
        button("fix.open", "Fix or load again", about, trouble=trouble, sentence=said),
        Action(
            verb="discrepancy.expected",
            label="This is expected",
            subject=one.subject,
            confirm=f"Count so much of these differences of {one.feed} as usual for 30 days?",
        ),
    )


def _tone(one: Discrepancy) -> Tone:
    if one.is_open:
        return Tone.DANGER
    return Tone.GOOD if one.state is DiscrepancyState.AGREES else Tone.CALM
