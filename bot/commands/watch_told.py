"""Tell what is asked of the watch itself: what is in shadow, what is held back, which model answers."""

from collections.abc import Sequence

from bot.commands import watch
from bot.presenters.watch_told import feed_in_shadow_card, held_card, model_card, shadow_card
from bot.question_kinds import Question
from bot.turn import Turn
from bot.watch_asked import HELD, MODEL
from domain.approval.approvals import ApprovalRequest
from domain.ports.transactions import UnitOfWork
from domain.watch.feed_health import FeedHealth, ScorecardView


def tell_of_watch(turn: Turn, asked: Question, healths: Sequence[FeedHealth], card: ScorecardView) -> None:
    """Answer, one card a feed where feeds are named."""
    if asked.kind == MODEL:
        turn.say(model_card(card))
    elif asked.kind == HELD:
        turn.say(held_card(_held(turn.uow, asked.feeds), asked.feeds))
    elif not asked.feeds:
        turn.say(shadow_card([one for one in healths if asked.team in ("", one.team)]))
    for name in asked.feeds if asked.kind not in (MODEL, HELD) else ():
        one = next((one for one in healths if one.name == name), None)
        if one is None:
            turn.arguments["feed"] = name
            watch.show_unseen(turn)
        else:
            turn.say(feed_in_shadow_card(one, card.log))


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
