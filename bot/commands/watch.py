"""What people ask about feeds under watch: all, one, what will break, how good the predictions are."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.bare_names import bare_name
from bot.cards.model import Card, Link, Reply, Table
from bot.cards.text import quote
from bot.commands import feeds
from bot.commands.unknown_feeds import unknown_feed
from bot.intents import Area, Verb
from bot.presenters.alerts import minutes_in_words, moment
from bot.presenters.first_steps import nothing_yet
from bot.presenters.scorecard import scope_card, scorecard_card
from bot.presenters.watch import feed_card, likely_card
from bot.turn import Asked, Turn
from domain.clock.day_words import hours_ahead, later_day
from domain.counting import counted
from domain.errors import NotFound, NotNow
from domain.identity.access import Act
from domain.ports.feed_health import A_FEW_HOURS
from domain.watch.feed_health import FeedHealth, FeedPage, Light, ScorecardView, TimelineEntry

_LISTED = 40
_LONGEST_NAME = 4
_BEFORE_A_NAME = frozenset({"of", "for", "on", "about", "at", "with", "by", "the", "feed", "team"})
_BAD = ("failed", "late", "partial")


@dataclass(frozen=True)
class Seen:
    """What was read before the transaction of a command."""

    healths: Sequence[FeedHealth] = ()
    page: FeedPage | None = None
    timeline: Sequence[TimelineEntry] = ()
    card: ScorecardView | None = None
    picture: str = ""
    ahead: timedelta | None = None
    """How far ahead was asked for; None when the question did not say."""
    beyond: str = ""
    """A day that was asked for and that no estimate reaches."""


async def look_at_all(asked: Asked) -> object:
    """Read all feeds; who has seen them asks about one next, with a picture."""
    health, pictures = asked.tools.health, asked.tools.pictures
    if pictures:
        pictures.expect()
    return Seen(await asyncio.to_thread(health.every)) if health else None


async def look_at_one(asked: Asked) -> object:
    """Read one feed and draw its runs."""
    health, name = asked.tools.health, _name(asked.words, asked.arguments.get("feed", ""))
    pictures = asked.tools.pictures
    if pictures and name:
        pictures.expect()  # while the feed is being read
    page = await asyncio.to_thread(health.one, name) if health and name else None
    for length in range(1, min(len(asked.words), _LONGEST_NAME) + 1):
        # People also write `feed fx trades`, and `feed 00294` for feed_00294.
        joined = bare_name("_".join(asked.words[:length]).replace("-", "_"))
        for spelled in (joined, f"feed_{joined}"):
            page = page or (await asyncio.to_thread(health.one, spelled) if health else None)
    if page is None:
        return None
    drawn = await pictures.of_feed(page) if pictures and page.runs else ""
    return Seen(page=page, picture=drawn)


async def look_ahead(asked: Asked) -> object:
    """Read what is likely to fail, and draw it."""
    health, pictures, now = asked.tools.health, asked.tools.pictures, asked.incoming.at
    if health is None:
        return None
    ahead = hours_ahead(asked.incoming.text)
    found = await asyncio.to_thread(health.timeline, now, ahead or A_FEW_HOURS)
    drawn = await pictures.of_hours_ahead(found, now) if pictures and found else ""
    healths = () if found else await asyncio.to_thread(health.every)
    beyond = "" if ahead else later_day(asked.incoming.text)
    return Seen(healths, timeline=found, picture=drawn, ahead=ahead, beyond=beyond)


async def look_at_scores(asked: Asked) -> object:
    """Read the scorecard and draw its reliability diagram."""
    if asked.tools.health is None:
        return None
    card = await asyncio.to_thread(asked.tools.health.scorecard)
    row, pictures = card.overall or card.backtest, asked.tools.pictures
    drawn = await pictures.of_scorecard(row) if pictures and row and row.reliability else ""
    return Seen(card=card, picture=drawn)


def list_feeds(turn: Turn) -> Reply:
    """Say how all feeds are, the most urgent first; those that are only configured follow."""
    turn.require(Act.SEE_FEEDS)
    seen = turn.prepared
    if not isinstance(seen, Seen) or not seen.healths:
        return feeds.list_feeds(turn)
    watched = {one.name for one in seen.healths}
    configured = [entry for entry in turn.uow.feeds.every() if entry.name not in watched]
    rows = [_row(one, turn.now) for one in seen.healths]
    rows += [
        (f"**{quote(e.name)}**", "not seen yet", quote(e.owner), quote(e.criticality), "") for e in configured
    ]
    counts = {light: sum(one.state is light for one in seen.healths) for light in Light}
    del counts[Light.GREY]
    unheard = sum(one.state is Light.GREY and not one.has_not_run for one in seen.healths)
    told = ", ".join(f"{count} {light.words}" for light, count in counts.items())
    fresh = sum(one.state is Light.GREY and one.has_not_run for one in seen.healths)
    more = f" {_without_news(unheard)}" if unheard else ""
    more += f" Of {counted(fresh, 'feed')} there are no runs yet." if fresh else ""
    more += f" The {_LISTED} most urgent are shown." if len(rows) > _LISTED else ""
    turn.say(
        Card(
            title=counted(len(rows), "feed"),
            lead=f"{told}.{more}",
            table=Table(
                columns=("Feed", "State", "Owner", "Matters", "Within 1 h"), rows=tuple(rows[:_LISTED])
            ),
            links=(Link(label="All feeds", target="/dashboard"),),
            plain=f"Feeds: {told}.{more} "
            + ", ".join(f"{one.name} {one.state.words}" for one in seen.healths[:_LISTED]),
        )
    )
    return Reply()


def show_feed(turn: Turn) -> Reply:
    """Say how one feed is, with its runs as a picture and what is configured of it."""
    turn.require(Act.SEE_FEEDS)
    seen = turn.prepared
    if not isinstance(seen, Seen) or seen.page is None:
        return show_unseen(turn)
    entry = turn.uow.feeds.find(seen.page.health.name)
    turn.say(feed_card(seen.page, entry, seen.picture))
    return Reply()


def what_will_break(turn: Turn) -> Reply:
    """Say what is likely to fail in the next hours."""
    turn.require(Act.SEE_FEEDS)
    seen = turn.prepared if isinstance(turn.prepared, Seen) else Seen()
    if seen.timeline or seen.healths:
        turn.say(likely_card(seen.timeline, turn.now, seen.picture, seen.ahead, beyond=seen.beyond))
    else:
        turn.say(nothing_yet(turn.uow, "What will break"))
    return Reply()


def show_scorecard(turn: Turn) -> Reply:
    """Say how good the predictions were."""
    turn.require(Act.SEE_FEEDS)
    seen = turn.prepared
    card = seen.card if isinstance(seen, Seen) else None
    if card is None or not (card.overall or card.backtest):
        tried = next((line for line in card.log if line.kind == "model"), None) if card else None
        why = f" The newest training, {moment(tried.at)}: {tried.sentence}" if tried else ""
        more = "Further runs make it possible." if tried else "It comes with the first training."
        raise NotFound(
            "no scorecard",
            say=f"There is no scorecard yet.{why}",
            next_step=f"{more} History is imported with `dogwatch import runs FILE`.",
        )
    if (name := _scope(turn, card)) is not None:
        turn.say(scope_card(card, name))
    else:
        turn.say(scorecard_card(card, seen.picture if isinstance(seen, Seen) else ""))
    return Reply()


def _scope(turn: Turn, card: ScorecardView) -> str | None:
    """Return the feed or team whose figures are asked for, None where those of all are."""
    words = [bare_name(word) for word in turn.words if word.lower() not in _BEFORE_A_NAME]
    spelled = ["_".join(words[:length]).replace("-", "_") for length in range(_LONGEST_NAME, 0, -1)]
    known = {row.scope for row in (*card.teams, *card.feeds)}
    known |= {str(one) for one in turn.uow.watched.names()} if words else set()
    found = next((name for name in (*spelled, *words[:1]) if name in known), None)
    if found is None and words and "_" in words[0]:  # else the figures of all would pass for its own
        raise unknown_feed(turn, words[0])
    return found


def _row(one: FeedHealth, now: datetime) -> tuple[str, ...]:
    return (
        f"**{quote(one.name)}**",
        _state(one, now),
        quote(one.team),
        quote(one.impact or one.criticality),
        "" if one.state is Light.GREY else f"{one.probability:.0%}",
    )


def _without_news(count: int) -> str:
    verb = "has" if count == 1 else "have"
    return f"{counted(count, 'feed')} {verb} told nothing since an import; watching begins with live runs."


def _state(one: FeedHealth, now: datetime) -> str:
    """Return the light with what it means in time: since when it is late, or how long is left."""
    if one.state is Light.GREY:
        known = moment(one.last_run.at, one.zone, now) if one.last_run else ""
        return f"no news since {known}" if known else "no runs yet" if one.has_not_run else "no news"
    if one.state is Light.GREEN:
        return one.state.words
    left, state = one.minutes_left(now), f"**{one.state.words}**"
    if left is None or (left and one.state is Light.RED):
        last = one.last_run.outcome if one.last_run else ""
        return f"{state}, {last}" if last in _BAD else state
    return f"{state}, {minutes_in_words(left)} left" if left else f"{state}, late"


def show_unseen(turn: Turn) -> Reply:
    """Show the configuration of a feed that the watch has not looked at; who has none was just heard of."""
    name = _name(turn.words, turn.arguments.get("feed", ""))
    if name and turn.uow.feeds.find(name) is None and turn.uow.watched.find(name) is not None:
        raise NotNow(
            "not looked at yet",
            say=f"I have just heard of {name[:80]}, and have not looked at it yet.",
            next_step="Ask again in half a minute.",
        )
    return feeds.show_feed(turn)


def _name(words: Sequence[str], named: str) -> str:
    return bare_name(named or (words[0] if words else ""))


def show_dashboard(turn: Turn) -> Reply:
    """Say where all feeds are to be seen."""
    turn.require(Act.SEE_FEEDS)
    said = "All feeds, forecasts, alerts, incidents and the scorecard, live."
    turn.say(
        Card(
            title="The dashboard", lead=said, links=(Link(label="Open it", target="/dashboard/"),), plain=said
        )
    )
    return Reply()


AREA = Area(
    verbs=(
        Verb(
            ("dashboard",),
            "dashboard",
            "where all feeds are seen on pages",
            show_dashboard,
            is_harmless=True,
        ),
        Verb(
            ("feeds", "list feeds"),
            "feeds",
            "all feeds: in trouble, at risk or fine; no news while nothing ran, or only a history is known",
            list_feeds,
            look_at_all,
            is_harmless=True,
            is_bare=True,
        ),
        Verb(
            ("feed",),
            "feed NAME",
            "one feed: its state, its runs, what comes next",
            show_feed,
            look_at_one,
            is_harmless=True,
        ),
        Verb(
            ("what will break", "what will fail", "at risk"),
            "what will break",
            "what is likely to fail in the next hours, as a picture too",
            what_will_break,
            look_ahead,
            is_harmless=True,
        ),
        Verb(
            ("scorecard", "how good are you"),
            "scorecard [NAME]",
            "how good the predictions were, of all or of a feed or team: precision, recall, lead time",
            show_scorecard,
            look_at_scores,
            is_harmless=True,
        ),
    ),
    buttons={"feed.show": show_feed},
    preparations={"feed.show": look_at_one},
)
