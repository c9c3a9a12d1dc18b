"""Keep a feed quiet before it has an alert, and let one go that is known by its runs alone.

Planned work is known before anything is late: whoever can only press on an alert is called first.
"""

from collections.abc import Sequence

from bot.bare_names import bare_name
from bot.cards.model import Action, Card, Reply
from bot.cards.text import md
from bot.commands.mutes import move_end
from bot.commands.unknown_feeds import unknown_feed
from bot.feed_wishes import HUSH, LEAVE, PAUSE, Wish, wish_in
from bot.intents import Area
from bot.named_feeds import feeds_in
from bot.presenters.alerts import moment
from bot.presenters.feed_wishes import instead_card, left_card, planned_card
from bot.presenters.sentences import sentence
from bot.quiet_spans import UNTIL, QuietSpan, quiet_span, quiet_until
from bot.turn import Turn
from domain.errors import NotFound, NotNow
from domain.identity.access import Act
from domain.ids import FeedName
from domain.proof.audit import AuditAct
from domain.stories import StoryKind
from domain.watch.alerts import Alert, Mute, feed_fingerprint
from domain.watch.feed_health import LogEntry

_LONGEST_NAME = 4


def tell_wish(turn: Turn, wish: Wish, feeds: Sequence[str]) -> None:
    """Tell what can be done of what is wished for feeds, a card each; first what is no feed."""
    unknown = wish.unknown if tuple(feeds) == wish.feeds else ()
    if unknown and not feeds:
        raise unknown_feed(turn, unknown[0])
    for name in unknown:
        refused = unknown_feed(turn, name)
        turn.say(sentence("Not all of them", md("{say} {next}", say=refused.say, next=refused.next_step)))
    if wish.kind == LEAVE and not feeds:
        turn.say(left_card(""))
    for feed in feeds:
        turn.say(wished_card(turn, feed, wish))


def wished_card(turn: Turn, feed: str, wish: Wish) -> Card:
    """Return what can be done instead of a wish, with the buttons that keep the feed quiet."""
    watched, kind = turn.uow.watched.find(feed), wish.kind
    mute = turn.uow.alerts.mutes(turn.now).get(feed_fingerprint(FeedName(feed)))
    if kind not in (HUSH, PAUSE, LEAVE) or watched is None or (kind == LEAVE and mute is None):
        return left_card(feed) if kind == LEAVE else instead_card(feed, kind)
    name = watched.feed.name
    span = quiet_span(wish.rest, turn.now, watched.feed.schedule.zone or turn.tools.zone)
    if mute is not None:
        told = md("Nobody is told about **{feed}** until {until}.", feed=name, until=span.moment(mute.until))
        back = Action(
            verb="alert.unmute",
            label=f"Tell about {name} again"[:60],
            arguments={"mute": mute.fingerprint},
        )
        other = (_quiet(name, span),) if span.is_said and kind != LEAVE else ()
        return sentence("It is quiet already", told, actions=(*other, back))
    alert = _open_alert(turn, name)
    if alert is not None:
        actions: tuple[Action, ...] = (
            Action(verb="alert.expected", label=span.label("Expected", "This is expected"), 
                   subject=alert.subject, arguments=span.arguments),
            Action(verb="alert.mute", label="Mute this cause", subject=alert.subject),
        )  # fmt: skip
        lead = md("**{feed}** has an open alert, which either button closes. ", feed=name)
    else:
        actions = (_quiet(name, span),)
        shadow = "" if watched.speaks else "Its alerts are in shadow: nobody is told of them anyway. "
        lead = md("**{feed}** has no open alert now. ", feed=name) + shadow
    card = instead_card(name, kind, span) if alert is not None or kind == PAUSE else planned_card(name, span)
    return card.model_copy(update={"lead": lead + card.lead, "actions": actions})


def _quiet(feed: str, span: QuietSpan) -> Action:
    label = span.label(f"Nothing about {feed}", f"Nothing about {feed} for 12 h")
    return Action(verb="feed.quiet", label=label, arguments={"feed": feed, **span.arguments})


def wished_by_stop(turn: Turn) -> bool:
    """Tell who said "stop alerting on X" what there is; False where that names a plan and no feed."""
    wish = wish_in(" ".join(("stop", *turn.words)), feeds_in(turn.incoming.text, turn.uow.watched.names()))
    if wish is None or wish.kind != HUSH or not wish.feeds:
        return False
    turn.require(Act.SEE_FEEDS)
    tell_wish(turn, wish, wish.feeds)
    return True


def keep_quiet(turn: Turn) -> Reply:
    """Tell nobody about a feed for a while: what comes is expected."""
    person = turn.require(Act.ACKNOWLEDGE_ALERT)
    name = _watched(turn)
    if _open_alert(turn, name) is not None:
        say = f"{name} has an open alert by now."
        raise NotNow(f"{name} has an alert", say=say, next_step="Press *This is expected* on its card.")
    mark, until = feed_fingerprint(name), quiet_until(turn.arguments, turn.now)
    before = turn.uow.alerts.mutes(turn.now).get(mark)
    if before is not None and (UNTIL not in turn.arguments or before.until == until):
        raise NotNow(
            f"{name} is quiet", say=f"{name} is quiet already.", next_step="`muted` shows until when."
        )
    if before is not None:
        move_end(turn, before.model_copy(update={"by": person.id}), until)
    else:
        turn.uow.alerts.mute(
            Mute(fingerprint=mark, feed=name, cause="expected", until=until, by=person.id, since=turn.now)
        )
    turn.record(AuditAct.ALERT_CHANGED, f"feed/{name}", did="expected", until=until.isoformat())
    watched = turn.uow.watched.find(name)
    zone = watched.feed.schedule.zone if watched is not None else turn.tools.zone
    told = md(
        "I say nothing about **{feed}** until {until}. `muted` undoes it.",
        feed=name,
        until=moment(until, zone),
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
