"""Where the facts of plain questions come from, and which card tells them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.cards.model import Reply
from bot.commands import watch
from bot.commands.before_acting import teams_card, tell_before_acting
from bot.commands.beside import Beside, read_beside, tell_beside
from bot.commands.changes_told import Opened, opened_in, span_of, tell_changes
from bot.commands.feed_pages import page_of
from bot.commands.feeds_asked_for import known_feeds, looks_at_health, that_meet
from bot.commands.glossary_told import tell_term
from bot.commands.happenings_told import tell_alerts, tell_decisions
from bot.commands.quiet_feeds import tell_wish
from bot.commands.watch_told import tell_of_watch
from bot.feeds_beside import MOST, measures_in
from bot.presenters import plain_answers as told
from bot.presenters import plain_lists as lists
from bot.presenters.feeds_beside import feeds_beside_card
from bot.presenters.first_steps import nothing_yet
from bot.presenters.plain_conditions import conditions_card
from bot.presenters.plain_figures import figures_card, figures_of_feeds_card
from bot.presenters.watch import feed_card
from bot.question_kinds import Question, Topic, Wanted
from bot.turn import Asked, Turn
from bot.weekdays import days_of, joined
from domain.clock.day_words import Window
from domain.ports.feed_health import FeedWatch
from domain.running.feed_troubles import FeedTroubles
from domain.watch.alerts import Alert
from domain.watch.feed_health import FeedHealth, FeedPage, ScorecardView

_MOST = 200
_MOST_ALERTS = 30_000
"""Of a span, the newest: what has more is said to have at least so many."""


@dataclass(frozen=True)
class Facts:
    """A question with what was read for it before the transaction."""

    question: Question
    pages: tuple[FeedPage, ...] = ()
    healths: Sequence[FeedHealth] = ()
    troubles: Sequence[FeedTroubles] = ()
    alerts: Sequence[Alert] = ()
    ended: int | None = None
    """How many runs ended in the span, where their share is asked for."""
    is_cut: bool = False
    """Whether the span had more alerts than were read."""
    picture: str = ""
    opened: Opened = field(default_factory=Opened)
    beside: Beside = field(default_factory=Beside)
    scorecard: ScorecardView = field(default_factory=ScorecardView)


async def facts_of(asked: Asked, question: Question) -> Facts:
    """Read what a question needs."""
    health, facts = asked.tools.health, Facts(question)
    if question.topic is Topic.CHANGED:
        facts = replace(facts, opened=await asyncio.to_thread(_opened, asked, question))
    if health is None or question.misspelt:
        return facts
    if (two := question.compared) is not None:
        return replace(facts, beside=await asyncio.to_thread(read_beside, asked, health, question, two))
    if question.feeds:
        read = [
            await asyncio.to_thread(page_of, health, name, question.window) for name in question.feeds[:MOST]
        ]
        facts = replace(facts, pages=tuple(page for page in read if page is not None))
    if question.topic is Topic.STATE and len(facts.pages) == 1 and asked.tools.pictures is not None:
        page = facts.pages[0]
        newest = page.model_copy(update={"runs": page.runs[-90:]})
        drawn = await asked.tools.pictures.of_feed(newest) if page.runs else ""
        return replace(facts, pages=(newest,), picture=drawn)
    if question.topic is Topic.WATCH:
        facts = replace(facts, scorecard=await asyncio.to_thread(health.scorecard))
    if question.topic in (Topic.TEAMS, Topic.BEFORE_ACTING, Topic.WATCH, Topic.TERM):
        return replace(facts, healths=await asyncio.to_thread(health.every))
    if question.topic is Topic.WHICH:
        facts = replace(facts, healths=await asyncio.to_thread(health.every))
        if question.window is not None:
            facts = replace(facts, troubles=await asyncio.to_thread(_troubles, asked, health, question))
        if question.is_share:
            facts = replace(facts, ended=await asyncio.to_thread(_ended, asked, question))
    if question.topic is Topic.ALERTS:
        found = await asyncio.to_thread(_alerts, asked, health, question)
        facts = replace(facts, alerts=found, is_cut=len(found) >= _MOST_ALERTS)
    if question.topic is Topic.CHANGED and question.kind in ("", "Alerts"):
        found = await asyncio.to_thread(_alerts_in, asked, health, span_of(question, asked.incoming.at))
        facts = replace(facts, alerts=found, is_cut=len(found) >= _MOST_ALERTS)
    return facts


def _troubles(asked: Asked, health: FeedWatch, question: Question) -> Sequence[FeedTroubles]:
    days = [health.troubles(*day) for day in _days(asked, question)]
    return days[0] if len(days) == 1 else joined(days)


def _ended(asked: Asked, question: Question) -> int | None:
    days = _days(asked, question)
    if asked.tools.reading is None or not days:
        return None
    with asked.tools.reading() as uow:
        return uow.runs.count_ended(days)


def _days(asked: Asked, question: Question) -> list[tuple[datetime, datetime]]:
    """Return the span of a question, or the days of it that are asked about."""
    span = question.window
    if span is None:
        return []
    if not question.weekdays:
        return [(span.since, span.until)]
    return list(days_of(question.weekdays, span, asked.tools.zone))


def _opened(asked: Asked, question: Question) -> Opened:
    if asked.tools.reading is None:
        return Opened()
    with asked.tools.reading() as uow:
        return opened_in(uow, question, asked.incoming.at)


def _alerts(asked: Asked, health: FeedWatch, question: Question) -> Sequence[Alert]:
    if question.window is None:
        return health.open_alerts(with_shadow=True)
    return _alerts_in(asked, health, question.window)


def _alerts_in(asked: Asked, health: FeedWatch, window: Window) -> Sequence[Alert]:
    """Return the alerts that were raised in a span, the newest first."""
    if asked.tools.reading is None:
        return health.alerts(limit=_MOST)
    with asked.tools.reading() as uow:
        until = window.until + timedelta(minutes=1)  # it ended when it was asked: the answer comes later
        return uow.alerts.of_time(window.since, until, _MOST_ALERTS)[::-1]


def answer(turn: Turn, facts: Facts) -> Reply:
    """Tell the facts, one card a feed."""
    _TELLERS.get(facts.question.topic, _about_feeds)(turn, facts)
    return Reply()


def _wishes(turn: Turn, facts: Facts) -> None:
    if facts.question.wish is not None:
        tell_wish(turn, facts.question.wish, facts.question.feeds)


def _beside(turn: Turn, facts: Facts) -> None:
    question, known = facts.question, {page.health.name for page in facts.pages}
    unseen = [name for name in question.feeds if name not in known]
    if len(known) < 2:
        _about_feeds(turn, replace(facts, question=replace(question, topic=Topic.STATE)))
        return
    measures = measures_in(turn.incoming.text, question.feeds)
    turn.say(feeds_beside_card(facts.pages, question.window, measures, unseen))


def _compared(turn: Turn, facts: Facts) -> None:
    if facts.question.compared is None:
        _about_feeds(turn, facts)
    else:
        tell_beside(turn, facts.question.compared, facts.beside)


def _about_feeds(turn: Turn, facts: Facts) -> None:
    for name in facts.question.feeds[:3]:
        _about_feed(turn, facts, name)


def _which(turn: Turn, facts: Facts) -> None:
    question = facts.question
    if question.only and question.wanted is not Wanted.GOOD:
        _which_meet(turn, facts)
    elif not facts.healths:
        turn.say(nothing_yet(turn.uow, "Feeds"))
    elif question.figure is not None:
        turn.say(figures_of_feeds_card(facts.healths, question, question.figure))
    else:
        healths = _of_those(turn, facts) if question.only else facts.healths
        turn.say(lists.which_card(healths, facts.troubles, question, turn.now, facts.ended))


def _which_meet(turn: Turn, facts: Facts) -> None:
    """Tell which feeds meet conditions, watched or only configured, and of them those that are as wanted."""
    question, teams = facts.question, sorted(turn.person.teams) if turn.person else []
    feeds = known_feeds(turn.uow, facts.healths)
    is_learning = not facts.healths and looks_at_health(question) and bool(turn.uow.watched.names())
    if not feeds or is_learning:
        turn.say(nothing_yet(turn.uow, "Feeds"))
        return
    found = that_meet(feeds, question, teams, turn.now)
    if question.wanted is not Wanted.ANY:
        found = [
            (one, fact)
            for one, fact in found
            if one.health and lists.is_wanted(one.health, question, turn.now)
        ]
    rows = [
        (one.name, one.health.state.words if one.health else "not seen yet", one.team, fact)
        for one, fact in found
    ]
    turn.say(conditions_card(rows, len(feeds), question, teams, turn.now))


def _of_those(turn: Turn, facts: Facts) -> Sequence[FeedHealth]:
    """Return the feeds that meet a question's conditions, of those that were looked at."""
    teams = turn.person.teams if turn.person else frozenset()
    met = that_meet(known_feeds(turn.uow, facts.healths), facts.question, teams, turn.now)
    return [one.health for one, _ in met if one.health is not None]


