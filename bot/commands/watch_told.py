"""Tell what is asked of the watch: what is in shadow or held back, which model answers, what was foretold."""

from collections.abc import Sequence
from datetime import timedelta

from bot.commands import watch
from bot.presenters.warned import Kept, newest_trouble, warned_card, warned_of_which_card
from bot.presenters.watch_told import (
    differing_card,
    feed_in_shadow_card,
    held_card,
    model_card,
    shadow_card,
)
from bot.question_kinds import Question
from bot.turn import Turn
from bot.watch_asked import DIFFERS, HELD, MODEL, WARNED
from domain.approval.approvals import ApprovalRequest
from domain.ports.transactions import UnitOfWork
from domain.watch.feed_health import FeedHealth, FeedPage, Light, ScorecardView

_MOST, _MOST_ALERTS = 3, 2_000
_AROUND = timedelta(days=1)
"""An alert of a trouble is raised within hours of it."""
_OF_ALL = frozenset({MODEL, HELD, DIFFERS, WARNED})


def tell_of_watch(
    turn: Turn,
    asked: Question,
    healths: Sequence[FeedHealth],
    card: ScorecardView,
    pages: Sequence[FeedPage] = (),
) -> None:
    """Answer, one card a feed where feeds are named."""
    if asked.kind == MODEL:
        named = [one for one in healths if one.name in asked.feeds]
        turn.say(model_card(card, named))
    elif asked.kind == WARNED:
        _tell_warned(turn, asked, pages, healths, card)
    elif asked.kind == DIFFERS:
        turn.say(differing_card(turn.uow.discrepancies.every_open()))
    elif asked.kind == HELD:
        turn.say(held_card(_held(turn.uow, asked.feeds), asked.feeds))
    elif not asked.feeds:
        turn.say(shadow_card([one for one in healths if asked.team in ("", one.team)]))
    for name in asked.feeds if asked.kind not in _OF_ALL else ():
        one = next((one for one in healths if one.name == name), None)
        if one is None:
            turn.arguments["feed"] = name
            watch.show_unseen(turn)
        else:
            turn.say(feed_in_shadow_card(one, card.log))


def _tell_warned(
    turn: Turn,
    asked: Question,
    pages: Sequence[FeedPage],
    healths: Sequence[FeedHealth],
    card: ScorecardView,
) -> None:
    """Say of each feed whether its last trouble was told; without one, which feeds it may be about."""
    for page in pages:
        turn.say(warned_card(page, _kept(turn, page), card, turn.now))
    if asked.feeds and not pages:
        turn.arguments["feed"] = asked.feeds[0]
        watch.show_unseen(turn)
    if not asked.feeds:
        red = [one.name for one in healths if one.state is Light.RED][:_MOST]
        turn.say(warned_of_which_card(red))


def _kept(turn: Turn, page: FeedPage) -> Kept:
    """Return what is kept of the time around a feed's newest trouble."""
    watched, run = turn.uow.watched.find(page.health.name), newest_trouble(page)
    if run is None or run.at is None:
        return Kept(watched)
    found = turn.uow.alerts.of_time(run.at - _AROUND, run.at + _AROUND, _MOST_ALERTS)
    named = [one for one in reversed(found) if page.health.name in (one.root, *one.dependants)]
    return Kept(watched, named, turn.uow.alerts.mutes_of_time(run.at))


def _held(uow: UnitOfWork, feeds: Sequence[str]) -> list[ApprovalRequest]:
    """Return the open questions about rows, of some feeds or of all, the first to expire first."""
    found = [one for one in uow.approval_list.pending() if _feed_of(uow, one, feeds)]
    return sorted(found, key=lambda one: one.expires_at)


def _feed_of(uow: UnitOfWork, request: ApprovalRequest, feeds: Sequence[str]) -> bool:
    kind, _, name = request.subject.partition("/")
    if kind == "delivery":
        errand = uow.errands.find(name)
        return not feeds or (errand is not None and errand.feed in feeds)
    day = uow.publications.find(name) if kind == "publication" else None
    return day is not None and (not feeds or day.feed in feeds)
