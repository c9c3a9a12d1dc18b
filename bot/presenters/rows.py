"""How it reads that a feed's deliveries got worse or changed their shape, until they are as usual."""

from collections.abc import Mapping

from bot.cards.model import Action, ActionStyle, Card, Fact, Link, Section, Table, Tone
from bot.cards.text import md, quote
from bot.presenters.alert_calls import settled
from bot.presenters.alerts import moment
from bot.turn import button
from domain.counting import in_series
from domain.data_quality.row_care import RowCare
from domain.data_quality.row_troubles import LOOKED_AT, RowTrouble, begun_at, feed_and_start
from domain.errors import NotFound
from domain.ids import PersonId
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting

_LINES = 6
_CALLS = 4
_OLDER = 10 * LOOKED_AT


def paint_rows(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the card as the scores have it now."""
    feed, start = feed_and_start(posting.subject)
    found = begun_at(start, uow.quality.scores(feed, LOOKED_AT)) or begun_at(
        start, uow.quality.scores(feed, _OLDER)
    )
    if found is None:
        raise NotFound(posting.subject, say="I don't know these deliveries any more.")
    people = {person.id: person.name for person in uow.people.everybody()}
    return rows_card(feed, found, uow.row_cares.find(posting.subject), people)


def paint_row_call(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the stored words of a call with what can be done now, or with who has done it."""
    card = Card.model_validate_json(posting.card_json)
    care = uow.row_cares.find(posting.subject)
    if care is not None and care.acknowledged_by is not None:
        who = uow.people.get(care.acknowledged_by).name
        return settled(card, "Taken", md("**{who}** has the rows of {feed}.", who=who, feed=care.feed))
    if care is None or care.closed_at is not None:
        feed, _ = feed_and_start(posting.subject)
        return settled(card, "Over", md("The rows of {feed} are as usual again.", feed=feed))
    return card.model_copy(update={"actions": (_taking(care),), "tone": Tone.WARNING})


def _taking(care: RowCare) -> Action:
    if care.acknowledged_by is None:
        style = ActionStyle.PRIMARY
        return Action(verb="rows.acknowledge", label="Acknowledge", subject=care.subject, style=style)
    return button("rows.take_over", "Take over", care.subject, had=care.acknowledged_by)


def _hands(care: RowCare | None, people: Mapping[PersonId, str]) -> tuple[Fact, ...]:
    """Return who has it, or who was called."""
    if care is None:
        return ()
    if care.acknowledged_by is not None:
        who, at = people.get(care.acknowledged_by, "somebody"), moment(care.acknowledged_at)
        return (Fact(label="Acknowledged", value=md("**{who}** has it, {at}", who=who, at=at)),)
    told = [
        f"{moment(call.at)} {call.whom}: "
        + (in_series([people.get(one, one) for one in call.people]) if call.is_heard else call.trouble)
        for call in care.calls[-_CALLS:]
    ]
    return (Fact(label="Called", value=quote("; ".join(told))),) if told else ()


def rows_card(
    feed: str, trouble: RowTrouble, care: RowCare | None = None, people: Mapping[PersonId, str] | None = None
) -> Card:
    """Return the card of a trouble; `care` says in whose hands it is, `people` are names by id."""
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
        facts=_hands(care, people or {}),
        actions=(
            *((_taking(care),) if care is not None and care.closed_at is None else ()),
            button("incident.open", "Open incident", about, title=title),
            button("fix.open", "Fix", about, sentence=title),
        ),
        links=(page,),
        plain=f"{title}. {said}",
    )
