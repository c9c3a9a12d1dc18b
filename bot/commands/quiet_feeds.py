"""Keep a feed quiet before it has an alert, and let one go that is known by its runs alone.

Planned work is known before anything is late: whoever can only press on an alert is called first.
"""

from datetime import timedelta

from bot.bare_names import bare_name
from bot.cards.model import Action, Card, Reply
from bot.cards.text import md
from bot.feed_wishes import HUSH, PAUSE, wish_in
from bot.intents import Area
from bot.named_feeds import feeds_in
from bot.presenters.alerts import moment
from bot.presenters.feed_wishes import instead_card, planned_words
from bot.presenters.sentences import sentence
from bot.turn import Turn
from domain.errors import NotFound, NotNow
from domain.identity.access import Act
from domain.ids import FeedName
from domain.proof.audit import AuditAct
from domain.stories import StoryKind
from domain.watch.alerts import Alert, Mute, feed_fingerprint
from domain.watch.feed_health import LogEntry

_QUIET = timedelta(hours=12)
_LONGEST_NAME = 4


def wished_card(turn: Turn, feed: str, wish: str) -> Card:
    """Return what can be done instead of a wish, with the buttons that keep the feed quiet."""
    watched = turn.uow.watched.find(feed)
    if wish not in (HUSH, PAUSE) or watched is None:
        return instead_card(feed, wish)
    name, card = watched.feed.name, instead_card(feed, wish)
    mute = turn.uow.alerts.mutes(turn.now).get(feed_fingerprint(name))
    if mute is not None:
        undo = {"mute": mute.fingerprint}
        said = md("Nobody is told about **{feed}** until {until}.", feed=name, until=moment(mute.until))
        back = Action(verb="alert.unmute", label=f"Tell about {name} again"[:60], arguments=undo)
        return sentence("It is quiet already", said, actions=(back,))
    alert = _open_alert(turn, name)
    if alert is not None:
        actions: tuple[Action, ...] = (
            Action(verb="alert.expected", label="This is expected", subject=alert.subject),
            Action(verb="alert.mute", label="Mute this cause", subject=alert.subject),
        )
        lead = md("**{feed}** has an open alert, which either button closes. ", feed=name)
    else:
        label = f"Nothing about {name} for 12 h"[:60]
        actions = (Action(verb="feed.quiet", label=label, arguments={"feed": name}),)
        shadow = "" if watched.speaks else "Its alerts are in shadow: nobody is told of them anyway. "
        lead = md("**{feed}** has no open alert now. ", feed=name) + shadow
        if wish == HUSH:
            return card.model_copy(update={"lead": lead + planned_words(name), "actions": actions})
    return card.model_copy(update={"lead": lead + card.lead, "actions": actions})


def wished_by_stop(turn: Turn) -> Card | None:
    """Return what to tell who said "stop alerting on X", where that names a feed and no plan."""
    said = turn.incoming.text
    for feed in feeds_in(said, turn.uow.watched.names()):
        if wish_in(" ".join(("stop", *turn.words)), feed) == HUSH:
            turn.require(Act.SEE_FEEDS)
            return wished_card(turn, feed, HUSH)
    return None


def keep_quiet(turn: Turn) -> Reply:
    """Tell nobody about a feed for twelve hours: what comes is expected."""
    person = turn.require(Act.ACKNOWLEDGE_ALERT)
    name = _watched(turn)
    if _open_alert(turn, name) is not None:
        say = f"{name} has an open alert by now."
        raise NotNow(f"{name} has an alert", say=say, next_step="Press *This is expected* on its card.")
    mark, until = feed_fingerprint(name), turn.now + _QUIET
    if mark in turn.uow.alerts.mutes(turn.now):
        raise NotNow(
            f"{name} is quiet", say=f"{name} is quiet already.", next_step="`muted` shows until when."
        )
    turn.uow.alerts.mute(
        Mute(fingerprint=mark, feed=name, cause="expected", until=until, by=person.id, since=turn.now)
    )
    turn.record(AuditAct.ALERT_CHANGED, f"feed/{name}", did="expected")
    told = md(
        "I say nothing about **{feed}** until {until}. `muted` undoes it.", feed=name, until=moment(until)
    )
    return Reply(whispers=(sentence("Noted", told),))


def let_go_card(turn: Turn) -> Card | None:
    """Return how the feed is let go that was named and that nobody configured; None for any other."""
    # The longest first: of "fx trades" a feed named fx is not meant.
    lengths = range(min(len(turn.words), _LONGEST_NAME), 0, -1)
    spelled = (bare_name("_".join(turn.words[:length])) for length in lengths)
    known = (turn.uow.watched.find(name.replace("-", "_")) for name in spelled if name)
    watched = next((one for one in known if one is not None), None)
    if watched is None or turn.uow.feeds.find(watched.feed.name) is not None:
        return None
    said = md(
        "I know **{feed}** by its runs alone, so there is nothing to approve. Once you press, it is watched"
        " no more and its alert closes. Its next run begins that anew: stop its job too.",
        feed=watched.feed.name,
    )
    go = Action(verb="feed.let_go", label="Watch it no more", arguments={"feed": watched.feed.name})
    return sentence(f"Let {watched.feed.name} go?", said, actions=(go,))


def let_go(turn: Turn) -> Reply:
    """Watch a feed no more that nobody configured."""
    person = turn.require(Act.ACKNOWLEDGE_ALERT)
    name = _watched(turn)
    if turn.uow.feeds.find(name) is not None:
        say, instead = f"{name} has a configuration by now.", f"Say `retire {name}`: that needs a yes."
        raise NotNow(f"{name} is configured", say=say, next_step=instead)
    turn.uow.watched.end(name)
    said = f"{person.name} let {name} go: it is watched no more, until its next run."
    turn.uow.forecasts.write(LogEntry(at=turn.now, kind="feed", subject=name, sentence=said))
    turn.record(AuditAct.ALERT_CHANGED, f"feed/{name}", did="let go")
    turn.nudge(StoryKind.WATCH, "main")
    told = md("**{feed}** is watched no more, until its next run.", feed=name)
    return Reply(whispers=(sentence("Let go", told),))


def _watched(turn: Turn) -> FeedName:
    name = turn.arguments.get("feed", "")
    if turn.uow.watched.find(name) is None:
        raise NotFound(f"{name[:80]} is not watched", say=f"{name[:80]} is watched no more.")
    return FeedName(name)


def _open_alert(turn: Turn, name: FeedName) -> Alert | None:
    """Return the alert of a feed that people see."""
    seen = (one for one in turn.uow.alerts.every_open() if not one.is_shadow)
    return next((one for one in seen if one.root == name), None)


AREA = Area(buttons={"feed.quiet": keep_quiet, "feed.let_go": let_go})
