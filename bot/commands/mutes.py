"""What nobody is told about: which feeds and causes, until when, by whom; and to be told again."""

from datetime import datetime

from bot.cards.model import Action, Card, Reply, Table
from bot.cards.text import md, quote
from bot.intents import Area, Verb
from bot.named_feeds import feeds_in
from bot.presenters.alerts import moment
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.counting import counted
from domain.errors import NotNow
from domain.identity.access import Act
from domain.proof.audit import AuditAct
from domain.stories import StoryKind
from domain.watch.alerts import Label, Mute, feed_fingerprint
from domain.watch.causes import cause_in_words
from domain.watch.predictions import Verdict

_LISTED = 20
_BUTTONS = 10


def list_mutes(turn: Turn) -> Reply:
    """Show what is muted, of the feeds that are named or of all, the soonest to end first."""
    turn.require(Act.SEE_FEEDS)
    named = feeds_in(" ".join(turn.words), turn.uow.watched.names())
    every = sorted(turn.uow.alerts.mutes(turn.now).values(), key=lambda one: (one.until, one.fingerprint))
    found = [one for one in every if not named or {one.feed, *one.feeds, *one.sharing} & set(named)]
    if not found:
        what = md("**{feeds}**", feeds=" and ".join(named)) if named else "Nothing"
        text = (
            f"{what} {'are' if len(named) > 1 else 'is'}{' not' if named else ''} muted. `mute"
            f" {named[0] if named else 'NAME'} for 3 hours` keeps a feed quiet. On the card of an alert,"
            " *This is expected* does so for twelve hours,"
            " *Mute this cause* keeps that cause quiet for two weeks; what is muted is undone here."
        )
        turn.say(Card(title="Muted", lead=text, plain=text))
        return Reply()
    names = {person.id: person.name for person in turn.uow.people.everybody()}
    rows = tuple(
        (
            f"**{quote(one.about)}**",
            quote(_what(one)),
            moment(one.until),
            quote(names.get(one.by, "somebody")),
        )
        for one in found[:_LISTED]
    )
    turn.say(
        Card(
            title="Muted",
            lead=f"I tell nobody about {counted(len(found), 'thing')}.",
            table=Table(columns=("About", "What", "Until", "By"), rows=rows),
            actions=tuple(
                Action(
                    verb="alert.unmute",
                    label=f"Tell about {one.about} again"[:60],
                    arguments={"mute": one.fingerprint},
                )
                for one in found[:_BUTTONS]
            ),
            plain="Muted: " + ", ".join(f"{one.about} ({_what(one)})" for one in found[:_LISTED]),
        )
    )
    return Reply()


def unmute(turn: Turn) -> Reply:
    """Let a feed or a cause speak again."""
    person = turn.require(Act.ACKNOWLEDGE_ALERT)
    mute = turn.uow.alerts.mutes(turn.now).get(turn.arguments.get("mute", ""))
    if mute is None:
        say = "That is not muted any more, so I tell about it already."
        raise NotNow("mute is over", say=say, next_step="Say `muted` for what still is.")
    move_end(turn, mute, turn.now)
    if mute.alert is not None:
        alert = turn.uow.alerts.get(mute.alert)
        said = f"{person.name} undid it: I tell about {mute.about} again."
        turn.uow.alerts.save(alert.model_copy(update={"heard_again_at": turn.now, "sentence": said}))
        turn.uow.postings.refresh(alert.subject, turn.now)
    turn.record(AuditAct.ALERT_CHANGED, f"feed/{mute.feed}", did="unmuted", cause=_what(mute))
    turn.nudge(StoryKind.WATCH, "main")  # what stands is told now, not when the watch looks next by itself
    cause = "" if _is_of_feed(mute) else md(", also when this is the cause: {what}", what=_what(mute))
    said = md("I tell about **{feed}** again", feed=mute.about) + f"{cause}."
    return Reply(whispers=(sentence("Heard again", said),))


def move_end(turn: Turn, mute: Mute, until: datetime) -> None:
    """Let a mute end at another moment, and with it what its alert says of the feed."""
    turn.uow.alerts.mute(mute.model_copy(update={"until": until}))
    if mute.alert is not None and _is_of_feed(mute):
        alert = turn.uow.alerts.get(mute.alert)
        # From then on the feed is judged again as it always was.
        told = {"feed": alert.root, "verdict": Verdict.EXPECTED, "by": mute.by, "at": turn.now}
        turn.uow.alerts.label(Label(alert=alert.id, probability=alert.peak, until=until, **told))


def _is_of_feed(mute: Mute) -> bool:
    """Return whether anything about the feed is expected, whatever the cause."""
    return mute.fingerprint == feed_fingerprint(mute.feed)


def _what(mute: Mute) -> str:
    if _is_of_feed(mute):
        return "anything, it is expected"
    return cause_in_words(mute.cause)


AREA = Area(
    verbs=(
        Verb(
            ("muted", "mutes"),
            "muted",
            "what nobody is told about, and a way to be told again",
            list_mutes,
            is_harmless=True,
        ),
    ),
    buttons={"alert.unmute": unmute},
)
