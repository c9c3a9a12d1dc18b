"""What nobody is told about: which feeds and causes, until when, by whom; and to be told again."""

from bot.cards.model import Action, Card, Reply, Table, Tone
from bot.cards.text import md, quote
from bot.intents import Area, Verb
from bot.presenters.alerts import moment
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.access import Act
from domain.alerts import Mute, feed_fingerprint
from domain.audit import AuditAct
from domain.errors import NotNow

_LISTED = 20
_BUTTONS = 10


def list_mutes(turn: Turn) -> Reply:
    """Show what is muted, the soonest to end first."""
    turn.require(Act.SEE_FEEDS)
    found = sorted(turn.uow.alerts.mutes(turn.now).values(), key=lambda one: (one.until, one.fingerprint))
    if not found:
        text = "Nothing is muted. *Mute this cause* on an alert does it."
        turn.say(Card(title="Muted", tone=Tone.GOOD, lead=text, plain="Nothing is muted."))
        return Reply()
    names = {person.id: person.name for person in turn.uow.people.everybody()}
    rows = tuple(
        (f"**{quote(one.feed)}**", quote(_what(one)), moment(one.until), quote(names.get(one.by, "somebody")))
        for one in found[:_LISTED]
    )
    turn.say(
        Card(
            title="Muted",
            lead=f"I tell nobody about {len(found)} {'thing' if len(found) == 1 else 'things'}.",
            table=Table(columns=("Feed", "What", "Until", "By"), rows=rows),
            actions=tuple(
                Action(
                    verb="alert.unmute",
                    label=f"Tell about {one.feed} again"[:60],
                    arguments={"mute": one.fingerprint},
                )
                for one in found[:_BUTTONS]
            ),
            plain="Muted: " + ", ".join(f"{one.feed} ({_what(one)})" for one in found[:_LISTED]),
        )
    )
    return Reply()


def unmute(turn: Turn) -> Reply:
    """Let a feed or a cause speak again."""
    turn.require(Act.ACKNOWLEDGE_ALERT)
    mute = turn.uow.alerts.mutes(turn.now).get(turn.arguments.get("mute", ""))
    if mute is None:
        raise NotNow("mute is over", say="That is not muted any more.")
    turn.uow.alerts.mute(mute.model_copy(update={"until": turn.now}))
    turn.record(AuditAct.ALERT_CHANGED, f"feed/{mute.feed}", did="unmuted", cause=_what(mute))
    said = md("I tell about **{feed}** again: {what}.", feed=mute.feed, what=_what(mute))
    return Reply(whispers=(sentence("Heard again", said),))


def _what(mute: Mute) -> str:
    if mute.fingerprint == feed_fingerprint(mute.feed):
        return "anything, it is expected"
    return mute.cause or "a rise without a reason"


AREA = Area(
    verbs=(
        Verb(
            ("muted", "mutes"), "muted", "what nobody is told about, and a way to be told again", list_mutes
        ),
    ),
    buttons={"alert.unmute": unmute},
)
