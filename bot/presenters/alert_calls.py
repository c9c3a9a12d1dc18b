"""A message that calls people to an alert: they take it there, and it says when somebody has."""

from bot.cards.model import Card, Tone
from bot.cards.text import literal, md, told
from bot.presenters.alert_actions import alert_actions
from domain.ids import AlertId
from domain.ports.transactions import UnitOfWork
from domain.telling.postings import Posting
from domain.watch.alerts import AlertState

_OFFERED = ("alert.acknowledge", "alert.snooze", "fix.open")
_WAITS = (AlertState.RAISED, AlertState.HAPPENED)


def paint_call(posting: Posting, uow: UnitOfWork) -> Card:
    """Return the stored words with what can be done now, or with who has done it."""
    card = Card.model_validate_json(posting.card_json)
    alert = uow.alerts.get(AlertId(posting.subject.removeprefix("alert/")))
    if alert.acknowledged_by is not None:
        who = uow.people.get(alert.acknowledged_by).name
        return settled(card, "Taken", md("**{who}** has the alert of {feed}.", who=who, feed=alert.about))
    if alert.state not in _WAITS:
        return settled(card, "Over", told(f"{alert.about}: {alert.sentence or alert.state.value}"))
    offered = tuple(one for one in alert_actions(alert) if one.verb in _OFFERED)
    return card.model_copy(update={"actions": offered, "tone": Tone.WARNING})


def settled(card: Card, title: str, lead: str) -> Card:
    """Return the card once nobody has to answer it; whom it called stays, so that the message reads on."""
    plain = f"{title}: {literal(lead)}"
    return card.model_copy(update={"title": title, "lead": lead, "plain": plain, "tone": Tone.GOOD})
