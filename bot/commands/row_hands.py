"""The buttons of a feed whose rows got worse: somebody has it, or takes it over; nobody else is called."""

from bot.cards.model import Reply
from bot.cards.text import md
from bot.intents import Area
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.data_quality.row_care import RowCare
from domain.errors import NotNow
from domain.identity.access import Act
from domain.identity.people import Person
from domain.proof.audit import AuditAct


def acknowledge(turn: Turn) -> Reply:
    """Note who has it; nobody else is called."""
    person, care = _open(turn)
    if care.acknowledged_by is not None:
        raise _taken(turn, care, person)
    return _take(turn, care, person, "acknowledged", "I call nobody else.")


def take_over(turn: Turn) -> Reply:
    """Note that somebody else has it now."""
    person, care = _open(turn)
    had = care.acknowledged_by
    if had == person.id or had != turn.arguments.get("had", had):
        raise _taken(turn, care, person)
    return _take(turn, care, person, "taken over", "The card names you now.")


def _open(turn: Turn) -> tuple[Person, RowCare]:
    person = turn.require(Act.ACKNOWLEDGE_ALERT)
    care = turn.uow.row_cares.find(turn.subject)
    if care is None or care.closed_at is not None:
        say = "This is over already: a delivery came that is as usual."
        raise NotNow(f"{turn.subject} is closed", say=say, next_step="Say `feeds` for how they are now.")
    return person, care


def _take(turn: Turn, care: RowCare, person: Person, what: str, then: str) -> Reply:
    taken = {"acknowledged_by": person.id, "acknowledged_at": turn.now}
    turn.uow.row_cares.save(care.model_copy(update=taken))
    turn.record(AuditAct.ALERT_CHANGED, care.subject, did=what)
    turn.uow.postings.refresh(care.subject, turn.now)
    return Reply(
        whispers=(sentence("Yours", md("You have the rows of **{feed}**. ", feed=care.feed) + then),)
    )


def _taken(turn: Turn, care: RowCare, person: Person) -> NotNow:
    has = care.acknowledged_by
    name = "" if has is None else turn.uow.people.get(has).name
    who = "Nobody has it yet" if has is None else "You have it" if has == person.id else f"{name} has it"
    return NotNow(f"{care.subject} is taken", say=f"{who}{'' if has is None else ' already'}.")


AREA = Area(buttons={"rows.acknowledge": acknowledge, "rows.take_over": take_over})
