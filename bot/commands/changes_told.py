"""What changed in a span of time: configurations, plans, incidents and alerts, all of them counted.

A busy span has thousands: they are read before the transaction, which holds up everybody who writes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from bot.cards.text import md
from bot.presenters import plain_lists as lists
from bot.question_kinds import Question
from bot.turn import Turn
from domain.clock.day_words import Window
from domain.configuration.changes import ConfigChange
from domain.investigation.incidents import Incident
from domain.ports.transactions import UnitOfWork
from domain.remediation.fixes import Fix
from domain.watch.alerts import Alert

A_DAY = timedelta(days=1)
"""How far back is looked without a day that is named."""
_LONGEST_OPEN = timedelta(days=60)
"""So long before its merge a change was begun at most: questions wait for 30 days, reviews for a few more."""
_FIRST, _MOST = 200, 12_800

_Dated = TypeVar("_Dated", Fix, Incident, ConfigChange)


@dataclass(frozen=True)
class Opened:
    """Plans and incidents that were opened in a span or some time before it, the newest first."""

    plans: Sequence[Fix] = ()
    incidents: Sequence[Incident] = ()


def opened_in(uow: UnitOfWork, question: Question, now: datetime) -> Opened:
    """Read what the answer to a question needs of plans and incidents."""
    since = span_of(question, now).since - A_DAY
    return Opened(
        plans=_back_to(uow.fixes.recent, since) if question.kind in ("", "Plans") else (),
        incidents=_back_to(uow.incidents.newest, since) if question.kind in ("", "Incidents") else (),
    )


def span_of(question: Question, now: datetime) -> Window:
    """Return the span that is asked for, the last 24 hours without one."""
    return question.window or Window(now - A_DAY, now, "in the last 24 hours", "")


def tell_changes(
    turn: Turn, question: Question, opened: Opened, alerts: Sequence[Alert], *, is_cut: bool = False
) -> None:
    """Say what changed in the span that is asked for, the last 24 hours without one.

    Args:
        alerts: Those that were raised in the span.
        is_cut: Whether it had more of them.
    """
    window = span_of(question, turn.now)
    about = question.feeds[0] if question.feeds else ""
    told = (
        ("Configurations", _configurations(turn, window, about)),
        ("Plans", _plans(opened.plans, window, about)),
        ("Incidents", _incidents(opened.incidents, window, about)),
        ("Alerts", _alerts(alerts, window, about)),
    )
    kept = [one for one in told if question.kind in ("", one[0])]
    turn.say(lists.changed_card(kept, window.words, about, question.kind, "Alerts" if is_cut else ""))


def _configurations(turn: Turn, window: Window, about: str) -> list[str]:
    """Return every version that was merged in a span, newest first: also one that is gone since."""
    feeds = {one.name: one for one in turn.uow.feeds.every() if about in ("", one.name)}
    told = [
        (one.updated_at, one.name, md("version `{sha}`", sha=one.commit[:10]))
        for one in feeds.values()
        if _is_in(window, one.updated_at)
    ]
    in_force = {one.change for one in feeds.values()}
    for change in _back_to(turn.uow.changes.newest_merged, window.since - _LONGEST_OPEN):
        if change.id in in_force or about not in ("", change.feed) or not _is_in(window, change.updated_at):
            continue
        is_gone = change.goes_back and change.feed not in feeds
        what = "taken away" if is_gone else "a version that was replaced since"
        told.append((change.updated_at, change.feed, what))
    return [
        md("**{feed}**: ", feed=feed) + f"{what}, {_at(at)}" for at, feed, what in sorted(told, reverse=True)
    ]


def _plans(plans: Sequence[Fix], window: Window, about: str) -> list[str]:
    return [
        md("{what}: {state}, {at}", what=fix.title or fix.subject_name, at=_at(fix.updated_at),
           state=fix.state.value.replace("_", " "))
        for fix in plans
        if _is_in(window, fix.updated_at) and (not about or fix.subject_name == f"feed/{about}")
    ]  # fmt: skip


def _incidents(incidents: Sequence[Incident], window: Window, about: str) -> list[str]:
    """Return those that were opened or that changed in a span: what is over since was still there then."""
    return [
        md("`{id}` {title}: {state}, {at}", id=one.id, title=one.title, state=one.state.value,
           at=_at(one.updated_at if _is_in(window, one.updated_at) else one.opened_at))
        for one in incidents
        if (_is_in(window, one.updated_at) or _is_in(window, one.opened_at))
        and (not about or one.about == f"feed/{about}")
    ]  # fmt: skip


def _alerts(alerts: Sequence[Alert], window: Window, about: str) -> list[str]:
    return [
        md("**{feed}**: {state}, {at}", feed=one.root, state=one.state.value, at=_at(one.opened_at))
        for one in alerts
        if _is_in(window, one.opened_at)
        and not one.is_shadow
        and (not about or about in (str(one.root), *map(str, one.dependants)))
    ]


def _back_to(newest: Callable[[int], list[_Dated]], since: datetime) -> list[_Dated]:
    """Return the newest of something until what was opened before a moment: as many as a span had."""
    limit = _FIRST
    while True:
        found = newest(limit)
        if len(found) < limit or found[-1].opened_at < since or limit >= _MOST:
            return found
        limit *= 4


def _is_in(window: Window, at: datetime | None) -> bool:
    return at is not None and window.since <= at < window.until + timedelta(seconds=1)


def _at(at: datetime) -> str:
    return f"{at:%d %b %H:%M} UTC"