def _about_feed(turn: Turn, facts: Facts, name: str) -> None:
    page = next((page for page in facts.pages if page.health.name == name), None)
    topic, entry = facts.question.topic, turn.uow.feeds.find(name)
    if topic is Topic.OWNER:
        team = page.health.team if page else ""
        turn.say(told.owner_card(name, team, entry, turn.uow.people.everybody()))
    elif page is None:
        turn.arguments["feed"] = name
        watch.show_unseen(turn)
    elif topic is Topic.RUNS and facts.question.figure is not None:
        turn.say(figures_card(page, facts.question, facts.question.figure))
    elif topic is Topic.RUNS:
        turn.say(told.runs_card(page, facts.question))
    elif topic is Topic.DUE:
        watched = turn.uow.watched.find(name)
        turn.say(told.due_card(page, turn.now, watched.feed.schedule if watched else None))
    elif topic is Topic.LINEAGE:
        turn.say(told.lineage_card(page))
    else:
        direct = told.state_answer(page.health, facts.question.wanted, turn.now, facts.question.beyond)
        card = feed_card(page, entry, facts.picture)
        lead = f"**{direct}** {card.lead}" if direct else card.lead
        turn.say(card.model_copy(update={"lead": lead, "plain": f"{direct} {card.plain}".strip()}))


