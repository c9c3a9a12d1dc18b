"""How it reads that a feed's deliveries got worse or changed their shape, until they are as usual."""

from bot.cards.model import Card, Link, Section, Table, Tone
from bot.cards.text import md, quote
from bot.presenters.alerts import moment
from bot.turn import button
from domain.errors import NotFound
from domain.ports.transactions import UnitOfWork
from domain.postings import Posting
from domain.row_troubles import LOOKED_AT, RowTrouble, feed_and_start, troubles_of

_LINES = 6
_OLDER = 10 * LOOKED_AT


def paint_rows(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card as the scores have it now."""
    feed, start = feed_and_start(posting.subject)
    troubles = troubles_of(uow.quality.scores(feed, LOOKED_AT)) or troubles_of(
        uow.quality.scores(feed, _OLDER)
    )
    found = next((one for one in troubles if one.since.isoformat() == start), None)
    if found is None:
        raise NotFound(posting.subject, say="I don't know these deliveries any more.")
    return rows_card(feed, found)


def rows_card(feed: str, trouble: RowTrouble) -> Card:
    """Return the card of a trouble."""
    page = Link(label="The feed's page", target=f"/dashboard/feeds/{feed}")
    if trouble.is_over:
        title = f"As usual again: rows of {feed}"
        lead = md("A delivery of **{feed}** scored as usual, in the agreed shape.", feed=feed)
        return Card(title=title, lead=lead, tone=Tone.GOOD, links=(page,), plain=f"{title}.")
    what = "changed their shape" if trouble.has_drifted and not trouble.has_fallen else "got worse"
    title, said = f"The rows of {feed} {what}", trouble.sentence()
    newest = trouble.points[-1]
    rows = tuple(
        (
            moment(one.measured_at),
            f"{one.overall:.0f}",
            one.state,
            quote("; ".join((*one.drift[:2], *one.findings[:2]))),
        )
        for one in trouble.points[::-1][:_LINES]
    )
    about = f"feed/{feed}"
    causes = "\n".join(quote(one) for one in newest.findings[:_LINES])
    return Card(
        title=title,
        lead=quote(said),
        tone=Tone.WARNING,
        table=Table(columns=("Measured", "Score", "State", "What pulled it down"), rows=rows),
        sections=(Section(heading="Why", text=causes),) if causes else (),
        actions=(
            button("incident.open", "Open incident", about, title=title),
            button("fix.open", "Fix", about, sentence=title),
        ),
        links=(page,),
        plain=f"{title}. {said}",
    )