_TELLERS: dict[Topic, Callable[[Turn, Facts], None]] = {
    Topic.ON_CALL: lambda turn, _: turn.say(lists.on_call_card(turn.uow.people.everybody())),
    Topic.MAY_APPROVE: lambda turn, _: turn.say(lists.approvers_card(turn.uow.people.everybody())),
    Topic.TEAMS: lambda turn, facts: turn.say(
        teams_card(known_feeds(turn.uow, facts.healths), facts.question.team)
    ),
    Topic.BESIDE: _beside,
    Topic.WISH: _wishes,
    Topic.TERM: lambda turn, facts: tell_term(turn, facts.question.kind, facts.healths),
    Topic.BEFORE_ACTING: lambda turn, facts: tell_before_acting(turn, facts.healths, facts.question.feeds),
    Topic.WATCH: lambda turn, facts: tell_of_watch(
        turn, facts.question, facts.healths, facts.scorecard, facts.pages
    ),
    Topic.COMPARED: _compared,
    Topic.ALERTS: lambda turn, facts: tell_alerts(turn, facts.question, facts.alerts, is_cut=facts.is_cut),
    Topic.DECISIONS: lambda turn, facts: tell_decisions(turn, facts.question),
    Topic.WHICH: _which,
    Topic.CHANGED: lambda turn, facts: tell_changes(
        turn, facts.question, facts.opened, facts.alerts, is_cut=facts.is_cut
    ),
}
"""How a topic is told; all others are told of each feed for itself."""
